/* Toasts, dialogs, menus. */
import { csrf, element, fresh, icon, post, told, word } from "./words.js";
/** Show a toast; `undo` is an address to POST to. */
export function toast(text, { kind = "ok", undo = "" } = {}) {
  const box = element("div", { class: "toast " + kind, "data-toast": "" }, icon(kind === "ok" ? "done" : "alert"), element("p", {}, text));
  if (undo) {
    const form = element("form", { method: "post", action: undo }, element("input", { type: "hidden", name: "csrf_token", value: csrf() }), element("button", { "data-key": "z" }, word("undo")));
    box.append(form);
  }
  box.append(element("button", { type: "button", class: "close", "data-toast-close": "", "aria-label": word("close") }, icon("close")));
  document.getElementById("toasts")?.append(box);
  overlays(document);
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
    if (!box.classList.contains("bad")) leave(box, box.querySelector("form"));
  }
  for (const button of fresh(root, "[data-dialog]", "opens")) {
    button.addEventListener("click", (event) => { event.preventDefault(); document.getElementById(button.dataset.dialog)?.showModal(); });
  }
  for (const dialog of fresh(root, "dialog", "shuts")) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }
  for (const menu of fresh(root, "details[data-menu]", "menued")) {
    menu.addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); } });
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  }
  for (const summary of fresh(root, "[data-focus]", "focused")) summary.focus();
  /* A form with data-quiet is sent in the background; the answer {text, kind, undo, href, html, target} is shown at once. */
  for (const form of fresh(root, "form[data-quiet]", "quieted")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const answer = await post(form.action, Object.fromEntries(new FormData(form, event.submitter)));
        const said = await told(answer);
        if (!answer.ok || !said) { toast(said?.text || word("failed"), { kind: "bad" }); return; }
        if (said.href) { location.assign(said.href); return; }
        form.closest("[data-row]")?.remove();
        if (said.text) toast(said.text, said);
      } catch { toast(word("failed"), { kind: "bad" }); }
    });
  }
}
