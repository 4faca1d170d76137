/* A play without leaving the page: each move is sent, its pieces are put in their place, and the token moves on the
   diagram that is there. Without this file every move is a page of its own. */
import { csrf } from "./words.js";
const page = document.querySelector("[data-play]");
const MARKS = ["liveSteps", "doneSteps", "failedSteps", "doneFlows"];
/* As if this file were not there. */
function leave(form, submitter) {
  const verb = document.createElement("input");
  verb.type = "hidden"; verb.name = "play.do"; verb.value = submitter?.value || "look";
  form.append(verb);
  form.submit();
}
async function send(form, submitter) {
  const body = new FormData(form, submitter);
  const answer = await fetch(form.getAttribute("action"), { method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": csrf() }, body });
  const html = (answer.headers.get("Content-Type") || "").includes("html");
  if (answer.redirected || !html || (!answer.ok && answer.status !== 422)) { leave(form, submitter); return; }
  show(new DOMParser().parseFromString(await answer.text(), "text/html"), submitter?.value || "");
}
function show(fresh, done) {
  const opened = new Set([...page.querySelectorAll("details.fold[open] h2")].map((head) => head.textContent));
  for (const piece of page.querySelectorAll("[data-piece]")) {
    const found = fresh.querySelector(`[data-piece="${piece.dataset.piece}"]`);
    if (!found) { location.reload(); return; }
    piece.replaceChildren(...found.childNodes);
    for (const fold of piece.querySelectorAll("details.fold")) if (opened.has(fold.querySelector("h2").textContent)) fold.open = true;
    piece.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
  }
  const figure = page.querySelector("[data-diagram-url]"), other = fresh.querySelector("[data-diagram-url]");
  if (figure.dataset.diagramUrl !== other.dataset.diagramUrl) { location.assign(new URL("?" + new URLSearchParams({ from: new URL(other.dataset.diagramUrl, location).searchParams.get("from") }), location)); return; }
  for (const name of MARKS) figure.dataset[name] = other.dataset[name] || "";
  figure.remark?.();
  if (/^(look|decide|ask)/.test(done)) return;
  const target = page.querySelector(".error-summary, .notice.bad") || page.querySelector("[data-now]");
  target?.setAttribute("tabindex", "-1");
  target?.focus({ preventScroll: true });
  page.querySelector(".play-right").scrollTop = 0;
  if (matchMedia("(max-width: 1100px)").matches) target?.scrollIntoView({ block: "nearest" });
}
page?.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-leaves]") || event.defaultPrevented) return;
  event.preventDefault();
  if (page.getAttribute("aria-busy") === "true") return;
  page.setAttribute("aria-busy", "true");
  send(form, event.submitter).catch(() => leave(form, event.submitter)).finally(() => page.removeAttribute("aria-busy"));
});
/* What is chosen above the diagram holds at once. */
page?.addEventListener("change", (event) => {
  if (!event.target.matches("[data-play-bar] input[type=radio], [data-look]")) return;
  const form = document.getElementById("play"), look = document.createElement("button");
  look.name = "play.do"; look.value = "look"; look.hidden = true;
  form.append(look);
  form.requestSubmit(look);
  look.remove();
});
