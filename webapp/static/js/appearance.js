/* Theme at once, without a round trip; the language by loading the page again. Without this file both are plain links. */
import { fresh } from "./words.js";
export function appearance(root) {
  for (const link of fresh(root, "[data-theme-choice]", "themed")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const choice = link.dataset.themeChoice;
      if (choice) document.documentElement.dataset.theme = choice;
      else delete document.documentElement.dataset.theme;
      document.cookie = `vorgang_theme=${choice || "auto"}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
      for (const other of document.querySelectorAll("[data-theme-choice]")) other.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      document.dispatchEvent(new CustomEvent("vorgang:theme"));
    });
  }
  for (const link of fresh(root, "[data-language]", "spoken")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.cookie = `vorgang_language=${link.dataset.language}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
      const address = new URL(location.href);
      address.searchParams.delete("language");
      location.replace(address);
    });
  }
}
