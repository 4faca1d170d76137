/* What the selected element means for the desk: beside the diagram, in the words of those who own the process. */
import { element, icon } from "../js/words.js";
import { desk, lang, languages, other, t } from "./said.js";
import { LANGUAGES, bo, extensions, formOf, is, operator, said, title, yes } from "./told.js";
import { kindOf } from "./offered.js";
import { looking } from "./modules.js";
import { isMade, slug, taken, unique, usable } from "./ids.js";
import { button, choose, flush, hint, only, renew, row, section, text, tick } from "./parts.js";
import { inWords, who } from "./who.js";
import { setTime, timerOf, when } from "./when.js";
import { condition } from "./conditions.js";
import { events } from "./events.js";
import { acts, calls, repeats, rules, script } from "./automatic.js";

export function panel({ modeler, box, problems, forms, choose: select }) {
  const get = (name) => modeler.get(name);
  const modeling = get("modeling"), moddle = get("moddle"), registry = get("elementRegistry"), files = get("files"), selection = get("selection");
  const tools = { modeling, moddle, extensions, files, registry, modeler, definitions: () => modeler.getDefinitions() };
  let shown = null;

  /** Change properties and what the step tells the desk in one go; `target` where it is not the shape's own. */
  tools.tell = (shape, changes, more = {}, target = bo(shape)) => {
    const given = { ...more };
    if (changes) given.extensionElements = extensions(moddle, target, changes);
    if (target === bo(shape)) modeling.updateProperties(shape, given); else modeling.updateModdleProperties(shape, target, given);
  };
  const names = (shape, target = bo(shape)) => [lang, other].map((language) => text(t("Name (%(language)s)", { language: languages[language]() }), title(target, language) || (language === lang ? target.name || "" : ""), (value) => {
    const own = language === lang || !title(target);
    files.together(() => {
      tools.tell(shape, { ["title" + LANGUAGES[language]]: value }, own && language === lang ? { name: value || undefined } : {}, target);
      if (language === lang && target === bo(shape) && isMade(target.id) && value) {
        const id = unique(slug(value) || "step", taken(modeler.getDefinitions()));
        if (slug(value)) modeling.updateProperties(shape, { id });
      }
    });
  }, { name: "name " + language }));

  const laneOf = (shape) => { const lanes = registry.filter((e) => is(e, "Lane")); let here = bo(shape); while (here) { const found = lanes.find((lane) => (bo(lane).flowNodeRef || []).includes(here)); if (found) return found; here = here.$parent; } return null; };
  const people = (shape) => {
    const lane = laneOf(shape), b = bo(shape);
    const steps = registry.filter((e) => is(e, "UserTask", "ManualTask") && e !== shape).map((e) => [e.id, bo(e).name || e.id]);
    const four = said(shape, "notBy").split(",").map((one) => one.trim()).filter(Boolean);
    const parts = [element("div", { class: "draw-who" }, icon("person"), element("span", { class: "grow" }, lane ? inWords(said(lane, "assign")) : t("The queue of the ticket")), lane ? button(t("Lane “%(name)s”", { name: bo(lane).name || bo(lane).id }), () => select(lane.id), { kind: "quiet", name: "lane" }) : "")];
    if (is(b, "UserTask")) parts.push(...forms.field(shape));
    const set = (list) => tools.tell(shape, { notBy: list.join(", ") }), named = new Map(steps);
    if (steps.length || four.length) parts.push(section(t("Four eyes"), [
      ...(four.length ? [element("ul", { class: "draw-picked" }, ...four.map((id) => element("li", {}, element("span", { class: "grow" }, named.get(id) || t("%(name)s (not there)", { name: id })), only(t("Remove: %(name)s", { name: named.get(id) || id }), "close", () => set(four.filter((one) => one !== id)), { name: "not by " + id }))))] : []),
      choose(t("Not by whoever did"), "", steps.filter(([id]) => !four.includes(id)), (id) => id && set([...four, id]), { none: four.length ? t("Another step …") : t("Anybody may do it"), name: "not by", help: t("Somebody else has to do this step.") })], { open: four.length > 0 }));
    return parts;
  };
  const waiting = (shape) => [
    choose(t("State of the ticket meanwhile"), said(shape, "ticketState"), desk.states.filter((s) => !s.ended).map((s) => [s.value, s.label]), (value) => tools.tell(shape, { ticketState: value }), { none: t("Stays as it is"), name: "state" }),
    tick(t("The ticket's clocks rest meanwhile"), yes(shape, "clockPause"), (on) => tools.tell(shape, { clockPause: on ? "true" : null }), { name: "pause" }),
  ];
  const customer = (shape) => {
    const shownThere = yes(shape, "customerShown");
    return [tick(t("The customer sees this step"), shownThere, (on) => tools.tell(shape, { customerShown: on ? "true" : "false" }), { name: "shown" }),
      ...(shownThere ? [lang, other].map((language) => text(t("What the customer reads (%(language)s)", { language: languages[language]() }), said(shape, "customerLabel" + LANGUAGES[language]), (value) => tools.tell(shape, { ["customerLabel" + LANGUAGES[language]]: value }), { name: "label " + language })) : [])];
  };
  const flow = (shape) => {
    const b = bo(shape), source = b.sourceRef, gateway = is(source, "ExclusiveGateway") || is(source, "InclusiveGateway");
    if (!gateway) return is(source, "Activity", "Event") && b.conditionExpression ? [hint(t("A condition counts only on a way out of a decision; here it is ignored.")), button(t("Take it away"), () => modeling.updateProperties(shape, { conditionExpression: undefined }))] : [];
    const isDefault = source.default === b, from = registry.get(source.id);
    return [section(t("When is this way taken?"), [
      tick(t("In all other cases"), isDefault, (on) => files.together(() => { modeling.updateProperties(from, { default: on ? b : undefined }); if (on) modeling.updateProperties(shape, { conditionExpression: undefined }); }), { name: "default" }),
      isDefault ? "" : condition(t("Condition"), b.conditionExpression?.body || "", problems.known(b.id, source.id), (value) => modeling.updateProperties(shape, { conditionExpression: value.trim() ? moddle.create("bpmn:FormalExpression", { body: value }) : undefined })),
    ])];
  };
  /* Each way out with when it is taken, a click leads to it; and another one without pulling a line. */
  const ways = (shape) => {
    const out = shape.outgoing.filter((way) => is(way, "SequenceFlow")), asks = is(shape, "ExclusiveGateway", "InclusiveGateway") && out.length > 1, reached = new Set(out.map((way) => way.target));
    const word = (one) => (bo(one).name || "").trim() || kindOf(one).word, parent = (shape.host || shape).parent;
    const list = out.map((way) => {
      const b = bo(way), when = !asks ? "" : bo(shape).default === b ? t("In all other cases") : b.conditionExpression?.body || t("It is not said when");
      const go = element("button", { type: "button", class: "draw-entry", "data-name": "way " + way.id }, element("span", { class: "bpmn-icon-connection", "aria-hidden": "true" }), element("span", { class: "grow" }, [b.name, "→ " + word(way.target)].filter(Boolean).join(" "), ...(when ? [element("span", { class: "mend" }, when)] : [])));
      go.addEventListener("click", () => select(way.id));
      return element("li", {}, go);
    });
    const free = registry.filter((e) => e.parent === parent && is(e, "FlowNode") && !e.labelTarget && e !== shape && !is(e, "StartEvent", "BoundaryEvent") && !reached.has(e)).sort((a, b) => a.x - b.x || a.y - b.y);
    return section(t("Ways out"), [...(list.length ? [element("ul", {}, ...list)] : []), ...(free.length ? [choose(t("Draw a way to"), "", free.map((e) => [e.id, word(e)]), (id) => id && modeling.connect(shape, registry.get(id)), { none: t("Please choose"), name: "way to" })] : [])], { open: asks || !out.length });
  };
  const more = (shape, target = bo(shape)) => section(t("More"), [
    text(t("Remark for those who draw"), (target.documentation || [])[0]?.text || "", (value) => tools.tell(shape, null, { documentation: value ? [moddle.create("bpmn:Documentation", { text: value })] : [] }, target), { rows: 2, name: "documentation" }),
    target === bo(shape) ? text(t("Id"), target.id, (value) => rename(shape, value), { mono: true, name: "id", help: t("What examples, histories and tickets under way know it by.") }) : "",
  ], { open: false });
  function rename(shape, id) {
    if (id === shape.id || !usable(id) || taken(modeler.getDefinitions()).has(id)) { draw(); return; }
    const old = shape.id;
    files.together(() => {
      modeling.updateProperties(shape, { id });
      for (const one of registry.filter((e) => said(e, "notBy").split(",").map((x) => x.trim()).includes(old))) tools.tell(one, { notBy: said(one, "notBy").split(",").map((x) => x.trim()).map((x) => (x === old ? id : x)).join(", ") });
    });
  }
  const ends = (shape) => [choose(t("The ticket ends as"), said(shape, "ticketState"), desk.states.map((s) => [s.value, s.label]), (value) => tools.tell(shape, { ticketState: value }), { none: t("As the desk does by itself"), name: "state" })];
  const processOf = (shape) => (is(shape, "Participant") ? bo(shape).processRef : is(shape, "Process") ? bo(shape) : (modeler.getDefinitions().rootElements || []).find((one) => one.$type === "bpmn:Process"));
  function whole(shape) {
    const process = processOf(shape), holder = shape;
    if (!process) return [];
    const set = (language) => (value) => files.together(() => {
      const name = language === lang ? { name: value || undefined } : {};
      tools.tell(holder, { ["title" + LANGUAGES[language]]: value }, name, process);
      for (const pool of registry.filter((e) => is(e, "Participant") && bo(e).processRef === process)) tools.tell(pool, { ["title" + LANGUAGES[language]]: value }, name);
    });
    return [section(t("The process"), [...[lang, other].map((language) => text(t("Name (%(language)s)", { language: languages[language]() }), title(process, language) || (language === lang ? process.name : ""), set(language), { name: "name " + language })),
      text(t("What it is for"), (process.documentation || [])[0]?.text || "", (value) => tools.tell(holder, null, { documentation: value ? [moddle.create("bpmn:Documentation", { text: value })] : [] }, process), { rows: 3, name: "documentation" })]),
    ...(is(shape, "Participant") ? [] : [looking() ? "" : section(t("Forms"), forms.list()), hint(t("Choose something in the diagram to say what it means."))])];
  }
  /* What else stands at the far end of a lane, which is often out of sight. */
  const lanes = (shape) => {
    const beside = (where) => selection.select(modeling.addLane(shape, where));
    return section(t("Change"), [row(button(t("Lane above"), () => beside("top"), { sign: "up" }), button(t("Lane below"), () => beside("bottom"), { sign: "down" }), button(t("Delete"), () => modeling.removeElements([shape]), { sign: "bin", kind: "quiet" }))]);
  };
  function parts(shape) {
    const b = bo(shape);
    if (is(shape, "Process", "Collaboration")) return whole(shape);
    if (is(shape, "Participant")) return b.processRef ? whole(shape) : [section(t("Frame"), names(shape))];
    if (is(shape, "TextAnnotation")) return [text(t("Remark"), b.text || "", (value) => modeling.updateLabel(shape, value), { rows: 4 })];
    if (is(shape, "Lane")) return [section(t("Lane"), names(shape)), section(t("Who"), who(shape, (assign) => tools.tell(shape, { assign }))), lanes(shape), more(shape)];
    const list = [section(t("Name"), names(shape), { name: "name" })];
    if (is(shape, "SequenceFlow")) return [...list, ...flow(shape), more(shape)];
    if (is(shape, "UserTask", "ManualTask") || b.$type === "bpmn:Task") list.push(section(t("Who does it, and with what"), people(shape)));
    if (is(shape, "BusinessRuleTask")) list.push(section(t("What decides"), rules(tools, shape)));
    if (is(shape, "ServiceTask")) list.push(section(t("What the desk does"), acts(tools, shape, operator(shape), problems.known(shape.id))));
    if (is(shape, "ScriptTask")) list.push(section(t("What is worked out"), script(tools, shape, problems.known(shape.id))));
    if (is(shape, "CallActivity")) list.push(section(t("What is run"), calls(tools, shape)));
    if (timerOf(shape)) list.push(section(t("When"), when(shape, { working: true, set: (time) => files.together(() => setTime(tools, shape, time)) })));
    list.push(...events(tools, shape, choose));
    if (is(shape, "UserTask", "ManualTask", "ReceiveTask", "IntermediateCatchEvent", "CallActivity") || b.$type === "bpmn:Task") list.push(section(t("While it waits here"), waiting(shape)));
    if (is(shape, "EndEvent")) list.push(section(t("The ticket then"), ends(shape)));
    if (!is(shape, "Gateway")) list.push(section(t("What the customer sees"), customer(shape)));
    if (is(shape, "Activity")) list.push(repeats(tools, shape, problems.known(shape.id)));
    if (is(shape, "FlowNode") && !is(shape, "EndEvent")) list.splice(is(shape, "Gateway") ? 1 : list.length, 0, ways(shape));
    list.push(more(shape));
    return list;
  }
  const head = (shape) => { const kind = kindOf(shape); return element("div", { class: "draw-head" }, element("span", { class: kind.icon, "aria-hidden": "true" }), element("h2", {}, kind.word), ...(is(shape, "FlowNode") && !looking() ? [button(t("Change"), () => { const at = box.getBoundingClientRect(); modeler.get("popupMenu").open(shape, "bpmn-replace", { x: at.left - 320, y: at.top + 40 }, { title: t("Change the kind"), width: 300, search: true }); }, { kind: "quiet", name: "change" })] : [])); };
  const wrong = (shape) => { const here = problems.of(shape.id); return here.length ? element("ul", { class: "draw-here" }, ...here.map((p) => element("li", { class: p.severity === "error" ? "bad" : "warn" }, icon("alert"), element("span", {}, p.message, ...(p.mend ? [element("span", { class: "mend" }, p.mend)] : []))))) : null; };
  function draw() {
    flush(box);
    const picked = selection.get();
    shown = picked.length === 1 ? picked[0].labelTarget || picked[0] : picked.length ? null : get("canvas").getRootElement();
    if (!shown) { renew(box, [element("p", { class: "empty" }, t("%(num)s elements are selected.", { num: picked.length }))]); return; }
    const inside = element("fieldset", { class: "plain", ...(looking() ? { disabled: "" } : {}) }, ...parts(shown).filter(Boolean));
    const still = !looking() ? [] : is(shown, "Process", "Collaboration") ? [section(t("Forms"), forms.list())] : forms.opener(shown); // a form can be changed on a phone, too
    renew(box, [head(shown), wrong(shown), ...still, inside]);
  }
  return { draw, tools, get shown() { return shown; }, focus: () => box.querySelector("input, textarea, select")?.focus() };
}
