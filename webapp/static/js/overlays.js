/* Toasts, dialogs, menus. */
import { csrf, element, fresh, icon, word } from "./words.js";
/** Show a toast; `undo` is an address to POST to. */
export function toast(text, { kind = "ok", undo = "", more = [] } = {}) {
  const box = element("div", { class: "toast " + kind, "data-toast": "" }, icon(kind === "ok" ? "done" : "alert"), element("div", { class: "said" }, element("p", {}, text)));
  if (more.length) box.querySelector(".said").append(element("ul", {}, ...more.map((line) => element("li", {}, line))));
  if (undo) {
    const form = element("form", { method: "post", action: undo, "data-quiet": "" }, element("input", { type: "hidden", name: "csrf_token", value: csrf() }), element("button", { "data-key": "z" }, word("undo")));
    box.append(form);
  }
  box.append(element("button", { type: "button", class: "close", "data-toast-close": "", "aria-label": word("close") }, icon("close")));
  /* One way back at a time: the latest. */
  if (undo) for (const older of document.querySelectorAll("[data-toast] form")) older.closest("[data-toast]").remove();
  document.getElementById("toasts")?.append(box);
  box.parentElement?.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
}
/** Open a dialog at its first question rather than at the cross that closes it. */
export function open(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector(".body :is(input:not([type=hidden]), select, textarea, button):not([hidden])")?.focus();
}
function leave(box, undo) {
  let timer = 0;
  const start = () => { timer = setTimeout(() => box.remove(), undo ? 12000 : 6000); };
  const hold = () => clearTimeout(timer);
  for (const name of ["mouseenter", "focusin"]) box.addEventListener(name, hold);
  for (const name of ["mouseleave", "focusout"]) box.addEventListener(name, start);
  start();
}
export function overlays(root) {
  for (const box of fresh(root, "[data-toast]", "leaving")) {
    box.querySelector("[data-toast-close]")?.addEventListener("click", () => box.remove());
    if (!box.classList.contains("bad") && !box.querySelector("li")) leave(box, box.querySelector("form"));
  }
  for (const button of fresh(root, "[data-dialog]", "opens")) {
    button.addEventListener("click", (event) => { event.preventDefault(); open(document.getElementById(button.dataset.dialog)); });
  }
  for (const dialog of fresh(root, "dialog", "shuts")) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }
  for (const menu of fresh(root, "details[data-menu]", "menued")) {
    menu.addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); } });
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  }
  for (const summary of fresh(root, "[data-focus]", "focused")) summary.focus();
}
