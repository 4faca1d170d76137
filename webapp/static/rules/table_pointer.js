/* The table by mouse and finger: choose cells by dragging over them, rows by dragging their handle. */

export function pointing({ box, view, type, moveTo, sheet, fixed, editing }) {
  let choosing = false, dragging = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("a")) return;
    editing()?.finish();
    const grip = event.target.closest(".grip"), cell = event.target.closest(".td"), first = event.target.closest(".first");
    const line = event.target.closest("[data-r]");
    if (!line) return;
    const r = Number(line.dataset.r);
    event.preventDefault();
    box.focus({ preventScroll: true });
    if (grip) {
      const { r1, r2 } = view.range();
      if (r < r1 || r > r2) view.go(r, view.at.c);
      dragging = { rows: view.chosen(), to: null };
      box.setPointerCapture(event.pointerId);
      box.classList.add("dragging");
    } else if (first) { view.go(r, 0, event.shiftKey); view.from.c = 0; view.go(r, sheet.columns.length - 1, true); }
    else if (cell) {
      const c = Number(cell.dataset.c || 0), again = event.pointerType !== "mouse" && view.at.r === r && view.at.c === c;
      view.go(r, c, event.shiftKey);
      if (again) { type(); return; }
      choosing = event.pointerType === "mouse";
    }
  });
  box.addEventListener("pointermove", (event) => {
    if (!choosing && !dragging) return;
    const { r, c, y } = view.under(event), rect = box.getBoundingClientRect();
    if (event.clientY < rect.top + 70) box.scrollTop -= 20;
    else if (event.clientY > rect.bottom - 30) box.scrollTop += 20;
    if (choosing) { if (r !== view.at.r || c !== view.at.c) view.go(r, c, true); return; }
    dragging.to = Math.max(0, Math.min(sheet.rows.length, Math.round(y)));
    view.mark(dragging.to);
  });
  const end = () => {
    choosing = false;
    const { rows, to } = dragging || {};
    dragging = null;
    box.classList.remove("dragging");
    view.mark(null);
    return { rows, to };
  };
  box.addEventListener("pointerup", () => {
    const { rows, to } = end();
    if (rows?.length && to !== null && !fixed) {
      const above = sheet.rows.slice(0, to).filter((one) => !rows.includes(one)).length;
      if (sheet.rows.indexOf(rows[0]) !== above) moveTo(rows, above);
    }
  });
  box.addEventListener("pointercancel", end);
  box.addEventListener("dblclick", (event) => { if (event.target.closest(".td") && !event.target.closest("a")) type(); });
}
