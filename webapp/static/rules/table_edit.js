/* The field in which a cell is typed, with what the desk has to choose from below it. */
import { element, say } from "../js/words.js";

const MOST = 50;
const quoted = (text) => (text.includes(";") || text.startsWith('"') ? `"${text.replaceAll('"', '""')}"` : text);

/** `done(text, where)` gets what was typed and where to go on: down, right, left or nowhere; null where one gave up. */
export function edit({ grid, box, column, label, text, begin, t, done }) {
  const long = text.includes("\n") || column.key === "then note";
  const field = element(long ? "textarea" : "input", { class: "sheet-edit", "aria-label": label, autocapitalize: "off", autocomplete: "off", spellcheck: "false" });
  const list = element("ul", { class: "sheet-choices", role: "listbox", id: "sheet-choices", "aria-label": label, hidden: "" });
  const { left, top, width, height } = grid.place(grid.at.r, grid.at.c);
  field.value = begin ?? text;
  Object.assign(field.style, { left: left + "px", top: top + "px", width: Math.max(width, long ? 320 : width) + "px", height: (long ? 3 * height : height) + "px" });
  Object.assign(list.style, { left: left + "px", top: top + height + "px", minWidth: width + "px" });
  grid.body.append(field, list);
  let options = [], at = -1, over = false;
  if (column.choices.length) for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "sheet-choices", "aria-expanded": "false" })) field.setAttribute(name, value);
  /* Of several values the one at the end is being typed. */
  const typed = () => (column.many ? field.value.slice(field.value.lastIndexOf(";") + 1) : field.value).trim().toLowerCase();
  const offer = (all = false) => {
    const words = typed();
    options = column.choices.filter(([value, shown]) => all || `${value} ${shown}`.toLowerCase().includes(words)).slice(0, MOST);
    if (options.length === 1 && options[0][0].toLowerCase() === words) options = [];
    at = -1;
    list.replaceChildren(...options.map(([value, shown], place) => element("li", { role: "option", id: "sheet-choice-" + place, "aria-selected": "false", "data-place": String(place) }, value, ...(shown && shown !== value ? [" ", element("span", { class: "muted" }, shown)] : []))));
    list.hidden = !options.length;
    if (column.choices.length) { field.setAttribute("aria-expanded", String(!list.hidden)); field.removeAttribute("aria-activedescendant"); }
    if (options.length) say(t("choices", { n: options.length }));
  };
  const point = (place) => {
    at = (place + options.length) % options.length;
    [...list.children].forEach((one, index) => { one.setAttribute("aria-selected", String(index === at)); if (index === at) one.scrollIntoView({ block: "nearest" }); });
    field.setAttribute("aria-activedescendant", "sheet-choice-" + at);
  };
  const take = (place) => {
    const value = column.many ? quoted(options[place][0]) : options[place][0], before = column.many ? field.value.slice(0, field.value.lastIndexOf(";") + 1) : "";
    field.value = before ? before + " " + value : value;
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    at = -1;
  };
  const finish = (result, where) => {
    if (over) return;
    over = true;
    field.remove();
    list.remove();
    if (where !== "away") box.focus({ preventScroll: true });
    done(result, where);
  };
  field.addEventListener("input", () => offer());
  field.addEventListener("blur", () => finish(field.value, "away"));
  list.addEventListener("pointerdown", (event) => { event.preventDefault(); const one = event.target.closest("[data-place]"); if (one) { take(Number(one.dataset.place)); field.focus(); } });
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return;
    const open = !list.hidden;
    if (event.key === "Escape") { event.preventDefault(); if (open && at >= 0) { list.hidden = true; at = -1; } else finish(null, ""); }
    else if (event.key === "Enter" && event.altKey && long) field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
    else if (event.key === "Enter") { event.preventDefault(); if (open && at >= 0) take(at); else finish(field.value, event.shiftKey ? "up" : "down"); }
    else if (event.key === "Tab") { event.preventDefault(); if (open && at >= 0) take(at); finish(field.value, event.shiftKey ? "left" : "right"); }
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !long) {
      event.preventDefault();
      if (!open && column.choices.length) offer(true);
      if (options.length) point(at < 0 ? (event.key === "ArrowDown" ? 0 : -1) : at + (event.key === "ArrowDown" ? 1 : -1));
    }
  });
  for (const name of ["copy", "cut", "paste", "pointerdown", "dblclick"]) field.addEventListener(name, (event) => event.stopPropagation());
  field.focus({ preventScroll: true });
  if (begin === undefined) field.select();
  if (column.choices.length) offer(begin === undefined);
  return { finish: () => finish(field.value, "away") };
}
