/* Times: typed in words ("after 2 working hours"), put together from a number and a unit, or as ISO 8601. */
import { element } from "../js/words.js";
import { later, t, urls, lang } from "./said.js";
import { bo, said } from "./told.js";
import { choose, hint, row, segment, text } from "./parts.js";
import { post } from "./saving.js";
const KINDS = { duration: "timeDuration", date: "timeDate", cycle: "timeCycle" };
export const timerOf = (element) => (bo(element).eventDefinitions || []).find((one) => one.$type === "bpmn:TimerEventDefinition");
/** {kind, text, iso}: what a timer holds; iso is the text without its quotes, null for an expression. */
export function timeOf(definition) {
  const [kind, tag] = Object.entries(KINDS).find(([, name]) => definition?.get(name)) || ["duration", "timeDuration"];
  const written = (definition?.get(tag)?.body || "").trim(), quoted = /^"([^"]*)"$|^'([^']*)'$/.exec(written);
  return { kind, text: written, iso: quoted ? quoted[1] ?? quoted[2] : /^(R\d*\/)?P[\dYMWDTHS.]+$/.test(written) ? written : written ? null : "" };
}
const UNITS = () => [["M", t("minutes")], ["H", t("hours")], ["D", t("days")], ["W", t("weeks")]];
const simple = /^P(?:(\d+)([DW])|T(\d+)([MH]))$/;
const iso = (number, unit) => ("MH".includes(unit) ? "PT" : "P") + number + unit;
export function when(shape, { working, set }) {
  const definition = timerOf(shape), { kind, text: written, iso: plain } = timeOf(definition);
  const expression = plain === null;
  const basis = said(shape, "timerBasis") === "working";
  const cyclic = shape.type === "bpmn:BoundaryEvent" && bo(shape).cancelActivity === false;
  const answer = element("p", { class: "draw-time small", role: "status" });
  const say = async () => {
    if (!plain) return;
    try { const { said: found } = await post(urls.time, { kind, iso: plain, basis: basis ? "working" : "", language: lang }); answer.textContent = found?.words || found?.wrong || ""; answer.classList.toggle("wrong", !found?.words); } catch { /* shown with the next change */ }
  };
  if (plain) say();
  const read = later(0, async (words) => {
    try {
      const { said: found } = await post(urls.time, { text: words, language: lang });
      if (found?.iso) set({ kind: found.kind, text: `"${found.iso}"`, basis: found.basis }); else { answer.textContent = found?.wrong || ""; answer.classList.add("wrong"); }
    } catch { answer.textContent = t("Offline: please use the fields below."); }
  });
  const parts = [text(t("When, in words"), "", (words) => words.trim() && read(words.trim()), { name: "in words", placeholder: cyclic ? t("every 2 hours, 3 times") : t("after 2 working hours"), help: t("Or put it together below.") }), answer];
  parts.push(segment(t("Kind"), expression ? "expression" : kind, [["duration", t("After a while")], ["date", t("At a moment")], ...(cyclic || kind === "cycle" ? [["cycle", t("Repeatedly")]] : []), ["expression", t("Worked out")]], (picked) => {
    const first = { duration: '"P1D"', date: '"2030-01-01T09:00:00+01:00"', cycle: '"R3/P1D"', expression: "ticket.due" }[picked];
    set({ kind: picked === "expression" ? kind : picked, text: first, basis: "" });
  }, { name: "kind of time" }));
  if (expression) parts.push(text(t("Expression"), written, (value) => set({ kind, text: value, basis: basis ? "working" : "" }), { mono: true, help: t("A variable that holds a time, such as due_at") }));
  else if (kind === "duration") {
    const [, days, dayUnit, hours, hourUnit] = simple.exec(plain) || [];
    const count = days || hours, unit = dayUnit || hourUnit;
    if (count || !plain) {
      parts.push(row(text(t("How long"), count || "", (value) => /^\d+$/.test(value) && set({ kind, text: `"${iso(value, unit || "D")}"`, basis: basis ? "working" : "" }), { wide: false }), choose(t("Unit"), unit || "D", UNITS(), (picked) => set({ kind, text: `"${iso(count || 1, picked)}"`, basis: basis && picked !== "W" ? "working" : "" }), { wide: false })));
    } else parts.push(text(t("Duration (ISO 8601)"), plain, (value) => set({ kind, text: `"${value}"`, basis: basis ? "working" : "" }), { mono: true }));
    if (working && unit !== "W") parts.push(segment(t("What is counted"), basis ? "working" : "", [["", t("Time as it passes")], ["working", t("Working time")]], (picked) => set({ kind, text: written || '"P1D"', basis: picked })));
  } else parts.push(text(kind === "date" ? t("Moment (ISO 8601)") : t("Repetition (ISO 8601)"), plain, (value) => set({ kind, text: `"${value}"`, basis: "" }), { mono: true }));
  if (plain) parts.push(hint(`ISO 8601: ${plain}`));
  return parts;
}
export function setTime({ modeling, moddle, extensions }, shape, { kind, text: written, basis }) {
  const definition = timerOf(shape);
  const made = (name) => (name === KINDS[kind] && written ? moddle.create("bpmn:FormalExpression", { body: written }) : undefined);
  modeling.updateModdleProperties(shape, definition, { timeDuration: made("timeDuration"), timeDate: made("timeDate"), timeCycle: made("timeCycle") });
  if ((said(shape, "timerBasis") || "") !== (basis || "")) modeling.updateProperties(shape, { extensionElements: extensions(moddle, shape, { timerBasis: basis || null }) });
}
