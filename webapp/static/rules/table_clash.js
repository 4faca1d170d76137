/* What is done where others changed the table meanwhile: mine goes on top of it by itself, and only where both changed the
   same rule one is asked, with both versions beside each other. */
import { element } from "../js/words.js";
import { toast } from "../js/overlays.js";
import { row } from "./table_sheet.js";
import { clashes, merged } from "./table_merge.js";
import { fetched } from "./table_saving.js";

const SHOWN = 20;

export function clashing({ root, sheet, urls, keep, t, making, done }) {
  const notice = root.querySelector('[data-part="conflict"]'), list = notice.querySelector("[data-both]");
  let mine = null, desk = null, both = [];

  function put(given) {
    const rows = merged(desk.rows, mine, given), own = making().completed(mine.rows);
    const columns = [...desk.columns, ...own.filter((column) => !desk.columns.some((one) => one.key === column.key))];
    Object.assign(sheet, { mark: desk.mark, revision: desk.revision });
    sheet.begin(rows, making().sorted(columns), desk.rows);
  }
  const goOn = (text = "") => { notice.hidden = true; keep.goOn(); done(text); };
  const cell = (text) => text || t("empty");
  function told({ id, before, theirs, mine: typed }) {
    const line = element("li", {}, element("b", {}, id));
    if (!theirs || !typed) { line.append(": ", t(theirs ? "iremoved" : "theyremoved")); return line; }
    const columns = [...sheet.columns, ...desk.columns.filter((column) => !sheet.columns.some((one) => one.key === column.key))];
    const rows = columns.filter(({ key }) => (theirs.cells[key] || "") !== (typed[key] || "") && !theirs.odd?.includes(key.slice(0, 4)));
    for (const part of theirs.odd || []) if (theirs.said?.[part] && theirs.said[part] !== before.said?.[part]) line.append(element("p", {}, element("span", { class: "muted" }, t(part === "when" ? "if" : "then") + " "), theirs.said[part]));
    if (!rows.length) return line;
    const table = element("table", { class: "table" }), head = element("tr");
    head.append(element("td"), element("th", { scope: "col" }, t("theirs")), element("th", { scope: "col" }, t("mine")));
    table.append(head, ...rows.map(({ key, label }) => { const made = element("tr"); made.append(element("th", { scope: "row" }, label), element("td", {}, cell(theirs.cells[key])), element("td", {}, cell(typed[key]))); return made; }));
    line.append(table);
    return line;
  }
  /** Somebody was quicker, or somebody was while the page was closed. */
  async function meet(text, kept = null) {
    const found = await fetched(urls).catch(() => null);
    if (!found) { keep.again(); return; }
    mine = kept || sheet.mine();
    desk = { ...found, rows: found.rows.map(row) };
    both = clashes(desk.rows, mine);
    put();
    if (!both.length) { toast(t("merged")); goOn(t("merged")); return; }
    done("");
    notice.hidden = false;
    notice.querySelector("[data-said]").textContent = text || t("merged");
    list.replaceChildren(...both.slice(0, SHOWN).map(told), ...(both.length > SHOWN ? [element("li", {}, "+" + (both.length - SHOWN))] : []));
    notice.querySelector("[data-mine]").focus();
  }
  notice.querySelector("[data-mine]").addEventListener("click", () => goOn());
  notice.querySelector("[data-theirs]").addEventListener("click", () => {
    const given = new Set(both.map((one) => one.id)), gone = new Set(both.filter((one) => !one.theirs).map((one) => one.id));
    mine = sheet.mine();
    mine.rows = mine.rows.filter((line) => typeof line === "string" || line.was || !gone.has(line.cells.id));
    put(given);
    goOn();
  });
  /** What was kept in this browser when the page was left. */
  const restore = async (left) => {
    keep.stop();
    if (left.mark === sheet.mark) { mine = left; desk = { columns: sheet.columns, rows: sheet.rows, mark: sheet.mark, revision: sheet.revision }; put(); goOn(); }
    else await meet("", left);
    toast(t("back"));
  };
  return { meet, restore };
}
