/* How bpmn-js behaves here: only what runs is offered, copies keep what steps tell the desk, ids can be read,
   and every change goes over its command stack so that it can be undone. Modules are plain objects; nothing is built. */
import { KINDS, REPLACED } from "./offered.js";
import { bo, clone, everything, extensions, is, nameForReader, title, LANGUAGES } from "./told.js";
import { lang, t } from "./said.js";
import { speaking } from "./ids.js";

/* bpmn-js' own words, in the desk's. */
const WORDS = () => ({
  "Activate hand tool": t("Move the picture"), "Activate lasso tool": t("Select an area"), "Activate create/remove space tool": t("Make or take room"), "Activate global connect tool": t("Connect"),
  "Append end event": t("Add an end"), "Append gateway": t("Add a decision"), "Append task": t("Add a step"), "Add text annotation": t("Add a remark"), "Change element": t("Change the kind"), "Connect to other element": t("Connect with another"), "Delete": t("Delete"),
  "Append timer intermediate catch event": t("Wait for a time"), "Append message intermediate catch event": t("Wait for a message"),
  "Add lane above": t("Lane above"), "Add lane below": t("Lane below"), "Divide into two lanes": t("Divide into two lanes"), "Divide into three lanes": t("Divide into three lanes"),
  "User task": t("Step for a person"), "Manual task": t("Step without a form"), "Business rule task": t("Rules decide"), "Service task": t("The desk acts"), "Script task": t("Work out values"), "Call activity": t("Shared process"), "Receive task": t("Wait for a message"), "Send task": t("Send a message"),
  "Sub-process (collapsed)": t("Part of its own, folded"), "Sub-process (expanded)": t("Part of its own"), "Sub-process": t("Part of its own"), "Transaction": t("Part that can be cancelled"),
  "Exclusive gateway": t("Either or"), "Parallel gateway": t("At the same time"), "Inclusive gateway": t("One or several"), "Event-based gateway": t("Whatever comes first"),
  "Start event": t("Begin"), "End event": t("End"), "Message end event": t("End with a message"), "Terminate end event": t("End everything"), "Error end event": t("End with an error"), "Escalation end event": t("End with an escalation"), "Cancel end event": t("End by cancelling"),
  "Message intermediate catch event": t("Wait for a message"), "Message intermediate throw event": t("Send a message"), "Timer intermediate catch event": t("Wait for a time"), "Escalation intermediate throw event": t("Report an escalation"),
  "Message boundary event": t("Message to a step"), "Timer boundary event": t("Deadline of a step"), "Error boundary event": t("Error of a step"), "Escalation boundary event": t("Escalation of a step"), "Cancel boundary event": t("Cancelling of a part"),
  "Message boundary event (non-interrupting)": t("Message to a step, which goes on"), "Timer boundary event (non-interrupting)": t("Deadline of a step, which goes on"), "Escalation boundary event (non-interrupting)": t("Escalation of a step, which goes on"),
  "Signal intermediate catch event": t("Wait for a signal"), "Signal intermediate throw event": t("Send a signal"), "Signal boundary event": t("Signal to a step"), "Signal boundary event (non-interrupting)": t("Signal to a step, which goes on"), "Signal end event": t("End with a signal"),
  "Sequence flow": t("Way"), "Default flow": t("Way for all other cases"), "Parallel multi-instance": t("For each, all at once"), "Sequential multi-instance": t("For each, one after the other"), "Loop": t("Again and again"), "Toggle non-interrupting": t("The step goes on"), "Search in diagram": t("Find in the diagram"), "Open {element}": t("Open {element}"), "flow elements must be children of pools/participants": t("It belongs into the frame: put it into a lane."),
});
function translate() {
  const words = WORDS();
  return (text, values) => (words[text] || text).replace(/{([^}]+)}/g, (all, key) => values?.[key] ?? all);
}

