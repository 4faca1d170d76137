/* Forms that rules have a say in: <form data-ask-url> asks how it looks after an answer has changed. What comes back are
   the questions that are asked now; each is known by its name and says in data-tag what it asks. One that stays as it was
   is left alone; one that goes takes along what was typed and brings it back. */
import { csrf, fresh, say } from "./words.js";
const WAIT = 250;
/* What somebody typed has no word of what stood there before. */
const mark = (box) => { if (!("suggested" in box.dataset)) box.dataset.touched = "1"; };
const inputs = (box) => [...box.querySelectorAll("input, select, textarea")].filter((f) => f.name && !["hidden", "file"].includes(f.type));
/** Put what was typed in the old one into the new one, as far as it can be said there. */
function carry(from, to) {
  const old = inputs(from), files = from.querySelectorAll("input[type=file]");
  for (const field of inputs(to)) {
    if (["checkbox", "radio"].includes(field.type)) field.checked = old.some((f) => f.name === field.name && f.value === field.value && f.checked);
    else {
      const same = old.find((f) => f.name === field.name && !["checkbox", "radio"].includes(f.type));
      if (!same) continue;
      if (field.multiple) for (const option of field.options) option.selected = [...same.selectedOptions].some((o) => o.value === option.value);
      else if (field.tagName !== "SELECT" || [...field.options].some((o) => o.value === same.value)) field.value = same.value;
    }
  }
  to.querySelectorAll("input[type=file]").forEach((field, i) => { if (files[i]) field.files = files[i].files; });
  if (from.dataset.touched) to.dataset.touched = from.dataset.touched;
}
function focusOf(box) {
  const one = document.activeElement;
  if (!box.contains(one)) return null;
  let caret = null;
  try { caret = [one.selectionStart, one.selectionEnd]; } catch { /* has none */ }
  return { id: one.id, name: one.name, value: one.value, caret };
}
function focusBack(box, was) {
  const found = (was.id && box.querySelector("#" + CSS.escape(was.id))) || inputs(box).find((f) => f.name === was.name && f.value === was.value) || inputs(box)[0];
  found?.focus({ preventScroll: true });
  if (found && was.caret?.[0] != null) try { found.setSelectionRange(...was.caret); } catch { /* has none */ }
}
function asked(form) {
  const starts = [...form.querySelectorAll("[data-asked]")], away = new Map(); // where each run of questions begins
  const here = () => [...form.querySelectorAll("[data-tag]")];
  let timer = 0, running = null, before = "";
  const body = () => {
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    for (const box of here()) if (box.dataset.name && !box.dataset.touched) fields.append("-untouched", box.dataset.name);
    fields.delete("csrf_token");
    return fields.toString();
  };
  const place = (pieces) => {
    const known = new Map(here().map((box) => [box.id, box])), added = [];
    let last = starts[0], run = 0;
    for (const piece of pieces) {
      if (!piece.dataset.tag) { last = starts[run++] || last; continue; }
      const old = known.get(piece.id);
      known.delete(piece.id);
      const same = old && old.dataset.tag === piece.dataset.tag && (old.dataset.touched || old.dataset.suggested === piece.dataset.suggested);
      const box = same ? old : piece;
      if (!same) {
        const from = old && inputs(old).length ? old : away.get(piece.id) || old;
        mark(piece);
        if (from?.dataset.touched) carry(from, piece);
        const was = old && focusOf(old);
        if (old) old.replaceWith(piece); else added.push(piece);
        if (last.nextElementSibling !== piece) last.after(piece);
        piece.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
        if (was) focusBack(piece, was);
      } else if (last.nextElementSibling !== box) last.after(box);
      if (inputs(box).length) away.delete(piece.id);
      else if (old?.dataset.touched && inputs(old).length) away.set(piece.id, old);
      last = box;
    }
    for (const [id, box] of known) { away.set(id, box); box.remove(); }
    const names = added.map((box) => box.querySelector("label, legend, .label")?.textContent.trim()).filter(Boolean);
    if (names.length) say(names.join(", "));
  };
  const ask = async () => {
    const fields = body();
    if (fields === before) return;
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.dataset.askUrl, {
        method: "POST", credentials: "same-origin", signal: running.signal, body: new URLSearchParams(fields),
        headers: { "X-CSRF-Token": csrf(), "X-Requested-With": "fetch" },
      });
      if (!answer.ok || answer.redirected) return; // asked again when the form is sent
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      before = fields;
      place([...page.querySelectorAll("[data-tag], [data-asked]")]);
      if (body() !== before) later(); // a suggestion has come, or something was typed meanwhile
    } catch { /* asked again with the next answer, and when the form is sent */ }
  };
  let rounds = 0;
  const later = () => { clearTimeout(timer); if (rounds++ < 8) timer = setTimeout(ask, WAIT); };
  for (const name of ["input", "change"]) form.addEventListener(name, (event) => {
    const box = event.target.closest("[data-tag]");
    if (!box || event.target.type === "file") return;
    box.dataset.touched = "1";
    rounds = 0;
    later();
  });
  here().forEach(mark);
  before = body();
}
export function asking(root) {
  for (const form of fresh(root, "form[data-ask-url]", "asking")) asked(form);
}
