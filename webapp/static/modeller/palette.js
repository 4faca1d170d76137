/* What can be put into the diagram: pulled there, clicked and placed, or put by Enter behind what is selected. */
import { element } from "../js/words.js";
import { GROUPS, KINDS } from "./offered.js";
import { t } from "./said.js";
import { toast } from "../js/overlays.js";
export function palette({ modeler, box }) {
  const offered = modeler.get("offered"), canvas = modeler.get("canvas");
  const tools = [["hand", "hand-tool", t("Move the picture"), "H", () => modeler.get("handTool").toggle()], ["lasso", "lasso-tool", t("Select an area"), "L", () => modeler.get("lassoTool").toggle()], ["space", "space-tool", t("Make or take room"), "S", () => modeler.get("spaceTool").toggle()], ["connect", "connection-multi", t("Connect"), "C", () => modeler.get("globalConnect").toggle()]];
  const row = element("div", { class: "draw-tools", role: "group", "aria-label": t("Tools") });
  for (const [id, sign, word, key, act] of tools) {
    const button = element("button", { type: "button", class: "bpmn-icon-" + sign, "data-tool": id, "data-help-key": key, title: `${word} (${key})`, "aria-label": word, "aria-pressed": "false" });
    button.addEventListener("click", () => { act(); canvas.focus?.(); });
    row.append(button);
  }
  modeler.get("eventBus").on("tool-manager.update", ({ tool }) => { for (const button of row.children) button.setAttribute("aria-pressed", String(button.dataset.tool === { "global-connect": "connect" }[tool] || button.dataset.tool === tool)); });
  box.append(row);
  for (const [group, name] of GROUPS) {
    const list = element("ul");
    for (const kind of KINDS().filter((one) => one.group === group && !one.rare)) {
      const button = element("button", { type: "button", draggable: "true", title: kind.hint, "data-kind": kind.id }, element("span", { class: kind.icon, "aria-hidden": "true" }), element("span", { class: "word" }, kind.word));
      const pull = (event) => { event.preventDefault(); offered.pull(event, kind); };
      button.addEventListener("dragstart", pull);
      button.addEventListener("click", (event) => {
        if (event.detail) { pull(event); return; } // a mouse: what was taken up is placed by the next click
        if (!offered.put(kind)) { toast(t("Select a step first: this sits on its border."), { kind: "warn" }); return; }
        if (!modeler.get("directEditing").isActive()) canvas.focus?.();
      });
      list.append(element("li", {}, button));
    }
    box.append(element("section", {}, element("h2", {}, name()), list));
  }
}
