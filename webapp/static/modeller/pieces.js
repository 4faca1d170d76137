/* What is put into a diagram as a whole: what was copied, also in another process, and pieces that come with the desk. */
import { element } from "../js/words.js";
import { toast } from "../js/overlays.js";
import { lang, other, t, urls } from "./said.js";
import { SPIFF, bo, extensions, formOf, is } from "./told.js";
import { isMade, slug, taken, unique } from "./ids.js";
import { apart } from "./files.js";
import { ours } from "./modules.js";
const KEY = () => "vorgang:typed:" + (document.body.dataset.writer || "") + ":copied";
const SCHEMA = ".schema.json", UI = ".ui.json";
const REFERENCES = { messageRef: "bpmn:Message", errorRef: "bpmn:Error", escalationRef: "bpmn:Escalation", signalRef: "bpmn:Signal" };
const formsOf = (tree, texts) => { const found = {}; for (const level of Object.values(tree)) for (const one of level) { const name = one.businessObject && formOf(one.businessObject); if (name) for (const suffix of [SCHEMA, UI]) if (texts[name + suffix] != null) found[name + suffix] = texts[name + suffix]; } return found; };
/* What a copy says in JSON, as elements again; of one id there is one element. */
function reviver(moddle) {
  const known = new Map();
  return (key, value) => {
    if (!value || typeof value !== "object" || typeof value.$type !== "string") return value;
    if (value.id && value.$type.startsWith("bpmn:") && known.has(value.id)) return known.get(value.id);
    const { $type, ...rest } = value;
    let made;
    if (/^(bpmn|bpmndi|dc|di):/.test($type)) made = moddle.create($type, rest);
    else { const { $body, $children, ...plain } = rest; made = moddle.createAny($type, SPIFF, Object.fromEntries(Object.entries(plain).filter(([name]) => !name.startsWith("$")))); if ($body !== undefined) made.$body = $body; if ($children) made.$children = $children; }
    if (value.id && $type.startsWith("bpmn:")) known.set(value.id, made);
    return made;
  };
}
/* References are no part of what JSON sees of an element: what a copy needs of them is said beside it. */
const LISTS = ["loopDataInputRef", "loopDataOutputRef"];
const written = (tree) => JSON.stringify(tree, (key, value) => {
  if (!value?.$descriptor || value.$descriptor.isGeneric) return value;
  const more = {};
  for (const name of [...Object.keys(REFERENCES), ...LISTS]) {
    const one = value.$descriptor.propertiesByName[name] && value.get(name);
    if (one?.id) more[name] = { $type: one.$type, id: one.id, name: one.name, errorCode: one.errorCode, escalationCode: one.escalationCode };
  }
  return Object.keys(more).length ? { ...value, ...more } : value;
});
const revived = (modeler, text) => JSON.parse(text, reviver(modeler.get("moddle")));
export const pieces = {
  copiedAt: 0,
  /** Every copy is also kept for another process. */
  start({ modeler }) {
    const bus = modeler.get("eventBus"), files = modeler.get("files");
    bus.on("copyPaste.elementsCopied", ({ tree }) => {
      const text = written(tree);
      pieces.copiedAt = Date.now();
      if (text.length < 2000000) try { localStorage.setItem(KEY(), JSON.stringify({ at: pieces.copiedAt, text: JSON.stringify({ from: urls.key, tree: text, files: formsOf(tree, files.texts) }) })); } catch { /* full: only this page has it */ }
    });
    bus.on("commandStack.elements.create.postExecuted", ({ context }) => settle(modeler, context.elements || []));
  },
  /** Before something is pasted: take up what was copied in another process since. */
  fetch(modeler) {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY()));
      if (!kept || kept.at <= pieces.copiedAt) return;
      const { tree, files } = JSON.parse(kept.text);
      pieces.copiedAt = kept.at;
      modeler.get("clipboard").set(bringForms(modeler, revived(modeler, tree), files));
    } catch { /* what cannot be read is not pasted */ }
  },
  dialog,
};
/* Forms that come along get a name that is free here, unless the very same one is there already. */
const waiting = new Map();
function bringForms(modeler, tree, given) {
  const files = modeler.get("files"), moddle = modeler.get("moddle");
  for (const level of Object.values(tree)) for (const one of level) {
    const name = one.businessObject && formOf(one.businessObject);
    if (!name || given[name + SCHEMA] == null) continue;
    const same = files.texts[name + SCHEMA] === given[name + SCHEMA] && files.texts[name + UI] === given[name + UI];
    const wanted = same ? name : unique(name, new Set(Object.keys(files.texts).filter((n) => n.endsWith(SCHEMA)).map((n) => n.slice(0, -SCHEMA.length))));
    if (!same) waiting.set(wanted, { [wanted + SCHEMA]: given[name + SCHEMA], ...(given[name + UI] != null ? { [wanted + UI]: given[name + UI] } : {}) });
    if (wanted !== name) one.businessObject.extensionElements = extensions(moddle, one.businessObject, { properties: { formJsonSchemaFilename: wanted + SCHEMA, formUiSchemaFilename: given[name + UI] != null ? wanted + UI : null } });
  }
  return tree;
}
/* Pasted elements: readable ids, messages that are in this file, and the forms they name. */
function settle(modeler, elements) {
  const modeling = modeler.get("modeling"), moddle = modeler.get("moddle"), files = modeler.get("files"), root = modeler.getDefinitions();
  for (const shape of elements) {
    if (shape.labelTarget || !is(shape, "BaseElement")) continue;
    const b = bo(shape), name = (b.name || "").trim(), form = formOf(shape);
    if (isMade(b.id) && name && slug(name)) modeling.updateProperties(shape, { id: unique(slug(name), taken(root)) });
    if (waiting.has(form)) { files.set(waiting.get(form)); waiting.delete(form); }
    for (const holder of [b, ...(b.eventDefinitions || [])]) for (const [reference, type] of Object.entries(REFERENCES)) {
      const one = holder.get && holder.$descriptor.propertiesByName[reference] && holder[reference];
      if (!one || (root.rootElements || []).includes(one)) continue;
      let here = (root.rootElements || []).find((each) => each.$type === type && each.name === one.name);
      if (!here) {
        here = moddle.create(type, { id: unique(one.id || slug(one.name) || "message", taken(root)), name: one.name, ...(one.errorCode ? { errorCode: one.errorCode } : {}), ...(one.escalationCode ? { escalationCode: one.escalationCode } : {}) });
        here.$parent = root;
        modeling.updateModdleProperties(shape, root, { rootElements: [...(root.rootElements || []), here] });
      }
      if (holder === b) modeling.updateProperties(shape, { [reference]: here }); else modeling.updateModdleProperties(shape, holder, { [reference]: here });
    }
  }
}
/* The inside of a small process: all but its one beginning and its plain ends, with where it is entered and left. */
async function inside(piece) {
  const holder = element("div", { class: "draw-hidden" });
  document.body.append(holder);
  const there = new window.BpmnJS({ container: holder, additionalModules: [ours] });
  try {
    await there.importXML(apart(piece.files["process.bpmn"]));
    const registry = there.get("elementRegistry"), nodes = registry.filter((e) => is(e, "FlowNode") && !e.labelTarget && !is(e.parent, "SubProcess"));
    const starts = nodes.filter((e) => is(e, "StartEvent")), ends = nodes.filter((e) => is(e, "EndEvent") && !bo(e).eventDefinitions?.length);
    /* The end to which the main way leads; the others end something for good. */
    const main = new Set(starts), todo = [...starts];
    while (todo.length) for (const way of todo.shift().outgoing) if (way.target && !main.has(way.target)) { main.add(way.target); todo.push(way.target); }
    const last = ends.filter((e) => main.has(e)).sort((a, b) => b.incoming.length - a.incoming.length)[0] || ends[0];
    const kept = nodes.filter((e) => !starts.includes(e) && e !== last);
    const ways = registry.filter((e) => e.waypoints && kept.includes(e.source) && kept.includes(e.target));
    const remarks = registry.filter((e) => is(e, "TextAnnotation"));
    const entries = starts.flatMap((e) => e.outgoing.map((way) => way.target.id)), exits = (last?.incoming || []).map((way) => ({ from: way.source.id, name: bo(way).name, condition: bo(way).conditionExpression?.body, ext: Object.fromEntries(["titleDe", "titleEn"].map((n) => [n, (bo(way).extensionElements?.values || []).find((v) => v.$type.endsWith(":" + n))?.$body])), default: bo(way.source).default === bo(way) }));
    there.get("copyPaste").copy([...kept, ...ways, ...remarks]);
    const text = written(there.get("clipboard").get());
    const box = { width: Math.max(...kept.map((e) => e.x + e.width)) - Math.min(...kept.map((e) => e.x)), height: Math.max(...kept.map((e) => e.y + e.height)) - Math.min(...kept.map((e) => e.y)) };
    const top = Math.min(...kept.map((e) => e.y)), entry = kept.find((e) => e.id === entries[0]);
    return { text, entries, exits, box, above: entry ? entry.y + entry.height / 2 - top - box.height / 2 : 0 };
  } finally { there.destroy(); holder.remove(); }
}
export async function insert(modeler, piece) {
  const get = (name) => modeler.get(name), canvas = get("canvas"), registry = get("elementRegistry"), modeling = get("modeling"), files = get("files"), moddle = get("moddle");
  const { text, entries, exits, box, above } = await inside(piece);
  const picked = get("selection").get()[0], way = picked && is(picked, "SequenceFlow") ? picked : null, from = !way && picked && is(picked, "FlowNode") && !is(picked, "EndEvent") && !picked.outgoing.length ? picked : null;
  let made = [];
  files.together(() => {
    const gap = 60, tree = bringForms(modeler, revived(modeler, text), piece.files);
    let cache = {};
    const seen = (event) => { cache = event.cache; };
    get("clipboard").set(tree);
    const anchor = way ? { x: way.source.x + way.source.width, y: way.source.y + way.source.height / 2 } : from ? { x: from.x + from.width, y: from.y + from.height / 2 } : null;
    const before = new Set(registry.getAll());
    const target = way?.target;
    if (way) get("offered").room(Math.round(anchor.x + 4), Math.ceil((box.width + 2 * gap) / 10) * 10);
    const lowest = Math.max(100, ...registry.filter((e) => is(e, "FlowNode") && !e.labelTarget).map((e) => e.y + e.height)), view = canvas.viewbox();
    const point = anchor ? { x: anchor.x + gap + box.width / 2, y: anchor.y - above } : { x: view.x + view.width / 2, y: Math.max(lowest + 60 + box.height / 2, view.y + view.height / 2) };
    const parent = way ? way.parent : from ? from.parent : registry.filter((e) => is(e, "Participant"))[0] || canvas.getRootElement();
    modeler.on("copyPaste.pasteElement", seen);
    const pasted = get("copyPaste").paste({ element: parent, point: { x: Math.round(point.x), y: Math.round(point.y) } }) || [];
    made = pasted.filter((e) => !before.has(e));
    modeler.off("copyPaste.pasteElement", seen);
    const now = (id) => cache[id];
    const first = entries.map(now).filter(Boolean);
    if (way && target) {
      if (first[0]) modeling.reconnectEnd(way, first[0], { x: first[0].x, y: first[0].y + first[0].height / 2 });
      for (const exit of exits) {
        const source = now(exit.from);
        if (!source) continue;
        const link = modeling.connect(source, target);
        if (exit.name || exit.condition) modeling.updateProperties(link, { name: exit.name, ...(exit.condition ? { conditionExpression: moddle.create("bpmn:FormalExpression", { body: exit.condition }) } : {}), extensionElements: extensions(moddle, bo(link), exit.ext) });
        if (exit.default) modeling.updateProperties(source, { default: bo(link) });
      }
    } else if (from && first[0]) modeling.connect(from, first[0]);
    get("selection").select(made.filter((e) => is(e, "FlowNode") && !e.labelTarget));
  });
  return made;
}
/* Which pieces there are: the desk is asked when somebody wants one. */
function dialog({ modeler, part, choose }) {
  const box = part("pieces"), holder = box.closest("dialog");
  let asked = false;
  const fill = async () => {
    if (asked) return;
    asked = true;
    try {
      const answer = await fetch(urls.pieces, { headers: { Accept: "application/json" } });
      const { pieces: found } = await answer.json();
      box.replaceChildren(...(found.length ? [element("p", { class: "muted small" }, t("Select a way first to put it in there; else it is put below.")), element("div", { class: "draw-pieces" }, ...found.map(card))] : [element("p", { class: "empty" }, t("This desk has no pieces."))]));
      for (const one of box.querySelectorAll("[data-diagram-url]")) window.vorgang?.enliven(one.parentElement);
    } catch { asked = false; box.replaceChildren(element("p", { class: "empty" }, t("That did not work. Please try again."))); }
  };
  const card = (piece) => {
    const button = element("button", { type: "button", class: "draw-piece" }, element("b", {}, piece.title[lang] || piece.title[other] || piece.key), element("span", { class: "mend" }, piece.about[lang] || piece.about[other] || ""));
    button.append(picture(piece.picture));
    button.addEventListener("click", async () => {
      holder.close();
      try { const made = await insert(modeler, piece); const first = made.find((e) => is(e, "Activity")); if (first) choose(first.id); toast(t("The piece is in the diagram.")); }
      catch { toast(t("This piece cannot be put there."), { kind: "bad" }); }
    });
    return button;
  };
  new MutationObserver(() => { if (holder.open) fill(); }).observe(holder, { attributes: true, attributeFilter: ["open"] });
}
/* A small picture: boxes and lines where the diagram has them. */
function picture(shapes) {
  const NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg");
  svg.setAttribute("class", "draw-thumb");
  svg.setAttribute("viewBox", shapes.box.join(" "));
  svg.setAttribute("aria-hidden", "true");
  for (const line of shapes.lines) { const made = document.createElementNS(NS, "polyline"); made.setAttribute("points", line.map((p) => p.join(",")).join(" ")); svg.append(made); }
  for (const [kind, x, y, width, height] of shapes.shapes) {
    const made = document.createElementNS(NS, kind === "event" ? "circle" : kind === "way" ? "polygon" : "rect");
    if (kind === "event") { made.setAttribute("cx", x + width / 2); made.setAttribute("cy", y + height / 2); made.setAttribute("r", width / 2); }
    else if (kind === "way") made.setAttribute("points", `${x + width / 2},${y} ${x + width},${y + height / 2} ${x + width / 2},${y + height} ${x},${y + height / 2}`);
    else { for (const [name, value] of Object.entries({ x, y, width, height, rx: 10 })) made.setAttribute(name, value); }
    svg.append(made);
  }
  return svg;
}
