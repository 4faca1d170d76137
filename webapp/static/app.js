/* What the pages can do beyond plain HTML. Every part works without this file; each module looks for
   its own data-attributes, so a page only has to carry them. */
import { appearance } from "./js/appearance.js";
import { keyboard } from "./js/keyboard.js";
import { times } from "./js/times.js";
import { drafts } from "./js/drafts.js";
import { asking } from "./js/asking.js";
import { forms } from "./js/forms.js";
import { combos } from "./js/combo.js";
import { acting, refresh } from "./js/acting.js";
import { overlays, toast } from "./js/overlays.js";
import { lists } from "./js/lists.js";
import { polling } from "./js/polling.js";
import { bells } from "./js/bell.js";

const parts = [appearance, acting, lists, overlays, keyboard, times, asking, drafts, forms, combos, polling, bells];

/** Bring a piece of the page to life; called for the page and for every piece that arrives later. */
export function enliven(root) {
  for (const part of parts) part(root);
  for (const figure of root.querySelectorAll("[data-diagram-url]")) {
    if (figure.dataset.mounted) continue;
    figure.dataset.mounted = "yes";
    import("./diagram.js").then((module) => module.mount(figure));
  }
}

document.documentElement.classList.add("js");
enliven(document);
document.addEventListener("vorgang:arrived", (event) => enliven(event.target));
window.vorgang = { toast, enliven, refresh };