/* Elements that a click, a key or a pull puts into the diagram. */
function Offered(elementFactory, create, autoPlace, selection, canvas, modeling, elementRegistry, eventBus, files, spaceTool) {
  this.shape = (kind) => {
    const { type, eventDefinitionType, isExpanded } = kind;
    if (type === "bpmn:Participant") return elementFactory.createParticipantShape();
    return elementFactory.createShape({ type, ...(eventDefinitionType ? { eventDefinitionType } : {}), ...(isExpanded ? { isExpanded } : {}) });
  };
  const begin = () => elementFactory.createShape({ type: "bpmn:StartEvent" });
  this.pull = (event, kind, source) => {
    const shape = this.shape(kind);
    if (kind.id !== "sub") { create.start(event, shape, source ? { source } : undefined); return; }
    const start = begin();
    Object.assign(shape, { x: 0, y: 0 }); Object.assign(start, { x: 40, y: 82, parent: shape });
    create.start(event, [shape, start], { ...(source ? { source } : {}), hints: { autoSelect: [shape] } });
  };
  const host = (element) => element && is(element, "Activity") && !element.labelTarget;
  const free = () => { const view = canvas.viewbox(); return { x: Math.round(view.x + view.width / 2), y: Math.round(view.y + view.height / 2) }; };
  const parentAt = (point) => elementRegistry.filter((e) => is(e, "Participant", "SubProcess") && !e.collapsed && e.x <= point.x && e.x + e.width >= point.x && e.y <= point.y && e.y + e.height >= point.y).pop() || canvas.getRootElement();
  /* A step goes on in one way only: what comes next is put into that way, and what follows makes room. */
  const onwards = (source) => (is(source, "SequenceFlow") ? source : is(source, "Activity", "Event") && source.outgoing.length === 1 && is(source.outgoing[0], "SequenceFlow") ? source.outgoing[0] : null);
  this.between = (shape, way) => {
    const { source, target } = way, from = source.x + source.width, missing = shape.width + 100 - (target.x - from);
    let made = null;
    files.together(() => {
      if (target.x < from) { // it leads back or down: into its middle, as if dropped there
        const at = Math.ceil(way.waypoints.length / 2), [a, b] = [way.waypoints[at - 1], way.waypoints[at]];
        made = modeling.createShape(shape, { x: Math.round((a.x + b.x) / 2), y: Math.round((a.y + b.y) / 2) }, way);
        return;
      }
      if (missing > 0) this.room(from + 4, Math.ceil(missing / 10) * 10);
      made = modeling.createShape(shape, { x: from + 50 + shape.width / 2, y: source.y + source.height / 2 }, way.parent);
      modeling.reconnectEnd(way, made, { x: made.x, y: made.y + made.height / 2 });
      modeling.connect(made, target);
    });
    eventBus.fire("autoPlace.end", { shape: made });
    return made;
  };
  /** Room to the right of a place, as the tool for it makes it. */
  this.room = (start, delta) => {
    const { movingShapes, resizingShapes } = spaceTool.calculateAdjustments(elementRegistry.filter((e) => e.parent && !e.labelTarget), "x", delta, start);
    spaceTool.makeSpace(movingShapes, resizingShapes, { x: delta, y: 0 }, "e", start);
  };
  /** After the selected element if it can go on, on its border, or in the middle of what one sees. */
  this.put = (kind, source) => {
    let made = null;
    const place = () => { made = this.placed(kind, source); };
    if (kind.id === "sub") files.together(() => { place(); modeling.createShape(begin(), { x: made.x + 58, y: made.y + made.height / 2 }, made); }); // a part has its own beginning
    else place();
    if (made && !selection.isSelected(made)) selection.select(made); // once more would end the typing of its name
    return made;
  };
  this.placed = (kind, source = selection.get()[0]) => {
    const shape = this.shape(kind);
    let made = null;
    if (kind.border) {
      if (!host(source)) return null;
      const sits = source.attachers?.length || 0;
      made = modeling.createShape(shape, { x: source.x + source.width - 18 - 44 * (sits % 2), y: source.y + source.height }, source, { attach: true });
    } else if (source && onwards(source) && is(shape, "FlowNode") && !is(shape, "StartEvent", "EndEvent")) made = this.between(shape, onwards(source));
    else if (source && is(source, "FlowNode") && !is(source, "EndEvent") && is(shape, "FlowNode", "TextAnnotation") && kind.id !== "start") made = autoPlace.append(source, shape);
    else if (kind.id === "pool") made = this.frame(shape);
    else { const point = free(); made = modeling.createShape(shape, point, parentAt(point)); }
    return made;
  };
  /* The frame goes around what is there already. */
  this.frame = (shape) => {
    const there = elementRegistry.filter((e) => is(e, "FlowNode") && e.parent && !e.labelTarget && !is(e.parent, "SubProcess"));
    const root = canvas.getRootElement();
    if (!there.length || is(root, "Collaboration")) return modeling.createShape(shape, free(), root);
    const left = Math.min(...there.map((e) => e.x)) - 70, right = Math.max(...there.map((e) => e.x + e.width)) + 50, top = Math.min(...there.map((e) => e.y)) - 60, bottom = Math.max(...there.map((e) => e.y + e.height)) + 60;
    shape.width = Math.max(600, right - left); shape.height = Math.max(250, bottom - top);
    return modeling.createShape(shape, { x: left + shape.width / 2, y: top + shape.height / 2 }, root);
  };
}
Offered.$inject = ["elementFactory", "create", "autoPlace", "selection", "canvas", "modeling", "elementRegistry", "eventBus", "files", "spaceTool"];

