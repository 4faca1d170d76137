/* Where in the YAML of rules one is, also in text that is no YAML yet. Pure: text and place in, what stands there out.
   What is written after the place is looked at only for the neighbours in the same mapping. */

const AHEAD = 5000; // characters looked at behind the place
const blank = (char) => char === " " || char === "\t" || char === "\n" || char === undefined;

/* In a long text: the line of the outermost key, and that of the last member of its list before the place. What is
   between them does not matter. Null where all is to be read. */
function nearest(text, at) {
  let item = -1, indent = Infinity, start = text.lastIndexOf("\n", at - 1) + 1;
  if (text[start] !== " ") return null;
  while (start > 0) {
    start = text.lastIndexOf("\n", start - 2) + 1;
    if (text[start] === " " || text[start] === "-") {
      let first = start;
      while (text[first] === " ") first += 1;
      if (text[first] === "-" && blank(text[first + 1]) && first - start < indent) [item, indent] = [start, first - start];
    } else if (text[start] !== "#" && !blank(text[start])) {
      const list = text.slice(start, item).match(/^[^\n]*:[ \t]*(#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)-\s/);
      return item >= 0 && (list ? list[2].length === indent : text.slice(start, item).trimEnd().endsWith(":")) ? { root: start, item } : null;
    }
  }
  return indent === 0 ? { root: item, item } : null;
}

/** Null where nothing is to be offered (comments, long texts), else
    part   "key" in a mapping, or "value" of the last step of the path
    path   keys, and "*" for a member of a list; for a key the path of its mapping
    from, word, quote   what was typed of it, and the quotation mark that it stands in
    keys   what else the mapping says, by key
    flow   whether it stands in braces or brackets; `inline` behind a key on its line; `dash` behind a dash; `entry`
           where the next member of a list would begin; `column` in its line
    `whole`: begin at the beginning whatever it costs. */
export function place(text, at, whole = false) {
  const stack = [];
  let found, held = null, limit = at;
  const top = () => stack[stack.length - 1];
  const push = (kind, flow, indent) => { stack.push({ kind, flow, indent, key: null, keys: {}, open: false }); };
  const pop = () => { if (stack.pop() === held) limit = -1; };
  const steps = () => stack.flatMap((one) => (one.kind === "seq" ? ["*"] : one.key === null ? [] : [one.key]));
  const nothing = () => { if (found === undefined) { found = null; limit = -1; } };
  const hit = (part, from, more = {}) => {
    if (found !== undefined) return;
    const mapping = stack.findLast((one) => one.kind === "map") || null;
    if (part === "key" && top()?.kind === "map") top().key = null;
    const line = text.lastIndexOf("\n", at - 1) + 1;
    found = { part, path: steps(), from, word: text.slice(from, at), quote: "", keys: mapping?.keys || {}, flow: !!top()?.flow, inline: false, column: from - line, ...more };
    held = mapping;
    limit = held ? Math.min(text.length, at + AHEAD) : -1;
  };
  const going = (i) => i <= limit && limit >= 0;
  const lineEnd = (i) => { const end = text.indexOf("\n", i); return end < 0 ? text.length : end; };
  const base = () => stack.findLast((one) => !one.flow)?.indent ?? -1;
  /* What stands in flow or quotes goes on in lines that are indented further, or it was never closed. */
  const broken = (i) => { let column = 0; while (text[i + 1 + column] === " ") column += 1; return !blank(text[i + 1 + column]) && column <= base(); };

  /** The end behind a quoted text; -1 where it is never closed. */
  function quoted(i) {
    const quote = text[i];
    for (let j = i + 1; j < text.length; j += 1) {
      if (text[j] === "\\" && quote === '"') j += 1;
      else if (text[j] === "\n" && broken(j)) return -1;
      else if (text[j] === quote) { if (quote === "'" && text[j + 1] === "'") j += 1; else return j + 1; }
    }
    return -1;
  }
  const within = (from, to) => found === undefined && at >= from && at <= to;
  const unquoted = (raw) => raw.trim().replace(/^(["'])(.*)\1$/s, "$2");
  const said = (raw) => { const map = top(); if (map?.kind === "map" && map.key !== null) map.keys[map.key] = unquoted(raw); };

  /* A mapping or list in braces; returns where it ends. */
  function flow(start) {
    const depth = stack.length;
    let i = start, key = false; // whether a key was read and its value begins
    while (i < text.length && going(i)) {
      const char = text[i], frame = top();
      if (stack.length > depth && within(i, i) && (blank(char) || "}],".includes(char))) hit(frame.kind === "map" && !key ? "key" : "value", i);
      if (char === "\n") { if (broken(i)) { while (stack.length > depth) pop(); return i; } i += 1; }
      else if (blank(char)) i += 1;
      else if (char === "#" && blank(text[i - 1])) { const end = lineEnd(i); if (within(i + 1, end)) nothing(); i = end; }
      else if (char === "{" || char === "[") { push(char === "{" ? "map" : "seq", true, -1); key = false; i += 1; }
      else if (char === "}" || char === "]") { pop(); i += 1; key = false; if (stack.length <= depth) return i; if (limit < 0) return i; }
      else if (char === ",") { if (frame.kind === "map") frame.key = null; key = false; i += 1; }
      else if (char === ":" && frame.kind === "map" && frame.key !== null && !key) { key = true; i += 1; }
      else {
        const quote = char === '"' || char === "'" ? char : "";
        let end = quote ? quoted(i) : i;
        const closed = end >= 0;
        if (!closed) { end = i + 1; while (end < text.length && !(text[end] === "\n" && broken(end))) end += 1; }
        if (!quote) while (end < text.length && !",[]{}\n".includes(text[end]) && !(text[end] === ":" && (blank(text[end + 1]) || ",[]{}".includes(text[end + 1]))) && !(text[end] === "#" && blank(text[end - 1]))) end += 1;
        const isKey = frame.kind === "map" && !key;
        if (within(quote ? i + 1 : i, closed && quote ? end - 1 : end)) hit(isKey ? "key" : "value", quote ? i + 1 : i, { quote });
        const raw = text.slice(i, end);
        if (isKey) { frame.key = unquoted(raw); if (text.slice(end, end + 20).trimStart()[0] === ":") frame.keys[frame.key] ??= ""; else frame.key = null; }
        else if (closed) said(raw);
        i = Math.max(end, i + 1);
      }
    }
    if (found === undefined && at >= text.length && i >= at && stack.length > depth) hit(top().kind === "map" && !key ? "key" : "value", at);
    return i;
  }

  /* Whatever ended before this column. */
  function close(column, dash) {
    while (stack.length && (top().indent > column || (top().indent === column && top().kind === "seq" && !dash))) pop();
  }
  /* An empty place, or a word of which nobody knows yet what it is, at a column of a line of its own. */
  function slot(column, from, more = {}) {
    const list = stack.find((one) => one.kind === "seq" && one.indent === column);
    close(column, false);
    const frame = top();
    if (!frame) { if (column) nothing(); else { push("map", false, 0); hit("key", from, more); } }
    else if (frame.kind === "map" && frame.indent === column) hit("key", from, more);
    else if (list && frame.kind === "map") hit("value", from, { ...more, entry: true });
    else if (frame.kind === "seq" || frame.open) hit("value", from, more);
    else nothing();
  }
  const keyEnd = (i, end) => {
    let colon = i;
    if (text[i] === '"' || text[i] === "'") { const closing = quoted(i); if (closing < 0 || closing > end) return -1; colon = closing; while (text[colon] === " ") colon += 1; return text[colon] === ":" && blank(text[colon + 1]) ? colon : -1; }
    while ((colon = text.indexOf(":", colon)) >= 0 && colon < end) {
      if (blank(text[colon + 1])) return /\s#/.test(text.slice(i, colon)) ? -1 : colon;
      colon += 1;
    }
    return -1;
  };
  /* What stands behind a key or a dash; returns where the next line begins. */
  function scalar(i, end, column) {
    const char = text[i];
    if (char === "{" || char === "[") { const behind = flow(i); return lineEnd(behind) + 1; }
    if (char === "|" || char === ">") {
      let next = end + 1;
      while (next < text.length) {
        let inner = 0;
        while (text[next + inner] === " ") inner += 1;
        if (!blank(text[next + inner]) && inner <= column) break;
        next = lineEnd(next) + 1;
      }
      if (within(i, Math.min(next - 1, text.length))) nothing();
      return next;
    }
    if (char === '"' || char === "'") {
      const behind = quoted(i), to = behind < 0 ? end : behind - 1;
      if (within(i + 1, to)) hit("value", i + 1, { quote: char, inline: true });
      if (behind >= 0) said(text.slice(i, behind));
      return lineEnd(Math.max(to, i)) + 1;
    }
    const comment = text.slice(i, end).search(/(^|\s)#/), to = comment < 0 ? end : i + comment;
    if (within(i, to)) hit("value", i, { inline: true });
    else if (within(to + 1, end)) nothing();
    said(text.slice(i, to));
    return end + 1;
  }
  /* The rest of a line from a column on. */
  function content(i, column, end) {
    const dash = text[i] === "-" && blank(text[i + 1]);
    if (dash) {
      close(column, true);
      if (!(top()?.kind === "seq" && top().indent === column)) push("seq", false, column);
      let next = i + 1;
      while (text[next] === " ") next += 1;
      if (within(i, i)) nothing();
      if (within(i + 1, next) && next >= end) { if (at === i + 1) nothing(); else hit("value", at, { dash: true }); }
      if (next >= end || text[next] === "#") return end + 1;
      return content(next, column + next - i, end);
    }
    const colon = text[i] === "{" || text[i] === "[" ? -1 : keyEnd(i, end);
    if (colon < 0) {
      if (text[i] === "{" || text[i] === "[") return scalar(i, end, column);
      if (within(i, end)) {
        const quote = text[i] === '"' || text[i] === "'" ? text[i] : "", from = quote ? i + 1 : i;
        if (top()?.kind === "seq" && top().indent < column) hit("value", from, { quote, dash: true }); else slot(column, from, { quote });
        return end + 1;
      }
      close(column, false);
      return scalar(i, end, column);
    }
    close(column, false);
    if (!(top()?.kind === "map" && top().indent === column)) push("map", false, column);
    const frame = top(), name = unquoted(text.slice(i, colon));
    if (within(i, colon)) hit("key", i);
    Object.assign(frame, { key: name, open: false });
    frame.keys[name] = "";
    let next = colon + 1;
    while (text[next] === " ") next += 1;
    if (next >= end || text[next] === "#") {
      frame.open = true;
      if (within(colon + 1, end)) { if (at === colon + 1 || (text[next] === "#" && at > next)) nothing(); else hit("value", at, { inline: true }); }
      return end + 1;
    }
    if (within(colon + 1, next - 1)) nothing();
    return scalar(next, end, column);
  }

  const jump = whole ? null : nearest(text, at);
  let i = jump?.root ?? 0;
  while (i <= text.length && going(i)) {
    if (jump && i > jump.root && i < jump.item) i = jump.item;
    const end = lineEnd(i);
    let first = i;
    while (text[first] === " ") first += 1;
    if (first >= end) { if (within(i, end)) slot(at - i, at); i = end + 1; }
    else if (text[first] === "#" || (first === i && /^(---|\.\.\.|%)/.test(text.slice(i, i + 3)))) { if (within(i, end)) nothing(); i = end + 1; }
    else { if (within(i, first - 1)) nothing(); i = content(first, first - i, end); }
  }
  return found || null;
}
