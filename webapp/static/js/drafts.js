/* Nothing typed is lost: drafts live in the browser at once and on the server where the page names an address.
   A browser's draft belongs to the person who typed it, bears its time, and is dropped only when the desk has
   said that what it holds was accepted. */
import { fresh, post, told, word } from "./words.js";

const OWN = "vorgang:typed:" + (document.body.dataset.writer || "") + ":";
const OLDEST = 30 * 86400000;
const store = {
  get: (key) => { try { return JSON.parse(localStorage.getItem(OWN + key)); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(OWN + key, JSON.stringify(value)); } catch { /* full or forbidden: the server still has it */ } },
  drop: (key) => { try { localStorage.removeItem(OWN + key); } catch { /* nothing to drop */ } },
};
function clear(unwanted) {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("vorgang:") && unwanted(key)) localStorage.removeItem(key);
  } catch { /* nothing is kept here */ }
}
const old = (key) => { try { return Date.now() - JSON.parse(localStorage.getItem(key)).at > OLDEST; } catch { return true; } };

/* A hidden field is kept where it says so: the revision from which somebody typed belongs to what they typed.
   A combo box has the value in a hidden field and what is shown beside it. */
const kept = (field) => field.name && ("kept" in field.dataset || !["hidden", "password", "file", "submit"].includes(field.type));
const shownAs = (name) => name + " shown";
function read(form) {
  const values = {};
  for (const field of form.elements) {
    const combo = field.dataset.combo ? document.getElementById(field.dataset.combo) : field.dataset.optionsUrl && field.name ? field : null;
    if (combo) { values[field.name] = field.value; values[shownAs(field.name)] = combo === field ? field.dataset.shown || field.value : combo.value; }
    else if (!kept(field)) continue;
    else if (["checkbox", "radio"].includes(field.type)) { values[field.name] ??= []; if (field.checked) values[field.name].push(field.value); }
    else values[field.name] = field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value;
  }
  return values;
}
function write(form, values) {
  for (const field of form.elements) {
    if (!kept(field) || !(field.name in values)) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = values[field.name].includes(field.value);
    else if (field.multiple) for (const option of field.options) option.selected = values[field.name].includes(option.value);
    else field.value = values[field.name];
    if (shownAs(field.name) in values) field.dataset.shown = values[shownAs(field.name)];
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
let leaving = false;
export function keep(holder, form, get, set) {
  const key = holder.dataset.draftKey;
  const status = form?.querySelector("[data-saved]");
  const say = (name) => { if (status) status.textContent = word(name); };
  let before = JSON.stringify(get());
  const found = store.get(key);
  const newer = found && found.at > (Date.parse(holder.dataset.draftAt || "") || 0);
  if (found && !newer) store.drop(key);
  if (newer && found.text !== before && !form?.querySelector(".error-summary")) {
    try { set(JSON.parse(found.text)); say("restored"); } catch { store.drop(key); }
  }
  let timer = 0, sent = "";
  const here = () => { const text = JSON.stringify(get()); store.set(key, { at: Date.now(), text }); return text; };
  const save = async () => {
    const draft = here();
    say("kept");
    if (!holder.dataset.draftUrl) return;
    try {
      const answer = await post(holder.dataset.draftUrl, { draft });
      const said = await told(answer);
      if (answer.ok && said) say("saved"); else if (!said || answer.status === 401) say("loggedout");
    } catch { /* kept here, tried again with the next word */ }
  };
  for (const name of ["input", "change"]) holder.addEventListener(name, (event) => { if (event.target.type !== "file") { clearTimeout(timer); timer = setTimeout(save, 600); } });
  /* A page that sends by itself says so when the desk has accepted what there is. */
  holder.addEventListener("vorgang:accepted", () => { clearTimeout(timer); before = sent = JSON.stringify(get()); store.drop(key); say("saved"); });
  form?.addEventListener("formdata", (event) => event.formData.set("draft_key", key));
  form?.addEventListener("submit", (event) => { if (event.defaultPrevented) return; clearTimeout(timer); sent = JSON.stringify(get()); if (sent !== before) here(); });
  addEventListener("pagehide", () => { const text = JSON.stringify(get()); if (!leaving && text !== before && text !== sent) here(); });
}
export function drafts(root) {
  if (root === document) {
    for (const key of (document.body.dataset.accepted || "").split(" ").filter(Boolean)) store.drop(key);
    clear((key) => !key.startsWith("vorgang:typed:") || old(key));
    for (const form of document.querySelectorAll("form[data-logout]")) form.addEventListener("submit", () => { leaving = true; clear((key) => key.startsWith(OWN)); });
  }
  if (!document.body.dataset.writer) return;
  for (const form of fresh(root, "form[data-draft-key]", "drafted")) keep(form, form, () => read(form), (values) => write(form, values));
  for (const text of fresh(root, "textarea[data-draft-key]", "drafted")) keep(text, text.form, () => text.value, (value) => { text.value = value; });
}
