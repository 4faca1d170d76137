"""Repeated steps: for what, how often, into which variable."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.workflow.lint.diagram import Diagram, World, error, name_of
from engine.workflow.xml import B


def check_multi_instance(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A multi-instance step says either how many or for which list."""
    for node in diagram.nodes():
        repeat = node.find(f"{B}multiInstanceLoopCharacteristics")
        if repeat is None:
            continue
        count = (repeat.findtext(f"{B}loopCardinality") or "").strip()
        source = (repeat.findtext(f"{B}loopDataInputRef") or "").strip()
        if bool(count) == bool(source):
            yield error(
                "multi-instance", node,
                f'"{name_of(node)}" is repeated, but does not say for what, or says it twice',
                "Name the variable with the list, or say how many times, not both",
            )  # fmt: skip
        names = [source, (repeat.findtext(f"{B}loopDataOutputRef") or "").strip()]
        for tag in ("inputDataItem", "outputDataItem"):
            item = repeat.find(f"{B}{tag}")
            if item is not None:
                names.append(item.get("id") or "?")
        for name in filter(None, names):
            if not name.isidentifier():
                yield error(
                    "multi-instance",
                    node,
                    f'"{name}" cannot be the name of a variable',
                    "Use letters, digits and _, beginning with a letter",
                )


def check_loops(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A looping step says when it stops."""
    for node in diagram.nodes():
        loop = node.find(f"{B}standardLoopCharacteristics")
        if loop is None:
            continue
        most = loop.get("loopMaximum")
        if most is None and loop.find(f"{B}loopCondition") is None:
            yield error(
                "loop",
                node,
                f'"{name_of(node)}" is repeated without an end',
                "Give the number of repetitions at most",
            )
        elif most is not None and not (most.isascii() and most.isdigit() and int(most[:9]) > 0):
            yield error(
                "loop",
                node,
                f'"{name_of(node)}": "{most}" is no number of repetitions',
                "Write a whole number",
            )
