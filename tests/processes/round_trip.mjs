// Reads diagrams the way bpmn.io's editors do, writes them, reads them again: one JSON line each.
import { readFile } from 'node:fs/promises';
import { BpmnModdle } from 'bpmn-moddle';

const idsOf = (read) => Object.keys(read.elementsById).sort();

for (const path of process.argv.slice(2)) {
  const first = await new BpmnModdle().fromXML(await readFile(path, 'utf8'));
  const { xml } = await new BpmnModdle().toXML(first.rootElement, { format: true });
  const second = await new BpmnModdle().fromXML(xml);
  const again = await new BpmnModdle().toXML(second.rootElement, { format: true });
  console.log(JSON.stringify({
    path,
    xml,
    stable: xml === again.xml,
    same: JSON.stringify(idsOf(first)) === JSON.stringify(idsOf(second)),
    warnings: [...first.warnings, ...second.warnings].map((w) => w.message),
  }));
}
