/* Nothing typed is lost: drafts live in the browser at once and on the server where the page names an address. */
import { fresh, post, word } from "./words.js";
const store = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* full or forbidden: the server still has it */ } }, drop: (k) => { try { localStorage.removeItem(k); } catch { /* nothing to drop */ } } };
const kept = (field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type) && field.name !== "csrf_token";
function read(form) {
  const values = {};
  for (const field of form.elements) {
    if (!kept(field)) continue;
    if (["checkbox", "radio"].includes(field.type)) { if (field.checked) (values[field.name] ??= []).push(field.value); }
    else values[field.name] = field.value;
  }
  return values;
}
function write(form, values) {
  for (const field of form.elements) {
    if (!kept(field) || !(field.name in values)) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = values[field.name].includes(field.value);
    else field.value = values[field.name];
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
function keep(holder, form, get, set) {
  const key = "vorgang:draft:" + holder.dataset.draftKey;
  const status = form?.querySelector("[data-saved]");
  const told = (name) => { if (status) status.textContent = word(name); };
  const before = JSON.stringify(get());
  const found = store.get(key);
  if (found && found !== before && !form?.querySelector(".error-summary")) {
    try { set(JSON.parse(found)); told("restored"); } catch { store.drop(key); }
  }
  let timer = 0;
  const save = async () => {
    const text = JSON.stringify(get());
    store.set(key, text);
    told("kept");
    if (!holder.dataset.draftUrl) return;
    try { if ((await post(holder.dataset.draftUrl, { draft: text })).ok) told("saved"); } catch { /* kept here, tried again with the next word */ }
  };
  holder.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 600); });
  form?.addEventListener("submit", () => { clearTimeout(timer); store.drop(key); });
  addEventListener("pagehide", () => { const text = JSON.stringify(get()); if (text !== before && !form?.dataset.sent) store.set(key, text); });
  form?.addEventListener("submit", () => { form.dataset.sent = "1"; });
}
export function drafts(root) {
  for (const form of fresh(root, "form[data-draft-key]", "drafted")) keep(form, form, () => read(form), (values) => write(form, values));
  for (const text of fresh(root, "textarea[data-draft-key]", "drafted")) keep(text, text.form, () => text.value, (value) => { text.value = value; });
}
