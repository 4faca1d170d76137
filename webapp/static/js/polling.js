/* What arrives shows without a reload. data-poll-url answers 304 while nothing changed, else the HTML of the element
   (or, with data-poll-offer, a button offers it, so that nothing moves under the reader's eyes). data-live-url does the
   same for all parts of a page at once: elements with data-part, whose tags in their order are what is asked with. */
import { busy, renew } from "./place.js";
import { element, fresh, say } from "./words.js";
function put(box, html) {
  const typed = [...box.querySelectorAll("input:not([type=hidden]):not([role=combobox]), textarea")].some((field) => field.value !== field.defaultValue);
  if (busy(box) || typed) return false;
  renew(box, html);
  return true;
}
function show(box, html) {
  if (box.dataset.pollSay) say(box.dataset.pollSay);
  if (!box.dataset.pollOffer) return put(box, html);
  box.previousElementSibling?.matches(".live-strip") && box.previousElementSibling.remove();
  const button = element("button", { type: "button", class: "button main small" }, box.dataset.pollOffer);
  const strip = element("div", { class: "live-strip" }, button);
  button.addEventListener("click", () => { strip.remove(); put(box, html); });
  box.before(strip);
  return true;
}
/* Ask again and again, more rarely while it fails. The tags stand at the elements, where acting sets them too; what
   was asked with a tag that is no longer the tag is older than what the page shows. */
function again(box, seconds, tagOf, url, take) {
  const pause = Math.max(2, Number(seconds) || 5) * 1000;
  let failures = 0;
  const ask = async () => {
    if (!box.isConnected) return;
    if (document.visibilityState === "visible") {
      try {
        const tag = tagOf();
        const answer = await fetch(url, { headers: tag ? { "If-None-Match": tag, "X-Requested-With": "fetch" } : { "X-Requested-With": "fetch" } });
        failures = answer.ok || answer.status === 304 ? 0 : failures + 1;
        if (answer.status === 401 || answer.status === 403 || answer.status === 404) return;
        const text = answer.ok && !answer.redirected ? await answer.text() : null;
        if (text !== null && tag === tagOf()) take(text, answer.headers.get("ETag") || "");
      } catch { failures += 1; }
    }
    setTimeout(ask, Math.min(pause * 2 ** failures, 60000));
  };
  setTimeout(ask, pause);
}
function poll(box) {
  const tagOf = () => box.dataset.pollTag || "";
  again(box, box.dataset.pollSeconds, tagOf, box.dataset.pollUrl, (text, fresher) => {
    const known = tagOf() || box.dataset.pollFirst;
    if (fresher !== tagOf() && (!known || show(box, text))) box.dataset.pollTag = fresher;
  });
}
function live(box) {
  const order = ["head", "conversation", "now", "side", "here", "dialogs"];
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const tagOf = (name) => part(name)?.dataset.partTag || "";
  again(box, box.dataset.liveSeconds, () => `"${order.map(tagOf).join(".")}"`, box.dataset.liveUrl, (text) => {
    const page = element("template");
    page.innerHTML = text;
    for (const fresher of page.content.querySelectorAll("[data-live-part]")) {
      const { livePart: name, liveTag: tag } = fresher.dataset;
      if (part(name) && tagOf(name) !== tag && show(part(name), fresher.innerHTML)) part(name).dataset.partTag = tag;
    }
  });
}
export function polling(root) {
  fresh(root, "[data-poll-url]", "polled").forEach(poll);
  fresh(root, "[data-live-url]", "polled").forEach(live);
}
