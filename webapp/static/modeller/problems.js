/* What is wrong, while one draws: a sign on the element, and a list beside it with how to mend each. */
import { element, icon, say } from "../js/words.js";
import { later, t, tn, urls } from "./said.js";
import { post } from "./saving.js";
import { kindOf } from "./offered.js";
import { knownAt } from "./facts.js";
const AFTER = 500;
export function problems({ modeler, read, choose, list, count, after }) {
  const overlays = modeler.get("overlays"), registry = modeler.get("elementRegistry"), canvas = modeler.get("canvas");
  let turn = 0, found = [], soundness = null, known = { names: [], lists: [], at: {} }, asked = null;
  const marked = new Map();
  function clear() {
    overlays.remove({ type: "problem" });
    for (const [id, mark] of marked) if (registry.get(id)) canvas.removeMarker(id, mark);
    marked.clear();
  }
  function signs() {
    clear();
    const by = Map.groupBy ? Map.groupBy(found.filter((p) => p.element), (p) => p.element) : found.reduce((all, p) => (p.element ? all.set(p.element, [...(all.get(p.element) || []), p]) : all), new Map());
    for (const [id, here] of by) {
      const shape = registry.get(id);
      if (!shape || shape === canvas.getRootElement()) continue;
      const bad = here.some((p) => p.severity === "error"), mark = bad ? "has-error" : "has-warning";
      canvas.addMarker(id, mark);
      marked.set(id, mark);
      const sign = element("div", { class: "draw-sign " + (bad ? "bad" : "warn"), title: here.map((p) => p.message).join("\n") }, icon("alert"), String(here.length));
      sign.addEventListener("click", () => choose(id, "problems"));
      overlays.add(id, "problem", { position: shape.waypoints ? { top: 6, left: -8 } : { top: -12, right: 14 }, html: sign, scale: { min: 0.8, max: 1.2 } });
    }
  }
  const row = (p) => {
    const bad = p.severity === "error";
    const box = element("button", { type: "button", class: "draw-problem " + (bad ? "bad" : "warn"), "data-element": p.element || "" }, icon(bad ? "alert" : "info"), element("span", { class: "grow" }, element("span", { class: "sr" }, bad ? t("Error:") + " " : t("Warning:") + " "), element("b", {}, p.message), ...(p.mend ? [element("span", { class: "mend" }, p.mend)] : [])));
    if (p.element) box.addEventListener("click", () => choose(p.element)); else box.setAttribute("disabled", "");
    return element("li", {}, box);
  };
  function verdict() {
    if (!soundness) return [];
    const kinds = { sound: ["ok", "done", t("Every ticket finds its end")], unsound: ["bad", "alert", t("Some tickets never end")], undecided: ["warn", "info", t("Whether every ticket ends could not be decided")] }[soundness.verdict] || ["warn", "info", soundness.verdict];
    const box = element("div", { class: "notice " + kinds[0] }, icon(kinds[1]), element("div", { class: "grow" }, element("div", { class: "strong" }, kinds[2]), soundness.reason || ""));
    if (soundness.scenario && urls.play) {
      const form = element("a", { class: "button small", href: urls.play + "?scenario=" + encodeURIComponent(JSON.stringify(soundness.scenario)) }, icon("process"), t("Play the counter-example"));
      box.querySelector(".grow").append(element("div", { class: "row" }, form));
    }
    return [box];
  }
  function draw() {
    const bad = found.filter((p) => p.severity === "error").length;
    count.textContent = found.length ? String(found.length) : "";
    count.className = "n " + (bad ? "bad" : found.length ? "warn" : "");
    count.setAttribute("aria-label", found.length ? tn("%(num)s problem", "%(num)s problems", found.length) : "");
    const sorted = [...found].sort((a, b) => (a.severity === "error" ? 0 : 1) - (b.severity === "error" ? 0 : 1));
    list.replaceChildren(...verdict(), sorted.length ? element("ul", { class: "draw-problems" }, ...sorted.map(row)) : element("p", { class: "empty" }, icon("done"), t("Nothing is wrong")));
  }
  /* Who has no name yet is called by its kind, not by an id that nobody chose. */
  const called = (text) => (text || "").replace(/\b(Activity|Event|Gateway|Flow|Lane|Participant)_[0-9a-z]{7}\b/g, (id) => { const shape = registry.get(id); return shape ? kindOf(shape).word : id; });
  async function check() {
    const mine = ++turn;
    asked?.abort();
    asked = new AbortController();
    const files = await read();
    try {
      const { ok, said } = await post(urls.check, { files });
      if (mine !== turn || !ok || !said) return;
      const before = found.length;
      found = (said.problems || []).map((p) => ({ ...p, message: called(p.message), mend: called(p.mend) })); soundness = said.soundness || null; known = said.known || known;
      signs(); draw();
      if (before !== found.length) say(tn("%(num)s problem", "%(num)s problems", found.length));
      after?.();
    } catch { /* offline: the last answer stands */ }
  }
  const soon = later(AFTER, check);
  const namesAt = (id) => (known.lists[known.at[id]] || []).map((number) => known.names[number]);
  return { soon, now: check, of: (id) => found.filter((p) => p.element === id), files: () => found.filter((p) => !p.element), known: (...ids) => knownAt(namesAt(ids.find((id) => id in known.at)), modeler.get("files").texts, registry), get all() { return found; }, redraw: signs };
}
