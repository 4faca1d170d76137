/* The page on which a process is drawn: brings the modeller to life and ties its parts together. */
import { element, say } from "../js/words.js";
import { help } from "../js/keyboard.js";
import { open as openDialog, toast } from "../js/overlays.js";
import { clock, later, redrawing, t, urls } from "./said.js";
import { bo, everything, is, nameForFile } from "./told.js";
import { looking, ours } from "./modules.js";
import { saving, stateWords } from "./saving.js";
import { problems as makeProblems } from "./problems.js";
import { panel as makePanel } from "./panel.js";
import { outline as makeOutline } from "./outline.js";
import { palette } from "./palette.js";
import { forms as makeForms } from "./forms.js";
import { flush, roving } from "./parts.js";
import { apart, clean, together } from "./files.js";
import { pieces } from "./pieces.js";
import { laidOut } from "./layout.js";

const root = document.getElementById("draw"), part = (name) => root.querySelector(`[data-part="${name}"]`);
const DIAGRAM = "process.bpmn";
const narrow = matchMedia("(max-width: 900px)");

/** The diagram as it is kept: names as in the file, and everything that was there before. */
async function written(modeler) {
  const definitions = modeler.getDefinitions(), shown = new Map();
  for (const one of everything(definitions)) { const name = nameForFile(one); if (name !== one.name && one.name !== undefined || name && !one.name) { shown.set(one, one.name); one.name = name; } }
  const writing = modeler.get("moddle").toXML(definitions, { format: true }); // written before it first waits
  for (const [one, name] of shown) one.name = name;
  return together(clean((await writing).xml));
}

