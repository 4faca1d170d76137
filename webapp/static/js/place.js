/* Putting fresh HTML into a piece of the page without taking anything from its reader: the focus and the caret, rows
   that are ticked, what is typed, what is folded out and how far one has scrolled stay as they are. */
const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
/** What a row is known by, also when it is drawn anew. */
export const rowKey = (row) => row?.querySelector("[data-select]")?.value || row?.querySelector("[data-open]")?.getAttribute("href") || row?.getAttribute("href") || "";
const inRow = (one) => ["[data-open]", "[data-select]", "button"].find((kind) => one.matches(kind)) || "[data-open]";
const known = (field) => `${field.form?.getAttribute("action") || ""}|${field.name}|${["checkbox", "radio"].includes(field.type) ? field.value : ""}`;
const fields = (box) => [...box.querySelectorAll("input, select, textarea")].filter((f) => f.name && f.type !== "hidden" && f.type !== "file" && !f.closest("[data-fact]"));
/* Messages have the same words to unfold: each is known by the element with an id around it. */
const folded = (summary) => (summary.parentElement.closest("[id]")?.id || "") + summary.textContent.trim();
function changed(field) {
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return [...field.options].some((o) => o.selected !== o.defaultSelected) && field.selectedIndex > 0;
  return field.value !== field.defaultValue;
}
function focusIn(box) {
  const one = document.activeElement;
  if (!one || one === document.body || !box.contains(one)) return () => {};
  const row = one.closest("[data-row]"), key = rowKey(row), kind = inRow(one);
  const index = [...box.querySelectorAll(FOCUSABLE)].indexOf(one);
  const name = one.name && known(one), words = one.matches("summary") && one.textContent;
  let caret = null;
  try { caret = [one.selectionStart, one.selectionEnd]; } catch { /* has none */ }
  const again = () => {
    if (one.id) return document.getElementById(one.id);
    if (key) return [...box.querySelectorAll("[data-row]")].find((r) => rowKey(r) === key)?.querySelector(kind);
    if (name) return fields(box).find((f) => known(f) === name);
    if (words) return [...box.querySelectorAll("summary")].find((s) => s.textContent === words);
    return null;
  };
  return () => {
    const all = [...box.querySelectorAll(FOCUSABLE)].filter((f) => f.getClientRects().length);
    const found = again() || (row ? null : all[Math.min(index, all.length - 1)]);
    found?.focus({ preventScroll: true });
    if (found && caret?.[0] != null) try { found.setSelectionRange(...caret); } catch { /* has none */ }
  };
}
/** Whether somebody is in the middle of something there, so that nothing should move by itself. */
export function busy(box) {
  const one = document.activeElement;
  const typing = box.contains(one) && one.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  return typing || !!box.querySelector("dialog[open], details[data-menu][open]");
}
/** Replace what is inside. */
export function renew(box, html) {
  const focus = focusIn(box);
  const open = [...box.querySelectorAll("details[open] > summary")].map(folded);
  const typed = new Map(fields(box).filter(changed).map((f) => [known(f), f.type === "checkbox" || f.type === "radio" ? f.checked : f.value]));
  const top = scrollY;
  box.innerHTML = html;
  for (const summary of box.querySelectorAll("details > summary")) if (open.includes(folded(summary))) summary.parentElement.open = true;
  const back = fields(box).filter((f) => typed.has(known(f)));
  for (const field of back) {
    if (["checkbox", "radio"].includes(field.type)) field.checked = typed.get(known(field));
    else field.value = typed.get(known(field));
  }
  box.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
  for (const field of back) field.dispatchEvent(new Event("change", { bubbles: true }));
  focus();
  if (scrollY !== top) scrollTo({ top, behavior: "instant" });
}
