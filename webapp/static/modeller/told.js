/* What a step tells the desk: the extension elements of the spiffworkflow namespace, read and written.
   They are kept as the generic elements that the parser makes of them, so that what we do not know survives. */
import { lang } from "./said.js";
export const SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core";
export const LANGUAGES = { de: "De", en: "En" };
export const bo = (element) => element?.businessObject || element;
export const is = (element, ...types) => types.some((type) => bo(element)?.$instanceOf?.(type.includes(":") ? type : "bpmn:" + type));
const local = (one) => one.$descriptor?.ns?.localName || (one.$type || "").split(":").pop();
const ours = (one) => one.$descriptor?.isGeneric && one.$descriptor.ns?.uri === SPIFF;
const all = (element) => bo(element)?.get?.("extensionElements")?.get("values") || [];
const found = (element, name) => all(element).find((one) => ours(one) && local(one) === name);
/** The text of one extension element, trimmed; "" where there is none. */
export const said = (element, name) => String(found(element, name)?.$body ?? "").trim();
export const yes = (element, name) => said(element, name).toLowerCase() === "true";
export const title = (element, language = lang) => said(element, "title" + LANGUAGES[language]);
const children = (one) => one?.$children || [];
export const property = (element, name) => children(found(element, "properties")).find((one) => one.name === name)?.value || "";
export const formOf = (element) => property(element, "formJsonSchemaFilename").replace(/\.schema\.json$/, "");
/** {id, result, parameters: {name: value}} of a service task, or null. */
export function operator(element) {
  const one = found(element, "serviceTaskOperator");
  if (!one) return null;
  const list = children(children(one).find((child) => local(child) === "parameters"));
  return { id: one.id || "", result: one.resultVariable || "", parameters: Object.fromEntries(list.map((p) => [p.id, p.value ?? ""])) };
}
const make = (moddle, name, more = {}, inside = []) => {
  const { body, ...rest } = more;
  const one = moddle.createAny("spiffworkflow:" + name, SPIFF, rest);
  if (body !== undefined) one.$body = body;
  if (inside.length) { one.$children = inside; for (const child of inside) child.$parent = one; }
  return one;
};
function withProperties(moddle, old, wanted) {
  const kept = children(old).filter((one) => !(one.name in wanted));
  const fresh = Object.entries(wanted).filter(([, value]) => value).map(([name, value]) => make(moddle, "property", { name, value }));
  const both = [...kept, ...fresh];
  return both.length ? make(moddle, "properties", {}, both) : null;
}
const withOperator = (moddle, wanted) => {
  const given = Object.entries(wanted.parameters || {}).map(([id, value]) => make(moddle, "parameter", { id, type: "str", value }));
  return make(moddle, "serviceTaskOperator", { id: wanted.id, ...(wanted.result ? { resultVariable: wanted.result } : {}) }, [make(moddle, "parameters", {}, given)]);
};
/** The extension elements as they are with these changes: {name: text or null}, `properties` and `operator`. */
export function extensions(moddle, element, changes) {
  const old = [...all(element)], drop = new Set(), fresh = [];
  for (const [name, value] of Object.entries(changes)) {
    if (name === "properties") {
      const before = found(element, "properties");
      if (before) drop.add(before);
      const made = withProperties(moddle, before, value);
      if (made) fresh.push(made);
    } else if (name === "operator") {
      for (const one of old) if (ours(one) && local(one) === "serviceTaskOperator") drop.add(one);
      if (value) fresh.push(withOperator(moddle, value));
    } else {
      for (const one of old) if (ours(one) && local(one) === name) drop.add(one);
      const text = value == null ? "" : String(value);
      if (text.trim()) fresh.push(make(moddle, name, { body: text }));
    }
  }
  const values = [...old.filter((one) => !drop.has(one)), ...fresh];
  if (!values.length) return undefined;
  const made = moddle.create("bpmn:ExtensionElements", { values });
  for (const one of values) one.$parent = made;
  return made;
}
/** A generic element once more, for copies. */
export function clone(moddle, one) {
  const { ns } = one.$descriptor;
  const rest = Object.fromEntries(Object.entries(one).filter(([key]) => !key.startsWith("$")));
  const made = moddle.createAny(one.$type, ns.uri, rest);
  if (one.$body !== undefined) made.$body = one.$body;
  if (one.$children) { made.$children = one.$children.map((child) => clone(moddle, child)); for (const child of made.$children) child.$parent = made; }
  return made;
}
/** Every element of a model that can carry a name, with those around it. */
export function* everything(definitions) {
  const todo = [...(definitions.rootElements || [])];
  while (todo.length) {
    const one = todo.shift();
    yield one;
    for (const list of ["flowElements", "artifacts", "laneSets", "lanes", "participants", "messageFlows"]) todo.push(...(one[list] || []));
    if (one.childLaneSet) todo.push(one.childLaneSet);
  }
}
/** On the canvas a name is the title in the reader's language … */
export function nameForReader(one) { const text = title(one); if (text) one.name = text; }
/** … and in the file it is the English one, or the only one there is. */
export const nameForFile = (one) => title(one, "en") || title(one, "de") || one.name;
