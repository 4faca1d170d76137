/* Times that move: "3 minutes ago" and the countdown of a clock chip; colour, icon and words change together. */
import { fresh, word } from "./words.js";
const units = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const spoken = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
export function ago(date, now = Date.now()) {
  const seconds = (date - now) / 1000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return spoken.format(Math.trunc(seconds / size), unit);
  }
  return spoken.format(0, "second");
}
export function left(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  const sign = milliseconds < 0 ? "−" : "";
  if (minutes >= 1440) {
    const hours = Math.floor(minutes / 60) % 24;
    return `${sign}${Math.floor(minutes / 1440)} ${word("day")}` + (hours ? ` ${hours} ${word("hour")}` : "");
  }
  return `${sign}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
function show(time) {
  const now = Date.now();
  if (!time.dataset.due) { time.textContent = ago(new Date(time.dateTime), now); return; }
  const due = Date.parse(time.dataset.due);
  if (Number.isNaN(due)) return;
  time.textContent = left(due - now);
  const chip = time.closest("[data-clock]");
  if (!chip) return;
  const soon = Date.parse(time.dataset.soon || "");
  const state = due <= now ? "overdue" : soon <= now ? "soon" : chip.dataset.clock;
  if (state === chip.dataset.clock) return;
  chip.classList.remove(chip.dataset.clock);
  chip.classList.add(state);
  chip.dataset.clock = state;
  chip.querySelector("use")?.setAttribute("href", state === "overdue" ? "#i-alert" : "#i-soon");
  if (state === "overdue") { const hidden = chip.querySelector(".sr"); if (hidden) hidden.textContent = word("over") + ": "; }
}
export function times(root) {
  fresh(root, "time[data-relative], time[data-due]", "ticking").forEach(show);
  if (root === document) setInterval(() => document.querySelectorAll("[data-ticking]").forEach(show), 20000);
}
