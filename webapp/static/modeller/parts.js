/* Fields of the panel, made like the forms of all other pages; each hands over what was chosen or typed. */
import { element, icon } from "../js/words.js";
import { clean } from "./files.js";
import { later, t } from "./said.js";
let number = 0;
const id = () => "d" + ++number;
const around = (inner, label, { help, wide = true, error } = {}) => {
  const made = element("div", { class: "field" + (wide ? "" : " short") }, label, inner);
  if (help) { const said = element("p", { class: "help", id: inner.id + "-help" }, help); made.append(said); inner.setAttribute("aria-describedby", said.id); }
  if (error) made.append(element("p", { class: "error" }, icon("alert"), element("span", {}, error)));
  return made;
};
/** One line of text; `set` is called a moment after the last key and on leaving. */
export function text(label, value, set, { help, list, rows, placeholder = "", name = label, mono, type = "text", wide, error } = {}) {
  const field = rows ? element("textarea", { class: "input" + (mono ? " mono" : ""), rows, placeholder, "data-name": name }) : element("input", { class: "input" + (mono ? " mono" : ""), type, placeholder, "data-name": name, autocomplete: "off", spellcheck: mono ? "false" : "true" });
  field.id = id();
  field.value = value ?? "";
  let last = field.value;
  const give = () => { if (field.value !== last) { last = field.value; set(clean(field.value)); } };
  const soon = later(300, give);
  field.addEventListener("input", soon);
  for (const name of ["change", "flush"]) field.addEventListener(name, () => { soon.stop(); give(); });
  const extra = [];
  if (list?.length) {
    const options = element("datalist", { id: id() }, ...list.map((one) => element("option", { value: typeof one === "string" ? one : one.value }, typeof one === "string" ? "" : one.label)));
    field.setAttribute("list", options.id);
    extra.push(options);
  }
  const made = around(field, element("label", { for: field.id }, label), { help, wide, error });
  made.append(...extra);
  return made;
}
const option = (one) => { const [value, label] = Array.isArray(one) ? one : typeof one === "string" ? [one, one] : [one.value, one.label]; return [String(value), String(label)]; };
/** A choice; a value that is no longer offered stays visible as such. */
export function choose(label, value, options, set, { help, none, name = label, wide, error } = {}) {
  const list = options.map(option), field = element("select", { class: "input", id: id(), "data-name": name });
  if (none !== undefined) field.append(element("option", { value: "" }, none));
  if (value && !list.some(([known]) => known === value)) list.push([value, t("%(name)s (not there)", { name: value })]);
  for (const [known, said] of list) field.append(element("option", { value: known }, said));
  field.value = value ?? "";
  field.addEventListener("change", () => set(field.value));
  return around(field, element("label", { for: field.id }, label), { help, wide, error });
}
export function tick(label, value, set, { help, name = label } = {}) {
  const field = element("input", { type: "checkbox", id: id(), "data-name": name });
  field.checked = Boolean(value);
  field.addEventListener("change", () => set(field.checked));
  const made = element("div", { class: "field" }, element("label", { class: "choice", for: field.id }, field, element("span", {}, label)));
  if (help) made.append(element("p", { class: "help" }, help));
  return made;
}
/** A few choices side by side. */
export function segment(label, value, options, set, { name = label } = {}) {
  const group = id();
  const made = element("fieldset", { class: "field" }, element("legend", {}, label));
  const row = element("div", { class: "segment" });
  for (const [known, said] of options.map(option)) {
    const radio = element("input", { type: "radio", name: group, value: known, "data-name": name + " " + known });
    radio.checked = known === value;
    radio.addEventListener("change", () => set(known));
    row.append(element("label", {}, radio, element("span", {}, said)));
  }
  made.append(row);
  return made;
}
export const button = (label, act, { sign = "", kind = "", name = label, title = "" } = {}) => {
  const made = element("button", { type: "button", class: "button small " + kind, "data-name": name }, ...(sign ? [icon(sign)] : []), label);
  if (title) made.title = title;
  made.addEventListener("click", act);
  return made;
};
export const only = (label, sign, act, { kind = "quiet", name = label } = {}) => {
  const made = element("button", { type: "button", class: "button small only " + kind, "aria-label": label, title: label, "data-name": name }, icon(sign));
  made.addEventListener("click", act);
  return made;
};
export const row = (...inside) => element("div", { class: "row" }, ...inside);
export const hint = (said) => element("p", { class: "muted small" }, said);
/** A part of the panel under a heading; `open` false folds it. */
export function section(heading, inside, { open = true, name = heading } = {}) {
  const parts = inside.filter(Boolean);
  if (!parts.length) return "";
  const made = element("details", { class: "draw-section", "data-section": name }, element("summary", {}, heading), element("div", { class: "form" }, ...parts));
  made.open = open;
  return made;
}
/** Hand over what is being typed, before what is drawn anew is made of it. */
export function flush(box) {
  const here = document.activeElement;
  if (box.contains(here) && here.matches("input, textarea")) here.dispatchEvent(new Event("flush"));
}
/** Draw anew without taking the focus from somebody who types. */
export function renew(box, parts) {
  const before = document.activeElement, name = box.contains(before) ? before.dataset?.name : null;
  let caret = null;
  try { caret = [before.selectionStart, before.selectionEnd]; } catch { /* has none */ }
  const folded = new Map([...box.querySelectorAll("details[data-section]")].map((one) => [one.dataset.section, one.open]));
  const typed = name && ["INPUT", "TEXTAREA"].includes(before.tagName) && ["text", "textarea"].includes(before.type) ? before.value : null;
  const top = box.scrollTop;
  box.replaceChildren(...parts.filter(Boolean));
  for (const one of box.querySelectorAll("details[data-section]")) if (folded.has(one.dataset.section)) one.open = folded.get(one.dataset.section);
  box.scrollTop = top;
  if (!name) return;
  const again = [...box.querySelectorAll("[data-name]")].find((one) => one.dataset.name === name);
  again?.focus({ preventScroll: true });
  if (again && typed != null && again.value.trim() === typed.trim()) { again.value = typed; try { again.setSelectionRange(...caret); } catch { /* has none */ } }
}
/** One stop for Tab with arrows within it, as toolbars are used; what is hidden is passed over. */
export function roving(box) {
  const all = () => [...box.querySelectorAll("button")].filter((one) => one.offsetParent);
  const stop = (at) => { for (const one of box.querySelectorAll("button")) one.tabIndex = one === at ? 0 : -1; };
  box.addEventListener("focusin", ({ target }) => stop(target));
  box.addEventListener("keydown", (event) => {
    const list = all(), at = list.indexOf(document.activeElement), step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = event.key === "Home" ? list[0] : event.key === "End" ? list.at(-1) : step && at >= 0 ? list[(at + step + list.length) % list.length] : null;
    if (next) { event.preventDefault(); next.focus(); }
  });
  const first = () => stop(all()[0]);
  first();
  return first;
}
