/* Forms beside the diagram: what a step asks, in both languages, with a preview drawn by the desk itself. */
import { element, icon } from "../js/words.js";
import { lang, languages, later, redrawing, other, t, urls } from "./said.js";
import { extensions, formOf, is, title } from "./told.js";
import { looking, waiting as fixed } from "./modules.js";
import { slug, unique } from "./ids.js";
import { button, choose, flush, hint, only, renew, row, segment, text } from "./parts.js";
import { CHOOSING, TYPES, fresh, freshField, parse, rechoose, rename, texts } from "./form_model.js";
import { post } from "./saving.js";
const SCHEMA = ".schema.json", UI = ".ui.json";
const words = () => ({ text: t("A line of text"), long: t("Longer text"), number: t("A number"), whole: t("A whole number"), yesno: t("Yes or no"), one: t("One of several"), several: t("Several of many"), date: t("Date"), email: t("E-mail address"), queue: t("Queue"), agent: t("Person of the desk"), file: t("Files") });
const signs = { text: "edit", long: "note", number: "chart", whole: "chart", yesno: "check", one: "down", several: "queue", date: "today", email: "mail", queue: "queue", agent: "person", file: "attach" };
const fills = () => ({ queue: t("Queue"), priority: t("Priority"), type: t("Type"), service: t("Service"), sla: t("Service level"), owner: t("Owner"), responsible: t("Responsible"), title: t("Title") });
export function forms({ modeler, root, part, problems }) {
  const files = modeler.get("files"), registry = modeler.get("elementRegistry"), box = part("form");
  let name = "", form = null, open = "", seen = lang, raw = false, back = null;
  const young = new Set(); // fields whose name still follows their label
  const names = () => [...new Set(Object.keys(files.texts).filter((one) => one.endsWith(SCHEMA)).map((one) => one.slice(0, -SCHEMA.length)))].sort();
  const users = (wanted) => registry.filter((e) => is(e, "UserTask", "ManualTask") && formOf(e) === wanted);
  const titleOf = (wanted) => { const found = parse(files.texts[wanted + SCHEMA], files.texts[wanted + UI]); return (found && (found.title[lang] || found.title[other])) || wanted; };
  const assign = (shape, wanted) => modeler.get("modeling").updateProperties(shape, { extensionElements: extensions(modeler.get("moddle"), shape, { properties: { formJsonSchemaFilename: wanted ? wanted + SCHEMA : null, formUiSchemaFilename: wanted ? wanted + UI : null } }) });
  function make(shape) {
    const wanted = unique(slug(shape.id.replace(/^Activity_/, "form_")) || "form", new Set(names()));
    const made = texts(fresh({ de: title(shape, "de"), en: title(shape, "en") }));
    files.together(() => { files.set({ [wanted + SCHEMA]: made.schema, [wanted + UI]: made.ui }); assign(shape, wanted); });
    edit(wanted);
  }
  /** The choice of a form at a step. */
  function field(shape) {
    const now = formOf(shape);
    return [choose(t("Form"), now, names().map((one) => [one, titleOf(one)]), (wanted) => assign(shape, wanted), { none: t("No form"), name: "form" }),
      row(...(now && files.texts[now + SCHEMA] && !looking() ? [button(t("Edit the form"), () => edit(now), { sign: "edit", name: "edit form" })] : []), button(t("New form"), () => make(shape), { sign: "plus", kind: now ? "quiet" : "", name: "new form" }))];
  }
  /** The way to the form of a step where all else is only to be looked at. */
  const opener = (shape) => { const now = is(shape, "UserTask") && formOf(shape); return now && files.texts[now + SCHEMA] ? [row(button(t("Edit the form"), () => edit(now), { sign: "edit", name: "edit form" }))] : []; };
  const list = () => (names().length ? [element("ul", { class: "draw-forms" }, ...names().map((one) => { const used = users(one).map((e) => e.businessObject.name || e.id); return element("li", {}, element("span", { class: "grow" }, element("b", {}, titleOf(one)), element("span", { class: "mend" }, used.length ? used.join(", ") : one === "offer" ? t("What customers are asked") : t("No step uses it"))), button(t("Edit"), () => edit(one), { name: "edit " + one })); }))] : [hint(t("No form yet. A step for a person can have one."))]);

  const put = (change) => { change?.(); const made = texts(form); files.set({ [name + SCHEMA]: made.schema, [name + UI]: made.ui }); };
  const others = (one) => form.fields.filter((f) => f !== one && f.name && ["one", "several", "yesno"].includes(f.type));
  /* "only if <question> is <answers>", for being shown and for being needed. */
  function condition(one, label, value, set, first) {
    const fits = others(one), asked = fits.find((f) => f.name === value?.field);
    if (!fits.length) return hint(t("Conditions hang on a question with choices, or one with yes or no; this form has no other."));
    const answers = asked ? (asked.type === "yesno" ? [["true", t("yes")], ["false", t("no")]] : asked.choices.filter((c) => c.value).map((c) => [c.value, c.label[seen] || c.label[lang] || c.label[other] || c.value])) : [];
    const box = element("div", { class: "draw-if" }, choose(label, value?.field || "", fits.map((f) => [f.name, f.label[lang] || f.label[other] || f.name]), (picked) => set({ field: picked, is: [fits.find((f) => f.name === picked)?.type === "yesno" ? "true" : fits.find((f) => f.name === picked)?.choices[0]?.value || ""] }), { name: first + " field" }));
    const ticked = element("fieldset", { class: "field" }, element("legend", {}, t("is answered with")));
    for (const [known, told] of answers) { const tick = element("input", { type: "checkbox", "data-name": `${first} is ${known}` }); tick.checked = value.is.includes(known); tick.addEventListener("change", () => set({ field: value.field, is: tick.checked ? [...value.is, known] : value.is.filter((v) => v !== known) })); ticked.append(element("label", { class: "choice" }, tick, element("span", {}, told))); }
    box.append(ticked);
    return box;
  }
  const firstCondition = (one) => { const f = others(one)[0]; return f ? { field: f.name, is: [f.type === "yesno" ? "true" : f.choices[0]?.value || ""] } : null; };
  function choices(one) {
    const valued = (choice, value) => { rechoose(form, one, choice.value, value); choice.value = value; };
    const free = (choice, wanted) => unique(wanted, new Set(one.choices.filter((c) => c !== choice).map((c) => c.value)));
    const rows = one.choices.map((choice, at) => element("div", { class: "draw-choice" },
      ...[lang, other].map((language) => text(languages[language](), choice.label[language], (value) => put(() => { choice.label[language] = value; if (!choice.value || choice.young) { choice.young = true; valued(choice, free(choice, slug(choice.label.en || choice.label.de, "choice") || "choice")); } }), { name: `choice ${at} ${language}` })),
      text(t("Kept as"), choice.value, (value) => value.trim() && put(() => { choice.young = false; valued(choice, free(choice, value.trim())); }), { mono: true, name: `choice ${at} value` }),
      element("div", { class: "row" }, only(t("Up"), "up", () => put(() => { if (at) one.choices.splice(at - 1, 0, one.choices.splice(at, 1)[0]); }), { name: `choice ${at} up` }), only(t("Remove this choice"), "bin", () => put(() => { rechoose(form, one, choice.value, ""); one.choices.splice(at, 1); }), { name: `choice ${at} bin` }))));
    return element("fieldset", { class: "field" }, element("legend", {}, t("Choices")), ...rows, row(button(t("Another choice"), () => { const count = one.choices.length; put(() => one.choices.push({ value: free(null, "choice_" + (count + 1)), label: { de: "", en: "" } })); form.fields.find((f) => f.name === one.name).choices.at(-1).young = true; draw(); box.querySelector(`[data-name="choice ${count} ${lang}"]`)?.focus(); }, { sign: "plus", name: "choice add" })));
  }
  function details(one) {
    const label = (language) => text(t("Question (%(language)s)", { language: languages[language]() }), one.label[language], (value) => put(() => {
      one.label[language] = value;
      if (young.has(one.name)) { const wanted = slug(one.label.en || one.label.de, "field"), old = one.name; if (wanted && wanted !== old) { const now = unique(wanted, new Set(form.fields.filter((f) => f !== one).map((f) => f.name))); rename(form, old, now); young.delete(old); young.add(now); open = now; } }
    }), { name: "label " + language });
    const needs = typeof one.need === "object" ? "if" : one.need;
    return element("div", { class: "form draw-field-details" },
      element("div", { class: "two" }, label(lang), label(other)),
      element("div", { class: "two" }, choose(t("Kind of answer"), one.type, TYPES.map((type) => [type, words()[type]]), (type) => put(() => { one.type = type; one.part = null; one.look = { ...one.look, widget: undefined }; if (CHOOSING.has(type) && !one.choices.length) one.choices = [{ value: "choice_1", label: { de: "", en: "" }, young: true }]; }), { name: "type" }),
        choose(t("Fills a field of the ticket"), one.look.ticket || "", Object.entries(fills()), (value) => put(() => { if (value) one.look.ticket = value; else delete one.look.ticket; }), { none: t("None"), name: "ticket" })),
      ...(CHOOSING.has(one.type) ? [choices(one)] : []),
      ...(one.type === "one" ? [segment(t("Shown as"), one.look.widget === "radio" ? "radio" : "select", [["radio", t("All at once")], ["select", t("A list to open")]], (value) => put(() => { one.look.widget = value; }), { name: "widget" })] : []),
      element("div", { class: "two" }, ...[lang, other].map((language) => text(t("Help (%(language)s)", { language: languages[language]() }), one.help[language], (value) => put(() => { one.help[language] = value; }), { name: "help " + language, rows: 2 }))),
      segment(t("Must it be answered?"), needs, [["no", t("No")], ["always", one.show ? t("Whenever it is shown") : t("Yes")], ["if", t("Only if …")]], (value) => put(() => { one.need = value === "if" ? firstCondition(one) || "no" : value; }), { name: "need" }),
      ...(needs === "if" ? [condition(one, t("Needed if"), one.need, (value) => put(() => { one.need = value; }), "need")] : []),
      segment(t("When is it shown?"), one.show ? "if" : "", [["", t("Always")], ["if", t("Only if …")]], (value) => put(() => { one.show = value ? firstCondition(one) : null; }), { name: "show" }),
      ...(one.show ? [condition(one, t("Shown if"), one.show, (value) => put(() => { one.show = value; }), "show")] : []),
      text(t("Name of the variable"), one.name, (value) => { const wanted = value.trim(); if (!/^[A-Za-z_]\w*$/.test(wanted) || wanted === "ticket" || form.fields.some((f) => f !== one && f.name === wanted)) return; young.delete(one.name); put(() => { rename(form, one.name, wanted); open = wanted; }); }, { mono: true, name: "variable", help: t("Conditions and scripts know the answer by it.") }));
  }
  const move = (at, to) => { if (to < 0 || to >= form.fields.length) return; put(() => form.fields.splice(to, 0, form.fields.splice(at, 1)[0])); };
  const mentions = (p, one) => [`"${one.name}"`, `„${one.name}“`].some((quoted) => p.message.includes(quoted));
  const wrong = (one) => problems.files().filter((p) => (p.message || "").startsWith(name + ".") && (one ? mentions(p, one) : !form.fields.some((f) => mentions(p, f))));
  const findings = (found) => found.map((p) => element("p", { class: "error" }, icon("alert"), element("span", {}, p.message.replace(/^[^:]*: /, ""), ...(p.mend ? [element("span", { class: "mend" }, p.mend)] : []))));
  function card(one, at) {
    const isOpen = open === one.name, said = one.label[lang] || one.label[other] || one.name;
    const head = element("button", { type: "button", class: "grow draw-field-head", "aria-expanded": String(isOpen), "data-name": "field " + one.name }, icon(signs[one.type]), element("span", { class: "grow" }, said, ...(one.need === "no" ? [] : [element("span", { class: "need" }, " *")]), element("span", { class: "mend" }, words()[one.type] + (one.show ? " · " + t("only sometimes") : ""))));
    head.addEventListener("click", () => { open = isOpen ? "" : one.name; draw(); });
    head.addEventListener("keydown", (event) => { if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) { event.preventDefault(); move(at, at + (event.key === "ArrowUp" ? -1 : 1)); } });
    const made = element("li", { class: "draw-field" + (isOpen ? " open" : ""), draggable: isOpen ? "false" : "true" }, element("div", { class: "row" }, element("span", { class: "draw-grip", "aria-hidden": "true" }, icon("drag")), head,
      only(t("Move up: %(name)s", { name: said }), "up", () => move(at, at - 1), { name: "up " + one.name }), only(t("Move down: %(name)s", { name: said }), "down", () => move(at, at + 1), { name: "down " + one.name }), only(t("Remove: %(name)s", { name: said }), "bin", () => put(() => form.fields.splice(at, 1)), { name: "bin " + one.name })), ...findings(wrong(one)));
    if (isOpen) made.append(details(one));
    made.addEventListener("dragstart", (event) => { event.dataTransfer.setData("text/plain", String(at)); event.dataTransfer.effectAllowed = "move"; });
    made.addEventListener("dragover", (event) => { event.preventDefault(); made.classList.add("over"); });
    made.addEventListener("dragleave", () => made.classList.remove("over"));
    made.addEventListener("drop", (event) => { event.preventDefault(); const from = Number(event.dataTransfer.getData("text/plain")); if (from !== at) move(from, at); });
    return made;
  }
  const add = (type) => { const one = freshField(type, form); young.add(one.name); open = one.name; if (CHOOSING.has(type)) one.choices = [{ value: "choice_1", label: { de: "", en: "" }, young: true }]; put(() => form.fields.push(one)); draw(); queueMicrotask(() => box.querySelector(`[data-name="label ${lang}"]`)?.focus()); };
  function asJson() {
    const editor = (suffix) => text(name + suffix, files.texts[name + suffix] || "", (value) => files.set({ [name + suffix]: value }), { rows: 16, mono: true, name: "raw" + suffix });
    return element("div", { class: "draw-raw" }, editor(SCHEMA), editor(UI));
  }
  const preview = element("div", { class: "draw-preview-body" });
  const show = later(250, async () => {
    const made = form && texts(form);
    if (!made) return;
    try {
      const { ok, said } = await post(urls.form, { schema: JSON.parse(made.schema), ui: JSON.parse(made.ui), language: seen });
      if (!ok || !said) return;
      preview.innerHTML = said.html; // drawn by the desk's own macros, which escape all of it
      for (const one of preview.querySelectorAll("form")) one.addEventListener("submit", (event) => event.preventDefault());
      window.vorgang?.enliven(preview);
    } catch { /* the last one stands */ }
  });
  function draw() {
    if (!name) return;
    flush(box);
    const head = element("header", {}, element("h2", {}, icon("edit"), " ", titleOf(name)), button(raw ? t("Fields") : "JSON", () => { raw = !raw; draw(); }, { kind: "quiet", name: "raw" }), only(t("Close the form"), "close", close, { name: "close" }));
    if (!form) { renew(box, [head, element("div", { class: "draw-form-body one" }, element("p", { class: "notice bad" }, icon("alert"), t("This form cannot be read; mend it as JSON.")), asJson())]); return; }
    const left = raw ? asJson() : element("div", { class: "draw-fields" }, ...findings(wrong(null)),
      element("details", { class: "draw-section", "data-section": "form names" }, element("summary", {}, t("Title and button")), element("div", { class: "form" }, ...["title", "submit"].map((key) => element("div", { class: "two" }, ...[lang, other].map((language) => text(key === "title" ? t("Title (%(language)s)", { language: languages[language]() }) : t("Button (%(language)s)", { language: languages[language]() }), form[key][language], (value) => put(() => { form[key][language] = value; }), { name: key + language })))))),
      form.fields.length ? element("ol", {}, ...form.fields.map(card)) : hint(t("Nothing is asked yet. Add the first question.")),
      element("fieldset", { class: "draw-add" }, element("legend", {}, t("Add a question")), ...TYPES.map((type) => button(words()[type], () => add(type), { sign: signs[type], kind: "quiet", name: "add " + type }))));
    const right = element("aside", { class: "draw-preview", "aria-label": t("Preview") }, element("div", { class: "row between" }, element("h3", {}, t("As it will look")), segment(t("Language"), seen, [["de", t("German")], ["en", t("English")]], (value) => { seen = value; draw(); }, { name: "language" })), element("div", { class: "card" }, element("div", { class: "body" }, element("h3", {}, form.title[seen] || form.title[lang] || form.title[other] || name), preview, element("span", { class: "button main", "aria-hidden": "true" }, form.submit[seen] || form.submit[lang] || t("Complete")))));
    const inner = element("fieldset", { class: "draw-form-body plain", ...(fixed() ? { disabled: "" } : {}) }, left, right);
    const top = box.querySelector(".draw-fields")?.scrollTop || 0;
    renew(box, [head, inner]);
    const again = box.querySelector(".draw-fields");
    if (again) again.scrollTop = top;
    show();
  }
  /* What is the same stays the same object: a field on the page may still hold it. */
  function read() {
    const before = form, now = parse(files.texts[name + SCHEMA] ?? "", files.texts[name + UI]);
    if (before && now) now.fields = now.fields.map((fresh) => {
      const old = before.fields.find((one) => one.name === fresh.name);
      if (!old) return fresh;
      fresh.choices = fresh.choices.map((choice, at) => (old.choices[at] ? Object.assign(old.choices[at], choice) : choice));
      return Object.assign(old, fresh);
    });
    form = before && now ? Object.assign(before, now) : now;
  }
  const soon = redrawing(draw); // what is being left by Tab or a click shall still find where it goes
  function edit(wanted) {
    back ||= document.activeElement;
    name = wanted; open = ""; raw = false; form = null; young.clear();
    read();
    box.hidden = false;
    root.classList.add("with-form");
    draw();
    box.querySelector("[data-name='close']")?.focus();
    modeler.get("canvas").resized();
  }
  function close() { name = ""; box.hidden = true; root.classList.remove("with-form"); modeler.get("canvas").resized(); const step = part("step").querySelector('[data-name="edit form"]'); (step || part("side")).focus(); back = null; }
  box.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) { event.stopPropagation(); close(); } if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.target.matches("input, textarea")) { event.preventDefault(); modeler.get("commandStack")[event.shiftKey ? "redo" : "undo"](); } });
  return { field, list, opener, open: (wanted) => { if (names().includes(wanted)) edit(wanted); }, changed: () => { if (!name) return; if (!(name + SCHEMA in files.texts)) { close(); return; } read(); soon(); }, checked: () => { if (name && !raw) soon(); } };
}
