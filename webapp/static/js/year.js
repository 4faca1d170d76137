/* The days of a year are one stop for Tab: arrows go by day and by week, Home and End to the ends of a
   month, Page Up and Page Down by months. Without a script each day is a link by itself. */

for (const year of document.querySelectorAll("[data-year]")) {
  const days = [...year.querySelectorAll("a.day")];
  const begins = days.filter((day) => day.textContent.trim().match(/^1(?!\d)/));
  let at = Math.max(0, days.findIndex((day) => day.classList.contains("today")));
  const go = (to, focus = true) => {
    days[at].tabIndex = -1;
    at = Math.min(days.length - 1, Math.max(0, to));
    days[at].tabIndex = 0;
    if (focus) days[at].focus();
  };
  for (const day of days) day.tabIndex = -1;
  go(at, false);
  year.addEventListener("focusin", (event) => {
    const found = days.indexOf(event.target.closest("a.day"));
    if (found >= 0 && found !== at) go(found, false);
  });
  year.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const month = begins.filter((begin) => days.indexOf(begin) <= at).length - 1;
    const first = days.indexOf(begins[month]);
    const next = month + 1 < begins.length ? days.indexOf(begins[month + 1]) : days.length;
    const before = month > 0 ? days.indexOf(begins[month - 1]) : 0;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - 7, ArrowDown: at + 7, Home: first,
      End: next - 1, PageUp: before, PageDown: Math.min(next, days.length - 1) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
}
