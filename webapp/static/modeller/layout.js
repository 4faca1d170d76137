/* A diagram without a picture gets one: steps in columns in the order in which they are reached. */
const BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL", DI = "http://www.omg.org/spec/BPMN/20100524/DI", DC = "http://www.omg.org/spec/DD/20100524/DC", LINE = "http://www.omg.org/spec/DD/20100524/DI";
const TASK = { width: 100, height: 80 }, EVENT = { width: 36, height: 36 }, WAY = { width: 50, height: 50 };
const size = (name) => (name.endsWith("Gateway") ? WAY : name.endsWith("Event") ? EVENT : TASK);
/** The same text with a picture; one that has one, or that cannot be read, is left alone. */
export function laidOut(xml) {
  if (/BPMNShape/.test(xml) || !/<(\w+:)?process[\s>]/.test(xml)) return xml;
  const read = new DOMParser().parseFromString(xml, "application/xml");
  if (read.getElementsByTagName("parsererror").length || read.getElementsByTagNameNS(DI, "BPMNShape").length) return xml;
  const process = read.getElementsByTagNameNS(BPMN, "process")[0];
  if (!process) return xml;
  const flows = [...process.children].filter((one) => one.localName === "sequenceFlow"), nodes = [...process.children].filter((one) => /(task|Task|Event|Gateway|callActivity|subProcess|transaction)$/.test(one.localName) && one.getAttribute("id"));
  const column = new Map(), todo = nodes.filter((one) => one.localName === "startEvent").map((one) => [one.getAttribute("id"), 0]);
  while (todo.length) { const [id, at] = todo.shift(); if (column.has(id)) continue; column.set(id, at); for (const flow of flows) if (flow.getAttribute("sourceRef") === id) todo.push([flow.getAttribute("targetRef"), at + 1]); for (const one of nodes) if (one.getAttribute("attachedToRef") === id) todo.push([one.getAttribute("id"), at]); }
  const rows = new Map(), places = new Map();
  for (const one of nodes) {
    const id = one.getAttribute("id"), at = column.get(id) ?? 0, line = rows.get(at) || 0, { width, height } = size(one.localName);
    rows.set(at, line + 1);
    places.set(id, { x: 160 + at * 170 - width / 2, y: 140 + line * 130 - height / 2, width, height });
  }
  const diagram = read.createElementNS(DI, "bpmndi:BPMNDiagram"), plane = read.createElementNS(DI, "bpmndi:BPMNPlane");
  diagram.setAttribute("id", "diagram_made"); plane.setAttribute("id", "plane_made"); plane.setAttribute("bpmnElement", process.getAttribute("id"));
  for (const [id, place] of places) {
    const shape = read.createElementNS(DI, "bpmndi:BPMNShape"), bounds = read.createElementNS(DC, "dc:Bounds");
    shape.setAttribute("id", id + "_di"); shape.setAttribute("bpmnElement", id);
    for (const [name, value] of Object.entries(place)) bounds.setAttribute(name, String(value));
    shape.append(bounds); plane.append(shape);
  }
  for (const flow of flows) {
    const from = places.get(flow.getAttribute("sourceRef")), to = places.get(flow.getAttribute("targetRef"));
    if (!from || !to) continue;
    const edge = read.createElementNS(DI, "bpmndi:BPMNEdge");
    edge.setAttribute("id", flow.getAttribute("id") + "_di"); edge.setAttribute("bpmnElement", flow.getAttribute("id"));
    const back = to.x <= from.x, start = { x: from.x + from.width, y: from.y + from.height / 2 }, end = { x: to.x, y: to.y + to.height / 2 }, middle = (start.x + end.x) / 2;
    const points = back ? [{ x: from.x + from.width / 2, y: from.y + from.height }, { x: from.x + from.width / 2, y: from.y + from.height + 60 }, { x: to.x + to.width / 2, y: from.y + from.height + 60 }, { x: to.x + to.width / 2, y: to.y + to.height }] : start.y === end.y ? [start, end] : [start, { x: middle, y: start.y }, { x: middle, y: end.y }, end];
    for (const { x, y } of points) { const point = read.createElementNS(LINE, "di:waypoint"); point.setAttribute("x", String(x)); point.setAttribute("y", String(y)); edge.append(point); }
    plane.append(edge);
  }
  diagram.append(plane); read.documentElement.append(diagram);
  return new XMLSerializer().serializeToString(read);
}
