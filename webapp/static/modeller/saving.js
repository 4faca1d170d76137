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
/** `read()` gives the texts as they stand now, by name. `hear` is told of state, others and conflict. */
export function saving({ stand, read, hear }) {
  let revision = stand.revision, kept = { ...stand.files }, busy = false, stopped = false;
  const changes = (now) => {
    const found = {};
    for (const name of new Set([...Object.keys(kept), ...Object.keys(now)])) if (kept[name] !== now[name]) found[name] = now[name] ?? null;
    return found;
  };
  const state = (name, more = {}) => hear.state(name, more);
  async function save() {
    if (busy || stopped) return;
    const now = await read(), changed = changes(now);
    if (!Object.keys(changed).length) { local.drop(); state("saved"); return; }
    local.set({ revision, files: changed });
    busy = true;
    state("saving");
    try {
      const { status, ok, said } = await post(urls.draft, { revision, files: changed });
      if (ok && said) {
        kept = { ...now }; revision = said.revision;
        hear.others(said.others || []);
        if (Object.keys(changes(await read())).length) soon(); else { local.drop(); state("saved", { at: said.changed_at }); }
      } else if (status === 409 && said) { stopped = true; state("conflict"); hear.conflict(said); }
      else if (status === 401 || status === 403 || !said) state("out");
      else { state("refused", { text: said.text || said.message || "" }); }
    } catch { state("offline"); retry(); }
    finally { busy = false; }
  }
  const soon = later(AFTER, save), retry = later(AGAIN, save);
  const keep = later(250, async () => { const changed = changes(await read()); if (Object.keys(changed).length) local.set({ revision, files: changed }); });
  const alive = async () => {
    if (document.hidden) return;
    try {
      const { ok, said } = await post(urls.here, {});
      if (!ok || !said) return;
      hear.others(said.others || []);
      if (said.revision !== revision && !busy && !stopped) hear.newer(said);
    } catch { /* the next sign of life will do */ }
  };
  setInterval(alive, ALIVE);
  alive();
  addEventListener("online", () => save());
  const open = () => busy || soon.waits() || retry.waits() || stopped;
  addEventListener("beforeunload", (event) => { if (open()) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && soon.waits()) soon.now(); });
  return {
    changed() { if (stopped) { keep(); return; } state("dirty"); keep(); soon(); },
    now: () => save(),
    /** What this browser kept of an earlier visit, with whether it still fits what the desk has. */
    left: () => { const found = local.get(); return found && Object.keys(found.files || {}).length ? { ...found, fits: found.revision === revision } : null; },
    forget: () => local.drop(),
    /** After a conflict: go on from theirs, with mine on top or without. */
    goOn(theirs, files) { revision = theirs.revision; kept = { ...files }; stopped = false; },
    get revision() { return revision; }, get kept() { return kept; },
    isOpen: open,
  };
}
export const stateWords = (name, more) => ({
  saved: more.at ? t("Saved at %(time)s", { time: clock(new Date(more.at)) }) : t("Saved"), dirty: t("Not saved yet"), saving: t("Saving …"),
  offline: t("Offline: kept in this browser"), out: t("You have been logged out: kept in this browser"), conflict: t("Changed by somebody else"), refused: t("Not saved: %(why)s", { why: more.text || "" }),
}[name]);
