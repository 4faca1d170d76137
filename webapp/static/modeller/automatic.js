/* Steps that nobody has to do: rulesets, services of the desk, scripts, shared processes; and what repeats a step. */
import { element } from "../js/words.js";
import { desk, t } from "./said.js";
import { bo, is, said } from "./told.js";
import { itemName } from "./files.js";
import { completed, literal } from "./conditions.js";
import { button, choose, hint, only, row, section, segment, text, tick } from "./parts.js";
const operators = () => ({ notify: t("Send a notice"), set: t("Set a field of the ticket"), note: t("Write a note"), tag: t("Put a tag on the ticket"), create_child: t("Open a subtask"), message_parent: t("Send a message to the parent ticket"), message_children: t("Send a message to the subtasks"), publish_draft: t("Put a proposed draft in force"), return_draft: t("Give a proposed draft back") });
const words = () => ({ to: t("To whom"), template: t("Text of the notice"), field: t("Field"), value: t("Value"), text: t("Text"), name: t("Name"), title: t("Title"), type: t("Type"), queue: t("Queue"), variables: t("Variables to hand over"), for_customer: t("The customer sees it, too") });
const recipients = () => ({ customer: t("The customer"), manager: t("The customer's manager"), owner: t("The owner of the ticket"), responsible: t("The person responsible"), queue: t("All of the queue"), lead: t("The team's lead"), lead_manager: t("The manager of the team's lead") });
const fields = () => ({ queue: t("Queue"), priority: t("Priority"), type: t("Type"), service: t("Service"), sla: t("Service level"), owner: t("Owner"), responsible: t("Responsible"), title: t("Title") });
const quoted = /^(["'])((?:(?!\1)[^\\])*)\1$/;
function plainOf(written) {
  const simple = quoted.exec(written || "");
  if (simple) return simple[2];
  try { const said = JSON.parse(written); return typeof said === "string" ? said : undefined; } catch { return undefined; }
}
const quote = (value) => (/['"\\\n]/.test(value) ? JSON.stringify(value) : `'${value}'`);
export function rules(tools, shape) {
  const name = said(shape, "calledDecisionId");
  return [choose(t("Ruleset"), name, desk.rulesets, (value) => tools.tell(shape, { calledDecisionId: value }), { none: t("Please choose"), name: "ruleset" }),
    ...(name && desk.rulesets.includes(name) ? [element("p", { class: "small" }, element("a", { href: desk.rules_url + "/" + encodeURIComponent(name), target: "_blank" }, t("Look at the ruleset")))] : []), hint(t("Its decisions change the ticket and become variables of the process."))];
}
/* A parameter is a fixed value, picked or typed, or an expression over the variables. */
function parameter(id, written, set, options, known) {
  const plain = plainOf(written), label = words()[id] || id, fixed = plain !== undefined || !written;
  const input = fixed
    ? options ? choose(label, plain || "", options, (value) => set(quote(value)), { none: t("Please choose"), name: "parameter " + id }) : text(label, plain || "", (value) => set(quote(value)), { name: "parameter " + id, rows: id === "text" ? 3 : undefined })
    : text(label, written, set, { mono: true, name: "parameter " + id, help: t("An expression"), list: known.map((one) => one.name) });
  const turn = button(fixed ? t("Work it out instead") : t("A fixed value instead"), () => set(fixed ? known[0]?.name || "ticket.title" : quote("")), { kind: "quiet", name: "turn " + id });
  return element("div", { class: "draw-parameter" }, input, turn);
}
function optionsFor(operator, id, parameters) {
  if (operator === "notify" && id === "to") return [...desk.recipients.map((one) => [one, recipients()[one] || one]), ...desk.groups.map((one) => ["group:" + one, t("Group %(name)s", { name: one })])];
  if (operator === "notify" && id === "template") return desk.templates.map((one) => [one, desk.template_words[one] === one ? one : `${desk.template_words[one]} (${one})`]);
  if (operator === "create_child" && ["type", "queue"].includes(id)) return desk.values[id];
  if (operator === "set" && id === "field") return desk.fields.map((one) => [one, fields()[one] || one]);
  if (operator === "set" && id === "value") return desk.values[plainOf(parameters.field)];
  return null;
}
export function acts(tools, shape, now, known) {
  const set = (operator) => tools.tell(shape, { operator });
  const parts = [choose(t("What"), now?.id || "", Object.keys(desk.operators).map((one) => [one, operators()[one] || one]), (id) => set(id ? { id, parameters: Object.fromEntries(desk.operators[id].map((p) => [p, now?.parameters?.[p] ?? quote("")])) } : null), { none: t("Please choose"), name: "operator" })];
  if (!now) return parts;
  const wanted = [...new Set([...(desk.operators[now.id] || []), ...Object.keys(now.parameters)])];
  for (const id of wanted) parts.push(parameter(id, now.parameters[id] ?? "", (value) => set({ ...now, parameters: { ...now.parameters, [id]: value } }), optionsFor(now.id, id, now.parameters), known));
  const free = (desk.optional[now.id] || []).filter((id) => !wanted.includes(id));
  if (free.length) parts.push(choose(t("Say more"), "", free.map((id) => [id, words()[id] || id]), (id) => id && set({ ...now, parameters: { ...now.parameters, [id]: id === "variables" ? "{}" : id === "for_customer" ? "True" : quote("") } }), { none: t("Nothing more"), name: "more parameters" }));
  if (now.result || now.id === "create_child") parts.push(text(t("Keep the answer in"), now.result, (value) => set({ ...now, result: value }), { mono: true, name: "result" }));
  return parts;
}
const LINE = /^\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*)$/;
export function script(tools, shape, known) {
  const source = bo(shape).script || "", lines = source.split("\n").filter((one) => one.trim());
  const parsed = lines.map((one) => LINE.exec(one));
  const set = (value) => tools.modeling.updateProperties(shape, { script: value, scriptFormat: value ? "python" : undefined });
  const raw = completed(text(t("As a script"), source, set, { rows: 4, mono: true, help: t("One line each: name = expression"), name: "script" }), known);
  if (parsed.some((one) => !one)) return [raw];
  const join = (rows) => set(rows.map(([name, value]) => `${name} = ${value}`).join("\n"));
  const rows = parsed.map((one) => [one[1], one[2]]);
  return [...rows.map(([name, value], at) => element("div", { class: "draw-row" },
    text(t("Variable"), name, (v) => /^[A-Za-z_]\w*$/.test(v) && join(rows.map((r, i) => (i === at ? [v, r[1]] : r))), { mono: true, name: "script name " + at }),
    text(t("becomes"), value, (v) => v.trim() && join(rows.map((r, i) => (i === at ? [r[0], v] : r))), { mono: true, name: "script value " + at, list: known.map((one) => one.name) }),
    only(t("Remove this row"), "bin", () => join(rows.filter((_, i) => i !== at)), { name: "script bin " + at }))),
  row(button(t("Another variable"), () => join([...rows, ["result" + (rows.length ? rows.length + 1 : ""), literal("")]]), { sign: "plus", name: "script add" })),
  element("details", { class: "more" }, element("summary", {}, t("As a script")), raw)];
}
export const calls = (tools, shape) => [choose(t("Shared process"), bo(shape).calledElement || "", desk.calls.map((one) => [one.id, one.title]), (value) => tools.modeling.updateProperties(shape, { calledElement: value || undefined }), { none: t("Please choose"), name: "called" }), hint(desk.calls.find((one) => one.id === bo(shape).calledElement)?.about || t("Its steps run as part of this ticket."))];
/* Repeating: once for each of a list, several times, or until something holds. */
export function repeats(tools, shape, known) {
  const { modeling, moddle } = tools, loop = bo(shape).loopCharacteristics, kind = !loop ? "" : loop.$type === "bpmn:StandardLoopCharacteristics" ? "loop" : loop.isSequential ? "sequential" : "parallel";
  const put = (type, given = {}) => modeling.updateProperties(shape, { loopCharacteristics: type ? moddle.create(type, given) : undefined });
  const item = (type, id) => (id ? moddle.create(type, { id }) : undefined), expression = (body) => (body ? moddle.create("bpmn:FormalExpression", { body }) : undefined);
  const change = (more) => modeling.updateModdleProperties(shape, loop, more);
  const name = (value) => !value || /^[A-Za-z_]\w*$/.test(value);
  const parts = [segment(t("How often"), kind, [["", t("Once")], ["parallel", t("For each, at once")], ["sequential", t("For each, in turn")], ["loop", t("Again and again")]], (picked) => {
    if (!picked) put(null);
    else if (picked === "loop") put("bpmn:StandardLoopCharacteristics", { loopMaximum: 10, loopCondition: expression("") });
    else if (kind && kind !== "loop") change({ isSequential: picked === "sequential" });
    else put("bpmn:MultiInstanceLoopCharacteristics", { isSequential: picked === "sequential", loopDataInputRef: moddle.create("bpmn:DataObject", { id: "list" }), inputDataItem: item("bpmn:DataInput", "one") });
  }, { name: "repeat" })];
  if (kind === "loop") parts.push(text(t("Goes on while"), loop.loopCondition?.body || "", (value) => change({ loopCondition: expression(value) }), { mono: true, name: "loop condition", list: known.map((one) => one.name) }), text(t("At most so many times"), loop.loopMaximum ?? "", (value) => change({ loopMaximum: /^\d+$/.test(value) ? Number(value) : undefined }), { name: "loop maximum", wide: false }), tick(t("Asked before the first time, too"), loop.testBefore, (on) => change({ testBefore: on }), { name: "test before" }));
  else if (kind) {
    const reference = (value) => (value ? moddle.create("bpmn:DataObject", { id: value }) : undefined);
    parts.push(text(t("List, by the name of a variable"), loop.loopDataInputRef?.id || "", (value) => name(value) && change({ loopDataInputRef: reference(value), ...(value ? { loopCardinality: undefined } : {}) }), { mono: true, name: "list", list: known.map((one) => one.name) }),
      text(t("Or so many times"), loop.loopCardinality?.body || "", (value) => change({ loopCardinality: expression(value), ...(value ? { loopDataInputRef: undefined, inputDataItem: undefined } : {}) }), { mono: true, name: "cardinality" }),
      text(t("Each one is called"), itemName(loop.inputDataItem?.id) || "", (value) => name(value) && change({ inputDataItem: item("bpmn:DataInput", value) }), { mono: true, name: "item" }),
      text(t("What comes of each (variable)"), itemName(loop.outputDataItem?.id) || "", (value) => name(value) && change({ outputDataItem: item("bpmn:DataOutput", value) }), { mono: true, name: "output item", list: known.map((one) => one.name) }),
      text(t("All of it, as a list (variable)"), loop.loopDataOutputRef?.id || "", (value) => name(value) && change({ loopDataOutputRef: reference(value) }), { mono: true, name: "output" }),
      text(t("Enough when"), loop.completionCondition?.body || "", (value) => change({ completionCondition: expression(value) }), { mono: true, name: "completion", help: t("An expression; left empty, all of them are waited for.") }));
  }
  return section(t("Repeat"), parts, { open: Boolean(kind) });
}
export { is };
