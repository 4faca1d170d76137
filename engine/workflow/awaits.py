"""Where a diagram waits for messages, and what follows by itself when one comes.

Followed are only elements that pass by themselves; where somebody or something has to come first,
the process rests, and what it waits for there is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from engine.errors import Invalid
from engine.workflow.source import read_bundle
from engine.workflow.xml import B, extension, local

_PASSING = frozenset({
    "exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "scriptTask",
    "serviceTask", "businessRuleTask", "sendTask", "intermediateThrowEvent",
})  # fmt: skip
_STEPS = frozenset({"userTask", "manualTask", "task"})
_CATCHING = frozenset({"intermediateCatchEvent", "boundaryEvent", "receiveTask", "startEvent"})
_SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True)
class Await:
    """One place that waits for a message: rulesets called on the way from there, messages waited
    for where it comes to rest, and the steps that begin there, each as (id, lane)."""

    message: str
    asks: frozenset[str]
    again: frozenset[str]
    steps: frozenset[tuple[str, str]]


def awaits(
    key: str, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]
) -> list[Await]:
    """All places of a process and of the parts that it calls; none where it cannot be read."""
    try:
        bundle = read_bundle(key, files, shared)
    except Invalid:
        return []
    documents = [bundle.document, *(one for _, one in sorted(bundle.called.items()))]
    return [found for document in documents for found in _Walk(document).places()]


class _Walk:
    def __init__(self, document: etree._Element) -> None:
        self.names = {m.get("id"): m.get("name") for m in document.iter(f"{B}message")}
        self.nodes = {one.get("id", ""): one for one in document.iter() if one.get("id")}
        self.out: dict[str, list[str]] = {}
        for flow in document.iter(f"{B}sequenceFlow"):
            source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
            self.out.setdefault(source, []).append(target)
        self.borders: dict[str, list[etree._Element]] = {}
        for event in document.iter(f"{B}boundaryEvent"):
            self.borders.setdefault(event.get("attachedToRef", ""), []).append(event)
        self.lanes = {
            (one.text or "").strip(): lane.get("name") or lane.get("id") or ""
            for lane in document.iter(f"{B}lane")
            for one in lane.iterchildren(f"{B}flowNodeRef")
        }

    def places(self) -> Iterator[Await]:
        """What waits for a message, and what follows."""
        for node in self.nodes.values():
            if local(node) in _CATCHING:
                for message in self._messages(node):
                    yield self._follow(node, message)

    def _messages(self, node: etree._Element) -> list[str]:
        references = [d.get("messageRef") for d in node.iterchildren(f"{B}messageEventDefinition")]
        references.append(node.get("messageRef") if local(node) == "receiveTask" else None)
        return [self.names.get(one) or one for one in references if one]

    def _follow(self, start: etree._Element, message: str) -> Await:
        asks: set[str] = set()
        again: set[str] = set()
        steps: set[tuple[str, str]] = set()
        if start.get("cancelActivity") == "false":
            again.add(message)  # it goes on waiting beside what it set off
        seen: set[str] = set()
        open_nodes = list(self.out.get(start.get("id", ""), ()))
        while open_nodes:
            key = open_nodes.pop()
            node = self.nodes.get(key)
            if node is None or key in seen:
                continue
            seen.add(key)
            kind = local(node)
            if kind == "businessRuleTask" and (called := extension(node, "calledDecisionId")):
                asks.add(called)
            if kind in _PASSING:
                open_nodes += self.out.get(key, ())
            elif kind in _SCOPES:
                open_nodes += self._begins(node)
            elif kind == "endEvent":
                scope = node.getparent()
                if scope is not None and local(scope) in _SCOPES:
                    open_nodes += self.out.get(scope.get("id", ""), ())
            else:
                again.update(self._waited_for(node))
                if kind in _STEPS:
                    steps.add((key, self._lane(node)))
        return Await(message, frozenset(asks), frozenset(again), frozenset(steps))

    def _begins(self, scope: etree._Element) -> list[str]:
        return [
            one.get("id", "")
            for start in scope.iterchildren(f"{B}startEvent")
            if not any(local(inner).endswith("EventDefinition") for inner in start)
            for one in [self.nodes[target] for target in self.out.get(start.get("id", ""), ())
                        if target in self.nodes]
        ]  # fmt: skip

    def _waited_for(self, node: etree._Element) -> Iterator[str]:
        """Messages that may come while the process rests here."""
        if local(node) == "eventBasedGateway":
            for target in self.out.get(node.get("id", ""), ()):
                if target in self.nodes:
                    yield from self._messages(self.nodes[target])
        yield from self._messages(node)
        here: etree._Element | None = node
        while here is not None:
            for event in self.borders.get(here.get("id", ""), ()):
                yield from self._messages(event)
            here = here.getparent()

    def _lane(self, node: etree._Element) -> str:
        here: etree._Element | None = node
        while here is not None:
            if (lane := self.lanes.get(here.get("id", ""))) is not None:
                return lane
            here = here.getparent()
        return ""