/* The menu that adds what comes next; letters search in it, arrows and Enter choose. */
function Adding(popupMenu, offered, canvas, selection) {
  popupMenu.registerProvider("desk-add", {
    getPopupMenuEntries: (element) => {
      const source = Array.isArray(element) ? element[0] : element;
      const gateway = source && is(source, "EventBasedGateway");
      const fits = (kind) => {
        if (source && is(source, "SequenceFlow")) return !kind.border && !["frame", "ends"].includes(kind.group);
        if (!source || !is(source, "FlowNode")) return !kind.border;
        if (gateway) return ["timer", "message", "signal"].includes(kind.id);
        if (kind.border) return is(source, "Activity");
        return !["start", "pool"].includes(kind.id) && !is(source, "EndEvent");
      };
      return Object.fromEntries(KINDS().filter(fits).map((kind) => ["add-" + kind.id, {
        label: kind.word, description: kind.hint, className: kind.icon, search: kind.type,
        action: { click: () => offered.put(kind, source && is(source, "FlowNode", "SequenceFlow") ? source : undefined), dragstart: (event) => offered.pull(event, kind, source && is(source, "FlowNode") && !kind.border ? source : null) },
      }]));
    },
  });
  this.open = (element = selection.get()[0]) => {
    const box = canvas.getContainer().getBoundingClientRect();
    const at = element?.width ? canvas.getAbsoluteBBox(element) : { x: box.width / 2 - 150, y: 80, width: 0, height: 0 };
    popupMenu.open(element || canvas.getRootElement(), "desk-add", { x: box.left + at.x + at.width + 12, y: box.top + at.y }, { title: t("What comes next"), width: 320, search: true });
  };
}
Adding.$inject = ["popupMenu", "offered", "canvas", "selection"];

const KEPT = new Set(["delete", "connect", "replace", "append.end-event", "append.gateway", "append.text-annotation", "append.timer-intermediate-event", "append.message-intermediate-event", "lane-insert-above", "lane-insert-below", "lane-divide-two", "lane-divide-three"]);
function Pad(contextPad, offered, adding) {
  contextPad.registerProvider(500, {
    getContextPadEntries: (element) => (entries) => {
      const kept = Object.fromEntries(Object.entries(entries).filter(([id]) => KEPT.has(id)));
      if (!is(element, "FlowNode") || is(element, "EndEvent") || element.labelTarget) return kept;
      const [user, way] = ["user", "exclusive"].map((id) => KINDS().find((kind) => kind.id === id));
      if (kept["append.gateway"]) kept["append.gateway"] = { ...kept["append.gateway"], action: { ...kept["append.gateway"].action, click: () => offered.put(way, element) } };
      const step = { "desk.step": { group: "model", className: "bpmn-icon-user-task", title: t("Add a step"), action: { click: () => offered.put(user, element), dragstart: (event) => offered.pull(event, user, element) } } };
      const more = { "desk.more": { group: "model", className: "draw-more", title: t("More to add …"), action: { click: () => adding.open(element) } } };
      return is(element, "EventBasedGateway") ? { ...kept, ...more } : { ...step, ...kept, ...more };
    },
    getMultiElementContextPadEntries: () => (entries) => Object.fromEntries(Object.entries(entries).filter(([id]) => KEPT.has(id))),
  });
}
Pad.$inject = ["contextPad", "offered", "adding"];
function Kinds(popupMenu) {
  const only = (entries) => Object.fromEntries(Object.entries(entries).filter(([id]) => REPLACED.has(id)));
  popupMenu.registerProvider("bpmn-replace", 500, { getPopupMenuEntries: () => only, getPopupMenuHeaderEntries: () => only });
}
Kinds.$inject = ["popupMenu"];

/* What a copy keeps: the words to the desk, which are unknown to the library, and references by name. */
function Copies(eventBus, moddle) {
  eventBus.on("moddleCopy.canCopyProperty", 1500, ({ property, propertyName }) => {
    if (property?.$type && property.$descriptor?.isGeneric) return clone(moddle, property);
    if (["messageRef", "errorRef", "escalationRef", "loopDataInputRef", "loopDataOutputRef"].includes(propertyName) && property) return property;
    return undefined;
  });
}
Copies.$inject = ["eventBus", "moddle"];

