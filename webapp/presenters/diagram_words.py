"""The diagram in the reader's language: every element that has a title is called by it.

Only names change, and only on the page: what is downloaded is the file as it was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.workflow import Definition
from engine.workflow.xml import BPMN, DI, SPIFF, XmlFault, local, read_xml
from webapp.i18n import N_, Reader

_TITLES = {"de": f"{{{SPIFF}}}titleDe", "en": f"{{{SPIFF}}}titleEn"}
_MOST = 128
_FAR = 5  # gateways in a row
_LABEL = 90.0  # the width that editors give a label at first; drawn ones fit one language's words
_BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
_kept: dict[tuple[str, str], bytes] = {}


def in_words_of(definition: Definition, reader: Reader) -> bytes:
    """The diagram with its titles in the reader's language as names."""
    key = (definition.digest, reader.language)
    if key not in _kept:
        if len(_kept) >= _MOST:
            _kept.clear()
        _kept[key] = said_to(reader, definition.bpmn)
    return _kept[key]


def said_to(reader: Reader, bpmn: bytes) -> bytes:
    """Any diagram in the reader's language; `XmlFault` for what is no XML."""
    return _renamed(bpmn, _TITLES.get(reader.language, _TITLES["en"]))


def titles_said(reader: Reader, diagram: str | bytes) -> dict[str, str]:
    """What elements are called in the reader's language, by their names as drawn and their ids."""
    found: dict[str, str] = {}
    try:
        root = read_xml(diagram.encode() if isinstance(diagram, str) else diagram)
    except XmlFault:
        return found  # a diagram that nobody can read names nothing
    for title in root.iter(_TITLES.get(reader.language, _TITLES["en"])):
        above = title.getparent()
        element = above.getparent() if above is not None else None
        if element is not None and (said := (title.text or "").strip()):
            for name in filter(None, (element.get("name"), element.get("id"))):
                found.setdefault(name, said)
    for gateway, step in _after(root):
        text = reader.gettext(N_("the gateway after ‘%(step)s’"))
        if step is None:
            found.setdefault(gateway, reader.gettext(N_("the gateway at the start")))
        elif called := found.get(step.get("id", "")) or step.get("name"):
            found.setdefault(gateway, text % {"step": called})
    return found


def _after(root: etree._Element) -> Iterator[tuple[str, etree._Element | None]]:
    """The gateways that nobody gave a name, with the step that they come after, if any."""
    nodes = {key: one for one in root.iter(f"{{{BPMN}}}*") if (key := one.get("id"))}
    before: dict[str, str] = {}
    for flow in root.iter(f"{{{BPMN}}}sequenceFlow"):
        before.setdefault(flow.get("targetRef", ""), flow.get("sourceRef", ""))
    for key, node in nodes.items():
        if not local(node).endswith("Gateway") or node.get("name"):
            continue
        here: etree._Element | None = nodes.get(before.get(key, ""))
        for _ in range(_FAR):
            if here is None or not local(here).endswith("Gateway"):
                break
            here = nodes.get(before.get(here.get("id", ""), ""))
        if here is not None:
            first = local(here) == "startEvent" and not here.get("name")
            yield key, None if first else here


def _renamed(bpmn: bytes, title: str) -> bytes:
    root = read_xml(bpmn)
    labels = {
        shape.get("bpmnElement"): label.find(_BOUNDS)
        for label in root.iter(f"{DI}BPMNLabel")
        if (shape := label.getparent()) is not None
    }
    for said in root.iter(title):
        extension = said.getparent()
        element = extension.getparent() if extension is not None else None
        if element is not None and (said.text or "").strip() and _drawn(element):
            element.set("name", (said.text or "").strip())
            _widen(labels.get(element.get("id")))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _widen(bounds: etree._Element | None) -> None:
    """Room for the words of another language, to both sides: `Nein` is longer than `No`."""
    if bounds is None:
        return
    try:
        missing = _LABEL - float(bounds.get("width", ""))
        left = float(bounds.get("x", "")) - missing / 2
    except ValueError:
        return
    if missing > 0:
        bounds.set("width", str(_LABEL))
        bounds.set("x", str(left))


def _drawn(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and etree.QName(element).namespace == BPMN
