/* A table that others have changed meanwhile, and what was changed here put on top of it. */
import { alike, open, partOf, row } from "./table_sheet.js";

const idOf = (line) => (typeof line === "string" ? line : line.was || "");
const some = (cells, fits) => Object.fromEntries(Object.entries(cells).filter(([key]) => fits(key)));
const beside = (one) => JSON.stringify([(one.odd || []).map((part) => one.rule?.[part] ?? one.rule), one.rest || {}]);
const same = (one, other) => alike(one.cells, other.cells) && beside(one) === beside(other);

/** Rules that both changed, each in another way: `{id, before, theirs, mine}`, null where it was deleted. */
export function clashes(desk, { rows, before = {} }) {
  const theirs = new Map(desk.map((one) => [one.cells.id, one])), mine = new Map(rows.map((line) => [idOf(line), line]));
  return Object.entries(before).flatMap(([id, was]) => {
    const now = theirs.get(id), line = mine.get(id);
    if (now ? same(now, was) || (line && alike(now.cells, line.cells)) : !line) return [];
    return [{ id, before: was, theirs: now || null, mine: line ? line.cells : null }];
  });
}

/** The desk's rows with mine on top; `given` are ids of rules of which the desk's form stays. */
export function merged(desk, { rows, known, before = {} }, given = new Set()) {
  const theirs = new Map(desk.map((one) => [one.cells.id, one])), mine = new Map(), there = new Set(known);
  /* What no column could hold, before or now, is as the others have it. */
  const fit = (now, was, cells) => { const own = (key) => open(now, partOf(key)) && open(was, partOf(key)); return { ...some(now.cells, (key) => !own(key)), ...some(cells, own) }; };
  const made = rows.map((line) => {
    const id = idOf(line), now = theirs.get(id) || null, was = before[id];
    if (!id) return row({ rest: line.rest || {}, ...(line.rule && { rule: line.rule, odd: line.odd, said: line.said }), cells: line.cells });
    const one = !line.was || given.has(id) ? now : now ? { ...now, cells: fit(now, was, line.cells) } : row({ ...was, cells: line.cells });
    if (one) mine.set(id, one);
    return one;
  });
  const fresh = (one) => !mine.has(one.cells.id) && (!there.has(one.cells.id) || given.has(one.cells.id));
  const were = known.filter((id) => mine.has(id)), stand = rows.map(idOf).filter((id) => there.has(id) && mine.has(id));
  const moved = stand.some((id, place) => id !== were[place]);
  /* Where nothing was moved here, their order holds. */
  const found = moved ? made.filter(Boolean) : desk.flatMap((one) => mine.get(one.cells.id) || (fresh(one) ? one : []));
  const placed = new Set(found), put = (one, above) => { found.splice(above ? found.indexOf(above) + 1 : 0, 0, one); placed.add(one); };
  if (!moved) made.forEach((one, place) => { if (one && !placed.has(one)) put(one, made.slice(0, place).reverse().find((above) => placed.has(above))); });
  else desk.forEach((one, place) => { if (fresh(one)) { const above = desk[place - 1]; put(one, above && (mine.get(above.cells.id) || (placed.has(above) ? above : found[found.length - 1]))); } });
  return found;
}
