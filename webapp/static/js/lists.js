/* Selecting rows for the bulk bar, columns that are tabs when narrow, search while typing. */
import { fresh, skeleton } from "./words.js";
function count() {
  const picked = document.querySelectorAll("[data-select]:checked").length;
  for (const bar of document.querySelectorAll("[data-bulk]")) { bar.hidden = picked === 0; bar.querySelector("[data-bulk-count]").textContent = picked; }
}
export function lists(root) {
  for (const box of fresh(root, "[data-select]", "picking")) {
    box.addEventListener("change", () => { box.closest("[data-row]")?.classList.toggle("selected", box.checked); count(); });
  }
  const all = (on) => document.querySelectorAll("[data-select]").forEach((box) => { if (box.checked !== on) box.click(); });
  for (const box of fresh(root, "[data-select-all]", "picking")) box.addEventListener("change", () => all(box.checked));
  for (const button of fresh(root, "[data-bulk-clear]", "picking")) button.addEventListener("click", () => all(false));
  if (root.querySelector("[data-bulk]")) count();
  /* On a phone the tab of this page is among those that are seen. */
  for (const bar of fresh(root, "nav.tabs", "scrolled")) {
    const here = bar.querySelector("[aria-current]");
    if (here) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  }
  for (const bar of fresh(root, "[data-column-tabs]", "tabbed")) {
    const buttons = [...bar.querySelectorAll("[data-column]")];
    const choose = (button) => buttons.forEach((b) => {
      b.toggleAttribute("aria-current", b === button);
      if (b === button) b.setAttribute("aria-current", "true");
      document.getElementById(b.dataset.column)?.classList.toggle("shown", b === button);
    });
    buttons.forEach((b) => b.addEventListener("click", () => choose(b)));
    /* Where something is wrong comes first, then what the address asks for: #now is the column of what is to be done. */
    const wrong = (b) => document.getElementById(b.dataset.column)?.querySelector("[data-focus]");
    choose(buttons.find(wrong) || buttons.find((b) => "#" + b.dataset.column === location.hash.replace("#now", "#col-now")) || buttons[0]);
  }
  /* <input data-live-search="/url" data-target="id">: the answer's HTML replaces the target while one types.
     data-live-with="textarea" asks with what stands in those fields of the form as well. */
  for (const input of fresh(root, "[data-live-search]", "asking")) {
    let timer = 0, asked = null;
    const fields = [input, ...(input.dataset.liveWith ? input.form.querySelectorAll(input.dataset.liveWith) : [])];
    const ask = () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        asked?.abort(); asked = new AbortController();
        const address = new URL(input.dataset.liveSearch, location.href);
        address.searchParams.set("q", fields.map((field) => field.value.trim()).join(" ").trim().slice(0, 300));
        const target = document.getElementById(input.dataset.target), mine = asked;
        const waits = setTimeout(() => { target.setAttribute("aria-busy", "true"); if (!target.childElementCount) target.append(skeleton()); }, 200);
        try {
          const answer = await fetch(address, { signal: asked.signal, headers: { "X-Requested-With": "fetch" } });
          if (!answer.ok) return;
          target.innerHTML = await answer.text();
          target.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
        } catch { /* typed on */ }
        finally {
          clearTimeout(waits);
          if (mine === asked) { target.removeAttribute("aria-busy"); target.querySelector(".skeleton")?.remove(); }
        }
      }, 150);
    };
    for (const field of fields) field.addEventListener("input", ask);
  }
}
