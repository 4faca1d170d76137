/* What can stand at a place of a ruleset's YAML: keys by the JSON Schema, values by what the desk has. Pure.
   `words` is what the desk sends: schema, facts, ops, lists, fields, ids, yes and no, templates. */

const MOST = 200;
const FLAGS = [["true", "yes"], ["false", "no"]];

function plain(node, root) {
  if (!node || typeof node !== "object") return [];
  if (node.$ref) return plain(root.$defs[node.$ref.split("/").pop()], root);
  return [node, ...[...(node.anyOf || []), ...(node.oneOf || []), ...(node.else ? [node.else] : []), ...(node.then ? [node.then] : [])].flatMap((one) => plain(one, root))];
}
function step(nodes, key, root) {
  return nodes.flatMap((node) => {
    if (key === "*") return plain(node.items, root);
    if (node.properties?.[key]) return plain(node.properties[key], root);
    const pattern = Object.keys(node.patternProperties || {}).find((one) => new RegExp(one).test(key));
    return plain(pattern ? node.patternProperties[pattern] : node.additionalProperties, root);
  });
}
/* A form that has no room for what is said already is not meant. */
const fits = (node, keys) => !(node.maxProperties === 1 && keys.length) && (node.additionalProperties !== false || keys.every((key) => key in (node.properties || {}) || Object.keys(node.patternProperties || {}).some((one) => new RegExp(one).test(key))));
function keysOf(nodes, used, root) {
  const found = new Map();
  for (const node of nodes.filter((one) => fits(one, used))) {
    for (const [key, shape] of Object.entries(node.properties || {})) if (!found.has(key)) found.set(key, [shape.description || "", plain(shape, root)]);
    for (const [key, said] of node.propertyNames ? constants(plain(node.propertyNames, root)) : []) found.set(key, [said, []]);
  }
  for (const key of used) found.delete(key);
  return [...found].map(([key, [said, shapes]]) => [key, said, shapes]);
}
/* What is put behind a key so that one types on at once: braces and brackets, or a list below it; nothing for a text. */
const BELOW = ["when"];
function behind(key, shapes, flow, root) {
  const is = (kind) => shapes.find((one) => [one.type].flat().includes(kind)), list = is("array"), object = is("object");
  if (shapes.some((one) => ["string", "number", "boolean"].some((kind) => [one.type].flat().includes(kind)))) return "";
  if (object && BELOW.includes(key) && !flow) return "\n\t#{}";
  if (object) return `{${object.required?.length ? object.required.map((one) => one + ": #{}").join(", ") : "#{}"}}`;
  if (list && !flow && plain(list.items, root).some((one) => one.type === "object")) return "\n\t- #{}";
  return list ? "[#{}]" : "";
}
const constants = (nodes) => nodes.flatMap((node) => [...("const" in node ? [[String(node.const), node.description || ""]] : []), ...(node.enum || []).filter((one) => one !== null).map((one) => [String(one), ""])]);
const boolean = (nodes) => nodes.some((node) => [node.type].flat().includes("boolean") && ![node.type].flat().includes("string"));

