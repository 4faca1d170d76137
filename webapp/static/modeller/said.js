/* The words of this page. The code says them in English; the page brings what the reader reads instead. */
const root = document.getElementById("draw");
const known = JSON.parse(root?.dataset.words || "{}");
/** What the page brought: the desk's names, addresses, the process. */
export const desk = JSON.parse(root?.dataset.desk || "{}");
export const urls = JSON.parse(root?.dataset.urls || "{}");
export const lang = document.documentElement.lang === "de" ? "de" : "en";
export const other = lang === "de" ? "en" : "de";
export const t = (text, values = {}) => (known[text] || text).replace(/%\((\w+)\)s/g, (all, name) => (name in values ? String(values[name]) : all));
/** One or many: two texts, each with %(num)s. */
export const tn = (one, many, num) => t(num === 1 ? one : many, { num });
export const languages = { de: () => t("German"), en: () => t("English") };
export const clock = (moment) => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
/* A click is a press and a release at the same place: nothing is drawn anew in between. */
let pressed = false;
const waiting = new Set();
const release = () => setTimeout(() => { pressed = false; for (const run of [...waiting]) { waiting.delete(run); run(); } });
document.addEventListener("pointerdown", () => { pressed = true; }, true);
for (const name of ["pointerup", "pointercancel", "dragend"]) document.addEventListener(name, release, true);
window.addEventListener("blur", release);
/** Draws anew as soon as what is going on has ended; once for all that is asked meanwhile. */
export const redrawing = (act) => {
  const run = () => { if (pressed) waiting.add(run); else act(); };
  return later(0, run);
};
export const later = (wait, act) => {
  let timer = 0;
  const run = (...given) => { clearTimeout(timer); timer = setTimeout(() => { timer = 0; act(...given); }, wait); };
  run.now = (...given) => { clearTimeout(timer); timer = 0; act(...given); };
  run.waits = () => timer !== 0;
  run.stop = () => { clearTimeout(timer); timer = 0; };
  return run;
};
