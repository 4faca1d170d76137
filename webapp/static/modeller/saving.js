/* What is drawn is kept: in this browser at once, on the desk a moment later, and neither overwrites what somebody
   else has saved meanwhile. */
import { csrf, told } from "../js/words.js";
import { clock, later, t, urls } from "./said.js";
const AFTER = 800, ALIVE = 15000, AGAIN = 5000;
const key = () => "vorgang:typed:" + (document.body.dataset.writer || "") + ":process:" + urls.key;
const local = {
  get: () => { try { return JSON.parse(JSON.parse(localStorage.getItem(key())).text); } catch { return null; } },
  set: (value) => { try { localStorage.setItem(key(), JSON.stringify({ at: Date.now(), text: JSON.stringify(value) })); return true; } catch { return false; } },
  drop: () => { try { localStorage.removeItem(key()); } catch { /* nothing is kept here */ } },
};
export async function post(url, body) {
  const answer = await fetch(url, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), "X-Requested-With": "fetch", Accept: "application/json" }, body: JSON.stringify(body) });
  return { status: answer.status, ok: answer.ok, said: await told(answer) };
}
const AGAIN_LATER = (status) => status === 408 || status === 429 || status >= 500;
/** `read()` gives the texts as they stand now, by name. `hear` is told of state, others and what somebody else has saved;
    `hear.flush()` hands over what is still being typed. */
export function saving({ stand, read, hear }) {
  let revision = stand.revision, kept = { ...stand.files }, busy = false, stopped = false, out = false, now = "saved", names = [], twin = false;
  let last = stand.revision ? { at: stand.changed_at } : {}; // when it was saved last
  const all = (...texts) => new Set(texts.flatMap((one) => Object.keys(one)));
  const changes = (texts) => {
    const found = {};
    for (const name of all(kept, texts)) if ((kept[name] ?? null) !== (texts[name] ?? null)) found[name] = texts[name] ?? null;
    return found;
  };
  const state = (name, more = {}) => { now = name; hear.state(name, more); };
  const here = (changed) => local.set({ revision, files: changed, base: Object.fromEntries(Object.keys(changed).map((name) => [name, kept[name] ?? null])) });
  /* Pages of the same person hear of each other at once. */
  const tabs = new BroadcastChannel(key());
  const others = (said) => { names = said || names; hear.others(names, twin); };
  tabs.onmessage = ({ data }) => {
    if (data === "saved") { alive(); return; }
    twin = data !== "gone";
    if (data === "come") tabs.postMessage("here");
    others();
  };
  tabs.postMessage("come");
  async function save() {
    if (busy || stopped || out) return;
    const texts = await read(), changed = changes(texts);
    if (!Object.keys(changed).length) { local.drop(); state("saved", last); return; }
    here(changed);
    busy = true;
    state("saving");
    try {
      const { status, ok, said } = await post(urls.draft, { revision, files: changed });
      if (ok && said) {
        kept = { ...texts }; revision = said.revision; last = { at: said.changed_at };
        others(said.others || []);
        tabs.postMessage("saved");
        if (Object.keys(changes(await read())).length) soon(); else { local.drop(); state("saved", last); }
      } else if (status === 409 && said) { stopped = true; state("conflict"); hear.newer(said); }
      else if (AGAIN_LATER(status)) { state("failing"); retry(); }
      else if (status === 401 || status === 403 || !said) leave();
      else { state("refused", { text: said.text || said.message || "" }); }
    } catch { state("offline"); retry(); }
    finally { busy = false; }
  }
  const soon = later(AFTER, save), retry = later(AGAIN, save);
  const keep = later(250, async () => { const changed = changes(await read()); if (Object.keys(changed).length) here(changed); });
  const leave = () => { out = true; state("out"); };
  /* Whoever has logged in again has a new token; somebody else's login does not send what this one has drawn. */
  async function admitted() {
    const answer = await fetch(urls.draft, { headers: { Accept: "application/json" } }), said = await told(answer);
    if (!answer.ok || !said || said.writer !== (document.body.dataset.writer || "")) return;
    document.querySelector('meta[name="csrf-token"]').content = said.csrf;
    out = false;
    await save();
  }
  async function alive() {
    if (document.hidden) return;
    try {
      if (out) { await admitted(); return; }
      const { ok, said, status } = await post(urls.here, {});
      if (status === 401 || status === 403) { leave(); return; }
      if (!ok || !said) return;
      others(said.others || []);
      if (said.revision !== revision && !busy && !stopped) hear.newer(said);
    } catch { /* the next sign of life will do */ }
  }
  setInterval(alive, ALIVE);
  alive();
  addEventListener("online", () => save());
  const hold = () => { if (stopped || out || busy) keep.now(); return save(); };
  const open = () => now !== "saved" || busy || soon.waits();
  addEventListener("beforeunload", (event) => { hear.flush(); if (open()) { hold(); event.preventDefault(); } });
  addEventListener("pagehide", () => { tabs.postMessage("gone"); if (open()) hold(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { alive(); return; } hear.flush(); if (soon.waits()) soon.now(); });
  return {
    changed() { if (stopped || out) { keep(); return; } state("dirty"); keep(); soon(); },
    now: hold,
    /** What this browser kept of an earlier visit, with whether it still fits what the desk has. */
    left: () => { const found = local.get(); return found && Object.keys(found.files || {}).length ? { ...found, fits: found.revision === revision } : null; },
    forget: () => local.drop(),
    /** Theirs and mine in one where nobody touched the same file; null where somebody did. */
    merged(theirs, mine) {
      const both = {};
      for (const name of all(kept, theirs, mine)) {
        const [base, own, other] = [kept, mine, theirs].map((texts) => texts[name] ?? null);
        if (own !== base && other !== base && own !== other) return null;
        const text = own === base ? other : own;
        if (text !== null) both[name] = text;
      }
      return both;
    },
    /** After a conflict: go on from theirs, with mine on top or without. */
    goOn(theirs, files) { revision = theirs.revision; last = { at: theirs.changed_at }; kept = { ...files }; stopped = false; },
    get revision() { return revision; }, get kept() { return kept; },
    isOpen: open,
  };
}
export const stateWords = (name, more) => ({
  saved: more.at ? t("Saved at %(time)s", { time: clock(new Date(more.at)) }) : t("Saved"), dirty: t("Not saved yet"), saving: t("Saving …"),
  offline: t("Offline: kept in this browser"), out: t("You have been logged out: kept in this browser"), failing: t("The desk does not answer: kept in this browser, sent again soon"), conflict: t("Changed by somebody else"), refused: t("Not saved: %(why)s", { why: more.text || "" }),
}[name]);
