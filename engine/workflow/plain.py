"""What may be written in several ways is read in one: references with a prefix, and yes and no.

BPMN lets `tns:Message_1` stand for an id that could also be in another file, and `1` for `true`.
Here everything stands in the file itself, and whatever looks an id or a mark up, the library and
the modeller included, looks for one spelling.
"""

from __future__ import annotations

from lxml import etree

from engine.workflow.xml import BPMN, BPMNDI

REFERENCES = (
    "messageRef", "signalRef", "errorRef", "escalationRef", "attachedToRef", "processRef",
    "calledElement", "bpmnElement",
)  # fmt: skip
MARKS = (
    "isExecutable", "cancelActivity", "triggeredByEvent", "isForCompensation", "isSequential",
    "testBefore",
)  # fmt: skip
SAME = {"1": "true", "0": "false"}


def make_plain(root: etree._Element) -> None:
    """Take prefixes off references, unless an id is written with it, and spell marks in one way."""
    written: list[tuple[etree._Element, str, str]] = []
    ids: set[str] = set()
    for element in root.iter(f"{{{BPMN}}}*", f"{{{BPMNDI}}}*"):
        ids.add(element.get("id", ""))
        for name in element.attrib:
            if name in MARKS:
                mark = element.get(name, "").strip().lower()
                element.set(name, SAME.get(mark, mark))
            elif name in REFERENCES:
                prefix, colon, plain = element.get(name, "").partition(":")
                if colon and plain and prefix in element.nsmap:
                    written.append((element, str(name), plain))
    for element, name, plain in written:
        if element.get(name) not in ids:
            element.set(name, plain)
