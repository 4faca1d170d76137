/* Who does the steps of a lane, in the words of the desk: `assign` of the lane. */
import { element } from "../js/words.js";
import { desk, t } from "./said.js";
import { said } from "./told.js";
import { choose, hint, text } from "./parts.js";
const PLAIN = () => ({ customer: t("The customer"), manager: t("The customer's manager"), owner: t("The owner of the ticket"), responsible: t("The person responsible"), lead: t("The team's lead"), lead_manager: t("The manager of the team's lead") });
const MANY = () => ({ "queue:": t("A queue"), "group:": t("A group"), "role:": t("A role"), "person:": t("A person"), "expression:": t("Worked out, by an expression") });
export const roleWords = () => ({ agent: t("Agents"), owner: t("Process owners"), admin: t("Administrators") });
const split = (assign) => {
  const prefix = (desk.prefixes || []).find((one) => assign.startsWith(one));
  return prefix ? [prefix, assign.slice(prefix.length).trim()] : assign && !PLAIN()[assign] ? ["?", assign] : [assign, ""];
};
/** The assignment as one reads it. */
export function inWords(assign) {
  if (!assign) return t("The queue of the ticket");
  const [kind, name] = split(assign);
  if (PLAIN()[kind]) return PLAIN()[kind];
  if (kind === "role:") return roleWords()[name] || name;
  return kind === "?" ? name : `${MANY()[kind] || kind} ${name}`;
}
function combo(label, value, set) {
  const field = element("input", { class: "input", id: "d-person", value, name: "person", "data-options-url": desk.people_url, "data-shown": value, autocomplete: "off" });
  const box = element("div", { class: "combo" }, field);
  box.addEventListener("vorgang:chosen", (event) => set(event.detail.value));
  const made = element("div", { class: "field" }, element("label", { for: "d-person" }, label), box);
  queueMicrotask(() => window.vorgang?.enliven(made));
  return made;
}
/** The fields that say who; `set(assign)`. */
export function who(lane, set) {
  const assign = said(lane, "assign"), [kind, name] = split(assign);
  const kinds = [["", t("The queue of the ticket")], ...Object.entries(PLAIN()).filter(([one]) => desk.people.includes(one)), ...Object.entries(MANY()).filter(([one]) => desk.prefixes.includes(one))];
  if (kind === "?") kinds.push(["?", t("Something else")]);
  const parts = [choose(t("Who does the steps of this lane?"), kind, kinds, (picked) => {
    const first = { "queue:": desk.queues[0], "group:": desk.groups[0], "role:": desk.roles[0] }[picked];
    set(first ? picked + first : picked);
  })];
  const put = (value) => set(kind + value);
  if (kind === "queue:") parts.push(choose(t("Queue"), name, desk.queues, put));
  if (kind === "group:") parts.push(choose(t("Group"), name, desk.groups, put));
  if (kind === "role:") parts.push(choose(t("Role"), name, desk.roles.map((one) => [one, roleWords()[one] || one]), put));
  if (kind === "person:") parts.push(combo(t("Person"), name, put));
  if (kind === "expression:") parts.push(text(t("Expression"), name, put, { mono: true, help: t('Gives an address, or one of the words above such as "queue:Network"') }));
  if (kind === "?") parts.push(text(t("As written"), name, (value) => set(value), { mono: true }));
  if (!kind) parts.push(hint(t("When the ticket moves to another queue, its open steps move with it.")));
  return parts;
}
