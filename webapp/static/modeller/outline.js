/* The diagram as a list: for the keyboard, for a phone, and for those who would rather read. */
import { element, icon } from "../js/words.js";
import { t } from "./said.js";
import { bo, is } from "./told.js";
import { kindOf } from "./offered.js";
export function outline({ modeler, box, choose, problems }) {
  const registry = modeler.get("elementRegistry"), selection = modeler.get("selection"), canvas = modeler.get("canvas");
  const order = (a, b) => a.x - b.x || a.y - b.y;
  const label = (e) => (bo(e).name || "").trim() || kindOf(e).word;
  function entry(shape, inside = []) {
    const bad = problems.of(shape.id), kind = kindOf(shape);
    const button = element("button", { type: "button", class: "draw-entry", "data-element": shape.id, ...(selection.isSelected(shape) ? { "aria-current": "true" } : {}) }, element("span", { class: kind.icon, "aria-hidden": "true" }), element("span", { class: "clip grow" }, label(shape)), element("span", { class: "sr" }, " " + kind.word));
    if (bad.length) button.append(element("span", { class: "draw-sign " + (bad.some((p) => p.severity === "error") ? "bad" : "warn") }, icon("alert"), String(bad.length)));
    button.addEventListener("click", () => choose(shape.id));
    return element("li", {}, button, ...(inside.length ? [element("ul", {}, ...inside)] : []));
  }
  const steps = (list) => list.sort(order).map((e) => entry(e, is(e, "SubProcess") ? steps(registry.filter((x) => x.parent === e && is(x, "FlowNode") && !x.labelTarget)) : ways(e)));
  const ways = (e) => (is(e, "Gateway") ? (e.outgoing || []).filter((way) => (bo(way).name || "").trim()).map((way) => entry(way)) : []);
  function draw() {
    const focused = box.contains(document.activeElement) ? document.activeElement.dataset.element : null, top = box.scrollTop;
    const nodes = registry.filter((e) => is(e, "FlowNode") && !e.labelTarget && !(is(e.parent, "SubProcess") && !e.parent.isImplicit && e.parent !== canvas.getRootElement()));
    const lanes = registry.filter((e) => is(e, "Lane") && !e.children?.some((c) => is(c, "Lane"))).sort((a, b) => a.y - b.y);
    const inLane = new Set();
    const parts = lanes.map((lane) => { const here = nodes.filter((e) => (bo(lane).flowNodeRef || []).includes(bo(e))); here.forEach((e) => inLane.add(e)); return entry(lane, steps(here)); });
    const rest = nodes.filter((e) => !inLane.has(e));
    box.replaceChildren(nodes.length || lanes.length ? element("ul", { class: "draw-outline" }, ...parts, ...steps(rest)) : element("p", { class: "empty" }, t("Nothing is drawn yet.")));
    box.scrollTop = top;
    if (focused) [...box.querySelectorAll("[data-element]")].find((one) => one.dataset.element === focused)?.focus({ preventScroll: true });
  }
  return { draw };
}
