"""Reading XML that somebody uploaded: no DOCTYPE, no entities, no network, bounded size."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

MAX_BYTES = 5_000_000
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
B, S, DI = f"{{{BPMN}}}", f"{{{SPIFF}}}", f"{{{BPMNDI}}}"

# Some tools declare what the text was in their memory; a file where this can be read is not so.
_NOT_SO = re.compile(
    rb"""(\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["'](utf-?16|utf-?32|ucs-?[24])""",
    re.IGNORECASE,
)
DOCTYPE = "The file carries a DOCTYPE, which is refused"
RESAVE = "Save it anew from a BPMN editor"


class XmlFault(Exception):
    """Bytes that are no acceptable XML; `line` where known, `refused` where they could be read."""

    def __init__(
        self, message: str, line: int | None = None, *, refused: bool = False, mend: str = RESAVE
    ) -> None:
        super().__init__(message)
        self.message, self.line, self.refused, self.mend = message, line, refused, mend


def read_xml(data: bytes) -> etree._Element:
    """The root element; raises XmlFault for anything but plain, well-formed, bounded XML."""
    if len(data) > MAX_BYTES:
        raise XmlFault(
            f"The file is larger than {MAX_BYTES // 1_000_000} MB", refused=True,
            mend="Take out what is not drawn, or move parts into calls",
        )  # fmt: skip
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
        encoding="utf-8" if _NOT_SO.match(data) else None,
    )  # fmt: skip
    if re.search(rb"<!\s*DOCTYPE", data.replace(b"\0", b""), re.IGNORECASE):
        raise XmlFault(DOCTYPE, refused=True, mend="Remove the DOCTYPE")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise XmlFault(f"This is not well-formed XML: {error.msg}", error.lineno) from None
    except (ValueError, LookupError) as error:
        raise XmlFault(f"This is not readable XML: {error}") from None
    if root is None:
        raise XmlFault("The file is empty")
    info: Any = root.getroottree().docinfo
    if info.doctype:  # another encoding may have hidden it from the search above
        raise XmlFault(DOCTYPE, refused=True, mend="Remove the DOCTYPE")
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def is_bpmn(element: etree._Element) -> bool:
    """Whether the element belongs to BPMN itself."""
    tag = element.tag
    return isinstance(tag, str) and tag.startswith(B)


def extension(element: etree._Element, name: str) -> str | None:
    """The text of one of our extension elements, stripped; None when absent or empty."""
    for holder in element.iterchildren(f"{B}extensionElements"):
        for found in holder.iterchildren(f"{S}{name}"):
            return (found.text or "").strip() or None
    return None


def extension_properties(element: etree._Element) -> dict[str, str]:
    """The name/value pairs of `<spiffworkflow:properties>`."""
    return {
        found.get("name", ""): found.get("value", "")
        for holder in element.iterchildren(f"{B}extensionElements")
        for found in holder.iterfind(f"{S}properties/{S}property")
    }
