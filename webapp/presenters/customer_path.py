"""A request's way in the customer's words: done, now, and the shortest way to a good end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from engine.tickets.requests import Facts
from engine.workflow import Definition, Step
from webapp.i18n import N_, Reader
from webapp.presenters.path import arrows_of

SPLIT = "parallelGateway"


@dataclass
class Way:
    """Steps that the customer may know of: entries for the strip, and ids for the diagram."""

    strip: list[dict[str, str]] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    now: list[Step] = field(default_factory=list)  # the shown steps that wait, inner ones last
    end: Step | None = None  # the shown end that was reached


def way_of(reader: Reader, definition: Definition, facts: Facts) -> Way:
    """Read the log of the request's process."""
    way = Way()
    outcomes = {entry.step_id: entry.outcome for entry in facts.log}
    running = facts.instance is not None and facts.instance.status == "running"
    for step_id, outcome in outcomes.items():
        step = definition.steps.get(step_id)
        if step is None:
            continue
        top = step.process == definition.process_id
        if outcome == "entered" and running:
            way.live += [step_id] if top else []
            way.now += [step] if known(step) else []
        elif outcome == "completed":
            way.done += [step_id] if top else []
            if step.kind == "endEvent" and top and known(step):
                way.end = step
    _strip(reader, definition, way, {entry.step_id: entry.at for entry in facts.log})
    return way


def known(step: Step) -> bool:
    """Whether the customer is shown this step."""
    return step.shown and bool(step.label)


def _strip(reader: Reader, definition: Definition, way: Way, last: dict[str, datetime]) -> None:
    """The steps by their labels; what was done bears the day, what is now the day since when."""
    past: dict[str, datetime] = {}
    now: dict[str, datetime] = {}
    for step_id, at in last.items():
        step = definition.steps.get(step_id)
        if step is None or not known(step) or step.process != definition.process_id:
            continue
        label = reader.pick(step.label)
        if step_id in way.live:
            now[label] = min(at, now.get(label, at))
        elif step_id in way.done:
            past[label] = max(at, past.get(label, at))
    ahead = [] if way.end or not way.live else _ahead(reader, definition, way.live)
    for label, at in past.items():
        if label not in now:
            way.strip.append({"label": label, "state": "done", "note": reader.date(at)})
    for label, at in now.items():
        since = reader.gettext(N_("since %(day)s")) % {"day": reader.date(at)}
        way.strip.append({"label": label, "state": "now", "note": since})
    for label in dict.fromkeys(ahead):
        if label not in past and label not in now:
            way.strip.append({"label": label, "state": "next"})


def _ahead(reader: Reader, definition: Definition, live: list[str]) -> list[str]:
    """Labels on the shortest way to an end that closes the request with success."""
    arrows = arrows_of(definition.digest, definition.bpmn)
    came: dict[str, str] = dict.fromkeys(live, "")
    todo = deque(live)
    while todo:
        here = todo.popleft()
        step = definition.steps.get(here)
        if step is not None and step.kind == "endEvent" and step.state == "closed successful":
            return _labels(reader, definition, arrows, _back(came, here))
        for target in arrows.get(here, ()):
            if target not in came:
                came[target] = here
                todo.append(target)
    return []


def _back(came: dict[str, str], end: str) -> list[str]:
    way = [end]
    while came[way[-1]]:
        way.append(came[way[-1]])
    return way[::-1][1:]


def _labels(
    reader: Reader, definition: Definition, arrows: dict[str, tuple[str, ...]], way: list[str]
) -> list[str]:
    found = []
    for step_id in way:
        step = definition.steps[step_id]
        beside = arrows.get(step_id, ()) if step.kind == SPLIT else ()
        for each in (step_id, *beside):
            other = definition.steps.get(each)
            if other is not None and known(other):
                found.append(reader.pick(other.label))
    return list(dict.fromkeys(found))
