/* Another column: a fact with an operator, or what is to be done. */
import { element } from "../js/words.js";

const ORDER = { head: 0, when: 1, then: 2 };

export function columns({ root, offered, sheet, t, done }) {
  const dialog = document.getElementById("add-column"), form = dialog.querySelector("form[data-column]");
  const [what, operator, named] = ["what", "operator", "named"].map((name) => form.elements.namedItem(name));
  const acts = new Map(offered.actions.flatMap(([, some]) => some.map((column) => [column.key, column])));
  const labels = new Map(offered.facts.flatMap(([, some]) => some));
  const group = (label, options) => { const made = element("optgroup", { label }); made.append(...options.map(([value, text]) => element("option", { value }, text))); return made; };
  what.replaceChildren(
    ...offered.facts.map(([about, some]) => group(`${t("if")}: ${about}`, some)),
    ...offered.actions.map(([about, some]) => group(`${t("then")}: ${about}`, some.map((column) => [column.key, column.label]))),
  );
  const ask = () => {
    const act = acts.get(what.value), some = act ? [] : offered.operators[what.value] || [];
    operator.replaceChildren(...some.map((column, place) => element("option", { value: String(place) }, column.said)));
    operator.closest(".field").hidden = Boolean(act);
    named.closest(".field").hidden = !what.value.includes("*");
    named.required = what.value.includes("*");
  };
  what.addEventListener("change", ask);
  ask();
  const sorted = (all) => [...all].sort((one, other) => ORDER[one.part] - ORDER[other.part]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const act = acts.get(what.value), chosen = act || offered.operators[what.value][Number(operator.value)], name = named.value.trim();
    const label = act ? act.label : `${labels.get(what.value)} ${chosen.said}`;
    const made = what.value.includes("*") ? { ...chosen, key: chosen.key.replace("*", name), label: `${label} (${name})` } : chosen;
    const known = sheet.columns.find((column) => column.key === made.key);
    if (!known) sheet.change(sheet.rows, sorted([...sheet.columns, made]));
    dialog.close();
    named.value = "";
    done(known || made);
  });
  /** The columns that are needed for rows which were kept in this browser. */
  const completed = (rows) => {
    const every = [...acts.values(), ...Object.values(offered.operators).flat()], keys = new Set(rows.flatMap((one) => Object.keys(one.cells || {})));
    for (const column of sheet.columns) keys.delete(column.key);
    return sorted([...sheet.columns, ...[...keys].map((key) => every.find((column) => column.key === key) || { key, part: key.split(" ")[0], label: key.slice(5), many: false, choices: [] })]);
  };
  return { sorted, completed };
}
