/* What arrives shows without a reload: data-poll-url answers 304 while nothing changed, else the HTML of the element
   (or, with data-poll-offer, a button offers it, so that nothing moves under the reader's eyes). */
import { element, fresh, say } from "./words.js";
function poll(box) {
  const pause = Math.max(2, Number(box.dataset.pollSeconds) || 5) * 1000;
  let tag = box.dataset.pollTag || "", failures = 0;
  const put = (html) => {
    const typing = box.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
    const typed = [...box.querySelectorAll("input:not([type=hidden]):not([role=combobox]), textarea")].some((field) => field.value !== field.defaultValue);
    if (typing || typed) return false;
    box.innerHTML = html;
    box.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
    return true;
  };
  const show = (html) => {
    if (box.dataset.pollSay) say(box.dataset.pollSay);
    if (!box.dataset.pollOffer) return put(html);
    box.previousElementSibling?.matches(".live-strip") && box.previousElementSibling.remove();
    const button = element("button", { type: "button", class: "button main small" }, box.dataset.pollOffer);
    const strip = element("div", { class: "live-strip" }, button);
    button.addEventListener("click", () => { strip.remove(); put(html); });
    box.before(strip);
    return true;
  };
  const ask = async () => {
    if (!box.isConnected) return;
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(box.dataset.pollUrl, { headers: tag ? { "If-None-Match": tag, "X-Requested-With": "fetch" } : { "X-Requested-With": "fetch" } });
        failures = answer.ok || answer.status === 304 ? 0 : failures + 1;
        if (answer.status === 401 || answer.status === 403 || answer.status === 404) return;
        if (answer.ok && !answer.redirected) {
          const fresher = answer.headers.get("ETag") || "";
          const text = await answer.text();
          const known = tag || box.dataset.pollFirst;
          if (!known && !box.dataset.pollTag) { tag = fresher; }
          else if (fresher !== tag && show(text)) tag = fresher;
        }
      } catch { failures += 1; }
    }
    setTimeout(ask, Math.min(pause * 2 ** failures, 60000));
  };
  setTimeout(ask, pause);
}
export function polling(root) { fresh(root, "[data-poll-url]", "polled").forEach(poll); }