async function begin() {
  const answer = await fetch(urls.draft, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const stand = await answer.json();
  const look = () => root.classList.toggle("only-look", narrow.matches || Boolean(stand.waiting) || !part("broken").hidden);
  look();
  root.classList.toggle("waits", Boolean(stand.waiting));
  if (stand.waiting) part("waiting").hidden = false;
  const modeler = new window.BpmnJS({
    container: part("canvas"), additionalModules: [ours],
    bpmnRenderer: { defaultFillColor: "var(--surface)", defaultStrokeColor: "var(--text)", defaultLabelColor: "var(--text)" }, textRenderer: { defaultStyle: { fontSize: 12 }, externalStyle: { fontSize: 12 } },
  });
  const get = (name) => modeler.get(name), bus = get("eventBus"), files = get("files"), canvas = get("canvas"), selection = get("selection"), registry = get("elementRegistry"), stack = get("commandStack");
  let diagram = stand.files[DIAGRAM], stale = false; // the XML is written only when somebody wants it
  const read = async () => {
    if (stale) { stale = false; diagram = await written(modeler); }
    return { ...files.texts, [DIAGRAM]: diagram };
  };
  const load = async (texts) => {
    const { [DIAGRAM]: xml, ...rest } = texts;
    files.texts = rest; diagram = xml; stale = false;
    part("broken").hidden = true;
    try { await modeler.importXML(apart(laidOut(xml))); } catch { // a file that nobody could draw: what is wrong with it is said all the same, in the reader's words
      part("broken").replaceChildren(element("p", { class: "strong" }, t("This diagram cannot be drawn here.")), element("p", { class: "muted" }, t("What is wrong stands beside it. On the page “Publish” another file is brought in, or the draft thrown away.")));
      part("broken").hidden = false;
      look();
      show("problems");
      problems.now();
      return;
    }
    look();
    fit(narrow.matches ? undefined : 0.6);
    forms.changed();
  };
  /* With room around it, as what can be done with an element stands at its right; `least` keeps it legible from its beginning. */
  const fit = (least = 0.1) => {
    const { inner, outer } = canvas.viewbox(), [side, right] = narrow.matches ? [12, 12] : [40, 110];
    if (!inner.width || !inner.height || outer.width < 200) { canvas.zoom(1, "auto"); return; }
    const scale = Math.max(least, Math.min(1, (outer.width - side - right) / inner.width, (outer.height - 2 * side) / inner.height));
    const width = outer.width / scale, height = outer.height / scale, free = (width - inner.width - (side + right) / scale) / 2, above = (height - inner.height) / 2;
    canvas.viewbox({ x: inner.x - side / scale - Math.max(0, free), y: inner.y - Math.max(side / scale, above), width, height });
  };
  const tabs = [...root.querySelectorAll("[data-tab]")];
  const show = (name) => { for (const tab of tabs) { const on = tab.dataset.tab === name; tab.setAttribute("aria-selected", String(on)); tab.tabIndex = on ? 0 : -1; part(tab.dataset.tab).hidden = !on; } };
  for (const tab of tabs) tab.addEventListener("click", () => show(tab.dataset.tab));
  part("tabs").addEventListener("keydown", (event) => { const at = tabs.indexOf(document.activeElement), step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]; if (at < 0 || !step) return; const next = tabs[(at + step + tabs.length) % tabs.length]; next.focus(); next.click(); });
  const choose = (id, stay) => {
    const found = registry.get(id);
    if (!found) { toast(t("That is not in the diagram."), { kind: "warn" }); return; }
    selection.select(found);
    centre(found);
    show(stay || (narrow.matches ? "step" : "step"));
  };
  const centre = (found) => {
    const view = canvas.viewbox(), points = found.waypoints, middle = points ? points[Math.floor(points.length / 2)] : { x: found.x + found.width / 2, y: found.y + found.height / 2 };
    const inside = middle.x > view.x + 60 && middle.x < view.x + view.width - 60 && middle.y > view.y + 60 && middle.y < view.y + view.height - 60;
    if (!inside || canvas.zoom() < 0.45) { if (canvas.zoom() < 0.45) canvas.zoom(0.8); const now = canvas.viewbox(); canvas.viewbox({ x: middle.x - now.width / 2, y: middle.y - now.height / 2, width: now.width, height: now.height }); }
  };
  const asked = async () => { const now = await read(); return { ...Object.fromEntries(Object.keys(keep.kept).map((name) => [name, null])), ...now }; };
  const problems = makeProblems({ modeler, read: asked, choose, list: part("problems"), count: part("count"), after: () => { panel.draw(); if (!part("outline").hidden) outline.draw(); forms.checked(); } });
  const forms = makeForms({ modeler, root, part, problems, choose });
  const panel = makePanel({ modeler, box: part("step"), problems, forms, choose });
  const outline = makeOutline({ modeler, box: part("outline"), choose, problems });
  tabs.find((tab) => tab.dataset.tab === "outline").addEventListener("click", () => outline.draw());

  /* What is still being typed is no change yet: on the canvas, in the panel, in the form. */
  const naming = get("directEditing"), handOver = () => { if (naming.isActive()) naming.complete(); flush(part("step")); flush(part("form")); };
  root.addEventListener("pointerdown", (event) => { if (naming.isActive() && !part("canvas").contains(event.target)) naming.complete(); }, true);
  const state = part("state"), others = part("others");
  const keep = saving({ stand, read, hear: {
    state: (name, more) => { state.replaceChildren(stateWords(name, more), ...(name === "out" ? [" ", element("a", { href: urls.login, target: "_blank" }, t("Log in"))] : [])); state.dataset.state = name; },
    others: (names, twin) => { const said = [...(names.length ? [t("%(names)s is here, too", { names: names.join(", ") })] : []), ...(twin ? [t("Open in another tab, too")] : [])]; others.hidden = !said.length; others.textContent = said.join(" · "); },
    newer: (said) => newer(said),
    flush: () => handOver(),
  } });
  /* Somebody else has saved meanwhile. What touches other files than one's own goes into one; where it is the same,
     both are there, and one says what counts. */
  const dialog = part("conflict");
  async function newer(said) {
    handOver();
    const theirs = said.files ? said : await (await fetch(urls.draft, { headers: { Accept: "application/json" } })).json();
    const mine = await read(), both = keep.merged(theirs.files, mine);
    if (both) {
      const differs = Object.keys({ ...both, ...mine }).filter((name) => both[name] !== mine[name]);
      keep.goOn(theirs, theirs.files);
      if (differs.length) { await take(both, differs); toast(t("%(name)s has changed the draft; this is how it stands now.", { name: theirs.changed_by }), { kind: "ok" }); }
      keep.now();
      return;
    }
    if (dialog.open) return;
    dialog.querySelector("[data-said]").textContent = t("%(name)s has saved the draft at %(time)s while you were drawing.", { name: theirs.changed_by, time: clock(new Date(theirs.changed_at)) });
    dialog.querySelector("[data-theirs]").onclick = async () => { dialog.close(); keep.goOn(theirs, theirs.files); keep.forget(); await load(theirs.files); keep.now(); };
    dialog.querySelector("[data-mine]").onclick = () => { dialog.close(); keep.goOn(theirs, theirs.files); keep.now(); };
    dialog.querySelector("[data-copy]").onclick = () => download(mine[DIAGRAM]);
    dialog.oncancel = (event) => event.preventDefault();
    openDialog(dialog);
  }
  /* What came from elsewhere is shown where one is looking. */
  async function take(texts, differs) {
    if (!differs.includes(DIAGRAM)) { const { [DIAGRAM]: _, ...rest } = texts; files.texts = rest; bus.fire("files.changed", { names: differs }); panel.draw(); problems.soon(); return; }
    const view = canvas.viewbox(), picked = selection.get().map((one) => one.id);
    await load(texts);
    canvas.viewbox({ x: view.x, y: view.y, width: view.width, height: view.height });
    selection.select(picked.map((id) => registry.get(id)).filter(Boolean));
  }
  const download = (xml) => { const link = element("a", { href: URL.createObjectURL(new Blob([xml], { type: "application/xml" })), download: urls.key + ".bpmn" }); link.click(); setTimeout(() => URL.revokeObjectURL(link.href), 5000); };

  const buttons = { undo: () => stack.undo(), redo: () => stack.redo(), copy: () => copy(), paste: () => paste(), find: () => get("searchPad").toggle(), fit: () => fit(), in: () => get("zoomScroll").stepZoom(1), out: () => get("zoomScroll").stepZoom(-1), add: () => get("adding").open(), download: async () => download((await read())[DIAGRAM]) };
  for (const button of root.querySelectorAll("[data-do]")) button.addEventListener("click", () => { buttons[button.dataset.do]?.(); if (!["find", "add"].includes(button.dataset.do)) canvas.focus?.(); });
  const able = () => { for (const [name, on] of [["undo", stack.canUndo()], ["redo", stack.canRedo()]]) { const button = root.querySelector(`[data-do="${name}"]`); button.setAttribute("aria-disabled", String(!on)); } };
  function copy() {
    const picked = selection.get().filter((one) => one.parent);
    if (!picked.length) { toast(t("Select what shall be copied."), { kind: "warn" }); return; }
    get("copyPaste").copy(picked);
    say(t("Copied"));
  }
  const paste = () => { pieces.fetch(modeler); get("editorActions").trigger("paste"); };
  pieces.start({ modeler });

  const redraw = redrawing(() => panel.draw());
  const drawn = later(150, () => { if (!part("outline").hidden) outline.draw(); });
  /* With its lane a step changes hands; whose lane has gone is told so. */
  let homeless = [];
  bus.on("commandStack.shape.delete.preExecute", 3000, ({ context: { shape } }) => { if (is(shape, "Lane")) homeless.push(...(bo(shape).flowNodeRef || []).filter((one) => is(one, "UserTask", "ManualTask"))); });
  const told = () => { const names = homeless.splice(0).filter((one) => registry.get(one.id)).map((one) => one.name || one.id); if (names.length) toast(t("In another lane now, and so done by others: %(names)s", { names: names.join(", ") }), { kind: "warn" }); };
  bus.on("commandStack.changed", () => { told(); stale = true; able(); keep.changed(); problems.soon(); redraw(); drawn(); });
  bus.on("files.changed", () => { forms.changed(); });
  bus.on("selection.changed", () => { redraw(); drawn(); if (selection.get().length && part("problems").hidden) show("step"); });
  bus.on("import.done", () => { able(); redraw(); drawn(); problems.soon(); });
  bus.on("canvas.viewbox.changed", later(200, () => { part("zoom").textContent = Math.round(canvas.zoom() * 100) + " %"; }));

  part("canvas").addEventListener("keydown", (event) => {
    const typing = event.target.closest("[contenteditable], input, textarea");
    if (typing) return;
    const key = event.key.toLowerCase(), plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && (key === "a" || key === "n") && !looking()) { event.preventDefault(); get("adding").open(key === "n" ? undefined : selection.get()[0]); }
    else if (plain && key === "?") { event.preventDefault(); help(); }
    else if (plain && key === "enter" && selection.get().length) { event.preventDefault(); show("step"); panel.focus(); }
    else if ((event.ctrlKey || event.metaKey) && key === "v") pieces.fetch(modeler);
    else if ((event.ctrlKey || event.metaKey) && key === "s") { event.preventDefault(); keep.now(); }
  }, true);
  part("canvas").addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation(); }); // letters belong to the diagram here; Escape closes its menus
  part("side").addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) canvas.focus?.(); });
  addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); keep.now(); } });

  /* A file that is dropped here would be opened in place of the drawing. */
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => { if (![...(event.dataTransfer?.types || [])].includes("Files")) return; event.preventDefault(); if (name === "drop") toast(t("Files are brought in on the page “Publish”."), { kind: "warn" }); });

  /* A rule with :has() would be looked at again with every pixel of a drag. */
  const drawing = part("canvas").querySelector("svg[tabindex]");
  for (const name of ["focus", "blur"]) drawing.addEventListener(name, () => part("canvas").classList.toggle("has-focus", drawing.matches(":focus-visible")));
  palette({ modeler, box: part("palette") });
  pieces.dialog({ modeler, part, choose });
  const stops = [root.querySelector(".draw-bar"), part("palette")].map(roving);
  const left = stand.waiting ? null : keep.left();
  if (left && !left.fits) keep.goOn({ revision: left.revision }, { ...stand.files, ...left.base });
  await load(left ? Object.fromEntries(Object.entries({ ...stand.files, ...left.files }).filter(([, text]) => text != null)) : stand.files);
  if (part("broken").hidden) show(narrow.matches ? "outline" : "step");
  if (narrow.matches) outline.draw();
  state.textContent = stateWords("saved", stand.revision ? { at: stand.changed_at } : {});
  if (left?.fits) { toast(t("What you had not saved is back.")); keep.changed(); } else if (left) newer(stand);
  part("waits").remove();
  root.dataset.ready = "yes";
  forms.open(new URLSearchParams(location.search).get("form") || ""); // a link from another page
  root.modeler = modeler;
  narrow.addEventListener("change", () => { look(); panel.draw(); for (const again of stops) again(); canvas.resized(); get("contextPad").close(); });
}
begin().catch((error) => {
  part("waits").replaceChildren(element("p", { class: "empty" }, t("The diagram could not be opened: %(why)s", { why: error.message })));
  root.dataset.ready = "failed";
});

