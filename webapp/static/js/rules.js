/* The form of a rule, whose rows the desk itself draws: a button or another choice asks for them and puts them in
   place. The list of rules: moved with Alt and the arrows, or dragged. */
import { keep } from "./drafts.js";
import { counting } from "./counting.js";
import { fresh } from "./words.js";

const SERVICE = ["csrf_token", "revision", "writer", "draft_key", "do"];
const entries = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SERVICE.includes(name));

/* What a rule is called, does and says about itself changes nothing about what it matches. */
const ASKS = /^(w\d|events$|changed$)/;
function count(form, ask) {
  const box = form.querySelector("[data-count]");
  if (!box) return;
  const { now, soon } = counting(box, ask), stands = () => JSON.stringify(entries(form).filter(([name]) => ASKS.test(name)));
  let known = stands();
  const look = () => { if (known !== (known = stands())) soon(); };
  for (const name of ["input", "change"]) form.addEventListener(name, look);
  now();
}

function ruleForm(form) {
  const box = form.querySelector("[data-rows]");
  let asked = null, timer = 0;
  const service = () => SERVICE.flatMap((name) => (name !== "do" && form.elements[name]?.value ? [[name, form.elements[name].value]] : []));
  const send = (sent, what, signal) => fetch(form.action, { method: "POST", signal, credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, body: new URLSearchParams([...sent, ...service(), ["do", what]]) });
  const draw = (html, focus) => {
    box.innerHTML = html;
    box.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
    (box.querySelector("[autofocus]") || (focus && document.getElementById(focus)))?.focus();
    form.dispatchEvent(new Event("change"));
  };
  /* What was typed while the desk answered is asked with once more, so that no letter is lost. */
  const redraw = async (what, focus = "", values = null) => {
    asked?.abort();
    const mine = asked = new AbortController();
    const sent = values || entries(form), before = JSON.stringify(entries(form));
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await send(sent, what, mine.signal);
      if (!answer.ok || answer.redirected) return;
      const html = await answer.text();
      if (mine !== asked) return;
      if (!values && JSON.stringify(entries(form)) !== before) return void redraw(what, focus);
      draw(html, focus);
    } catch { /* the form still works by itself */ }
    finally { if (mine === asked) box.removeAttribute("aria-busy"); }
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    if (!button || ["save", "count", "theirs"].includes(button.value)) return;
    event.preventDefault();
    clearTimeout(timer);
    redraw(button.value);
  });
  /* Arrows in a closed list choose at once; the rows follow when one has stopped. */
  form.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-redraw]")) return;
    clearTimeout(timer);
    timer = setTimeout(() => redraw("show", document.activeElement?.id), 250);
  });
  count(form, (signal) => send(entries(form), "count", signal));
  const fields = (values) => {
    const rows = values.filter(([name]) => !/^[wa]\d/.test(name));
    for (const field of form.elements) {
      if (!field.name || SERVICE.includes(field.name) || /^[wa]\d/.test(field.name)) continue;
      const said = rows.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["checkbox", "radio"].includes(field.type)) field.checked = said.includes(field.value);
      else field.value = said.find((value) => field.tagName !== "SELECT" || [...field.options].some((option) => option.value === value)) ?? "";
    }
    redraw("show", "", values);
  };
  if (document.body.dataset.writer) keep(form, form, () => entries(form), fields);
}

function ruleList(form) {
  form.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const button = event.target.closest("li.rule")?.querySelector(`button[value^="${event.key === "ArrowUp" ? "up" : "down"}:"]`);
    if (button && !button.disabled) { event.preventDefault(); button.click(); }
  });
  let dragged = null;
  const rows = () => [...form.querySelectorAll("li.rule[data-rule]")];
  for (const row of rows()) {
    const handle = row.querySelector("[data-drag]");
    if (!handle) continue;
    handle.hidden = false;
    handle.addEventListener("pointerdown", () => { row.draggable = true; });
    row.addEventListener("dragstart", (event) => { dragged = row; event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", row.dataset.rule); row.classList.add("dragged"); });
    row.addEventListener("dragend", () => { row.classList.remove("dragged"); row.draggable = false; });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      const { top, height } = row.getBoundingClientRect();
      row[event.clientY < top + height / 2 ? "before" : "after"](dragged);
    });
  }
  form.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const field = form.elements.order, moved = dragged.dataset.rule;
    dragged = null;
    field.value = rows().map((row) => row.dataset.rule).join(" ");
    form.querySelector("button[value=order]").value = "order:" + moved;
    form.requestSubmit(form.querySelector('button[value^="order:"]'));
  });
}

export function rules(root) {
  fresh(root, "form[data-rule-form]", "built").forEach(ruleForm);
  fresh(root, "form[data-rule-list]", "listed").forEach(ruleList);
}
rules(document);
