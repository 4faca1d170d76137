/* Messages, errors and escalations: which one, by name; a new one is made where it is first named. */
import { desk, t } from "./said.js";
import { bo, is } from "./told.js";
import { choose, hint, section, tick, text } from "./parts.js";
const KINDS = {
  "bpmn:MessageEventDefinition": ["messageRef", "bpmn:Message", () => t("Message")],
  "bpmn:ErrorEventDefinition": ["errorRef", "bpmn:Error", () => t("Error")],
  "bpmn:EscalationEventDefinition": ["escalationRef", "bpmn:Escalation", () => t("Escalation")],
  "bpmn:SignalEventDefinition": ["signalRef", "bpmn:Signal", () => t("Signal")],
};
const NEW = "\u0000new";
const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");
const CODES = { "bpmn:Error": "errorCode", "bpmn:Escalation": "escalationCode" };
/** Put the named message (error …) into the file if it is not there, and refer to it. */
function refer({ modeling, moddle, definitions, files }, shape, holder, [reference, type], name) {
  files.together(() => {
    const root = definitions(), there = (root.rootElements || []).find((one) => one.$type === type && one.name === name);
    let one = there;
    if (!one && name) {
      const ids = new Set((root.rootElements || []).map((each) => each.id)), base = type.split(":")[1].toLowerCase() + "_" + (slug(name) || "one");
      let id = base;
      for (let n = 2; ids.has(id); n += 1) id = base + "_" + n;
      one = moddle.create(type, { id, name, ...(CODES[type] ? { [CODES[type]]: name } : {}) });
      one.$parent = root;
      modeling.updateModdleProperties(shape, root, { rootElements: [...(root.rootElements || []), one] });
    }
    if (holder === bo(shape)) modeling.updateProperties(shape, { [reference]: one }); else modeling.updateModdleProperties(shape, holder, { [reference]: one });
  });
}
function field(tools, shape, holder, kind, redraw) {
  const [reference, type, word] = kind, now = holder[reference]?.name || "";
  const inFile = (tools.definitions().rootElements || []).filter((one) => one.$type === type).map((one) => one.name).filter(Boolean);
  const known = [...new Set([...inFile, ...(type === "bpmn:Message" ? desk.messages || [] : [])])].map((name) => [name, desk.message_words?.[name] ? `${desk.message_words[name]} (${name})` : name]);
  const parts = [choose(word(), now, [...known, [NEW, t("Another one …")]], (picked) => {
    if (picked !== NEW) { refer(tools, shape, holder, kind, picked); return; }
    redraw();
  }, { none: t("Please choose"), name: "ref " + type })];
  parts.push(text(t("Or a new one, by name"), "", (name) => name.trim() && refer(tools, shape, holder, kind, name.trim()), { name: "new " + type, mono: true, placeholder: "order_arrived" }));
  return parts;
}
/** The parts of the panel for an event, a receiving or a sending task. */
export function events(tools, shape) {
  const b = bo(shape), list = [], focusNew = () => queueMicrotask(() => document.querySelector('[data-name^="new bpmn:"]')?.focus());
  if (is(shape, "ReceiveTask", "SendTask")) list.push(section(t("Message"), field(tools, shape, b, KINDS["bpmn:MessageEventDefinition"], focusNew)));
  const definition = (b.eventDefinitions || [])[0], kind = definition && KINDS[definition.$type];
  if (kind) list.push(section(is(shape, "EndEvent", "IntermediateThrowEvent") ? t("What is sent") : t("What it waits for"), field(tools, shape, definition, kind, focusNew)));
  if (is(shape, "BoundaryEvent") && definition && !["bpmn:ErrorEventDefinition", "bpmn:CancelEventDefinition"].includes(definition.$type)) {
    list.push(section(t("And the step?"), [tick(t("The step ends"), b.cancelActivity !== false, (on) => tools.modeling.updateProperties(shape, { cancelActivity: on }), { name: "cancel" }), hint(b.cancelActivity !== false ? t("What was begun at the step is over, and the way from here is taken.") : t("The step stays open; the way from here is taken beside it."))]));
  }
  return list;
}
