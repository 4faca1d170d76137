/* What is typed is kept: in this browser at once, in the draft a moment later, and over nobody else's work. */
import { csrf, told } from "../js/words.js";

const AFTER = 900, AGAIN = 5000, KEPT = 300;

export function saving({ sheet, urls, name, hear }) {
  const key = () => `vorgang:typed:${document.body.dataset.writer || ""}:table:${name}`;
  let busy = false, stopped = false, out = false, timer = 0, here = 0, took = 0;
  const local = {
    get: () => { try { return JSON.parse(JSON.parse(localStorage.getItem(key())).text); } catch { return null; } },
    set: () => { try { localStorage.setItem(key(), JSON.stringify({ at: Date.now(), text: JSON.stringify({ mark: sheet.mark, ...sheet.mine() }) })); } catch { /* full or forbidden: the desk gets it in a moment */ } },
    drop: () => { try { localStorage.removeItem(key()); } catch { /* nothing is kept here */ } },
  };
  const soon = (after) => { clearTimeout(timer); timer = setTimeout(save, after); };
  async function save() {
    if (busy || stopped) return;
    if (!sheet.dirty()) { local.drop(); hear.state("saved"); return; }
    const rows = sheet.rows, begun = Date.now();
    busy = true;
    hear.state("saving");
    try {
      if (out) await fetched(urls).catch(() => {}); // whoever logged in again has another key to send with
      out = false;
      const answer = await fetch(urls.save, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), "X-Requested-With": "fetch", Accept: "application/json" }, body: JSON.stringify({ revision: sheet.revision, mark: sheet.mark, rows: sheet.wire() }) });
      const said = await told(answer);
      took = Date.now() - begun;
      if (answer.ok && said) {
        Object.assign(sheet, { revision: said.revision, mark: said.mark });
        sheet.stands(rows);
        if (sheet.dirty()) { local.set(); soon(AFTER); } else { local.drop(); hear.state("saved"); hear.saved(); }
      } else if (answer.status === 409 && said) { stopped = true; hear.state("refused", said.text || ""); hear.newer(said.text || said.message || ""); }
      else if (answer.status === 429 || answer.status >= 500) { hear.state("again"); soon(AGAIN); }
      else if (answer.status === 401 || answer.status === 403 || !said) { out = true; hear.state("out"); soon(3 * AGAIN); }
      else hear.state("refused", said.text || said.message || "");
    } catch { hear.state("again"); soon(AGAIN); }
    finally { busy = false; }
  }
  addEventListener("pagehide", () => { if (!stopped && sheet.dirty()) local.set(); });
  return {
    left: local.get,
    drop: local.drop,
    /** Something was changed; a large table is sent less often. */
    changed: () => { hear.state("typed"); clearTimeout(here); here = setTimeout(() => { if (stopped) return; if (sheet.dirty()) local.set(); else local.drop(); }, KEPT); soon(Math.max(AFTER, 2 * took)); },
    now: () => soon(0),
    /** Before one leaves the page: what waits is sent at once. */
    last: async () => { clearTimeout(timer); if (!busy) await save(); if (sheet.dirty()) local.set(); },
    goOn: () => { stopped = false; },
    stop: () => { stopped = true; },
    again: () => { stopped = false; soon(AGAIN); },
  };
}
/** The table as it stands on the desk; after a new login also with what is needed to send. */
export async function fetched(urls) {
  const said = await told(await fetch(urls.rows, { credentials: "same-origin", headers: { Accept: "application/json" } }));
  if (!said?.rows) throw new Error(said?.text || said?.message || "");
  const meta = document.querySelector('meta[name="csrf-token"]');
  if (meta && said.csrf && said.writer === document.body.dataset.writer) meta.content = said.csrf;
  return said;
}
