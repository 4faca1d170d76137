/* Acting without leaving the page: <form data-quiet> is sent in the background. The answer is {text, kind, undo, more},
   {href} where one cannot stay, or {ask} with the HTML of a dialog that says what will happen first. Then every piece of
   the page that says it may change (data-renew with an id, or with the address of the page, data-poll-url, data-part) is drawn anew in its place. */
import { chosen } from "./forms.js";
import { csrf, element, fresh, told, word } from "./words.js";
import { renew } from "./place.js";
import { open, toast } from "./overlays.js";
const PIECES = "[data-renew], [data-poll-url], [data-part]";
const named = (piece) => piece.id || piece.dataset.part || piece.dataset.pollUrl;
/** Fetch this page again and put what has changed in its place. */
export async function refresh() {
  const here = document.querySelector("[data-renew]")?.dataset.renew || location.href;
  const answer = await fetch(here, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) { location.reload(); return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = new Map([...page.querySelectorAll(PIECES)].map((piece) => [named(piece), piece]));
  for (const piece of document.querySelectorAll(PIECES)) {
    const fresher = found.get(named(piece));
    if (!fresher) continue;
    for (const { name, value } of fresher.attributes) if (name.endsWith("-tag")) piece.setAttribute(name, value);
    piece.previousElementSibling?.matches(".live-strip") && piece.previousElementSibling.remove();
    renew(piece, fresher.innerHTML);
  }
}
function ask(html) {
  const dialog = element("dialog", { class: "asking" });
  dialog.innerHTML = html;
  dialog.addEventListener("close", () => dialog.remove());
  dialog.querySelector("[data-cancel]")?.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
  dialog.setAttribute("aria-label", dialog.querySelector("h2").textContent);
  document.body.append(dialog);
  dialog.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
  dialog.showModal();
}
function leaveForm(form) {
  form.closest("dialog")?.close();
  const said = form.closest("[data-toast]");
  if (said?.contains(document.activeElement)) document.getElementById("content")?.focus({ preventScroll: true });
  said?.remove();
  /* What was picked has been dealt with. */
  if (form.getAttribute("action") === document.getElementById("bulk")?.getAttribute("action")) document.getElementById("bulk").reset();
  if (!form.matches("[data-fact]")) form.reset();
  form.closest("details:not([data-menu])")?.removeAttribute("open");
}
/* What was not saved does not stand there as if it were. */
function refused(form, said) {
  if (form.matches("[data-fact]")) form.reset();
  toast(said?.text || word("failed"), { kind: "bad" });
}
async function act(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  fields.set("csrf_token", csrf());
  const headers = { "X-CSRF-Token": csrf(), "X-Requested-With": "fetch" };
  const answer = await fetch(form.getAttribute("action"), { method: "POST", credentials: "same-origin", headers, body: fields });
  /* Somebody was faster: the page shows both values. */
  if (answer.status === 409 && fields.has("version")) { form.submit(); return; }
  const said = await told(answer);
  if (!answer.ok || !said) { refused(form, said); return; }
  if (said.href) { location.assign(said.href); return; }
  if (said.ask) { form.closest("dialog")?.close(); ask(said.ask); return; }
  leaveForm(form);
  if (said.text) toast(said.text, said);
  await refresh();
}
export function acting(root) {
  for (const form of fresh(root, "form[data-quiet]", "quieted")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.getAttribute("aria-busy")) return;
      const button = event.submitter || form.querySelector("button:not([type=button])");
      for (const one of [form, button]) one?.setAttribute("aria-busy", "true");
      try { await act(form, event.submitter); }
      catch { refused(form); }
      finally { for (const one of [form, button]) one?.removeAttribute("aria-busy"); }
    });
  }
  /* A fact is sent when it is chosen; a choice that wants to know more first opens its dialog. */
  for (const form of fresh(root, "form[data-fact]", "facted")) chosen(form, (field) => {
    const asks = field.selectedOptions?.[0]?.dataset.asks;
    if (!asks) { form.requestSubmit(); return; }
    const value = field.value, dialog = document.getElementById(asks);
    form.reset();
    const same = [...dialog.querySelectorAll("select")].find((one) => [...one.options].some((option) => option.value === value));
    if (same) same.value = value;
    open(dialog);
  });
}
