"""What may be written in several ways is read in one: references, yes and no, and times.

BPMN lets `tns:Message_1` stand for an id that could also be in another file, and `1` for `true`;
a time stands there as it is, where the library wants an expression. Here everything stands in the
file itself, and whatever looks an id or a mark up, the library and the modeller included, looks for
one spelling.
"""

from __future__ import annotations

import re

from lxml import etree

from engine.workflow.timers import parse_cycle, parse_date, parse_duration
from engine.workflow.xml import BPMN, BPMNDI, B

REFERENCES = (
    "messageRef", "signalRef", "errorRef", "escalationRef", "attachedToRef", "processRef",
    "calledElement", "bpmnElement",
)  # fmt: skip
MARKS = (
    "isExecutable", "cancelActivity", "triggeredByEvent", "isForCompensation", "isSequential",
    "testBefore",
)  # fmt: skip
SAME = {"1": "true", "0": "false"}
TIMES = {
    f"{B}timeDate": parse_date, f"{B}timeDuration": parse_duration, f"{B}timeCycle": parse_cycle,
}  # fmt: skip
BARE = re.compile(r"(R\d*/.*)?P[0-9YMWDTHS.]+|\d{4}-\d\d-\d\d.*")  # a time that is not quoted


def make_plain(root: etree._Element) -> None:
    """Take off prefixes that are in no id, spell marks in one way, and quote times."""
    written: list[tuple[etree._Element, str, str]] = []
    ids: set[str] = set()
    for element in root.iter(f"{{{BPMN}}}*", f"{{{BPMNDI}}}*"):
        ids.add(element.get("id", ""))
        if element.tag in TIMES:
            _quote(element)
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


def _quote(element: etree._Element) -> None:
    text = (element.text or "").strip()
    if BARE.fullmatch(text):
        try:
            TIMES[str(element.tag)](text)
        except (ValueError, OverflowError):
            return  # has its finding
        element.text = f'"{text}"'
