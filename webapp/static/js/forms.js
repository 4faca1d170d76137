/* Questions that depend on others, drop zones, one sending at a time. */
import { element, fresh, icon, word } from "./words.js";
function answers(form, name) {
  return [...form.elements].filter((f) => f.name === name).flatMap((f) => {
    if (["checkbox", "radio"].includes(f.type)) return f.checked ? [f.value] : f.type === "checkbox" ? ["false"] : [];
    return [f.value];
  });
}
/** Tell when something has been chosen. Arrows and letters in a closed list only look around: Enter or leaving chooses,
    Escape takes back. */
export function chosen(form, take) {
  let looking = null;
  const done = () => { const field = looking; looking = null; if (field) take(field); };
  form.addEventListener("keydown", (event) => {
    const list = event.target.matches("select");
    if (event.key === "Enter" && looking) { event.preventDefault(); done(); }
    else if (event.key === "Escape" && looking) { event.stopPropagation(); looking = null; form.reset(); }
    else form.looked = list && !event.altKey && (event.key.startsWith("Arrow") || ["Home", "End", "PageUp", "PageDown"].includes(event.key) || (event.key.length === 1 && event.key !== " "));
  });
  for (const name of ["pointerdown", "focusin"]) form.addEventListener(name, () => { form.looked = false; });
  form.addEventListener("change", (event) => { if (form.looked) looking = event.target; else { looking = null; take(event.target); } });
  form.addEventListener("focusout", done);
}
function conditional(box) {
  const form = box.closest("form");
  if (!form) return; // only shown, as on a process' page: every question is
  const { field, is } = JSON.parse(box.dataset.showIf);
  const check = () => {
    const shown = answers(form, field).some((value) => is.includes(value));
    box.hidden = !shown;
    for (const inside of box.querySelectorAll("input, select, textarea")) inside.disabled = !shown;
  };
  form.addEventListener("input", check);
  form.addEventListener("change", check);
  check();
}
function dropZone(zone) {
  const input = zone.querySelector("input[type=file]"), most = Number(document.body.dataset.mostBytes) || Infinity;
  const list = element("ul");
  /* The browser's own button speaks the browser's language and says no more than ours. */
  const touched = matchMedia("(hover: none)").matches, said = word("pickfiles");
  const pick = element("span", { class: "button small" }, icon("attach"), touched ? said[0].toUpperCase() + said.slice(1) : said);
  zone.prepend(...(touched ? [] : [element("span", {}, word("drop"))]), pick);
  pick.append(input);
  zone.append(list);
  const set = (files) => { const bag = new DataTransfer(); files.forEach((file) => bag.items.add(file)); input.files = bag.files; draw(); };
  const draw = () => list.replaceChildren(...[...input.files].map((file, index) => {
    const away = element("button", { type: "button", class: "button quiet small only", "aria-label": `${word("remove")} ${file.name}` }, icon("close"));
    away.addEventListener("click", () => set([...input.files].filter((_, i) => i !== index)));
    const size = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 }).format(Math.max(1, file.size / 1000));
    const large = file.size > most ? element("span", { class: "badge bad" }, word("large")) : "";
    return element("li", {}, icon("attach"), element("span", { class: "clip grow" }, file.name), large, element("span", { class: "muted tiny nowrap" }, size), away);
  }));
  input.addEventListener("change", draw);
  for (const name of ["dragover", "dragenter"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => { event.preventDefault(); set([...input.files, ...event.dataTransfer.files]); });
  zone.closest("form")?.addEventListener("paste", (event) => { if (event.clipboardData.files.length) set([...input.files, ...event.clipboardData.files]); });
}
export function forms(root) {
  fresh(root, "[data-show-if]", "conditional").forEach(conditional);
  fresh(root, "[data-drop]", "dropping").forEach(dropZone);
  for (const form of fresh(root, "form[method=post]:not([data-quiet])", "once")) {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      const button = event.submitter || form.querySelector("button:not([type=button])");
      if (button?.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
      button?.setAttribute("aria-busy", "true");
    });
    form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
  }
  addEventListener("pageshow", () => document.querySelectorAll("[aria-busy=true]").forEach((b) => b.removeAttribute("aria-busy")));
  for (const radio of fresh(root, "[data-tints]", "tinting")) radio.addEventListener("change", () => radio.closest(".reply")?.classList.toggle("internal", radio.value === "internal" && radio.checked));
}
