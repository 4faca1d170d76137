"""The flows of a diagram, and how often each was taken as far as the visits of its ends tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.workflow.xml import B, read_xml


@dataclass(frozen=True)
class Flow:
    """One arrow between two elements of a diagram."""

    id: str
    name: str
    source: str
    target: str


@lru_cache(maxsize=64)
def flows_of(digest: str, bpmn: bytes) -> tuple[Flow, ...]:
    """Every sequence flow of a diagram, in the order of the file."""
    root = read_xml(bpmn)
    return tuple(
        Flow(f.get("id", ""), f.get("name", ""), f.get("sourceRef", ""), f.get("targetRef", ""))
        for f in root.iter(f"{B}sequenceFlow")
    )


def taken(
    flows: Iterable[Flow], passed: Mapping[str, int], forks: Iterable[str] = ()
) -> dict[str, int]:
    """By flow how often it was taken; a flow of which the visits do not tell is left out.

    `passed`: by element how often it was left by its way out. A flow was taken as often as the only
    element from which or to which it leads was passed; the last unknown one out of a gateway that
    chooses one way, as often as remains. From `forks` every way may be taken.
    """
    out, into = defaultdict(list), defaultdict(list)
    for flow in flows:
        out[flow.source].append(flow)
        into[flow.target].append(flow)
    found: dict[str, int] = {}
    for flow in flows:
        if len(out[flow.source]) == 1:
            found[flow.id] = passed.get(flow.source, 0)
        elif len(into[flow.target]) == 1:
            found[flow.id] = passed.get(flow.target, 0)
    for source in set(out) - set(forks):
        unknown = [flow for flow in out[source] if flow.id not in found]
        if len(unknown) == 1:
            known = sum(found[flow.id] for flow in out[source] if flow.id in found)
            found[unknown[0].id] = max(0, passed.get(source, 0) - known)
    return found
