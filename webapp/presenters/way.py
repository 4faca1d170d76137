"""The way of one ticket through its process: every stay with its time, and the ways on."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.commands.incidents import may_redirect, owns, variables_at, ways_on
from engine.tickets import queries
from engine.tickets.access import may
from engine.tickets.flow import Incident, ProcessInstance, StepVisit
from engine.tickets.models import Ticket
from engine.tickets.step_times import visits_of
from engine.workflow import Definition
from engine.workflow.jump import DECIDES
from webapp.i18n import N_
from webapp.presenters.heat import short
from webapp.presenters.incidents import named
from webapp.presenters.path import WORK, Path, name_of, path_of, placed_name

OUTCOMES = {
    "now": N_("now"),
    "stopped": N_("stopped"),
    "completed": N_("done"),
    "cancelled": N_("broken off"),
}
LONGEST = 400  # stays that are listed


@dataclass(frozen=True)
class Stay:
    """One stay at a step; `turn` says which time it was there."""

    number: int
    title: str
    entered_at: datetime
    left_at: datetime | None
    lasted: str
    who: str
    outcome: str
    turn: int


@dataclass(frozen=True)
class Token:
    """A place where the ticket stands, and what the reader may do about it."""

    task_id: str
    title: str
    incident: Incident | None
    targets: list[tuple[str, str]]
    skip: bool
    variables: dict[str, Any]


@dataclass
class Way:
    """Everything that the page shows."""

    ticket: Ticket
    path: Path | None = None
    stays: list[Stay] = field(default_factory=list)
    automatic: int = 0  # stays of no time that are left out
    left_out: int = 0  # those before the ones that are listed
    lasted: str = ""
    top: tuple[str, str] | None = None  # the step that took most, and how long
    marks: dict[str, list[object]] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    may: dict[str, bool] = field(default_factory=dict)


def way_of(request: Request, ticket: Ticket, *, everything: bool) -> Way:
    """The way of the ticket's latest process."""
    way = Way(ticket)
    row = queries.instance_of(request.db, ticket)
    stopped = queries.incidents(request.db, ticket)
    way.path = path_of(request, row, stopped)
    if row is None:
        return way
    definition = request.desk.library.definition(row.version)
    _stays(request, way, row, definition, {one.task_id for one in stopped}, everything)
    change = may(request.db, request.actor, ticket, "change")
    way.may = {
        "retry": may(request.db, request.actor, ticket, "work") or owns(request.actor),
        "redirect": may_redirect(request.work, ticket),
        "mend": change,
    }
    way.tokens = _tokens(request, ticket, definition, stopped, way.may)
    return way


def _stays(
    request: Request,
    way: Way,
    row: ProcessInstance,
    definition: Definition,
    stopped: set[str],
    everything: bool,
) -> None:
    visits = visits_of(request.db, row.id)
    turns: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    numbers: dict[str, list[int]] = defaultdict(list)
    for visit in visits:
        turns[visit.step_id] += 1
        seconds = _seconds(request, visit)
        step = definition.steps.get(visit.step_id)
        if step is not None and step.kind in WORK and step.kind != "callActivity":
            spent[visit.step_id] += seconds
        shown = everything or seconds or visit.left_at is None or (step and step.kind in WORK)
        if not shown:
            way.automatic += 1
            continue
        number = len(way.stays) + 1
        numbers[visit.step_id].append(number)
        title = placed_name(request, definition, step) if step else visit.step_id
        way.stays.append(
            Stay(
                number, title, visit.entered_at, visit.left_at, short(request, seconds),
                visit.actor, _outcome(visit, stopped), turns[visit.step_id],
            )
        )  # fmt: skip
    way.left_out = max(0, len(way.stays) - LONGEST)
    way.stays = way.stays[-LONGEST:]
    end = row.ended_at or request.work.now
    way.lasted = short(request, int((end - row.started_at).total_seconds()))
    if spent and (most := spent.most_common(1)[0])[1]:
        way.top = name_of(request, definition.steps[most[0]]), short(request, most[1])
    way.marks = {step: [0, _listed(found)] for step, found in numbers.items()}


def _seconds(request: Request, visit: StepVisit) -> int:
    if visit.seconds is not None:
        return visit.seconds
    return max(0, int((request.work.now - visit.entered_at).total_seconds()))


def _outcome(visit: StepVisit, stopped: set[str]) -> str:
    if visit.left_at is None:
        return "stopped" if visit.task_id in stopped else "now"
    return visit.outcome


def _listed(numbers: list[int]) -> str:
    """The turns at a step; of many the first and the last."""
    if len(numbers) <= 3:
        return " · ".join(str(number) for number in numbers)
    return f"{numbers[0]} … {numbers[-1]} ({len(numbers)} ×)"


def _tokens(
    request: Request,
    ticket: Ticket,
    definition: Definition,
    stopped: list[Incident],
    allowed: dict[str, bool],
) -> list[Token]:
    """Failed ones for who may help them along, all others for owners of processes."""
    if not any(allowed.values()) or not (stopped or owns(request.actor)):
        return []
    by_task = {incident.task_id: incident for incident in stopped}
    tokens: list[Token] = []
    seen: set[str] = set()  # all repetitions of a step go together
    for task_id, (step, fit) in ways_on(request.work, ticket).items():
        incident = by_task.get(task_id)
        if incident is None and (step.id in seen or not owns(request.actor)):
            continue
        seen.add(step.id)
        targets = named(request, definition, [one.id for one in fit if one.id != step.id], step.id)
        variables = variables_at(request.work, incident) if incident and allowed["mend"] else {}
        skip = step.kind not in DECIDES
        tokens.append(Token(task_id, name_of(request, step), incident, targets, skip, variables))
    return sorted(tokens, key=lambda token: token.incident is None)
