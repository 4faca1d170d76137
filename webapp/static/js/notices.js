/* The page of a notification's text: how it reads follows what is typed, and a placeholder goes where one was typing. */
import { counting } from "./counting.js";
import { csrf, fresh } from "./words.js";

const FIELDS = /^(subject|body)_/;

function text(form) {
  const box = form.querySelector("[data-preview]");
  const { now, soon } = counting(box, (signal) => fetch(form.dataset.notice, {
    method: "POST", signal, credentials: "same-origin", headers: { "X-CSRF-Token": csrf(), "X-Requested-With": "fetch" },
    body: new URLSearchParams([...new FormData(form)].filter(([name]) => FIELDS.test(name) || ["of", "ticket", "reader", "csrf_token"].includes(name))),
  }));
  form.addEventListener("input", (event) => { if (FIELDS.test(event.target.name) || ["ticket", "reader"].includes(event.target.name)) soon(); });
  form.addEventListener("click", (event) => {
    const show = event.target.closest("button[name=do][value=preview]");
    if (show) { event.preventDefault(); now(); }
  });
  let last = form.elements.body_de;
  form.addEventListener("focusin", (event) => { if (FIELDS.test(event.target.name)) last = event.target; });
  for (const button of form.querySelectorAll("[data-place]")) button.addEventListener("click", () => {
    if (last.disabled) return;
    last.focus();
    last.setRangeText(button.dataset.place, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
for (const form of fresh(document, "form[data-notice]", "texts")) text(form);
