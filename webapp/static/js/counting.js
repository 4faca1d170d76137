/* How many of the last tickets a rule would have matched, asked when whoever writes it has paused. What is shown
   while the answer is on its way counts as old and looks so; nothing waits for it. */
import { word } from "./words.js";

const PAUSE = 450;

/** `ask(signal)` fetches the line for what stands there now, or is null where there is nothing to ask. */
export function counting(box, ask) {
  let timer = 0, running = null;
  const now = async () => {
    clearTimeout(timer);
    running?.abort();
    const mine = running = new AbortController();
    const fresh = () => mine === running;
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(mine.signal);
      if (!fresh()) return;
      if (answer && (!answer.ok || answer.redirected)) throw new Error(String(answer.status));
      const html = answer ? await answer.text() : "";
      if (fresh() && box.innerHTML.trim() !== html.trim()) box.innerHTML = html;
    } catch { if (fresh()) box.textContent = word("failed"); }
    finally { if (fresh()) box.removeAttribute("aria-busy"); }
  };
  const soon = () => { box.setAttribute("aria-busy", "true"); clearTimeout(timer); timer = setTimeout(now, PAUSE); };
  return { now, soon };
}