/** A value as YAML that is read as what it is. */
export function scalar(value, kind, flow) {
  if (["number", "boolean"].includes(kind)) return value;
  const odd = /^$|^[\s\-?:,[\]{}#&*!|>'"%@`.=<+\d]|:(\s|$)|\s#|\s$|[\n\t]/.test(value) || (flow && /[,[\]{}]/.test(value))
    || /^(true|false|yes|no|on|off|y|n|null|~)$/i.test(value);
  return odd ? JSON.stringify(value) : value;
}
export function factOf(name, words) {
  if (!name) return null;
  const space = Object.keys(words.spaces).find((one) => name.startsWith(one) && name.length > one.length);
  return words.facts[name] || (space ? words.spaces[space] : null);
}
/* What the desk has for a place; null where only the schema knows. */
function ofDesk(path, keys, words) {
  const list = (index) => (index === undefined || index === null ? [] : words.lists[index]);
  const yes = FLAGS.map(([value, word]) => [value, words.said[word]]);
  const steps = path.at(-1) === "*" ? path.slice(0, -1) : path, last = steps.at(-1), before = steps.at(-2);
  if (last === "op") return { kind: "string", values: words.ops[factOf(keys.fact, words)?.ops ?? 0] };
  if (last === "value" && "fact" in keys) {
    const fact = factOf(keys.fact, words);
    if (words.flags.includes(keys.op) || fact?.kind === "boolean") return { kind: "boolean", values: yes };
    if (keys.op in words.byOp) return { kind: "string", values: list(words.byOp[keys.op]) };
    if (!fact || (keys.op && !words.whole.includes(keys.op))) return { kind: "string", values: [] };
    return { kind: fact.kind, values: list(fact.values), many: path === steps && words.many.includes(keys.op) };
  }
  if (before === "facts" || before === "changed") {
    const fact = factOf(last, words);
    return fact?.kind === "boolean" ? { kind: "boolean", values: yes } : { kind: fact?.kind || "string", values: list(fact?.values) };
  }
  if (["rules", "not_rules"].includes(last) && before === "expect") return { kind: "string", values: words.ids };
  const at = Math.max(steps.lastIndexOf("then"), steps.lastIndexOf("default"), steps.lastIndexOf("expect"));
  if (at < 0) return null;
  const known = words.fields[steps.slice(at + 1).filter((one) => one !== "*").join(".")];
  return known ? { kind: known.kind, values: list(known.values) } : null;
}
const rank = (word, [label, detail]) => {
  const small = label.toLowerCase(), said = detail.toLowerCase();
  return !word || small.startsWith(word) ? 0 : small.includes(word) ? 1 : said.split(/[\s(]+/).some((one) => one.startsWith(word)) ? 2 : said.includes(word) ? 3 : -1;
};
/** What is offered at a place: where it begins, and options with what is put there. */
export function offers(found, words) {
  const root = words.schema, { path, keys, flow } = found;
  const nodes = path.reduce((some, key) => step(some, key, root), plain(root, root));
  const options = [];
  const add = (pair, more) => { const at = rank(found.word.toLowerCase(), pair); if (at >= 0) options.push({ label: pair[0], detail: pair[1] === pair[0] ? "" : pair[1], at, ...more(pair[0], pair[2]) }); };
  const lead = found.entry ? "- " : "";
  const asKey = (key, shapes) => {
    const more = found.quote ? "" : behind(key, shapes, flow, root);
    if (!more) return { type: "property", put: lead + (found.quote ? key : key + ": "), next: true };
    return { type: "property", snippet: `${lead}${key}:${more.startsWith("\n") ? "" : " "}${found.dash ? more.replace("\t", "\t\t") : more}`, short: lead + key };
  };
  const used = found.part === "key" ? Object.keys(keys).filter((key) => key !== found.word) : [];
  const member = found.entry ? step(nodes, "*", root) : nodes;
  const value = found.part === "value" && !found.entry;
  if (value) {
    const desk = ofDesk(path, keys, words), known = desk ? desk.values : constants(nodes);
    const kind = desk?.kind || "string";
    for (const pair of known) add(pair, (one) => ({ type: "enum", put: desk?.many && !found.quote ? `[${scalar(one, kind, true)}]` : found.quote ? one : scalar(one, kind, flow) }));
    if (!desk && boolean(nodes)) for (const [one, word] of FLAGS) add([one, words.said[word]], () => ({ type: "constant", put: one }));
    if (path.at(-1) === "fact") for (const [space, one] of Object.entries(words.spaces)) add([space, one.label], () => ({ type: "namespace", put: space }));
  }
  if (found.part === "key" || (!found.inline && !flow && !found.quote)) for (const pair of keysOf(member, used, root)) add(pair, asKey);
  if (!found.quote && found.part === "value") {
    const rest = [...path, ...(found.entry ? ["*"] : [])].join("/");
    for (const one of words.templates) if (new RegExp(one.at).test(rest) && (one.block ? !flow && !found.inline : flow || found.inline || found.dash || found.entry)) add([one.label, one.detail], () => ({ type: "text", snippet: lead + one.text }));
  }
  options.sort((a, b) => a.at - b.at || (b.type === "text") - (a.type === "text"));
  return { from: found.from, options: options.slice(0, MOST) };
}
