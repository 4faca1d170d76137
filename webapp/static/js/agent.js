/* What only the agents' pages do: FAQ items put into a reply, earlier messages, who else is here, help while a caller speaks. */
import { chosen } from "./forms.js";
import { element, fresh, post } from "./words.js";

/* The button or ?? opens the search; what is chosen stands at the caret, and the caret behind it. */
function insertion(root) {
  for (const form of fresh(root, "form[data-reply]", "replying")) {
    const text = form.querySelector("textarea");
    const dialog = document.getElementById("faq-insert");
    const search = dialog?.querySelector("[data-faq]");
    const verb = form.querySelector("[data-verb-shown]");
    const tint = () => {
      form.classList.toggle("internal", form.elements.kind.value === "note");
      const chosen = form.querySelector("[name=kind]:checked");
      if (verb && chosen) verb.textContent = chosen.dataset.verb;
    };
    for (const radio of form.querySelectorAll("[name=kind]")) radio.addEventListener("change", () => { tint(); text.focus(); });
    for (const label of form.querySelectorAll("[data-key]")) label.addEventListener("click", () => setTimeout(() => text.focus()));
    text.addEventListener("input", () => {
      const at = text.selectionStart;
      if (text.value.slice(at - 2, at) !== "??") return;
      text.setRangeText("", at - 2, at, "end");
      dialog?.showModal();
      search?.focus();
    });
    search?.addEventListener("vorgang:chosen", (event) => {
      const piece = event.detail.text || event.detail.label;
      const before = text.value.slice(0, text.selectionStart);
      text.setRangeText((before && !before.endsWith("\n") ? "\n\n" : "") + piece + "\n", text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      search.value = "";
      dialog.close();
      text.focus();
    });
  }
}

/* While title and words are typed, FAQ items that fit appear beside the form. */
function suggestions(root) {
  for (const box of fresh(root, "[data-suggest-url]", "suggesting")) {
    let timer = 0, asked = null;
    const ask = async () => {
      asked?.abort();
      asked = new AbortController();
      const words = ["title", "body"].map((name) => document.querySelector(`form [name=${name}]`)?.value || "").join(" ").trim();
      if (words.length < 3) return;
      const address = new URL(box.dataset.suggestUrl, location.href);
      address.searchParams.set("q", words.slice(0, 300));
      try {
        const answer = await fetch(address, { signal: asked.signal });
        if (answer.ok) box.innerHTML = await answer.text();
      } catch { /* typed on */ }
    };
    for (const name of ["title", "body"]) document.querySelector(`form [name=${name}]`)?.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 350); });
  }
}

/* Earlier messages come in place of the button that asks for them. */
function earlier(root) {
  for (const link of fresh(root, "[data-earlier]", "earlier")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const answer = await fetch(link.href, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
      if (!answer?.ok) { location.href = link.href; return; }
      const box = element("div", { class: "stack" });
      box.innerHTML = await answer.text();
      link.parentElement.replaceWith(box);
      box.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
      box.querySelector("a, article")?.focus();
    });
  }
}

/* Colleagues see who has the ticket open; a page that nobody looks at says nothing. */
function here(root) {
  for (const box of fresh(root, "[data-here-url]", "here")) {
    const tell = () => {
      if (!box.isConnected) return;
      if (document.visibilityState === "visible") post(box.dataset.hereUrl).then(() => document.dispatchEvent(new CustomEvent("vorgang:looked"))).catch(() => null);
      setTimeout(tell, 20000);
    };
    tell();
  }
}

function enliven(root) {
  earlier(root);
  here(root);
  insertion(root);
  suggestions(root);
  for (const form of fresh(root, "form[data-submits]", "submitting")) chosen(form, () => form.submit());
}
enliven(document);
document.addEventListener("vorgang:arrived", (event) => enliven(event.target));