const WIDTH = 90;
/* Names: what is typed on the canvas is the title in the reader's language, and a new element is called by it. */
function Names(eventBus, modeling, moddle, bpmnjs, labelEditingProvider) {
  const update = labelEditingProvider.update; // a name that was only looked at is no change to take back
  labelEditingProvider.update = function changed(element, text, before, ...more) { if (is(element, "TextAnnotation") || text.trim() !== (before || "").trim()) update.call(this, element, text, before, ...more); };
  eventBus.on("import.parse.complete", 2000, ({ definitions, references }) => {
    if (!definitions) return;
    const renamed = new Set();
    for (const one of everything(definitions)) { const before = one.name; nameForReader(one); if (one.name !== before) renamed.add(one); }
    for (const diagram of definitions.diagrams || []) for (const one of diagram.plane?.planeElement || []) { // room for the words of another language
      const bounds = renamed.has(one.bpmnElement) && one.label?.bounds, missing = bounds ? WIDTH - bounds.width : 0;
      if (missing > 0) { bounds.width = WIDTH; bounds.x -= missing / 2; }
    }
    for (const { element, property, id } of references || []) { // lists are variables here, which are nowhere in the file
      if (/^loopData(In|Out)putRef$/.test(property.split(":").pop()) && !element[property.split(":").pop()]) element[property.split(":").pop()] = moddle.create("bpmn:DataObject", { id });
    }
  });
  eventBus.on("commandStack.element.updateLabel.postExecuted", 500, ({ context }) => {
    const element = context.element.labelTarget || context.element, text = (bo(element).name || "").trim();
    if (is(element, "TextAnnotation") || is(element, "Group")) return;
    const changes = {};
    if (title(element) !== text && (text || title(element))) changes.extensionElements = extensions(moddle, element, { ["title" + LANGUAGES[lang]]: text });
    const id = text && speaking(element, text, bpmnjs.getDefinitions());
    if (id) changes.id = id;
    if (Object.keys(changes).length) modeling.updateProperties(element, changes);
  });
  eventBus.on("commandStack.element.updateProperties.execute", 2000, ({ context }) => {
    if (context.properties.id) context.oldId = bo(context.element).id;
  });
}
Names.$inject = ["eventBus", "modeling", "moddle", "bpmnjs", "labelEditingProvider"];

/* The files beside the diagram change over the same stack, so that one undo serves both. */
function Files(commandStack, eventBus) {
  this.texts = {};
  const put = (texts) => {
    for (const [name, text] of Object.entries(texts)) { if (text == null) delete this.texts[name]; else this.texts[name] = text; }
    eventBus.fire("files.changed", { names: Object.keys(texts) });
    return [];
  };
  commandStack.register("desk.files", {
    execute: (context) => { context.before = Object.fromEntries(Object.keys(context.texts).map((name) => [name, this.texts[name]])); return put(context.texts); },
    revert: (context) => put(context.before),
  });
  commandStack.register("desk.together", { preExecute: ({ act }) => act() });
  this.set = (texts) => commandStack.execute("desk.files", { texts });
  /** Several changes that are undone as one. */
  this.together = (act) => commandStack.execute("desk.together", { act });
}
Files.$inject = ["commandStack", "eventBus"];

const nothing = ["value", { register() {}, registerProvider() {} }];
export const ours = {
  __init__: ["offered", "adding", "pad", "kinds", "copies", "names", "files", "still"],
  translate: ["factory", translate], offered: ["type", Offered], adding: ["type", Adding], pad: ["type", Pad], kinds: ["type", Kinds],
  copies: ["type", Copies], names: ["type", Names], files: ["type", Files], still: ["type", Still],
  paletteProvider: nothing, alignElementsContextPadProvider: nothing, alignElementsMenuProvider: nothing, distributeElementsMenuProvider: nothing,
};
/** On a narrow screen, and for a draft that waits for its approval: to look at, not to change. */
export const waiting = () => document.getElementById("draw").classList.contains("waits");
export const looking = () => document.getElementById("draw").classList.contains("only-look");
function Still(eventBus, contextPad, keyboard) {
  const opens = contextPad.open;
  contextPad.open = function open(...given) { if (!looking()) opens.apply(this, given); };
  const stop = (event) => { if (!looking()) return undefined; event.stopPropagation?.(); return false; };
  eventBus.on(["element.dblclick", "shape.move.start", "elements.move.start", "connect.start", "create.start", "resize.start", "bendpoint.move.start", "connectionSegment.move.start", "spaceTool.start", "shape.move.init", "resize.init", "connect.init", "create.init", "bendpoint.move.init"], 100000, stop);
  keyboard.addListener(100000, ({ keyEvent }) => (looking() && !["Tab", "Escape", "f"].includes(keyEvent.key) ? true : undefined));
}
Still.$inject = ["eventBus", "contextPad", "keyboard"];
