"""Ids: present, used once, not those that the engine keeps for itself."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.workflow.lint.diagram import Diagram, World, error
from engine.workflow.lint.words import NODES
from engine.workflow.xml import is_bpmn, local

_RESERVED = {"Start", "End", "Root", "StartEventSplit", "StartEventJoin"}
_ENDINGS = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", "[child]")


def check_missing_ids(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Steps and flows need an id; a process, too."""
    for element in diagram.process.iter():
        wanted = is_bpmn(element) and local(element) in NODES | {"sequenceFlow", "process"}
        if wanted and not (element.get("id") or "").strip():
            yield error("no-id", element, f"A {local(element)} has no id", "Give it an id")


def check_duplicate_ids(diagram: Diagram, world: World) -> Iterator[Problem]:
    """The same id twice: the last one would silently win."""
    seen: set[str] = set()
    for element in diagram.root.iter():
        # the id of a data item is the name of a variable, which several steps may share
        counted = is_bpmn(element) and not local(element).endswith("DataItem")
        key = element.get("id") if counted else None
        if key in seen:
            yield error("duplicate-id", element, f'The id "{key}" is used twice', "Rename one")
        elif key:
            seen.add(key)


def check_ids_across_files(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A step of a called process must not have the id of a step of the process that calls it."""
    own = {node.get("id") for node in diagram.nodes()}
    before = world.diagrams[: world.diagrams.index(diagram)]
    for other in before:
        for node in other.nodes():
            if node.get("id") in own:
                yield error(
                    "duplicate-id", node,
                    f'The id "{node.get("id")}" is also used in the called process '
                    f'"{diagram.folder}"', "Rename one of the two",
                )  # fmt: skip


def check_reserved_ids(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Ids that collide with steps that the engine adds: the drawn step would be lost."""
    for node in [*diagram.nodes(), diagram.process]:
        key = node.get("id") or ""
        if key in _RESERVED or key.endswith(_ENDINGS):
            yield error("reserved-id", node, f'The id "{key}" is reserved', "Choose another id")
