/* What stands in the table: rows that are replaced and never changed, so that every state before can be gone back to. */
let made = 0;
export const row = (more) => ({ uid: ++made, cells: {}, ...more });
const filled = (cells) => Object.fromEntries(Object.entries(cells).filter(([, text]) => text !== ""));
export const alike = (one, other) => { const names = Object.keys(one); return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]); };
const UNDOS = 200;
export const partOf = (key) => (/^(when|then) /.test(key) ? key.slice(0, 4) : "head");
/** Whether a cell can be typed: a rule that says more than columns can hold has parts that are only read. */
export const open = (one, part) => !one?.odd || !(one.odd.includes("head") || one.odd.includes(part));

export function sheet(grid) {
  let base, before = [], after = [];
  const self = { columns: grid.columns, rows: grid.rows.map(row), mark: grid.mark, revision: grid.revision };
  /* With the rows it is kept where one stood, so that going back leads there. */
  const now = () => ({ rows: self.rows, columns: self.columns, where: self.standing?.() || {} });
  const back = ({ rows, columns, where }) => { Object.assign(self, { rows, columns }); return where; };
  /** What stands there is what the desk has. */
  self.stands = (rows = self.rows) => { base = new Map(rows.map((one) => [one.uid, { ...one, id: one.cells.id }])); };
  self.stands();
  self.change = (rows, columns = self.columns) => { before.push(now()); if (before.length > UNDOS) before.shift(); after = []; Object.assign(self, { rows, columns }); };
  /** From here on; nothing before can be gone back to, since others have changed the table in between. */
  self.begin = (rows, columns, desk) => { before = []; after = []; Object.assign(self, { rows, columns }); self.stands(desk); };
  /** Several changes that are taken back as one. */
  self.together = (act) => { const was = now(), depth = before.length; act(); if (before.length > depth) { before = before.slice(0, depth); before.push(was); } };
  self.undo = () => { if (!before.length) return null; after.push(now()); return back(before.pop()); };
  self.redo = () => { if (!after.length) return null; before.push(now()); return back(after.pop()); };
  self.can = () => ({ undo: before.length > 0, redo: after.length > 0 });
  /** Cells typed over: `[[uid, key, text], …]`. */
  self.put = (cells) => {
    const wanted = new Map();
    for (const [uid, key, text] of cells) { if (wanted.has(uid)) wanted.get(uid)[key] = text; else wanted.set(uid, { [key]: text }); }
    self.change(self.rows.map((one) => (wanted.has(one.uid) ? { ...one, cells: filled({ ...one.cells, ...named(one, wanted.get(one.uid)) }) } : one)));
  };
  /** An id cannot be taken away, and is there once. */
  const named = (one, cells) => {
    if (!("id" in cells)) return cells;
    return { ...cells, id: cells.id.trim() ? self.free(cells.id.trim(), one.uid) : one.cells.id };
  };
  self.free = (id = "rule-1", but = 0, more = new Set()) => {
    const taken = new Set(self.rows.filter((one) => one.uid !== but).map((one) => one.cells.id));
    let found = id;
    const stem = id.replace(/-[0-9]+$/, "");
    for (let number = 2; taken.has(found) || more.has(found); number += 1) found = `${stem}-${number}`;
    return found;
  };
  /** The rows as they are sent: the id alone of one that is as the desk has it. */
  self.line = (one) => {
    const known = base.get(one.uid);
    if (known && alike(known.cells, one.cells)) return known.id;
    if (known) return { was: known.id, cells: one.cells };
    return one.rule ? { rule: { ...one.rule, id: one.cells.id }, cells: one.cells, odd: one.odd, said: one.said } : { cells: one.cells, rest: one.rest || {} };
  };
  self.wire = () => self.rows.map(self.line);
  self.known = () => [...base.values()].map((one) => one.id);
  /** All that makes what was changed here: the lines, the ids there were, and as what one found those that one changed. */
  self.mine = () => {
    const rows = self.wire(), same = new Set(rows.filter((line) => typeof line === "string"));
    const before = Object.fromEntries([...base.values()].filter((one) => !same.has(one.id)).map(({ id, cells, rest, rule, odd, said }) => [id, { cells, rest, rule, odd, said }]));
    return { rows, known: self.known(), before };
  };
  self.dirty = () => { const ids = self.known(), wire = self.wire(); return wire.length !== ids.length || wire.some((one, place) => one !== ids[place]); };
  return self;
}

/* Text as spreadsheets copy it: tabs between cells, and marks around what holds tabs or lines itself. */
export const said = (rows) => rows.map((cells) => cells.map((text) => (/[\t\n\r]/.test(text) || text.startsWith('"') ? `"${text.replaceAll('"', '""')}"` : text)).join("\t")).join("\n");
export function read(text) {
  const rows = [[]];
  let at = 0;
  const plain = text.replace(/\r\n?/g, "\n");
  while (at <= plain.length) {
    let cell = null;
    if (plain[at] === '"') {
      let end = at + 1;
      while (end < plain.length && (plain[end] !== '"' || plain[end + 1] === '"')) end += plain[end] === '"' ? 2 : 1;
      const inner = plain.slice(at + 1, end), behind = plain[end + 1];
      if (end < plain.length && (behind === undefined || behind === "\t" || behind === "\n") && /[\t\n]|""/.test(inner)) { cell = inner.replaceAll('""', '"'); at = end + 1; }
    }
    if (cell === null) {
      let end = at;
      while (end < plain.length && plain[end] !== "\t" && plain[end] !== "\n") end += 1;
      cell = plain.slice(at, end);
      at = end;
    }
    rows[rows.length - 1].push(cell);
    if (plain[at] === "\n" && at + 1 < plain.length) rows.push([]);
    else if (plain[at] === "\n") break;
    at += 1;
  }
  return rows;
}
