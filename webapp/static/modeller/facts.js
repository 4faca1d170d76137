/* What an expression may name: answers of forms, what scripts and rulesets set, fields of the ticket; with its choices. */
import { desk, lang, other, t } from "./said.js";
import { bo, is } from "./told.js";
export const pick = (texts) => (texts && typeof texts === "object" ? texts[lang] || texts[other] || "" : texts || "");
export const json = (text) => { try { const found = JSON.parse(text); return found && typeof found === "object" && !Array.isArray(found) ? found : null; } catch { return null; } };
const words = () => ({ queue: t("Queue"), priority: t("Priority"), type: t("Type"), service: t("Service"), sla: t("Service level"), owner: t("Owner"), responsible: t("Responsible"), tags: t("Tags") });
function* asked(files) {
  for (const [name, text] of Object.entries(files)) {
    if (!name.endsWith(".schema.json")) continue;
    const schema = json(text), ui = json(files[name.replace(".schema.json", ".ui.json")]) || {};
    for (const [field, part] of Object.entries(schema?.properties || {})) {
      if (!part || typeof part !== "object") continue;
      const look = ui.fields?.[field] || {}, allowed = part.enum || part.items?.enum;
      yield { name: field, type: part.type || "string", label: pick(look.label) || part.title || field, choices: (Array.isArray(allowed) ? allowed : []).map((value) => ({ value, label: pick(look.choices?.[value]) || String(value) })) };
    }
  }
}
/** Everything that could be named, by name. */
export function facts(files, registry) {
  const found = new Map();
  for (const one of asked(files)) found.set(one.name, one);
  for (const shape of registry.filter((e) => is(e, "ScriptTask"))) for (const [, name] of (bo(shape).script || "").matchAll(/^\s*([A-Za-z_]\w*)\s*=[^=]/gm)) if (!found.has(name)) found.set(name, { name, label: name, type: "", choices: [] });
  for (const [name, label] of Object.entries(words())) if (!found.has(name)) found.set(name, { name, label, type: "string", choices: (desk.values[name] || []).map(([value, said]) => ({ value, label: said })) });
  for (const one of found.values()) if (one.label !== one.name) one.label = `${one.label} (${one.name})`;
  return found;
}
/** What is known at a place: what the desk says of it, with the labels and choices that the forms give. */
export function knownAt(said, files, registry) {
  const all = facts(files, registry);
  if (!said.length) return [...all.values()];
  const here = said.map((one) => ({ ...one, ...(all.get(one.name) || {}), label: all.get(one.name)?.label || one.name }));
  const own = new Set([...asked(files)].map((one) => one.name)); // what is asked in forms is what one is most likely to look for
  return [...here.filter((one) => own.has(one.name)), ...here.filter((one) => !own.has(one.name))];
}
