"""How a process really runs: its steps in figures, on the diagram and in a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from pyramid.request import Request

from engine.catalogue.published import ProcessVersion
from engine.tickets import step_times as asked
from engine.tickets.flow import StepVisit
from engine.tickets.models import Ticket
from engine.tickets.step_times import Standing, StepTimes
from engine.workflow import Definition, Step
from engine.workflow.around import awaited_at
from webapp.i18n import N_
from webapp.presenters.choices import role_said
from webapp.presenters.diagram_words import in_words_of
from webapp.presenters.flows import Flow, flows_of, taken
from webapp.presenters.heat_filters import Filters, scope_of
from webapp.presenters.path import name_of, on_map, placed_name
from webapp.presenters.play_words import Words

LEVELS = 5
CALLS = frozenset({"callActivity", "subProcess", "transaction"})
FORKS = frozenset({"parallelGateway", "inclusiveGateway"})
WHOM = {
    "queue": N_("Queue"),
    "group": N_("Group"),
    "role": N_("Role"),
    "person": N_("Person"),
    "customer": N_("Customer"),
    "stopped": N_("Stopped: the step has failed"),
    "message": N_("Message"),
    "first": N_("Whichever comes first"),
    "time": N_("A time"),
}


@dataclass(frozen=True)
class Row:
    """One step: its figures, what stands there now, and how hot that is."""

    id: str
    title: str
    times: StepTimes | None
    waiting: int
    oldest: datetime | None
    share: float
    outliers: int
    drawn: bool
    calls: bool
    value: int
    level: int

    @property
    def visits(self) -> int:
        """How often it was left in the time asked for."""
        return self.times.visits if self.times else 0


@dataclass(frozen=True)
class Wait:
    """Tickets that wait for the same at the same step."""

    title: str
    whom: str
    name: str
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Way:
    """One way out of a gateway and how often it was taken."""

    gateway: str
    title: str
    count: int
    share: float


@dataclass
class Heat:
    """Everything that the page shows."""

    definition: Definition
    version: ProcessVersion
    used: bool = False
    rows: list[Row] = field(default_factory=list)
    idle: int = 0
    waits: list[Wait] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    marks: dict[str, list[object]] = field(default_factory=dict)
    flows: dict[str, str] = field(default_factory=dict)
    bounds: list[str] = field(default_factory=list)

    @property
    def top(self) -> Row | None:
        """The step into which most time goes; of calls their steps."""
        shared = [row for row in self.rows if row.share]
        return max(shared, key=lambda row: row.share, default=None)

    @property
    def oldest(self) -> Wait | None:
        """What waits longest."""
        return min(self.waits, key=lambda wait: wait.oldest, default=None)


def heat_of(request: Request, wanted: Filters, in_force: ProcessVersion) -> Heat:
    """The figures of a process as they are asked for."""
    version = wanted.version or in_force
    heat = Heat(request.desk.library.definition(version), version)
    scope = scope_of(request, wanted)
    times = asked.step_times(request.db, scope)
    now = asked.standing_now(request.db, scope)
    limits = {one.step_id: one.far for one in times if one.far and one.outliers}
    far = asked.outlier_count(request.db, scope, limits)
    titles = Titles(request, heat.definition, wanted.versions)
    rows = _rows(wanted.measure, heat.definition, titles, times, now, far)
    heat.rows = [row for row in rows if row.value or row.waiting or row.outliers]
    heat.idle = len(rows) - len(heat.rows)
    heat.waits = [_wait(titles, one) for one in now if titles.kind(one.step_id) not in CALLS]
    heat.used = bool(rows) or _ever(request, wanted)
    _mark(request, wanted, heat, times)
    return heat


def far_out(
    request: Request, wanted: Filters, heat: Heat
) -> tuple[list[tuple[StepVisit, Ticket]], int]:
    """The outliers of the chosen step: those the reader may open, and how many others."""
    row = next((row for row in heat.rows if row.id == wanted.step), None)
    far = row.times.far if row and row.times else None
    if row is None or far is None or not row.outliers:
        return [], 0
    return asked.outliers(request.db, request.actor, scope_of(request, wanted), {row.id: far})


def spoken(request: Request, measure: str, value: int) -> str:
    """A value as it stands on the step."""
    if measure in ("visits", "now"):
        return str(request.reader.number(value))
    return short(request, value)


def short(request: Request, seconds: int) -> str:
    """A time in words; what is shorter than a minute says so."""
    if 0 < seconds < 60:
        return str(request.translate(N_("under 1 min")))
    return str(request.reader.duration(seconds))


class Titles:
    """What steps are called, also those that are drawn only in other versions."""

    def __init__(self, request: Request, definition: Definition, versions: list[ProcessVersion]):
        self._request, self._definitions = request, [definition]
        self._others = [v for v in versions if v.digest != definition.digest]
        self.words = Words(request, definition)

    def _found(self, step_id: str) -> tuple[Definition, Step] | None:
        """The step in the newest version that has it."""
        while True:
            for definition in self._definitions:
                if step_id in definition.steps:
                    return definition, definition.steps[step_id]
            if not self._others:
                return None
            library = self._request.desk.library
            self._definitions.append(library.definition(self._others.pop(0)))

    def kind(self, step_id: str) -> str:
        """The kind of element that it is."""
        found = self._found(step_id)
        return found[1].kind if found else ""

    def __getitem__(self, step_id: str) -> str:
        found = self._found(step_id)
        return placed_name(self._request, *found) if found else step_id

    def awaited(self, step_id: str) -> str:
        """The events of which the first is waited for."""
        found = self._found(step_id)
        events = awaited_at(found[0], step_id) if found else []
        return ", ".join(dict.fromkeys(name_of(self._request, one) for one in events))


def _rows(
    measure: str,
    definition: Definition,
    titles: Titles,
    times: list[StepTimes],
    now: list[Standing],
    far: dict[str, int],
) -> list[Row]:
    by_step = {one.step_id: one for one in times}
    standing: dict[str, list[Standing]] = defaultdict(list)
    for one in now:
        standing[one.step_id].append(one)
    ids = dict.fromkeys([*by_step, *standing])
    waiting = {step: sum(one.count for one in standing[step]) for step in ids}
    values = {step: _value(measure, by_step.get(step), waiting[step]) for step in ids}
    # What a call takes is what its steps take: counted once, where people work.
    whole = sum(one.total for one in times if titles.kind(one.step_id) not in CALLS)
    most = max(values.values(), default=0)
    rows = []
    for step in ids:
        found = by_step.get(step)
        calls = titles.kind(step) in CALLS
        share = found.total / whole if found and whole and not calls else 0.0
        oldest = min((one.oldest for one in standing[step]), default=None)
        level = ceil(LEVELS * values[step] / most) if most else 0
        drawn = on_map(step) in definition.steps
        rows.append(
            Row(step, titles[step], found, waiting[step], oldest, share, far.get(step, 0), drawn,
                calls, values[step], level)
        )  # fmt: skip
    return sorted(rows, key=lambda row: (-row.value, -row.share, row.title))


def _value(measure: str, times: StepTimes | None, waiting: int) -> int:
    if measure == "now":
        return waiting
    if times is None:
        return 0
    return {"time": times.total, "median": times.median, "visits": times.visits}[measure]


def _wait(titles: Titles, one: Standing) -> Wait:
    whom, name = one.whom, one.name
    if whom == "other":
        whom = "first" if titles.kind(one.step_id) == "eventBasedGateway" else "time"
    if whom == "first":
        name = titles.awaited(one.step_id)
    elif whom == "message":
        name = titles.words.message(name)
    elif whom == "role":
        name = role_said(titles.words.request, name)
    return Wait(titles[one.step_id], whom, name, one.count, one.oldest)


def _ever(request: Request, wanted: Filters) -> bool:
    """Whether anything at all ever stood at a step of this process."""
    ids = tuple(version.id for version in wanted.versions)
    return asked.any_visit(request.db, asked.Scope(ids))


def _mark(request: Request, wanted: Filters, heat: Heat, times: Iterable[StepTimes]) -> None:
    """Put the figures on the diagram; of a called process the call bears them."""
    on_diagram = [row for row in heat.rows if row.id in heat.definition.steps and row.value]
    heat.marks = {
        row.id: [row.level, spoken(request, wanted.measure, row.value)]
        for row in on_diagram
        if "/" not in row.id
    }
    most = max((row.value for row in heat.rows), default=0)
    if most:
        heat.bounds = [
            spoken(request, wanted.measure, ceil(most * n / LEVELS)) for n in range(1, 6)
        ]
    if wanted.measure != "visits":
        return
    passed = {one.step_id: one.visits - one.cancelled for one in times}
    said = in_words_of(heat.definition, request.reader)
    flows = flows_of(f"{heat.definition.digest} {request.reader.language}", said)
    steps = heat.definition.steps
    forks = [step.id for step in steps.values() if step.kind in FORKS]
    counts = taken(flows, passed, forks)
    heat.flows = {flow: request.reader.number(count) for flow, count in counts.items() if count}
    heat.ways = _ways(request, heat.definition, flows, counts)


def _ways(
    request: Request, definition: Definition, flows: Iterable[Flow], counts: dict[str, int]
) -> list[Way]:
    """The ways out of gateways that lead more than one way, where each of them is known."""
    out: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        out[flow.source].append(flow)
    ways = []
    for source, leaving in out.items():
        step = definition.steps.get(source)
        known = all(flow.id in counts for flow in leaving)
        whole = sum(counts.get(flow.id, 0) for flow in leaving)
        if step is None or "Gateway" not in step.kind or len(leaving) < 2 or not known or not whole:
            continue
        for flow in leaving:
            target = definition.steps.get(flow.target)
            title = flow.name or (name_of(request, target) if target else flow.target)
            share = counts[flow.id] / whole
            ways.append(Way(name_of(request, step), title, counts[flow.id], share))
    return ways
