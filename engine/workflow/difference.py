"""What differs between two versions of a process: elements and forms, in the desk's terms.

Where something is drawn does not count, only what it does and says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from engine.workflow.source import SCHEMA, UI, diagram_name
from engine.workflow.xml import B, S, XmlFault, is_bpmn, local, read_xml

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_SKIPPED = {"incoming", "outgoing", "flowNodeRef", "extensionElements", "documentation"}
_BARE = {"id", "name"}  # attributes that are told apart from the rest
_INSIDE = {"laneSet", "lane", "process", "subProcess", "transaction", "definitions",
           "collaboration"}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One thing that is said differently: `what` is its key, the values are texts."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class ElementChange:
    """An element of the diagram that was added, removed or changed."""

    id: str
    kind: str
    element: str  # what it is: userTask, sequenceFlow, lane …
    name: str
    changes: tuple[Change, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)  # by language
    ends: tuple[Mapping[str, str], ...] = ()  # of an arrow: what it joins, by language


@dataclass(frozen=True)
class FileChange:
    """A form or another file that was added, removed or changed; of forms the fields, too."""

    name: str
    kind: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All that differs, in the order of the newer diagram; what was removed comes last."""

    elements: tuple[ElementChange, ...] = ()
    forms: tuple[FileChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    redrawn: bool = False  # nothing differs but where things stand

    def __bool__(self) -> bool:
        return bool(self.elements or self.forms or self.files or self.redrawn)

    def ids(self, kind: str) -> list[str]:
        """The ids of the elements that were `added`, `removed` or `changed`."""
        return [element.id for element in self.elements if element.kind == kind]


def difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Difference:
    """What differs between two sets of files of a process; unreadable diagrams count as empty."""
    (was, old), (now, new) = _described(before), _described(after)
    elements = tuple(_elements(was, now, old, new))
    names = {diagram_name(before), diagram_name(after)}
    forms = tuple(_forms(before, after))
    redrawn = not elements and _bytes(before) != _bytes(after)
    return Difference(elements, forms, tuple(_others(before, after, names)), redrawn)


def _bytes(files: Mapping[str, bytes]) -> bytes:
    return files.get(diagram_name(files) or "", b"")


def _elements(
    before: Mapping[str, dict[str, str]],
    after: Mapping[str, dict[str, str]],
    old: Mapping[str, str],
    new: Mapping[str, str],
) -> Iterator[ElementChange]:
    for key, now in after.items():
        was = before.get(key)
        if was is None:
            found = ElementChange(key, ADDED, now["element"], now["name"], (), _titles(now))
            yield replace(found, ends=_ends(now, after))
        elif was != now:
            changes = tuple(
                Change(c.what, old.get(c.before, c.before), new.get(c.after, c.after))
                for c in _compared(was, now)
            )
            titles = _titles(now)
            found = ElementChange(key, CHANGED, now["element"], now["name"], changes, titles)
            yield replace(found, ends=_ends(now, after))
    for key, was in before.items():
        if key not in after:
            found = ElementChange(key, REMOVED, was["element"], was["name"], (), _titles(was))
            yield replace(found, ends=_ends(was, before))


def _ends(
    said: Mapping[str, str], all_said: Mapping[str, Mapping[str, str]]
) -> tuple[Mapping[str, str], ...]:
    """What an arrow joins, each as it is called: nobody knows an arrow by its id."""
    joined = [said[key] for key in ("sourceRef", "targetRef") if key in said]
    return tuple(
        _titles(one) or {"en": one.get("name") or key}
        for key in joined
        for one in (all_said.get(key, {}),)
    )


def _titles(said: Mapping[str, str]) -> dict[str, str]:
    titles = {"de": said.get("titleDe", ""), "en": said.get("titleEn", "")}
    return {language: title for language, title in titles.items() if title}


def _compared(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    for what in dict.fromkeys((*was, *now)):
        if was.get(what) != now.get(what):
            yield Change(what, was.get(what, ""), now.get(what, ""))


def _described(files: Mapping[str, bytes]) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """By id what every element does and says, as texts; and what each is called."""
    try:
        root = read_xml(_bytes(files))
    except XmlFault:
        return {}, {}
    lanes = {
        (reference.text or "").strip(): str(lane.get("name") or lane.get("id"))
        for lane in root.iter(f"{B}lane")
        for reference in lane.iterchildren(f"{B}flowNodeRef")
    }
    names = {
        str(found.get("id")): str(found.get("name") or found.get("id"))
        for found in root.iter()
        if isinstance(found.tag, str) and found.get("id")
    }
    described = {
        node.get("id", ""): _describe(node, lanes)
        for node in root.iter()
        if is_bpmn(node) and _counts(node)
    }
    return described, names


def _counts(node: etree._Element) -> bool:
    """Whether an element is one that people see in a diagram; parts of one belong to it."""
    if not node.get("id") or local(node) in ("definitions", "laneSet", "message", "error",
                                             "escalation", "signal"):  # fmt: skip
        return False
    parent = node.getparent()
    return parent is not None and is_bpmn(parent) and local(parent) in _INSIDE


def _describe(node: etree._Element, lanes: Mapping[str, str]) -> dict[str, str]:
    key = node.get("id", "")
    said = {"element": local(node), "name": node.get("name", "")}
    if key in lanes:
        said["lane"] = lanes[key]
    for name, value in node.attrib.items():
        if str(name) not in _BARE and not str(name).startswith("{"):
            said[str(name)] = str(value)
    for child in node:
        if is_bpmn(child) and local(child) not in _SKIPPED and not _counts(child):
            said[local(child)] = _flat(child)
    said |= dict(_extensions(node))
    return said


def _extensions(node: etree._Element) -> Iterator[tuple[str, str]]:
    for holder in node.iterchildren(f"{B}extensionElements"):
        for found in holder.iterchildren(f"{S}*"):
            if local(found) == "properties":
                for one in found.iterfind(f"{S}property"):
                    yield one.get("name", ""), one.get("value", "")
            elif local(found) == "serviceTaskOperator":
                yield "operator", found.get("id", "")
                for one in found.iter(f"{S}parameter"):
                    yield f"operator.{one.get('id', '')}", one.get("value", "")
            else:
                yield local(found), (found.text or "").strip()


def _flat(node: etree._Element) -> str:
    """All that a part of an element says, on one line."""
    said = [
        str(value)
        for name, value in sorted(node.attrib.items())
        if name != "id" and not str(name).startswith("{")
    ]
    said += [(node.text or "").strip()]
    said += [f"{local(child)} {_flat(child)}" for child in node if is_bpmn(child)]
    return " ".join(part for part in said if part)


def _forms(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[FileChange]:
    """Forms by name: their fields, and what is said of each."""
    stems = {
        name.removesuffix(suffix)
        for name in (*before, *after)
        for suffix in (SCHEMA, UI)
        if name.endswith(suffix)
    }
    for stem in sorted(stems):
        was, now = _form(before, stem), _form(after, stem)
        if was == now:
            continue
        kind = ADDED if not was else REMOVED if not now else CHANGED
        changes = tuple(_fields(was, now)) if kind == CHANGED else ()
        yield FileChange(stem, kind, changes)


def _fields(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    """The changes of a form; a field that came or went is one of them."""
    old, new = _field_names(was), _field_names(now)
    for name in [*(n for n in new if n not in old), *(n for n in old if n not in new)]:
        yield Change(f"field.{name}", "" if name in new else name, name if name in new else "")
    for change in _compared(was, now):
        parts = change.what.split(".")
        if parts[0] != "field" or (parts[1] in old and parts[1] in new):
            yield change


def _field_names(said: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(what.split(".")[1] for what in said if what.startswith("field.")))


def _form(files: Mapping[str, bytes], stem: str) -> dict[str, str]:
    """What a form says of itself and of each field, as texts; its bytes where it is no JSON."""
    said: dict[str, str] = {}
    for suffix in (SCHEMA, UI):
        if f"{stem}{suffix}" not in files:
            continue
        raw = files[f"{stem}{suffix}"]
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            said[suffix] = raw.decode("utf-8", "replace")
            continue
        if not isinstance(found, dict):
            said[suffix] = _text(found)
            continue
        part = "properties" if suffix == SCHEMA else "fields"
        fields = found.pop(part, {})
        said |= dict(_spread("form", found))
        said |= dict(_spread("field", fields))
    return said


def _spread(at: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """What a tree of JSON holds, each leaf under its path."""
    if isinstance(value, dict) and value and depth < 6:
        for name, inner in value.items():
            yield from _spread(f"{at}.{name}", inner, depth + 1)
    elif value != {}:
        yield at, _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _others(
    before: Mapping[str, bytes], after: Mapping[str, bytes], diagrams: set[str | None]
) -> Iterator[FileChange]:
    for name in sorted({*before, *after}):
        if name in diagrams or name.endswith((SCHEMA, UI)):
            continue
        if before.get(name) != after.get(name):
            kind = ADDED if name not in before else REMOVED if name not in after else CHANGED
            yield FileChange(name, kind)
