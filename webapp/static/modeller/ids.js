/* Ids that can be read: made of the name, used once, never one that the engine keeps for itself. */
import { bo, everything } from "./told.js";
const MADE = /^(Activity|Event|Gateway|Flow|Lane|LaneSet|Participant|Process|Collaboration|TextAnnotation|Association|Id|Message)_[0-9a-z]{7}$/;
const RESERVED = new Set(["start", "end", "root", "ticket", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else", "for", "import", "class", "def", "lambda", "return", "startEventSplit", "startEventJoin"].map((one) => one.toLowerCase()));
const PLAIN = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };
/** A name as an id: "Angebot prüfen" → angebot_pruefen. */
export function slug(text, fallback = "step") {
  const plain = text.toLowerCase().replace(/[äöüß]/g, (one) => PLAIN[one]).normalize("NFKD").replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 40).replace(/_+$/, "");
  const begun = /^[a-z]/.test(plain) ? plain : plain ? fallback + "_" + plain : "";
  return RESERVED.has(begun) ? begun + "_step" : begun;
}
export const isMade = (id) => MADE.test(id || "");
export function unique(wanted, taken) {
  let id = wanted;
  for (let n = 2; taken.has(id); n += 1) id = wanted + "_" + n;
  return id;
}
export const taken = (definitions) => new Set([...everything(definitions)].map((one) => one.id).filter(Boolean));
/** The id that an element of this name should have; "" to keep the one it has. */
export function speaking(element, text, definitions) {
  const old = bo(element).id;
  const wanted = isMade(old) ? slug(text) : "";
  return wanted ? unique(wanted, taken(definitions)) : "";
}
export const usable = (id) => /^[A-Za-z_][\w.-]*$/.test(id) && !RESERVED.has(id.toLowerCase()) && !/\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin)$/.test(id);
