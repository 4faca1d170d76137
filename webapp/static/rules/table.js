/* The decision table: rules as rows that are typed, pasted, moved and kept in the draft. */
import { counting } from "../js/counting.js";
import { csrf, element, icon, say } from "../js/words.js";
import { open as openDialog, toast } from "../js/overlays.js";
import { open, partOf, read, row, said, sheet as makeSheet } from "./table_sheet.js";
import { clashing } from "./table_clash.js";
import { view as makeView } from "./table_view.js";
import { edit } from "./table_edit.js";
import { fetched, saving } from "./table_saving.js";
import { columns as makeColumns } from "./table_columns.js";
import { pointing } from "./table_pointer.js";

const root = document.getElementById("table");
const words = JSON.parse(root.dataset.words), urls = JSON.parse(root.dataset.urls), offered = JSON.parse(root.dataset.offered);
const t = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`%(${key})s`, value), words[name] ?? name);
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const box = part("grid"), state = part("state");

async function begin() {
  const grid = await fetched(urls);
  const sheet = makeSheet(grid), fixed = box.dataset.fixed === "yes";
  let found = {}, editing = null, checking = 0, trying = null;
  const problems = { of: (id) => found[id] || [] };
  const view = makeView({ box, sheet, t, problems, onPick: () => picked() });
  sheet.standing = () => ({ at: { ...view.at }, from: { ...view.from } });
  view.form = (id) => urls.form.replace("RULE", encodeURIComponent(id));
  view.formWord = t("form");
  const keep = saving({ sheet, urls, name: root.dataset.name, hear: {
    state: (name, more = "") => { state.dataset.state = name; state.replaceChildren(t(name), ...(more ? [": " + more] : [])); if (name === "out") state.append(" ", element("a", { href: urls.login, target: "_blank" }, t("login"))); },
    saved: () => check(),
    newer: (text) => clash.meet(text),
  } });
  const changed = (text = "") => { view.look(); able(); counted(); tried(); if (text) say(text); keep.changed(); };
  const able = () => { const can = sheet.can(); for (const name of ["undo", "redo"]) button(name)?.setAttribute("aria-disabled", String(!can[name])); };
  const button = (name) => root.querySelector(`[data-do="${name}"]`);

  /* What the check finds in what was saved, at its row and below the table. */
  async function check() {
    const asked = (checking += 1);
    const answer = await fetch(urls.problems, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    const got = answer?.ok && (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : null;
    if (!got || asked !== checking) return;
    found = got.problems;
    const bar = document.querySelector(".draft-bar"), fresh = new DOMParser().parseFromString(got.bar, "text/html").querySelector(".draft-bar");
    if (bar && fresh) bar.replaceWith(fresh); else if (fresh) root.after(fresh);
    view.draw();
    tell();
  }
  function tell() {
    const all = Object.entries(found).flatMap(([id, some]) => some.map((one) => ({ id, ...one })));
    const errors = all.filter((one) => one.severity === "error").length;
    const counts = [errors && t("errors", { n: errors }), all.length - errors && t("warnings", { n: all.length - errors })].filter(Boolean);
    part("count").textContent = counts.join(", ") || t("clean");
    part("count").className = errors ? "late" : all.length ? "soon" : "muted";
    part("problems").replaceChildren(...all.slice(0, 100).map((one) => {
      const at = one.id ? sheet.rows.findIndex((known) => known.cells.id === one.id) : -1;
      const told = [element("span", {}, one.text), ...(one.mend ? [" ", element("span", { class: "muted" }, one.mend)] : []), ...(one.shown ? [" ", element("a", { href: one.shown }, t("shown"))] : [])];
      const line = element("li", { class: one.severity === "error" ? "bad" : "warn" }, icon("alert"));
      if (at < 0) { line.append(...told); return line; }
      const go = element("button", { type: "button", class: "plain-link" }, one.id);
      go.addEventListener("click", () => { search(""); view.go(at, 0); box.focus(); });
      line.append(go, " ", ...told);
      return line;
    }));
  }
  function picked() {
    const { r1, r2 } = view.range();
    part("at").textContent = r2 > r1 ? t("rows", { n: r2 - r1 + 1 }) : "";
    tried();
  }
  /* How many tickets the row would have matched in which one stands, as it is typed and not as it is kept. */
  const matches = counting(part("matched"), (signal) => {
    const one = view.row(view.at.r), line = one && sheet.line(one);
    part("matched-row").textContent = one ? t("row", { n: sheet.rows.indexOf(one) + 1 }) : "";
    if (!one) return null;
    const asked = typeof line === "string" ? { rule: line } : { line: JSON.stringify(line) };
    return fetch(urls.count, { method: "POST", signal, credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, body: new URLSearchParams({ csrf_token: csrf(), ruleset: root.dataset.name, ...asked }) });
  });
  function tried() {
    const one = view.row(view.at.r);
    if (one !== trying) matches.soon();
    trying = one;
  }
  const clash = clashing({ root, sheet, urls, keep, t, making: () => making, done: (text) => { changed(text); keep.now(); box.focus({ preventScroll: true }); } });

  /* What can be done with rows and cells. */
  const label = (r, c) => `${t("row", { n: r + 1 })}, ${sheet.columns[c].label}`;
  function type(begins) {
    const { r, c } = view.at, one = view.row(r), column = sheet.columns[c];
    if (fixed) return;
    if (!open(one, column.part)) { if (begins === undefined) form(one); else toast(t("fixed"), { kind: "warn" }); return; }
    editing = edit({ grid: view, box, column, label: label(r, c), text: one?.cells[column.key] || "", begin: begins, t, done: (text, where) => {
      editing = null;
      const clean = text?.trim();
      if (text !== null && clean !== (one?.cells[column.key] || "")) { if (one) sheet.put([[one.uid, column.key, clean]]); else if (clean) add([{ [column.key]: clean }]); changed(); }
      const [down, right] = { down: [1, 0], up: [-1, 0], right: [0, 1], left: [0, -1] }[where] || [0, 0];
      if (where && where !== "away") view.go(view.at.r + down, view.at.c + right);
    } });
  }
  /** The form of a rule; kept first, so that it shows what was typed here. */
  async function form(one) {
    if (!one) return;
    await keep.last();
    if (!sheet.dirty() || fixed) location.assign(view.form(one.cells.id));
  }
  function add(many, place = sheet.rows.length, more = []) {
    const taken = new Set(), rows = many.map((cells, index) => {
      const id = sheet.free(cells.id || `rule-${sheet.rows.length + index + 1}`, 0, taken);
      taken.add(id);
      return row({ ...(more[index] || {}), cells: { active: t("on"), ...cells, id } });
    });
    sheet.change([...sheet.rows.slice(0, place), ...rows, ...sheet.rows.slice(place)]);
    return rows;
  }
  const last = () => { const chosen = view.chosen(); return chosen.length ? sheet.rows.indexOf(chosen[chosen.length - 1]) + 1 : sheet.rows.length; };
  const reach = (one, c = view.at.c) => { search(""); view.look(); view.go(sheet.rows.indexOf(one), c); };
  function move(by) {
    const chosen = view.chosen();
    if (view.sought) { toast(t("nomove"), { kind: "warn" }); return; }
    if (!chosen.length) return;
    const first = sheet.rows.indexOf(chosen[0]), to = first + by;
    if (to < 0 || to + chosen.length > sheet.rows.length) return;
    moveTo(chosen, to);
  }
  /** Put rows at a place among those that stay. */
  function moveTo(chosen, to) {
    const rest = sheet.rows.filter((one) => !chosen.includes(one)), c = view.at.c, down = view.at.r >= view.from.r;
    sheet.change([...rest.slice(0, to), ...chosen, ...rest.slice(to)]);
    const [near, far] = [to, to + chosen.length - 1];
    changed(t("moved", { n: to + 1 }));
    view.go(down ? near : far, view.from.c);
    view.go(down ? far : near, c, true);
  }
  const again = (where, text) => { if (!where) return; changed(t(text)); if (where.at) { view.go(where.from.r, where.from.c); view.go(where.at.r, where.at.c, true); } };
  function clear() {
    const { c1, c2 } = view.range(), cells = view.chosen().flatMap((one) => sheet.columns.slice(c1, c2 + 1).filter((column) => open(one, column.part) && one.cells[column.key]).map((column) => [one.uid, column.key, ""]));
    if (cells.length) { sheet.put(cells); changed(); }
  }
  function paste(text) {
    const lines = read(text), { r1, r2, c1, c2 } = view.range(), cells = [], fresh = [];
    const one = lines.length === 1 && lines[0].length === 1;
    const high = one ? r2 - r1 + 1 : lines.length, wide = one ? c2 - c1 + 1 : Math.max(...lines.map((line) => line.length));
    if (high > 20000) { toast(t("long"), { kind: "bad" }); return; }
    for (let r = 0; r < high; r += 1) {
      const target = view.row(r1 + r), into = {};
      for (let c = 0; c < wide && c1 + c < sheet.columns.length; c += 1) {
        const value = (one ? lines[0][0] : lines[r][c])?.trim();
        if (value !== undefined) into[sheet.columns[c1 + c].key] = value;
      }
      if (target) cells.push(...Object.entries(into).filter(([key]) => open(target, partOf(key))).map(([key, value]) => [target.uid, key, value]));
      else if (!view.sought && Object.values(into).some(Boolean)) fresh.push(into);
    }
    const unfit = high > 0 && c1 + wide > sheet.columns.length;
    sheet.together(() => { if (cells.length) sheet.put(cells); if (fresh.length) add(fresh); });
    changed(t("pasted", { n: high }));
    view.go(r1, c1);
    view.go(Math.min(r1 + high, view.count) - 1, Math.min(c1 + wide, sheet.columns.length) - 1, true);
    if (unfit) toast(t("wide"), { kind: "warn" });
  }
  function copy(event) {
    const { c1, c2 } = view.range(), chosen = view.chosen();
    event.clipboardData.setData("text/plain", said(chosen.map((one) => sheet.columns.slice(c1, c2 + 1).map((column) => one.cells[column.key] || ""))));
    event.preventDefault();
    say(t("copied", { n: chosen.length }));
  }
  function search(text) {
    const field = part("search");
    if (field.value !== text) field.value = text;
    view.sought = text.trim();
    view.look();
    counted();
  }
  function counted() { part("found").textContent = view.sought ? t("found", { n: view.shown.length, all: sheet.rows.length }) : t("rows", { n: sheet.rows.length }); }
  const making = makeColumns({ root, offered, sheet, t, done: (column) => { changed(); view.go(view.at.r, sheet.columns.indexOf(column)); box.focus(); } });

  const acts = {
    add: () => { const [one] = add([{}], last()); changed(); reach(one, Math.min(1, sheet.columns.length - 1)); },
    duplicate: () => { const chosen = view.chosen(); if (!chosen.length) return; const [one] = add(chosen.map((known) => known.cells), last(), chosen.map(({ rest, rule, odd, said: told }) => ({ rest, rule, odd, said: told }))); changed(); reach(one); },
    remove: () => { const chosen = new Set(view.chosen()); if (!chosen.size) return; sheet.change(sheet.rows.filter((one) => !chosen.has(one))); changed(t("removed", { n: chosen.size })); view.go(view.range().r1, view.at.c); },
    up: () => move(-1),
    down: () => move(1),
    undo: () => again(sheet.undo(), "undone"),
    redo: () => again(sheet.redo(), "redone"),
    column: () => openDialog(document.getElementById("add-column")),
  };
  for (const one of root.querySelectorAll("[data-do]")) one.addEventListener("click", () => { if (one.getAttribute("aria-disabled") === "true") return; acts[one.dataset.do](); if (one.dataset.do !== "column") box.focus(); });
  part("search").addEventListener("input", (event) => search(event.target.value));
  part("search").addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); search(""); box.focus(); } else if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); box.focus(); } });

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  function pressed(event) {
    const ctrl = event.ctrlKey || event.metaKey, { r, c } = view.at, key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (ctrl && key === "k") return;
    event.stopPropagation();
    const can = !fixed;
    let done = true;
    if (steps[key] && event.altKey) { if (can && steps[key][0]) move(steps[key][0]); }
    else if (steps[key]) { const far = ctrl ? 1e9 : 1; view.go(r + steps[key][0] * far, c + steps[key][1] * far, event.shiftKey); }
    else if (key === "PageUp" || key === "PageDown") view.go(r + (key === "PageUp" ? -1 : 1) * view.page(), c, event.shiftKey);
    else if (key === "Home") view.go(ctrl ? 0 : r, 0, event.shiftKey);
    else if (key === "End") view.go(ctrl ? view.count - 1 : r, sheet.columns.length - 1, event.shiftKey);
    else if (ctrl && key === "a") { view.go(0, 0); view.go(view.count - 1, sheet.columns.length - 1, true); }
    else if (ctrl && key === "z") acts[event.shiftKey ? "redo" : "undo"]();
    else if (ctrl && key === "y") acts.redo();
    else if (ctrl && key === "d" && can) acts.duplicate();
    else if (ctrl && key === "Enter" && can) acts.add();
    else if (ctrl && (key === "Delete" || key === "Backspace") && can) acts.remove();
    else if (ctrl && key === "f") { part("search").focus(); part("search").select(); }
    else if (ctrl && key === "s") keep.now();
    else if (key === "Delete" || key === "Backspace") { if (can) clear(); }
    else if (key === "Enter" && event.altKey) form(view.row(r));
    else if (key === "Enter" || key === "F2") type();
    else if (key === "Escape") { if (view.sought) search(""); else view.go(r, c); }
    else if (event.key === "?" && event.shiftKey && fixed) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }));
    else if (event.key.length === 1 && !ctrl && !event.altKey && can) type(event.key);
    else done = false;
    if (done) event.preventDefault();
  }
  box.addEventListener("keydown", (event) => { if (event.target === box) pressed(event); });
  box.addEventListener("copy", copy);
  box.addEventListener("cut", (event) => { copy(event); if (!fixed) clear(); });
  box.addEventListener("paste", (event) => { event.preventDefault(); const text = event.clipboardData.getData("text/plain"); if (!fixed && text) paste(text); });
  pointing({ box, view, type: () => type(), moveTo, sheet, fixed, editing: () => editing });

  const left = fixed ? null : keep.left();
  search("");
  able();
  view.go(0, 0);
  const there = sheet.rows.findIndex((one) => "#rule-" + one.cells.id === decodeURIComponent(location.hash));
  if (there >= 0) { view.go(there, 0); box.focus(); }
  if (left?.rows) clash.restore(left);
  else keep.drop();
  check();
  part("waits").remove();
  root.dataset.ready = "yes";
}
begin().catch((error) => { part("waits").textContent = error.message || String(error); root.dataset.ready = "failed"; });
