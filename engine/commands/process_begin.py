"""A new process begins: with next to nothing, as a copy, from a template, or from somebody's file.

What comes from elsewhere is taken as it is, whatever tool made it: what cannot run here is named by
the check, and nothing is in force before it is published.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree
from sqlalchemy.orm import Session

from engine.catalogue.drafting import ProcessDraft
from engine.catalogue.published import ProcessInForce
from engine.commands.process_drafts import draft_of, new_draft
from engine.errors import Invalid, NotFound
from engine.work import Work
from engine.workflow.plain import make_plain
from engine.workflow.source import DIAGRAM, drawn_process, main_process
from engine.workflow.xml import SPIFF, B, XmlFault, local, read_xml

Texts = dict[str, str]
BLANK = Path(__file__).parent / "templates" / "blank.bpmn"
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def begin_process(
    work: Work, title: str, language: str, files: Mapping[str, str], key: str = ""
) -> ProcessDraft:
    """The first draft of a process of this name; `Invalid` where the key is taken or none."""
    if not title.strip():
        raise Invalid(
            "Please give the process a name.",
            fields={"title": "Please give the process a name."},
        )
    wanted = key.strip() or key_of(title)
    return new_draft(work, wanted, named(files, wanted, title.strip(), language))


def key_of(title: str) -> str:
    """ "Neues Gerät bestellen" → neues_geraet_bestellen."""
    flat = unicodedata.normalize("NFKD", title.lower().translate(_GERMAN))
    found = re.sub(r"[^a-z0-9]+", "_", flat.encode("ascii", "ignore").decode()).strip("_")[:50]
    return found if found[:1].isalpha() else f"process_{found}".rstrip("_")


def blank() -> Texts:
    """A beginning, a step and an end, which already runs."""
    return {DIAGRAM: BLANK.read_text("utf-8")}


def copied(session: Session, key: str) -> Texts:
    """The files of another process: its draft, else what is in force; raises `NotFound`."""
    draft = draft_of(session, key)
    if draft is not None:
        return dict(draft.files)
    current = session.get(ProcessInForce, key)
    if current is None:
        raise NotFound("There is no such process.")
    return dict(current.version.files)


def named(files: Mapping[str, str], key: str, title: str, language: str) -> Texts:
    """The same files under another key and name; a diagram that cannot be read stays as it is."""
    text = files.get(DIAGRAM, "")
    try:
        root = read_xml(text.encode("utf-8", "replace"))
        make_plain(root)
        process = main_process(root)
    except XmlFault:
        return dict(files)
    process = process if process is not None else drawn_process(root)
    if process is None:
        return dict(files)
    process.set("isExecutable", "true")  # whoever begins with it means it to run
    old = process.get("id", "")
    if old != key and not any(one.get("id") == key for one in root.iter(etree.Element)):
        process.set("id", key)
        for one in root.iter(etree.Element):
            for name in ("processRef", "bpmnElement"):
                if one.get(name) == old:
                    one.set(name, key)
    for element in (process, *_pools(root, key)):
        _call(element, title, language)
    return {
        **files,
        DIAGRAM: etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode(),
    }


def _pools(root: etree._Element, key: str) -> Iterator[etree._Element]:
    return (pool for pool in root.iter(f"{B}participant") if pool.get("processRef") == key)


def _call(element: etree._Element, title: str, language: str) -> None:
    element.set("name", title)
    holder = element.find(f"{B}extensionElements")
    if holder is None:
        holder = etree.Element(f"{B}extensionElements")
        documented = [at for at, one in enumerate(element) if local(one) == "documentation"]
        element.insert(documented[-1] + 1 if documented else 0, holder)
    for said in holder.findall(f"{{{SPIFF}}}titleDe") + holder.findall(f"{{{SPIFF}}}titleEn"):
        holder.remove(said)
    name = "titleDe" if language == "de" else "titleEn"
    etree.SubElement(holder, f"{{{SPIFF}}}{name}", nsmap={"spiffworkflow": SPIFF}).text = title
