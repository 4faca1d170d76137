/* A form as its editor sees it, from JSON Schema and ui.json and back; what the editor does not know stays as it was. */
import { json } from "./facts.js";
import { slug, unique } from "./ids.js";
const SCHEMA = "https://json-schema.org/draft/2020-12/schema";
const PARTS = {
  text: () => ({ type: "string", maxLength: 500 }), long: () => ({ type: "string", maxLength: 20000 }), number: () => ({ type: "number" }), whole: () => ({ type: "integer" }), yesno: () => ({ type: "boolean" }),
  one: () => ({ type: "string", enum: [] }), several: () => ({ type: "array", items: { type: "string", enum: [] }, uniqueItems: true }), date: () => ({ type: "string", format: "date" }), email: () => ({ type: "string", format: "email", maxLength: 320 }),
  queue: () => ({ type: "string", minLength: 1, maxLength: 200 }), agent: () => ({ type: "string", minLength: 1, maxLength: 320 }), file: () => ({ type: "array" }),
};
const WIDGET = { text: "text", long: "textarea", number: "number", whole: "number", yesno: "checkbox", one: "select", several: "checkbox", date: "date", email: "text", queue: "queue", agent: "agent", file: "file" };
export const TYPES = Object.keys(PARTS);
export const CHOOSING = new Set(["one", "several"]);
function typeOf(part, look) {
  const kind = Array.isArray(part.type) ? part.type.find((one) => one !== "null") : part.type || "string", widget = look.widget;
  if (["queue", "agent", "file"].includes(widget)) return widget;
  if (kind === "array") return part.items?.enum ? "several" : "file";
  if (kind === "boolean") return "yesno";
  if (kind === "integer") return "whole";
  if (kind === "number") return "number";
  if (part.enum) return "one";
  if (part.format === "date" || widget === "date") return "date";
  if (part.format === "email") return "email";
  return widget === "textarea" || (part.maxLength || 0) > 500 ? "long" : "text";
}
const languages = (said, fallback = "") => (said && typeof said === "object" ? { de: said.de || "", en: said.en || "" } : { de: "", en: said || fallback });
const plain = (value) => (typeof value === "boolean" ? String(value) : String(value));
/* {field, is} of "if these answers, then …", or null when it says more than the editor can. */
function conditionOf(rule) {
  const properties = Object.entries(rule?.if?.properties || {});
  if (properties.length !== 1 || !Array.isArray(rule.then?.required) || Object.keys(rule).some((key) => !["if", "then"].includes(key)) || Object.keys(rule.then).length !== 1) return null;
  const [field, part] = properties[0], values = part.enum || ("const" in part ? [part.const] : part.contains?.enum);
  return Array.isArray(values) && Object.keys(rule.if).every((key) => ["properties", "required"].includes(key)) ? { field, is: values.map(plain) } : null;
}
export function parse(schemaText, uiText) {
  const schema = json(schemaText), ui = uiText == null ? {} : json(uiText);
  if (!schema || !ui || (schema.properties && typeof schema.properties !== "object")) return null;
  const looks = ui.fields && typeof ui.fields === "object" ? ui.fields : {}, required = Array.isArray(schema.required) ? schema.required : [], needs = {}, kept = [];
  for (const rule of Array.isArray(schema.allOf) ? schema.allOf : []) { const found = conditionOf(rule); if (found) for (const name of rule.then.required) needs[name] = found; else kept.push(rule); }
  const order = Array.isArray(ui.order) ? ui.order.filter((name) => name in (schema.properties || {})) : [];
  const fields = [...new Set([...order, ...Object.keys(schema.properties || {})])].map((name) => {
    const part = schema.properties[name] && typeof schema.properties[name] === "object" ? schema.properties[name] : {}, look = looks[name] && typeof looks[name] === "object" ? looks[name] : {};
    const allowed = part.enum || part.items?.enum || [];
    return { name, type: typeOf(part, look), part, look, label: languages(look.label, part.title), help: languages(look.help, part.description), show: look.show_if ? { field: String(look.show_if.field || ""), is: [look.show_if.is ?? "true"].flat().map(plain) } : null,
      need: required.includes(name) ? "always" : needs[name] || "no", choices: (Array.isArray(allowed) ? allowed : []).filter((one) => one !== null).map((value) => ({ value: plain(value), label: languages(look.choices?.[value]) })) };
  });
  return { schema, ui, kept, title: languages(ui.title, schema.title), submit: languages(ui.submit), fields };
}
const said = (texts) => Object.fromEntries(Object.entries(texts).filter(([, text]) => text));
const some = (texts) => Object.values(texts).some(Boolean);
const typed = (field, value) => ({ yesno: () => value === "true", whole: () => Number(value), number: () => Number(value) }[field?.type] || (() => value))();
function partOf(field) {
  const same = field.part && typeOf(field.part, { ...field.look, widget: field.look.widget }) === field.type;
  const part = same ? { ...field.part } : PARTS[field.type]();
  const values = field.choices.map((one) => one.value).filter((value) => value !== "");
  part.title = field.label.en || field.label.de || field.name;
  delete part.description;
  if (field.type === "one") part.enum = values;
  if (field.type === "several") part.items = { ...(part.items || {}), type: "string", enum: values };
  if (field.need === "always" && part.type === "string" && !part.enum && !part.format) part.minLength ||= 1; else if (part.minLength === 1 && field.need !== "always" && !["queue", "agent"].includes(field.type)) delete part.minLength;
  return part;
}
function lookOf(field) {
  const { label, help, choices, show_if: _, widget, ...rest } = field.look;
  const kept = widget && typeOf(PARTS[field.type](), { widget }) === field.type && (field.type !== "one" || ["select", "radio"].includes(widget)) ? widget : WIDGET[field.type];
  return { ...(some(field.label) ? { label: said(field.label) } : {}), ...(some(field.help) ? { help: said(field.help) } : {}), widget: field.type === "one" && ["select", "radio"].includes(widget) ? widget : kept,
    ...(CHOOSING.has(field.type) ? { choices: Object.fromEntries(field.choices.filter((one) => one.value !== "").map((one) => [one.value, said(one.label)])) } : {}), ...(field.show?.field ? { show_if: { field: field.show.field, is: field.show.is } } : {}), ...rest };
}
/** {schema, ui} as they are kept. What is asked only sometimes is needed only then, for every door. */
export function write(form) {
  const by = new Map(form.fields.map((one) => [one.name, one])), rules = new Map();
  for (const field of form.fields) {
    const condition = field.need === "always" ? field.show : field.need === "no" ? null : field.need;
    if (!condition?.field || !condition.is.length) continue;
    const other = by.get(condition.field), values = condition.is.map((value) => typed(other, value));
    const test = other?.type === "several" ? { contains: { enum: values } } : { enum: values }, key = JSON.stringify([condition.field, test]);
    rules.set(key, rules.get(key) || { if: { properties: { [condition.field]: test }, required: [condition.field] }, then: { required: [] } });
    rules.get(key).then.required.push(field.name);
  }
  const allOf = [...form.kept, ...rules.values()], required = form.fields.filter((one) => one.need === "always" && !one.show?.field).map((one) => one.name);
  const { $schema, title, type, properties, required: _r, allOf: _a, ...rest } = form.schema;
  const schema = { $schema: $schema || SCHEMA, title: form.title.en || form.title.de || title || "", type: "object", properties: Object.fromEntries(form.fields.map((one) => [one.name, partOf(one)])), ...(required.length ? { required } : {}), ...rest, ...(allOf.length ? { allOf } : {}) };
  if (!("additionalProperties" in schema)) schema.additionalProperties = false;
  const { title: _t, submit: _s, order: _o, fields: _f, ...more } = form.ui;
  const ui = { ...(some(form.title) ? { title: said(form.title) } : {}), ...(some(form.submit) ? { submit: said(form.submit) } : {}), ...more, order: form.fields.map((one) => one.name), fields: Object.fromEntries(form.fields.map((one) => [one.name, lookOf(one)])) };
  return { schema, ui };
}
export const texts = (form) => { const { schema, ui } = write(form); return { schema: JSON.stringify(schema, null, 2) + "\n", ui: JSON.stringify(ui, null, 2) + "\n" }; };
export const fresh = (title) => ({ schema: {}, ui: {}, kept: [], title, submit: { de: "Erledigt", en: "Done" }, fields: [] });
export const freshField = (type, form, label = { de: "", en: "" }) => ({ name: unique(slug(label.en || label.de, "field") || "field", new Set([...form.fields.map((one) => one.name), "ticket"])), type, part: null, look: {}, label, help: { de: "", en: "" }, show: null, need: "no", choices: CHOOSING.has(type) ? [{ value: "", label: { de: "", en: "" } }] : [] });
/** Another value of a choice, or none, also where other questions depend on it. */
export function rechoose(form, field, old, value) {
  for (const condition of form.fields.flatMap((one) => [one.show, one.need])) if (condition?.field === field.name) condition.is = value ? condition.is.map((one) => (one === old ? value : one)) : condition.is.filter((one) => one !== old);
}
/** Another name, also where other questions depend on it. */
export function rename(form, old, name) {
  for (const field of form.fields) {
    if (field.name === old) field.name = name;
    for (const condition of [field.show, field.need]) if (condition?.field === old) condition.field = name;
  }
}
