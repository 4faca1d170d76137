"""Failed steps, together with those that failed alike: what can be done is done for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pyramid.request import Request

from engine.catalogue.published import ProcessVersion
from engine.commands.incidents_all import alike_count
from engine.commands.incidents_many import done_lately
from engine.errors import NotFound
from engine.tickets import overview
from engine.tickets.access import may
from engine.tickets.flow import Incident, ProcessInstance
from engine.tickets.models import Ticket
from engine.tickets.unserved import unserved
from engine.workflow import Definition, Step
from engine.workflow.jump import DECIDES, fitting
from webapp.i18n import N_
from webapp.presenters.path import name_of, on_map
from webapp.presenters.problem_words import finding_said

LISTED = 200  # of them at most


@dataclass(frozen=True)
class Failed:
    """One failed step. Without `ticket` the reader may not read it and only learns its number."""

    incident: Incident
    key: str
    number: str
    ticket: Ticket | None
    change: bool  # may change what the step reads


@dataclass
class Group:
    """Steps of one version that failed for the same reason; `targets` is where they may go on."""

    key: str
    version: int
    step_id: str
    title: str
    message: str
    rows: list[Failed] = field(default_factory=list)
    targets: list[tuple[str, str]] = field(default_factory=list)
    skip: bool = False
    alike: int = 0  # how many failed so, where not all of them are listed

    @property
    def since(self) -> datetime:
        """Since when the first of them stands still."""
        return min(row.incident.at for row in self.rows)

    @property
    def begun(self) -> bool:
        """Whether a process has begun at all; one that has not can only be tried again."""
        return self.version > 0


def failed_steps(request: Request, key: str = "") -> list[Failed]:
    """Unresolved incidents of all processes or of one, newest first."""
    rows = overview.incident_page(request.db, key=key, limit=LISTED)
    ids = [incident.ticket_id for incident, _ in rows]
    seen = overview.readable(request.db, request.actor, ids)
    numbers = overview.numbers(request.db, ids)
    found = []
    for incident, process in rows:
        ticket = seen.get(incident.ticket_id)
        change = ticket is not None and may(request.db, request.actor, ticket, "change")
        number = numbers[incident.ticket_id]
        found.append(Failed(incident, process, number, ticket, change))
    return found


def grouped(request: Request, failed: Iterable[Failed]) -> list[Group]:
    """The same steps in groups of those that failed alike, the largest group first."""
    found: dict[tuple[int, str, str], Group] = {}
    for row in failed:
        incident = row.incident
        instance = request.db.get(ProcessInstance, incident.instance_id or 0)
        version = instance.version if instance else None
        place = (version.id if version else 0, incident.step_id, incident.message)
        if place not in found:
            found[place] = _group(request, row, version)
        found[place].rows.append(row)
    if sum(len(group.rows) for group in found.values()) >= LISTED:
        for group in found.values():
            group.alike = alike_count(request.work, group.rows[0].incident)
    return sorted(found.values(), key=lambda group: (-len(group.rows), group.since))


def _group(request: Request, row: Failed, version: ProcessVersion | None) -> Group:
    step_id, message = row.incident.step_id, row.incident.message
    if version is None:
        return Group(row.key, 0, step_id, step_id, message)
    group = Group(version.key, version.number, step_id, step_id, message)
    try:
        definition = request.desk.library.definition(version)
    except NotFound:
        return group
    step = definition.steps.get(step_id)
    if step is not None:
        group.title, group.skip = name_of(request, step), step.kind not in DECIDES
    group.targets = named(request, definition, fitting(definition, step_id), step_id)
    return group


@dataclass(frozen=True)
class Missing:
    """Open steps that nobody is there to do, in the reader's words."""

    title: str
    why: str
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Done:
    """Something that was done with failed steps: what, by whom, why, and with which tickets."""

    at: datetime
    actor: str
    what: str
    reason: str
    well: list[str]
    left: list[str]
    rest: int = 0  # which the worker has still to do


DONE = {
    "retry": N_("Tried again"),
    "skip": N_("Skipped"),
    "move": N_("Moved to “%(step)s”"),
    "mend": N_("Set %(names)s and tried again"),
}


def done_with(request: Request, version: ProcessVersion) -> list[Done]:
    """What was done with failed steps of a process lately; numbers as owners may know them."""
    steps = request.desk.library.definition(version).steps
    made = []
    for entry in done_lately(request.work, version.key):
        told = entry.detail
        step = steps.get(told["to"])
        values = {
            "step": name_of(request, step) if step else told["to"],
            "names": ", ".join(told["names"]),
        }
        what = request.translate(DONE[told["do"]]) % values
        well, left = told["well"], told["left"]
        rest = max(0, told.get("count", 0) - len(well) - len(left))
        made.append(Done(entry.at, entry.actor, what, told["reason"], well, left, rest))
    return made


WHY = {
    "lane": N_("Given to the queue %(name)s, for its lane leads to nobody (%(problem)s)"),
    "group": N_("Nobody works in the group %(name)s"),
    "queue": N_("Nobody works in the queue %(name)s"),
    "role": N_("Nobody has the role %(name)s"),
    "person": N_("%(name)s is no longer there"),
}


def missing(request: Request, version: ProcessVersion) -> list[Missing]:
    """Steps of a process for which nobody is there."""
    steps = request.desk.library.definition(version).steps
    found = []
    for one in unserved(request.db, version.key):
        step = steps.get(one.step_id)
        title = name_of(request, step) if step else one.step_id
        values = {"name": one.name, "problem": finding_said(one.problem, request.reader.language)}
        why = request.translate(WHY[one.why]) % values
        found.append(Missing(title, why, one.count, one.oldest))
    return found


def named(
    request: Request, definition: Definition, step_ids: Iterable[str], here: str
) -> list[tuple[str, str]]:
    """Steps to choose from with what agents call them: those drawn after this one come first."""
    order = {step_id: place for place, step_id in enumerate(definition.steps)}
    ahead = sorted(step_ids, key=lambda one: (order[one] <= order.get(here, 0), order[one]))
    steps = [definition.steps[step_id] for step_id in ahead]
    return [(step.id, _unlike(request, step, steps)) for step in steps]


def _unlike(request: Request, step: Step, others: list[Step]) -> str:
    """The name of a step, with its id where another one is called the same."""
    name = name_of(request, step)
    same = [one for one in others if name_of(request, one) == name]
    return name if len(same) == 1 else f"{name} ({on_map(step.id)})"
