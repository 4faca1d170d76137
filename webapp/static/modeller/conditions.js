/* A condition as rows of variable, comparison and value; what does not fit into rows is shown as text. */
import { element, icon } from "../js/words.js";
import { t } from "./said.js";
import { button, choose, only, row, text } from "./parts.js";
export const COMPARISONS = () => [["==", t("is")], ["!=", t("is not")], ["in", t("is one of")], ["not in", t("is none of")], [">", t("is more than")], [">=", t("is at least")], ["<", t("is less than")], ["<=", t("is at most")]];
const CLAUSE = /^\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*(==|!=|>=|<=|>|<|not\s+in\b|in\b)\s*(.+?)\s*$/s;
const LITERAL = /^(?:"[^"\\]*"|'[^'\\]*'|-?\d+(?:\.\d+)?|True|False|true|false|None)$/;
/* Split outside quotes and brackets only. */
function pieces(source, word) {
  const found = [];
  let depth = 0, quote = "", start = 0;
  for (let at = 0; at < source.length; at += 1) {
    const c = source[at];
    if (quote) { if (c === quote) quote = ""; continue; }
    if (c === '"' || c === "'") quote = c;
    else if ("([{".includes(c)) depth += 1;
    else if (")]}".includes(c)) depth -= 1;
    else if (!depth && source.slice(at).match(new RegExp(`^\\s${word}\\s`))) { found.push(source.slice(start, at)); at += word.length; start = at + 1; }
  }
  return [...found, source.slice(start)];
}
const plain = (literal) => literal.replace(/^["']|["']$/g, "");
/** {join, rows: [{name, op, values}]} of an expression, or null when rows cannot say it. */
export function parse(source) {
  const written = (source || "").trim();
  if (!written) return { join: "and", rows: [] };
  const ands = pieces(written, "and"), ors = pieces(written, "or");
  if (ands.length > 1 && ors.length > 1) return null;
  const rows = [];
  for (const part of ands.length > 1 ? ands : ors) {
    const match = CLAUSE.exec(part);
    if (!match) return null;
    const op = match[2].replace(/\s+/, " "), value = match[3];
    if (op === "in" || op === "not in") {
      const inside = /^[[(](.*)[\])]$/s.exec(value);
      const list = inside ? pieces(" " + inside[1].replace(/,/g, " , ") + " ", ",").map((one) => one.trim()).filter(Boolean) : null;
      if (!list?.length || !list.every((one) => LITERAL.test(one))) return null;
      rows.push({ name: match[1], op, values: list });
    } else { if (!LITERAL.test(value)) return null; rows.push({ name: match[1], op, values: [value] }); }
  }
  return { join: ors.length > 1 ? "or" : "and", rows };
}
export const write = ({ join, rows }) => rows.map(({ name, op, values }) => `${name} ${op} ${op.endsWith("in") ? `[${values.join(", ")}]` : values[0] ?? '""'}`).join(` ${join} `);
/** A value as it stands in an expression: numbers, truth and None as they are, everything else in quotes. */
export const literal = (value, type) => (type === "boolean" ? (/^t/i.test(value) ? "True" : "False") : /^-?\d+(\.\d+)?$/.test(value) && type !== "string" ? value : JSON.stringify(value).replace(/\\"/g, "'"));
const opposite = { True: "true", False: "false" };
/** Names that are known at the place, to be put where the caret is; those that fit what is being typed come first. */
export function completed(made, known) {
  const field = made.querySelector("textarea, input"), line = element("div", { class: "draw-known", hidden: "" });
  const draw = () => {
    const before = field.value.slice(0, field.selectionStart), word = /[A-Za-z_][\w.]*$/.exec(before)?.[0] || "";
    const fits = known.filter((one) => one.name !== word && one.name.toLowerCase().includes(word.toLowerCase())).slice(0, 8);
    line.hidden = !fits.length;
    line.replaceChildren(element("span", { class: "muted" }, t("Known here:")), ...fits.map((one) => {
      const chip = element("button", { type: "button", class: "chip", title: one.label || one.name }, one.name);
      chip.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays where it is
      chip.addEventListener("click", () => { field.focus(); field.setRangeText(one.name, field.selectionStart - word.length, field.selectionStart, "end"); field.dispatchEvent(new Event("input", { bubbles: true })); draw(); });
      return chip;
    }));
  };
  for (const name of ["focus", "input", "click", "keyup"]) field.addEventListener(name, draw);
  made.append(line);
  return made;
}
export function condition(label, source, known, set) {
  const parsed = parse(source);
  const raw = completed(text(t("As an expression"), source, (value) => set(value), { mono: true, rows: 2, name: label + " raw" }), known);
  const box = element("div", { class: "draw-condition" });
  if (!parsed) { box.append(element("p", { class: "muted small" }, icon("info"), " " + t("This is more than rows can say.")), raw); return box; }
  const { join, rows } = parsed;
  const change = (at, more) => set(write({ join, rows: rows.map((one, i) => (i === at ? { ...one, ...more } : one)) }));
  rows.forEach((one, at) => {
    const fact = known.find((f) => f.name === one.name), choices = (fact?.choices || []).map((c) => (typeof c === "object" ? [literal(String(c.value), fact.type), c.label] : [literal(String(c), fact?.type), String(c)]));
    const names = known.map((f) => [f.name, f.label || f.name]);
    const several = one.op.endsWith("in");
    const value = choices.length && !several
      ? choose(t("Value"), choices.find(([v]) => plain(v) === plain(one.values[0]))?.[0] ?? one.values[0], choices, (v) => change(at, { values: [v] }), { name: label + at + " value" })
      : fact?.type === "boolean" && !several ? choose(t("Value"), one.values[0], [["True", t("yes")], ["False", t("no")]], (v) => change(at, { values: [v] }), { name: label + at + " value" })
      : text(t("Value"), one.values.map((v) => opposite[v] || plain(v)).join(", "), (v) => change(at, { values: (several ? v.split(",") : [v]).map((x) => literal(x.trim(), fact?.type)) }), { name: label + at + " value", list: choices.map(([v, l]) => ({ value: plain(v), label: l })), help: several ? t("Several with commas between them") : "" });
    box.append(element("div", { class: "draw-row" },
      names.length ? choose(at ? (join === "or" ? t("or") : t("and")) : t("If"), one.name, names, (name) => change(at, { name }), { name: label + at + " name" }) : text(at ? t("and") : t("If"), one.name, (name) => /^[A-Za-z_][\w.]*$/.test(name) && change(at, { name }), { mono: true, name: label + at + " name" }),
      choose(t("Comparison"), one.op, COMPARISONS(), (op) => change(at, { op }), { name: label + at + " op" }), value,
      only(t("Remove this row"), "bin", () => set(write({ join, rows: rows.filter((_, i) => i !== at) })), { name: label + at + " bin" })));
  });
  const first = known.find((f) => f.choices?.length) || known[0];
  const fresh = () => { const c = first?.choices?.[0]; return { name: first?.name || "variable", op: "==", values: [c !== undefined ? literal(String(typeof c === "object" ? c.value : c), first.type) : first?.type === "boolean" ? "True" : '""'] }; };
  box.append(row(button(rows.length ? t("Another row") : t("Add a condition"), () => set(write({ join, rows: [...rows, fresh()] })), { sign: "plus", name: label + " add" }),
    ...(rows.length > 1 ? [choose(t("Which must hold"), join, [["and", t("All of them")], ["or", t("One of them")]], (picked) => set(write({ join: picked, rows })), { name: label + " join" })] : [])));
  const more = element("details", { class: "more" }, element("summary", {}, t("As an expression")), raw);
  box.append(more);
  return box;
}
