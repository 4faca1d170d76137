/* The text of a ruleset or of its examples: typed with completion, checked while it is, and kept in the draft. */
import { csrf, element, told } from "../js/words.js";
import { editor } from "./text_editor.js";

const form = document.getElementById("text"), field = form.elements.text, revision = form.elements.revision;
const { kind } = form.dataset, said = JSON.parse(form.dataset.words), urls = JSON.parse(form.dataset.urls);
const t = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`%(${key})s`, value), said[name] ?? name);
const part = (name) => document.querySelector(`[data-part="${name}"]`);
const state = part("state"), box = part("box"), both = document.querySelector("[data-both]");
const PAUSE = 700, FIELD = 250;
const fixed = form.dataset.fixed === "yes";
const begun = field.defaultValue;
let words = null, kept = begun, busy = false, again = false, checking = false, due = 0, later = 0, took = 0;

box.hidden = false;
part("hint").hidden = false;
const text = editor({
  box, text: field.value, label: field.labels[0].textContent, hint: part("hint").textContent, fixed,
  phrases: JSON.parse(form.dataset.phrases), words: () => words, keep,
  hear: {
    typed: () => { tell(text.view.state.doc.length === kept.length && text.text() === kept ? (revision.value === "0" ? "" : "kept") : "typed"); clearTimeout(later); later = setTimeout(hand, FIELD); soon(); },
    at: (place) => { part("at").textContent = t("at", place); },
  },
});
field.hidden = true;
field.labels[0].addEventListener("click", () => text.view.focus());

function tell(name, more = "") {
  state.dataset.state = name;
  state.replaceChildren(name && t(name), ...(more ? [": " + more] : []));
  if (name === "out") state.append(" ", element("a", { href: urls.login, target: "_blank" }, t("login")));
}
/* The field of the form has what the editor has: it is what is sent without us, and what this browser keeps. */
function hand() {
  clearTimeout(later);
  const now = text.text();
  if (field.value === now) return;
  field.value = now;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
addEventListener("pagehide", hand, { capture: true });
field.addEventListener("change", () => { if (field.value !== text.text()) { text.replace(field.value); tell("back"); } });

const send = (url, data) => fetch(url, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), "X-Requested-With": "fetch", Accept: "application/json" }, body: JSON.stringify(data) });

/* One check at a time, after a pause that grows with what a check takes. */
function soon(after = Math.max(PAUSE, 2 * took)) { clearTimeout(due); due = setTimeout(check, after); }
async function check() {
  if (checking) { again = true; return; }
  const sent = text.text(), start = Date.now();
  checking = true;
  try {
    const answer = await send(urls.check, { of: kind, text: sent }), got = await told(answer);
    took = Date.now() - start;
    if (answer.ok && got && sent === text.text()) found(got);
    else if (!got || !answer.ok) counted(got?.text || t("unchecked"));
  } catch { counted(t("unchecked")); }
  finally { checking = false; if (again) { again = false; soon(); } }
}
function counted(said, look = "muted") {
  Object.assign(part("count"), { hidden: false, textContent: said, className: "small " + look });
}
function found({ problems, list, bar }) {
  text.mark(problems);
  const count = (...severities) => problems.filter((one) => severities.includes(one.severity)).length;
  const counts = [["errors", count("error")], ["warnings", count("warning")], ["hints", count("info")]].filter(([, n]) => n).map(([name, n]) => t(name, { n }));
  counted(counts.join(", ") || t("clean"), count("error") ? "late" : counts.length ? "soon" : "muted");
  part("found").innerHTML = list;
  if (!bar) return;
  const old = document.querySelector(".draft-bar"), fresh = new DOMParser().parseFromString(bar, "text/html").querySelector(".draft-bar");
  if (old && fresh) old.replaceWith(fresh); else if (fresh) document.querySelector(".text-found").after(fresh);
}
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-line]");
  if (!link) return;
  event.preventDefault();
  text.go(Number(link.dataset.line));
});

async function keep() {
  if (busy || fixed) return;
  const sent = text.text();
  hand();
  busy = true;
  tell("keeping");
  try {
    const answer = await send(form.action, { revision: Number(revision.value), text: sent }), got = await told(answer);
    if (answer.ok && got) {
      kept = sent;
      revision.value = got.revision;
      both.replaceChildren();
      document.querySelector(".page-head .lead").textContent = got.lead;
      if (text.text() === sent) { form.dispatchEvent(new Event("vorgang:accepted")); tell("kept"); soon(0); } else { tell("typed"); field.dispatchEvent(new Event("input", { bubbles: true })); }
    } else if (got?.both) overtaken(got);
    else if (answer.status === 401 || answer.status === 403 || (answer.ok && !got) || answer.redirected) { tell("out"); await learn(); }
    else if (got) tell("refused", got.text || got.message || "");
    else tell("again");
  } catch { tell("again"); }
  finally { busy = false; }
}
form.addEventListener("submit", (event) => { event.preventDefault(); keep(); });
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s" && !event.defaultPrevented) { event.preventDefault(); keep(); }
});

/* Somebody else was quicker: both texts beside each other, and whoever typed decides. */
function overtaken(got) {
  tell("refused");
  both.innerHTML = got.both;
  const mine = both.querySelector("[data-mine]");
  mine.hidden = false;
  mine.addEventListener("click", () => { revision.value = got.revision; both.replaceChildren(); keep(); text.view.focus(); });
  both.querySelector("[data-theirs]").addEventListener("click", (event) => {
    event.preventDefault();
    both.replaceChildren();
    revision.value = got.revision;
    kept = got.theirs;
    text.replace(got.theirs);
    hand();
    form.dispatchEvent(new Event("vorgang:accepted"));
    tell("taken");
    text.view.focus();
  });
  both.firstElementChild.focus();
}
/* What can be said here; after a new login also what is needed to send. */
async function learn() {
  const got = await fetch(`${urls.words}?of=${kind}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).then(told).catch(() => null);
  if (!got?.schema) return;
  words = got;
  const meta = document.querySelector('meta[name="csrf-token"]');
  if (meta && got.writer === document.body.dataset.writer) meta.content = got.csrf;
}
if (field.value !== begun) tell("back");
form.dataset.ready = "yes";
await learn();
form.dataset.words = "there";
soon(0);
