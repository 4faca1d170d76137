"""What is written for another engine: ours reads past it, or would read it as its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import Problem
from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import parse_expression, parse_script
from engine.workflow.lint.diagram import Diagram, Element, World, error, name_of, warning
from engine.workflow.lint.words import OWN
from engine.workflow.xml import BPMN, SPIFF, B, S, is_bpmn, local

_HARMLESS = ("http://www.w3.org/", "http://www.omg.org/", "http://bpmn.io/")
_OURS = "python"  # as which the modeller marks a script
_PEOPLE = ("potentialOwner", "humanPerformer", "performer", "resourceRole")
_NEEDS = {
    "property": ("name", "value"), "serviceTaskOperator": ("id",),
    "taskMetadataValue": ("name",), "unitTest": ("id",),
}  # fmt: skip
_LOOKED_AT = 5_000  # characters of a text in which another language shows
# No expression and no script of ours looks like this.
_ELSEWHERE = re.compile(
    r"\A\s*=(?!=)|[$#]\{|&&|\|\||===|!==|;[ \t]*$|^[ \t]*(return|var|let|const|def|function)\b",
    re.MULTILINE,
)


def check_foreign(diagram: Diagram, world: World) -> Iterator[Problem]:
    """What other engines would read here is ignored by ours: say so once for each of them."""
    found: dict[str, dict[str | None, Element | None]] = {}
    for element in diagram.process.iter():
        for name in [str(element.tag), *map(str, element.attrib)]:
            space = name[1:].split("}")[0] if name.startswith("{") else ""
            if space in ("", BPMN, SPIFF) or space.startswith(_HARMLESS):
                continue
            owner = _owner(element)
            places = found.setdefault(space, {})
            places.setdefault(owner.get("id") if owner is not None else None, owner)
    for space, places in found.items():
        told = f"What is written for another engine ({space}) is ignored"
        if len(places) > 1:
            told = (
                f"What is written for another engine ({space}) in {len(places)} places is ignored"
            )
        first = next(iter(places.values()))
        yield warning("foreign", first, told, "Say it in this desk's own words")


def check_dialect(diagram: Diagram, world: World) -> Iterator[Problem]:
    """What the library knows for other desks than ours is written like our own, and means nothing.

    Told once with the names of all of it.
    """
    found: dict[str, Element] = {}
    for element in diagram.root.iter(f"{S}*"):
        if local(element) not in OWN:
            found.setdefault(local(element), element)
    if found:
        names = sorted(found)
        told = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        yield warning(
            "foreign", _owner(next(iter(found.values()))),
            f"What is written for another engine ({told}) is ignored",
            "Say it in this desk's own words",
        )  # fmt: skip


def check_whole(diagram: Diagram, world: World) -> Iterator[Problem]:
    """What is written for the desk has the attributes without which nobody could read it."""
    for element in diagram.process.iter(*(S + tag for tag in _NEEDS)):
        missing = [name for name in _NEEDS[local(element)] if element.get(name) is None]
        owner = _owner(element)
        if missing and owner is not None:
            yield error(
                "extension", owner,
                f'"{name_of(owner)}": {local(element)} has no "{missing[0]}"',
                "Write it anew in the modeller",
            )  # fmt: skip


def check_marked(diagram: Diagram, world: World) -> Iterator[Problem]:
    """What is marked as another language and can be read here, too: told once for each language."""
    told: set[str] = set()
    for element in diagram.process.iter(f"{B}scriptTask", f"{B}sequenceFlow"):
        marked = marked_as(element)
        if marked and marked not in told and _is_readable(element):
            told.add(marked)
            yield warning(
                "other-language", element,
                f"What is marked as {marked} is read in this desk's own language",
                "Check that it means the same here",
            )  # fmt: skip


def marked_as(element: Element) -> str:
    """The language as which a script task or a flow is marked; empty for our own and none."""
    condition = element.find(f"{B}conditionExpression")
    said = element.get("scriptFormat") if condition is None else condition.get("language")
    return "" if said is None or _OURS in said.lower() else said.strip()


def _is_readable(element: Element) -> bool:
    try:
        if local(element) == "scriptTask":
            parse_script(element.findtext(f"{B}script") or "")
        else:
            parse_expression(element.findtext(f"{B}conditionExpression") or "")
    except ExpressionError:
        return False  # has its own finding
    return True


def check_people(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Who does a step is said by its lane; what steps say themselves would be lost silently."""
    found = [
        node for node in diagram.nodes() if any(node.find(B + tag) is not None for tag in _PEOPLE)
    ]
    if found:
        yield warning(
            "people", found[0],
            f"{len(found)} step(s) say themselves who does them, which is ignored",
            "Draw a lane for those who do it",
        )  # fmt: skip


def from_elsewhere(text: str) -> bool:
    """Whether an expression or a script is in the language of another engine."""
    return _ELSEWHERE.search(text[:_LOOKED_AT]) is not None


def _owner(element: Element) -> Element | None:
    here: Element | None = element
    while here is not None and not (is_bpmn(here) and here.get("id")):
        here = here.getparent()
    return here
