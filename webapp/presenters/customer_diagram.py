"""The diagram as a customer may see it: their own words, and nothing of how we work inside.

Everything that is not needed to draw it is taken out: extension elements, documentation, scripts,
conditions, messages, names of other namespaces. Ids are renumbered, because an id is a name too.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from lxml import etree

from engine.workflow import Definition, Step
from engine.workflow.xml import BPMN, is_bpmn, local, read_xml
from webapp.i18n import N_, Reader

DRAWN = ("http://www.omg.org/spec/BPMN/20100524/DI", "http://www.omg.org/spec/DD/20100524/DC",
         "http://www.omg.org/spec/DD/20100524/DI")  # fmt: skip
# What each element may keep of its attributes; `name` is written anew.
KEPT = {
    "id", "sourceRef", "targetRef", "attachedToRef", "cancelActivity", "processRef", "bpmnElement",
    "isHorizontal", "isExpanded", "isMarkerVisible", "x", "y", "width", "height", "default",
    "isInterrupting", "triggeredByEvent", "eventGatewayType", "gatewayDirection",
}  # fmt: skip
REFERENCES = ("flowNodeRef", "incoming", "outgoing")
DROPPED = {
    "extensionElements", "documentation", "conditionExpression", "script", "message", "signal",
    "error", "escalation", "itemDefinition", "interface", "dataStore", "dataObject",
    "dataObjectReference", "dataStoreReference", "ioSpecification", "property", "textAnnotation",
    "association", "category", "group", "dataInputAssociation", "dataOutputAssociation",
    "correlationProperty", "correlationSubscription", "resource", "globalTask", "import",
    "loopCharacteristics", "timeDuration", "timeDate", "timeCycle", "condition",
    "standardLoopCharacteristics", "multiInstanceLoopCharacteristics", "BPMNLabelStyle",
    "relationship", "auditing", "monitoring", "potentialOwner", "performer", "humanPerformer",
}  # fmt: skip
OURS = N_("We work on it")
BY_ITSELF = N_("Happens by itself")
WORK = {"userTask", "manualTask", "task", "callActivity", "subProcess", "transaction"}
AUTOMATIC = {"serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask"}
LANES = {"customer": N_("You"), "manager": N_("Your manager")}
US = N_("We")


def diagram_for(definition: Definition, reader: Reader) -> bytes:
    """The cleaned diagram in the reader's language; the same bytes for the same version."""
    return _cleaned(definition.digest, definition, reader.language)


def marks(definition: Definition, step_ids: list[str]) -> list[str]:
    """Ids of the cleaned diagram for steps of the real one."""
    numbers = _numbers(definition.digest, definition.bpmn)
    return [numbers[step_id] for step_id in step_ids if step_id in numbers]


@lru_cache(maxsize=64)
def _numbers(digest: str, bpmn: bytes) -> dict[str, str]:
    root = read_xml(bpmn)
    ids = [element.get("id", "") for element in root.iter() if element.get("id")]
    return {old: f"n{number}" for number, old in enumerate(dict.fromkeys(ids), 1)}


_kept: dict[tuple[str, str], bytes] = {}


def _cleaned(digest: str, definition: Definition, language: str) -> bytes:
    found = _kept.get((digest, language))
    if found is None:
        found = clean(definition, Reader(language))
        if len(_kept) >= 64:
            _kept.clear()
        _kept[digest, language] = found
    return found


def clean(definition: Definition, reader: Reader) -> bytes:
    """Take everything out that is not for customers, and write the rest in their words."""
    root = read_xml(definition.bpmn)
    numbers = _numbers(definition.digest, definition.bpmn)
    assigned = {s.lane: s.assign for s in definition.steps.values() if s.lane and s.assign}
    for element in [e for e in root.iter() if _unwanted(e)]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    for element in root.iter():
        name = _name_of(element, definition, reader, assigned)
        _strip(element, numbers)
        if name:
            element.set("name", name)
    _drop_lost_shapes(root)
    root.set("targetNamespace", "urn:vorgang:request")
    etree.cleanup_namespaces(root, keep_ns_prefixes=["bpmn", "bpmndi", "dc", "di"])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _unwanted(element: etree._Element) -> bool:
    # Comments and processing instructions have a function where elements have a name.
    named = isinstance(element.tag, str)
    space = etree.QName(element).namespace if named else None
    return not named or space not in (BPMN, *DRAWN) or local(element) in DROPPED


def _name_of(
    element: etree._Element,
    definition: Definition,
    reader: Reader,
    assigned: dict[str, str],
) -> str:
    """What an element is called for the customer; most are not called anything."""
    if not is_bpmn(element):
        return ""
    kind, step = local(element), definition.steps.get(element.get("id", ""))
    if kind == "participant":
        return reader.pick(definition.title)
    if kind == "lane":
        who = assigned.get(element.get("name") or element.get("id") or "", "")
        return reader.gettext(LANES.get(who, US))
    return _step_name(kind, step, reader)


def _step_name(kind: str, step: Step | None, reader: Reader) -> str:
    if step is not None and step.shown and step.label:
        return reader.pick(step.label)
    if kind in WORK:
        return reader.gettext(OURS)
    return reader.gettext(BY_ITSELF) if kind in AUTOMATIC else ""


def _strip(element: etree._Element, numbers: dict[str, str]) -> None:
    for key, value in list(element.attrib.items()):
        name = str(key)
        if name not in KEPT:
            del element.attrib[key]
        elif value in numbers:
            element.set(name, numbers[value])
    text = (element.text or "").strip()
    element.text = None
    if is_bpmn(element) and local(element) in REFERENCES:
        element.text = numbers.get(text, "")
    element.tail = None


def _drop_lost_shapes(root: etree._Element) -> None:
    """Shapes whose element was taken out would break the viewer."""
    there = {e.get("id") for e in root.iter() if is_bpmn(e)}
    for element in list(root.iter()):
        target = element.get("bpmnElement")
        parent = element.getparent()
        if target is not None and target not in there and parent is not None:
            parent.remove(element)


def fingerprint(definition: Definition, language: str) -> str:
    """A tag for caches: changes with the version and the language."""
    return hashlib.sha256(f"{definition.digest}:{language}:1".encode()).hexdigest()[:20]
