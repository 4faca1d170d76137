/* The bell: how many tickets have something unread, kept true without a reload and across tabs; the drawer behind it;
   and, where somebody has chosen so on this computer, a word outside the window while no tab is looked at. */
import { element, fresh, icon, post, say, word } from "./words.js";

const PAUSE = 20000, AWAY = 60000, DESKTOP = "vorgang:desktop";
const plain = document.title;
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("vorgang-bell") : null;
const chosen = { get: () => { try { return localStorage.getItem(DESKTOP) === "on"; } catch { return false; } }, set: (on) => { try { on ? localStorage.setItem(DESKTOP, "on") : localStorage.removeItem(DESKTOP); } catch { /* not kept */ } } };
const outside = () => "Notification" in window && Notification.permission === "granted" && chosen.get();
let bell = null, look = () => {};

function draw(count) {
  const dot = bell.querySelector(".dot-count");
  bell.dataset.unread = String(count);
  bell.setAttribute("aria-label", count ? (count === 1 ? bell.dataset.one : bell.dataset.some.replace("%(n)s", String(count))) : bell.dataset.none);
  dot.textContent = count < 100 ? String(count) : "99+";
  dot.hidden = !count;
  const title = document.title.replace(/^\(\d+\+?\) /, "");
  document.title = count ? `(${dot.textContent}) ${title || plain}` : title;
}
function tell(found) {
  const shown = new Notification(found.said, { body: found.title, tag: `vorgang-${found.newest}`, icon: document.querySelector("link[rel=icon]")?.href || "" });
  shown.onclick = () => { window.focus(); location.assign(found.href); shown.close(); };
}
function arrived(found) {
  const before = Number(bell.dataset.unread), known = Number(bell.dataset.newest || 0);
  draw(found.count);
  if (found.count < before) tabs?.postMessage("read");
  bell.dataset.newest = String(found.newest);
  if (found.count > before || found.newest > known) {
    say(bell.getAttribute("aria-label"));
    if (found.newest > known && document.visibilityState !== "visible" && outside()) tell(found);
  }
}
function watch() {
  let failures = 0, timer = 0, asking = false;
  const next = () => { clearTimeout(timer); timer = setTimeout(ask, Math.min((document.visibilityState === "visible" ? PAUSE : AWAY) * 2 ** failures, 300000)); };
  async function ask() {
    if (asking) return;
    if (document.visibilityState !== "visible" && !outside()) return next();
    asking = true;
    try {
      const answer = await fetch(bell.dataset.bell, { headers: { "If-None-Match": bell.dataset.tag, "X-Requested-With": "fetch" } });
      failures = answer.ok || answer.status === 304 ? 0 : failures + 1;
      if (answer.redirected || [401, 403, 404].includes(answer.status)) return; // logged out: nobody asks any more
      if (answer.ok) { bell.dataset.tag = answer.headers.get("ETag") || ""; arrived(await answer.json()); }
    } catch { failures += 1; } finally { asking = false; }
    next();
  }
  look = ask;
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") ask(); });
  tabs?.addEventListener("message", ask);
  /* Looking at a ticket reads what is about it. */
  document.addEventListener("vorgang:looked", () => { if (bell.dataset.unread !== "0") ask(); });
  next();
}
async function drawer(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || innerWidth < 760 || location.pathname === bell.pathname) return;
  event.preventDefault();
  const open = document.getElementById("told");
  if (open) { open.close(); return; }
  try {
    const answer = await fetch(bell.href, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const close = element("button", { class: "button quiet only", "aria-label": word("close") }, icon("close"));
    const all = element("a", { class: "button small", href: bell.href }, bell.dataset.all);
    const body = element("div", { class: "body inbox-body" });
    body.innerHTML = await answer.text();
    const dialog = element("dialog", { class: "drawer", id: "told", "aria-label": bell.dataset.command },
      element("header", {}, element("h2", {}, bell.dataset.command), all, element("form", { method: "dialog" }, close)), body);
    dialog.addEventListener("close", () => { dialog.remove(); bell.focus(); });
    dialog.addEventListener("keydown", arrows);
    document.body.append(dialog);
    dialog.dispatchEvent(new CustomEvent("vorgang:arrived", { bubbles: true }));
    dialog.showModal();
    (dialog.querySelector("[data-open]") || close).focus();
  } catch { location.assign(bell.href); }
}
function arrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (!step || event.target.matches("select, input")) return;
  const all = [...event.currentTarget.querySelectorAll("[data-open]")];
  const here = all.indexOf(document.activeElement);
  event.preventDefault();
  all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + step))]?.focus();
}
function readRow(row) {
  row.classList.remove("not-read");
  row.querySelector(".inbox-head .sr")?.remove();
  row.querySelector("form[data-read]")?.remove();
}
async function mark(form, fields) {
  const answer = await post(form.getAttribute("action"), fields);
  if (!answer.ok || answer.redirected) return false;
  look();
  tabs?.postMessage("read");
  return true;
}
function rows(root) {
  for (const form of fresh(root, "form[data-read]", "reading")) form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const row = form.closest("[data-row]"), link = row.querySelector("[data-open]");
    if (await mark(form, { ids: form.elements.ids.value }).catch(() => false)) { readRow(row); link?.focus(); } else form.submit();
  });
  for (const form of fresh(root, "form[data-read-all]", "reading")) form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!await mark(form, { until: form.elements.until.value }).catch(() => false)) { form.submit(); return; }
    for (const row of document.querySelectorAll(".inbox.not-read")) readRow(row);
    (document.querySelector("#told [data-open]") || document.getElementById("content")).focus();
    form.remove();
  });
  for (const link of fresh(root, "[data-reads]", "reads")) link.addEventListener("click", () => {
    const form = link.closest("[data-row]").querySelector("form[data-read]");
    if (form) navigator.sendBeacon(form.getAttribute("action"), new URLSearchParams(new FormData(form)));
    if (form) { readRow(link.closest("[data-row]")); tabs?.postMessage("read"); }
  });
}
function desktop(root) {
  for (const box of fresh(root, "[data-desktop]", "asks")) {
    if (!("Notification" in window)) continue;
    const [on, off, said] = ["[data-desktop-on]", "[data-desktop-off]", "[data-desktop-said]"].map((name) => box.querySelector(name));
    const show = () => { on.hidden = outside(); off.hidden = !outside(); box.hidden = false; };
    on.addEventListener("click", async () => {
      chosen.set(true);
      if (await Notification.requestPermission() !== "granted") { chosen.set(false); said.textContent = said.dataset.denied; }
      show();
    });
    off.addEventListener("click", () => { chosen.set(false); show(); });
    show();
  }
}
export function bells(root) {
  for (const found of fresh(root, "[data-bell]", "rings")) {
    bell = found;
    bell.dataset.newest = bell.dataset.tag.match(/-(\d+)/)?.[1] || "0";
    draw(Number(bell.dataset.unread));
    bell.addEventListener("click", drawer);
    watch();
  }
  if (bell) { rows(root); desktop(root); }
}
