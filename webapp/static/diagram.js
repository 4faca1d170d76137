/* The live diagram: the process as drawn, with the ticket's steps marked. The maker's mark stays visible. */
import { element, skeleton, word } from "./js/words.js";
let loading = null;
const READABLE = 0.7, LEGIBLE = 0.35; // what is large shows the whole as long as it tells anything
function viewer(address, style) {
  if (window.BpmnJS) return Promise.resolve(window.BpmnJS);
  loading ??= new Promise((resolve, reject) => {
    const script = element("script", { src: address });
    script.onload = () => resolve(window.BpmnJS);
    script.onerror = reject;
    document.head.append(element("link", { rel: "stylesheet", href: style }), script);
  });
  return loading;
}
const ink = (name) => {
  const probe = element("i", { hidden: "" });
  document.body.append(probe);
  probe.style.color = `var(${name})`;
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
};
const listed = (text) => (text || "").split(/\s+/).filter(Boolean);
function marks(figure, diagram) {
  const canvas = diagram.get("canvas"), overlays = diagram.get("overlays"), registry = diagram.get("elementRegistry");
  const put = [];
  const add = (ids, mark) => ids.forEach((id) => { if (registry.get(id)) { canvas.addMarker(id, mark); put.push([id, mark]); } });
  add(listed(figure.dataset.doneSteps), "step-done");
  add(listed(figure.dataset.liveSteps), "step-live");
  add(listed(figure.dataset.failedSteps), "step-failed");
  add(listed(figure.dataset.missedSteps), "step-missed");
  add(listed(figure.dataset.doneFlows), "flow-done");
  add(listed(figure.dataset.missedFlows), "flow-missed");
  for (const id of listed(figure.dataset.liveSteps)) {
    if (registry.get(id)) overlays.add(id, { position: { top: -12, left: -4 }, html: element("div", { class: "step-here" }, word("now")) });
  }
  for (const [id, kind] of Object.entries(JSON.parse(figure.dataset.marks || "{}"))) {
    const found = registry.get(id);
    if (!found?.parent) continue; // not drawn, or the whole plane
    canvas.addMarker(id, "step-" + kind);
    if (!found.waypoints) overlays.add(id, { position: { top: -10, left: -10 }, html: element("div", { class: "step-mark " + kind }, { added: "+", removed: "−", changed: "✎" }[kind] || "") });
  }
  for (const [id, count] of Object.entries(JSON.parse(figure.dataset.stepCounts || "{}"))) {
    if (registry.get(id)) overlays.add(id, { position: { bottom: 10, right: 14 }, html: element("div", { class: "step-count" }, String(count)) });
  }
  /* The token has moved on: the marks go where it is now, the view follows. */
  figure.remark = () => {
    put.forEach(([id, mark]) => canvas.removeMarker(id, mark));
    overlays.clear();
    marks(figure, diagram);
    const here = listed(figure.dataset.liveSteps).find((id) => registry.get(id));
    if (here) canvas.scrollToElement?.(here, 60);
  };
}
/* Figures on the steps and flows: the colour says how much at a glance, the text says it exactly. */
function heat(figure, diagram) {
  const canvas = diagram.get("canvas"), overlays = diagram.get("overlays"), registry = diagram.get("elementRegistry");
  for (const [id, [level, text]] of Object.entries(JSON.parse(figure.dataset.heat || "{}"))) {
    const shape = registry.get(id);
    if (!shape) continue;
    canvas.addMarker(id, "step-heat-" + level);
    overlays.add(id, { position: shape.width > 60 ? { bottom: 10, left: 6 } : { top: -14, left: shape.width - 12 }, html: element("div", { class: "step-heat" }, text) });
  }
  for (const [id, text] of Object.entries(JSON.parse(figure.dataset.flowCounts || "{}"))) {
    const points = registry.get(id)?.waypoints;
    if (!points) continue;
    const [from, to] = points.slice(Math.floor((points.length - 1) / 2));
    const left = Math.min(...points.map((p) => p.x)), top = Math.min(...points.map((p) => p.y));
    overlays.add(id, { position: { left: (from.x + to.x) / 2 - left - 8, top: (from.y + to.y) / 2 - top - 8 }, html: element("div", { class: "flow-count" }, text) });
  }
}
function tools(figure, canvasElement, diagram) {
  const canvas = diagram.get("canvas");
  const zoom = (factor) => canvas.zoom(Math.max(0.2, Math.min(4, canvas.zoom() * factor)));
  const fit = () => canvas.zoom("fit-viewport", "auto");
  const enlarge = (on) => {
    figure.classList.toggle("over", on);
    canvas.resized();
    fit();
    canvasElement.focus();
  };
  const actions = { in: () => zoom(1.25), out: () => zoom(0.8), fit, large: () => enlarge(!figure.classList.contains("over")) };
  for (const button of figure.querySelectorAll("[data-zoom]")) button.onclick = actions[button.dataset.zoom];
  figure.onkeydown = (event) => { if (event.key === "Escape" && figure.classList.contains("over")) enlarge(false); };
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  canvasElement.onkeydown = (event) => {
    if (event.target !== canvasElement) return;
    if (steps[event.key]) canvas.scroll({ dx: steps[event.key][0], dy: steps[event.key][1] });
    else if (event.key === "+") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  };
  diagram.get("eventBus").on("element.click", (event) => figure.dispatchEvent(new CustomEvent("vorgang:step", { bubbles: true, detail: { id: event.element.id } })));
}
const middleOf = (found) => found.waypoints ? found.waypoints[Math.floor((found.waypoints.length - 1) / 2)] : { x: found.x + found.width / 2, y: found.y + found.height / 2 };
/* What one came to see first: what has failed, what is alive, what differs, what is hottest. */
function subject(figure, registry) {
  const { failedSteps, liveSteps, marks: differ, heat: hot } = figure.dataset;
  const ids = [...listed(failedSteps), ...listed(liveSteps), ...Object.keys(JSON.parse(differ || "{}")), ...Object.keys(JSON.parse(hot || "{}"))];
  return ids.map((id) => registry.get(id)).find((found) => found?.parent);
}
/* A large one takes no more room than its drawing. */
function spare(figure, holder, canvas) {
  if (!figure.classList.contains("large")) return;
  holder.style.setProperty("--drawn", Math.max(260, Math.round(canvas.viewbox().inner.height * canvas.zoom() + 96)) + "px");
  canvas.resized();
}
/* The whole diagram where it can be read, else what matters on it in readable size. */
function begin(figure, holder, diagram) {
  const canvas = diagram.get("canvas"), whole = figure.classList.contains("large") ? LEGIBLE : READABLE;
  canvas.zoom("fit-viewport", "auto");
  const fits = canvas.zoom() >= whole;
  if (!fits) canvas.zoom(READABLE);
  spare(figure, holder, canvas);
  if (fits) return void canvas.zoom("fit-viewport", "auto");
  const view = canvas.viewbox(), found = subject(figure, diagram.get("elementRegistry"));
  const middle = found ? middleOf(found) : { x: view.inner.x + view.width / 2, y: 0 };
  if (!found || view.inner.height <= view.height) middle.y = view.inner.y + view.inner.height / 2;
  canvas.viewbox({ x: middle.x - view.width / 2, y: middle.y - view.height / 2, width: view.width, height: view.height });
}
/* A diagram fits into nothing: one in a hidden column waits until it is shown. */
const room = (holder) => holder.clientWidth ? Promise.resolve() : new Promise((resolve) => {
  const watch = new ResizeObserver(() => { if (holder.clientWidth) { watch.disconnect(); resolve(); } });
  watch.observe(holder);
});
/** Show the diagram in a figure[data-diagram-url]; where it cannot be shown, the words below it open. */
export async function mount(figure) {
  const holder = figure.querySelector(".diagram-canvas");
  const waits = skeleton(4);
  holder.setAttribute("aria-busy", "true");
  holder.append(waits);
  try {
    const [BpmnJS, answer] = await Promise.all([viewer(figure.dataset.diagramViewer, figure.dataset.diagramStyle), fetch(figure.dataset.diagramUrl)]);
    if (!answer.ok) throw new Error(String(answer.status));
    const xml = await answer.text();
    let diagram = null, turn = 0;
    const draw = async () => {
      const mine = ++turn;
      await room(holder);
      if (mine !== turn) return;
      diagram?.destroy();
      diagram = new BpmnJS({ container: holder, bpmnRenderer: { defaultFillColor: ink("--surface"), defaultStrokeColor: ink("--text"), defaultLabelColor: ink("--text") }, textRenderer: { defaultStyle: { fontSize: 11 } } });
      await diagram.importXML(xml);
      holder.querySelector("svg[tabindex]")?.setAttribute("tabindex", "-1"); // one stop is enough: the canvas
      begin(figure, holder, diagram);
      marks(figure, diagram);
      heat(figure, diagram);
      tools(figure, holder, diagram);
    };
    await draw();
    waits.remove();
    holder.removeAttribute("aria-busy");
    figure.choose = (id) => { const c = diagram.get("canvas"); if (diagram.get("elementRegistry").get(id)) { c.addMarker(id, "step-chosen"); c.scrollToElement?.(id); } };
    document.addEventListener("vorgang:theme", draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  } catch {
    holder.removeAttribute("aria-busy");
    holder.replaceChildren(element("p", { class: "empty" }, word("nodiagram")));
    figure.querySelector("details")?.setAttribute("open", "");
  }
}
