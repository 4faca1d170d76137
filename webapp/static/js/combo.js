/* A select with search: a text input that asks data-options-url?q=… for [{value, label, hint}] (or {options: […]}). */
import { element, fresh, say, skeleton, word } from "./words.js";
let number = 0;
function combo(input) {
  const id = "combo-" + ++number;
  input.id ||= id + "-shown";
  const hidden = element("input", { type: "hidden", name: input.name, value: input.value, "data-combo": input.id });
  const list = element("ul", { class: "combo-list", role: "listbox", id, hidden: "" });
  input.removeAttribute("name");
  input.value = input.dataset.shown || input.value;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })) input.setAttribute(name, value);
  list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() || "");
  input.after(hidden, list);
  let options = [], chosen = -1, timer = 0, asked = null;
  const close = () => { list.hidden = true; chosen = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const mark = (index) => {
    chosen = options.length ? (index + options.length) % options.length : -1;
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
    if (chosen < 0) return;
    input.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };
  const take = (option) => {
    input.value = option.label; hidden.value = option.value; close();
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
    input.dispatchEvent(new CustomEvent("vorgang:chosen", { bubbles: true, detail: option }));
  };
  const draw = () => {
    list.replaceChildren(...options.map((option, i) => {
      const row = element("li", { role: "option", id: `${id}-${i}`, "aria-selected": "false" }, element("span", {}, option.label));
      if (option.hint) row.append(element("small", {}, option.hint));
      row.addEventListener("mousedown", (event) => { event.preventDefault(); take(option); });
      return row;
    }));
    if (!options.length && !input.value) { close(); return; } // nothing was asked yet
    if (!options.length) list.append(element("li", { class: "none", role: "option", "aria-disabled": "true" }, word("none")));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    say(options.length ? String(options.length) : word("none"));
    mark(options.length ? 0 : -1);
  };
  const ask = async (text) => {
    asked?.abort();
    const mine = asked = new AbortController();
    const waits = setTimeout(() => {
      input.setAttribute("aria-busy", "true");
      if (list.hidden) { list.replaceChildren(element("li", { class: "none", role: "option", "aria-disabled": "true" }, skeleton(2))); list.hidden = false; }
    }, 200);
    const address = new URL(input.dataset.optionsUrl, location.href);
    address.searchParams.set("q", text.slice(0, 100));
    try {
      const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const said = await answer.json();
      options = (Array.isArray(said) ? said : said.options || []).slice(0, 50);
      if (document.activeElement === input) draw();
    } catch { /* typed on, or no network: what is typed stays */ }
    finally {
      clearTimeout(waits);
      if (mine === asked) { input.removeAttribute("aria-busy"); if (list.querySelector(".skeleton")) close(); }
    }
  };
  input.addEventListener("input", () => { hidden.value = input.value; clearTimeout(timer); timer = setTimeout(() => ask(input.value), 120); });
  input.addEventListener("focus", () => { if (!input.value) ask(""); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) ask(input.value); else mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) { event.preventDefault(); take(options[chosen]); }
    else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
  });
}
export function combos(root) { fresh(root, "input[data-options-url]", "combined").forEach(combo); }
