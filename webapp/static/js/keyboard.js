/* The keyboard: j k Enter over [data-row], letters over [data-key], g+letter over [data-go], Ctrl+K by name. */
import { element, word } from "./words.js";
import { rowKey } from "./place.js";
let waiting = 0, at = null, atKey = "", atIndex = 0, ready = false;
const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible);
const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog[open], .djs-container, [data-typing]");
const visible = (found) => found.getClientRects().length > 0;
const first = (name, value) => [...document.querySelectorAll(`[${name}="${CSS.escape(value)}"]`)].find(visible);
function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(at?.isConnected ? at : document.activeElement?.closest("[data-row]"));
  at?.classList.remove("at");
  stand(all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + step))], all);
  at.scrollIntoView({ block: "nearest" });
}
function stand(row, all) {
  [at, atKey, atIndex] = [row, rowKey(row), all.indexOf(row)];
  at.classList.add("at");
  const link = at.matches("[data-open]") ? at : at.querySelector("[data-open]");
  (link || at).focus({ preventScroll: true });
}
/* The list was drawn anew: one stands on the same row, or where it was if it is gone. */
function standAgain() {
  if (!at || at.isConnected) return;
  const all = rows();
  const same = all.find((row) => rowKey(row) === atKey) || all[Math.min(atIndex, all.length - 1)];
  if (!same) { at = null; return; }
  if (document.activeElement === document.body || all.some((row) => row.contains(document.activeElement))) stand(same, all);
  else [at, atIndex] = [same, all.indexOf(same)];
  at.classList.add("at");
}
function use(found) {
  if (found.matches("input:not([type=submit]), textarea, select")) { found.focus(); found.select?.(); }
  else found.click();
}
function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); palette(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target.matches?.(".top input")) { event.target.blur(); return; }
  if (document.body.dataset.letters === "off" || typing(event.target)) return;
  if (waiting && Date.now() - waiting < 1500) {
    waiting = 0;
    const target = first("data-go", event.key);
    if (target) { event.preventDefault(); use(target); }
    return;
  }
  if (event.key === "g") { waiting = Date.now(); return; }
  if (event.key === "j" || event.key === "k") { event.preventDefault(); move(event.key === "j" ? 1 : -1); return; }
  if (event.key === "x" && at) { at.querySelector("[data-select]")?.click(); return; }
  if (event.key === "?") { event.preventDefault(); help(); return; }
  if (event.key.length !== 1) return;
  const target = at?.querySelector(`[data-key="${CSS.escape(event.key)}"]`) || first("data-key", event.key);
  if (target) { event.preventDefault(); use(target); }
}
function shown(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
}
const name = (found) => found.dataset.command || found.getAttribute("aria-label") || found.textContent.trim();
export function help() {
  const list = element("dl", { class: "keys" });
  const line = (keys, text) => list.append(element("dt", {}, element("kbd", {}, keys)), element("dd", {}, text));
  line("Ctrl K", word("palette"));
  if (document.body.dataset.letters === "off") list.append(element("dd", { class: "muted" }, word("lettersoff")));
  else line("j k ⏎", word("rows"));
  if (document.querySelector("[data-select]")) line("x", word("pick"));
  line("z", word("undo")); line("?", word("keys"));
  for (const found of document.querySelectorAll("[data-key]:not([data-toast] [data-key])")) if (!found.closest("[data-row]")) line(found.dataset.key, name(found));
  for (const found of document.querySelectorAll("[data-help-key]")) line(found.dataset.helpKey, name(found));
  for (const found of document.querySelectorAll("[data-go]")) line("g " + found.dataset.go, name(found));
  const close = element("button", { class: "button small" }, word("close"));
  shown(element("dialog", { "aria-label": word("keys") },
    element("header", {}, element("h2", {}, word("keys")), element("form", { method: "dialog" }, close)),
    element("div", { class: "body" }, list)));
}
export function palette() {
  if (document.querySelector("dialog.palette")) return;
  const all = [...document.querySelectorAll("[data-command]")].filter((f, i, list) => name(f) && list.findIndex((o) => name(o) === name(f)) === i);
  const input = element("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-label": word("palette"), placeholder: word("palette"), maxlength: "100", autocomplete: "off" });
  const list = element("ul", { id: "palette-list", role: "listbox", "aria-label": word("palette") });
  const dialog = element("dialog", { class: "palette", "aria-label": word("palette") }, input, list);
  let found = [], chosen = 0;
  const choose = (index) => {
    chosen = Math.max(0, Math.min(found.length - 1, index));
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
    input.setAttribute("aria-activedescendant", list.children[chosen]?.id || "");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const go = () => { const target = found[chosen]; if (target) { dialog.close(); use(target); } };
  const draw = () => {
    const wanted = input.value.toLowerCase().split(/\s+/);
    found = all.filter((f) => wanted.every((piece) => name(f).toLowerCase().includes(piece))).slice(0, 12);
    list.replaceChildren(...found.map((f, i) => {
      const row = element("li", { role: "option", id: "palette-" + i }, name(f));
      const keys = f.dataset.key || (f.dataset.go && "g " + f.dataset.go);
      if (keys) row.append(element("kbd", {}, keys));
      row.addEventListener("click", () => { chosen = i; go(); });
      return row;
    }));
    if (!found.length) list.append(element("li", { class: "muted" }, word("none")));
    choose(0);
  };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(chosen + (event.key === "ArrowDown" ? 1 : -1)); }
    if (event.key === "Enter") { event.preventDefault(); go(); }
  });
  shown(dialog);
  draw();
  input.focus();
}
export function keyboard(root) {
  for (const button of root.querySelectorAll("[data-keys-help]")) button.onclick = help;
  if (!ready) { document.addEventListener("keydown", pressed); document.addEventListener("vorgang:arrived", standAgain); ready = true; }
}
