"""References may carry the prefix of a namespace: some tools write `tns:Message_1` for an id.

BPMN allows it for what could also stand in another file. Here everything stands in the file
itself, and whatever looks an id up, the modeller included, looks for it as it is.
"""

from __future__ import annotations

from lxml import etree

from engine.workflow.xml import BPMN, BPMNDI

NAMES = (
    "messageRef", "signalRef", "errorRef", "escalationRef", "attachedToRef", "processRef",
    "calledElement", "bpmnElement",
)  # fmt: skip


def plain_references(root: etree._Element) -> None:
    """Take the prefixes off that name a namespace of the file, unless an id is written with it."""
    written: list[tuple[etree._Element, str, str]] = []
    ids: set[str] = set()
    for element in root.iter(f"{{{BPMN}}}*", f"{{{BPMNDI}}}*"):
        ids.add(element.get("id", ""))
        for name in NAMES:
            prefix, colon, plain = element.get(name, "").partition(":")
            if colon and plain and prefix in element.nsmap:
                written.append((element, name, plain))
    for element, name, plain in written:
        if element.get(name) not in ids:
            element.set(name, plain)
