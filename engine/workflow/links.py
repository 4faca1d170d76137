"""Link events: a pair of arrows with one name is a flow that nobody wanted to draw across the page.

The machine knows no links (the library would end the process at the first). So they become what
they mean when a diagram is read: a flow from each throwing link to the one that catches it, both
being points that a token passes. A link without its counterpart is left, and found by the checks.
"""

from __future__ import annotations

from lxml import etree

from engine.workflow.plain import make_plain
from engine.workflow.xml import B, is_bpmn, local, read_xml

LINK = f"{B}linkEventDefinition"


def read_linked(data: bytes) -> etree._Element:
    """The root element with its links joined; raises XmlFault as `read_xml` does."""
    root = read_xml(data)
    make_plain(root)
    for scope in list(root.iter(f"{B}process", f"{B}subProcess", f"{B}transaction")):
        _join(scope)
    return root


def _join(scope: etree._Element) -> None:
    throws: dict[str, list[etree._Element]] = {}
    catches: dict[str, list[etree._Element]] = {}
    for node in scope:
        name = _link(node)
        if name and local(node) == "intermediateThrowEvent":
            throws.setdefault(name, []).append(node)
        elif name and local(node) == "intermediateCatchEvent":
            catches.setdefault(name, []).append(node)
    for name, found in throws.items():
        if len(catches.get(name, ())) == 1:
            _connect(scope, found, catches[name][0])


def _link(node: etree._Element) -> str:
    """The name of the link that an event is, alone; empty for anything else."""
    if not is_bpmn(node) or not node.get("id"):
        return ""
    kinds = [c for c in node if is_bpmn(c) and local(c).endswith("EventDefinition")]
    return (kinds[0].get("name") or "").strip() if [c.tag for c in kinds] == [LINK] else ""


def _connect(scope: etree._Element, throws: list[etree._Element], catch: etree._Element) -> None:
    catch.tag = f"{B}intermediateThrowEvent"
    for node in [*throws, catch]:
        node.remove(next(node.iterchildren(LINK)))
    for node in throws:
        name = f"link_{node.get('id')}_{catch.get('id')}"
        ends = {"sourceRef": node.get("id", ""), "targetRef": catch.get("id", "")}
        etree.SubElement(scope, f"{B}sequenceFlow", {"id": name, **ends})
