/* The grid on the page: only the rows in view are in it, one cell is the current one, a range may be chosen. */
import { element, icon } from "../js/words.js";
import { open } from "./table_sheet.js";

const HEIGHT = 34, MORE = 8, FIRST = 72;
const WIDTHS = { id: 150, "title de": 210, "title en": 210, active: 92, stop: 92 };
const width = (column) => WIDTHS[column.key] || (column.part === "when" ? 210 : 180);

export function view({ box, sheet, t, problems, onPick }) {
  const head = element("div", { class: "sheet-head", role: "row", "aria-rowindex": "1" });
  const body = element("div", { class: "sheet-body", role: "rowgroup" });
  const line = element("div", { class: "sheet-line", hidden: "" });
  box.replaceChildren(element("div", { role: "rowgroup", class: "sheet-top" }, head), body);
  const self = { at: { r: 0, c: 0 }, from: { r: 0, c: 0 }, shown: [], sought: "", fixed: box.dataset.fixed === "yes", body };
  let drawn = "", asked = 0;

  /** Which rows are there, after any change or search; behind them a row that is yet to come. */
  self.look = () => {
    const words = self.sought.toLowerCase();
    self.shown = sheet.rows.map((_, place) => place);
    if (words) self.shown = self.shown.filter((place) => [...Object.values(sheet.rows[place].cells), ...Object.values(sheet.rows[place].said || {})].some((text) => text.toLowerCase().includes(words)));
    self.count = self.shown.length + (words || self.fixed ? 0 : 1);
    box.setAttribute("aria-rowcount", String(self.count + 1));
    box.setAttribute("aria-colcount", String(sheet.columns.length + 1));
    for (const one of [self.at, self.from]) { one.r = Math.max(0, Math.min(one.r, self.count - 1)); one.c = Math.max(0, Math.min(one.c, sheet.columns.length - 1)); }
    header();
    drawn = "";
    draw();
  };
  self.row = (r) => sheet.rows[self.shown[r]];
  self.left = (c) => FIRST + sheet.columns.slice(0, c).reduce((sum, column) => sum + width(column), 0);
  self.place = (r, c) => ({ left: self.left(c), top: r * HEIGHT, width: width(sheet.columns[c]), height: HEIGHT });
  self.range = () => ({ r1: Math.min(self.at.r, self.from.r), r2: Math.max(self.at.r, self.from.r), c1: Math.min(self.at.c, self.from.c), c2: Math.max(self.at.c, self.from.c) });
  /** Rows that are chosen, without the one that is yet to come. */
  self.chosen = () => { const { r1, r2 } = self.range(); return self.shown.slice(r1, r2 + 1).map((place) => sheet.rows[place]); };

  function header() {
    let part = "";
    head.replaceChildren(element("div", { class: "first", role: "columnheader", "aria-colindex": "1" }, element("span", { class: "sr" }, t("place"))));
    sheet.columns.forEach((column, c) => {
      const begins = column.part !== part && column.part !== "head" ? " begins" : "";
      part = column.part;
      const cell = element("div", { class: `th ${column.part}${begins}`, role: "columnheader", "aria-colindex": String(c + 2), title: column.label });
      if (column.part !== "head") cell.append(element("small", {}, t(column.part === "when" ? "if" : "then")), " ");
      cell.append(element("span", {}, column.label));
      cell.style.width = width(column) + "px";
      head.append(cell);
    });
    head.style.width = body.style.width = self.left(sheet.columns.length) + "px";
  }
  const inside = (r, c) => { const { r1, r2, c1, c2 } = self.range(); return r >= r1 && r <= r2 && c >= c1 && c <= c2; };
  function cell(r, c, one) {
    const column = sheet.columns[c], current = r === self.at.r && c === self.at.c;
    const made = element("div", { class: `td ${column.part}`, role: "gridcell", "aria-colindex": String(c + 2), "aria-selected": String(inside(r, c)), "data-c": String(c) });
    made.style.width = width(column) + "px";
    if (current) { made.id = "sheet-at"; made.classList.add("at"); }
    const text = one?.cells[column.key] || "";
    if (text) made.textContent = text; else made.append(element("span", { class: "sr" }, t("empty")));
    if (text.length > 24) made.title = text;
    if (self.fixed || !open(one, column.part)) made.setAttribute("aria-readonly", "true");
    return made;
  }
  /* A part that no column can hold, as a sentence over all columns of its kind; behind them where there is none. */
  function whole(r, c, one, part, span) {
    const current = span && r === self.at.r && self.at.c >= c && self.at.c < c + span, said = one.said?.[part] || t("fixed");
    const made = element("div", { class: `td whole ${part}`, role: "gridcell", "aria-colindex": String(c + 2), "aria-readonly": "true", "aria-selected": String(Boolean(span) && inside(r, Math.max(c, Math.min(self.at.c, c + span - 1)))), "data-c": String(Math.min(c, sheet.columns.length - 1)), title: said });
    if (span) { made.style.width = self.left(c + span) - self.left(c) + "px"; made.setAttribute("aria-colspan", String(span)); }
    if (current) { made.id = "sheet-at"; made.classList.add("at"); }
    made.append(element("span", { class: "sentence" }, link(one), " ", said));
    return made;
  }
  const link = (one) => element("a", { href: self.form(one.cells.id), tabindex: "-1" }, self.formWord);
  function drawRow(r) {
    const one = self.row(r), found = (one && problems.of(one.cells.id)) || [];
    const bad = found.some((problem) => problem.severity === "error");
    const made = element("div", { class: `tr${one ? "" : " ghost"}${one?.odd ? " fixed" : ""}${one?.cells.active && one.cells.active === t("off") ? " idle" : ""}`, role: "row", "aria-rowindex": String(r + 2), "data-r": String(r) });
    made.style.top = r * HEIGHT + "px";
    const first = element("div", { class: "first", role: "rowheader", "aria-colindex": "1" });
    if (one && !self.fixed && !self.sought) first.append(element("span", { class: "grip", title: t("drag") }, icon("drag")));
    if (one) first.append(element("span", { class: "tabular" }, String(self.shown[r] + 1)));
    else first.append(icon("plus"), element("span", { class: "sr" }, t("fresh")));
    if (found.length) { const mark = element("span", { class: bad ? "late" : "soon", title: found.map((problem) => problem.text).join("\n") }, icon("alert"), element("span", { class: "sr" }, found.map((problem) => problem.text).join(". "))); first.append(mark); }
    made.append(first);
    const odd = (one?.odd || []).filter((part) => part !== "head"), all = sheet.columns.length;
    for (let c = 0; c < all; c += 1) {
      const { part } = sheet.columns[c];
      if (!odd.includes(part)) { made.append(cell(r, c, one)); continue; }
      const span = sheet.columns.filter((column) => column.part === part).length;
      made.append(whole(r, c, one, part, span));
      c += span - 1;
    }
    for (const part of odd) if (!sheet.columns.some((column) => column.part === part)) made.append(whole(r, all, one, part, 0));
    return made;
  }
  function draw() {
    asked = 0;
    const top = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - MORE), end = Math.min(self.count, Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + MORE);
    const key = `${top} ${end}`;
    if (key === drawn) return;
    drawn = key;
    body.style.height = self.count * HEIGHT + "px";
    const editors = [...body.querySelectorAll(".sheet-edit, .sheet-choices")];
    const rows = [];
    for (let r = top; r < end; r += 1) rows.push(drawRow(r));
    for (const old of body.querySelectorAll(".tr, .sheet-line")) old.remove();
    body.prepend(...rows, line);
    if (editors.length && !body.contains(editors[0])) body.append(...editors);
    if (body.querySelector("#sheet-at")) box.setAttribute("aria-activedescendant", "sheet-at"); else box.removeAttribute("aria-activedescendant");
  }
  self.draw = () => { drawn = ""; draw(); };
  box.addEventListener("scroll", () => { if (!asked) asked = requestAnimationFrame(draw); }, { passive: true });
  new ResizeObserver(() => draw()).observe(box);

  /** Go to a cell; `keep` leaves the other end of the range where it is. */
  self.go = (r, c, keep = false) => {
    self.at = { r: Math.max(0, Math.min(r, self.count - 1)), c: Math.max(0, Math.min(c, sheet.columns.length - 1)) };
    if (!keep) self.from = { ...self.at };
    const { left, top, width: wide } = self.place(self.at.r, self.at.c), above = head.offsetHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + HEIGHT + above > box.scrollTop + box.clientHeight) box.scrollTop = top + HEIGHT + above - box.clientHeight + 2;
    if (left - FIRST < box.scrollLeft) box.scrollLeft = left - FIRST;
    else if (left + wide > box.scrollLeft + box.clientWidth) box.scrollLeft = Math.min(left - FIRST, left + wide - box.clientWidth + 2);
    self.draw();
    onPick();
  };
  /** The row and the column under a point of the window. */
  self.under = (event) => {
    const rect = body.getBoundingClientRect(), x = event.clientX - rect.left;
    let c = 0;
    while (c < sheet.columns.length - 1 && self.left(c + 1) <= x) c += 1;
    return { r: Math.max(0, Math.min(self.count - 1, Math.floor((event.clientY - rect.top) / HEIGHT))), c, y: (event.clientY - rect.top) / HEIGHT };
  };
  self.mark = (r) => { line.hidden = r === null; if (r !== null) line.style.top = r * HEIGHT - 1 + "px"; };
  self.page = () => Math.max(1, Math.floor((box.clientHeight - head.offsetHeight) / HEIGHT) - 1);
  return self;
}
