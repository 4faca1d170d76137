"""The arrows of a diagram by their ids, and on which of them tokens went."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from engine.workflow.definition import Definition
from engine.workflow.script_engine import Passed
from engine.workflow.xml import B, read_xml

CACHED = 128

_cache: OrderedDict[str, dict[str, tuple[str, str]]] = OrderedDict()
_lock = Lock()


def flows_of(definition: Definition) -> dict[str, tuple[str, str]]:
    """Id → (from, to) of the sequence flows of the main process, those in its subprocesses too."""
    with _lock:
        if definition.digest in _cache:
            _cache.move_to_end(definition.digest)
            return _cache[definition.digest]
    found: dict[str, tuple[str, str]] = {}
    for process in read_xml(definition.bpmn).iter(f"{B}process"):
        if process.get("id") == definition.process_id:
            for flow in process.iter(f"{B}sequenceFlow"):
                key = flow.get("id") or f"{flow.get('sourceRef')} > {flow.get('targetRef')}"
                found[key] = (flow.get("sourceRef", ""), flow.get("targetRef", ""))
    with _lock:
        _cache[definition.digest] = found
        while len(_cache) > CACHED:
            _cache.popitem(last=False)
    return found


def steps_of(definition: Definition) -> list[str]:
    """Ids of the steps of the main process; those of called ones have examples of their own."""
    return [s.id for s in definition.steps.values() if s.process == definition.process_id]


def steps_walked(passed: Iterable[Passed]) -> list[str]:
    """The steps that were left at their end, each once, in the order of the first time."""
    return list(dict.fromkeys(p.step_id for p in passed if p.outcome == "completed"))


def flows_walked(definition: Definition, passed: Iterable[Passed]) -> list[str]:
    """Ids of the flows on which a token went, each once, in order.

    Two flows between the same two steps cannot be told apart; both count.
    """
    by_ends: dict[tuple[str, str], list[str]] = {}
    for key, ends in flows_of(definition).items():
        by_ends.setdefault(ends, []).append(key)
    found: dict[str, None] = {}
    for one in passed:
        if one.outcome == "entered" and one.origin is not None:
            found.update(dict.fromkeys(by_ends.get((one.origin, one.step_id), ())))
    return list(found)
