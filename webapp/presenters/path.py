"""Where a ticket has been in its diagram, where it stands, and where it may go next."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from pyramid.request import Request

from engine.catalogue.published import ProcessInForce
from engine.catalogue.shelf import shelf
from engine.tickets import queries
from engine.tickets.flow import Incident, ProcessInstance
from engine.workflow import Definition, Step
from engine.workflow.around import calls_into
from engine.workflow.links import read_linked

NEXT = 3  # steps to come that are worth showing
WORK = frozenset({"userTask", "manualTask", "callActivity"})
FLOW = "{http://www.omg.org/spec/BPMN/20100524/MODEL}sequenceFlow"
BORDER = "{http://www.omg.org/spec/BPMN/20100524/MODEL}boundaryEvent"


@dataclass
class Path:
    """The steps as a strip, and the ids that the diagram marks."""

    process: str = ""
    version: int = 0
    ended: bool = False
    strip: list[dict[str, str]] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    move_to: int | None = None  # the version in force, where the reader may move the ticket to it
    key: str = ""


def path_of(
    request: Request, row: ProcessInstance | None, incidents: Iterable[Incident]
) -> Path | None:
    """The path of a ticket's process, or None where it never had one."""
    if row is None:
        return None
    definition = request.desk.library.definition(row.version)
    path = Path(
        process=request.reader.pick(definition.title) or row.version.key,
        version=row.version.number,
        move_to=_newer(request, row),
        key=row.version.key,
        ended=row.status != "running",
    )
    outcomes = _walk(request, row, path)
    broken = [incident.step_id for incident in incidents]
    path.failed = list(dict.fromkeys(on_map(step) for step in broken))
    path.live = [step for step in path.live if step not in path.failed]
    _strip(request, definition, path, outcomes)
    return path


def _newer(request: Request, row: ProcessInstance) -> int | None:
    """The version in force, where it is another one and the reader moves tickets to it."""
    if row.status != "running" or not request.actor.roles & {"owner", "admin"}:
        return None
    in_force = shelf(request.db).get(ProcessInForce, row.version.key)
    same = in_force is None or in_force.version_id == row.version_id
    return None if same or in_force is None else in_force.version.number


def on_map(step_id: str) -> str:
    """The element of the ticket's own diagram: the call, for a step inside a called process."""
    return step_id.split("/", 1)[0]


def _walk(request: Request, row: ProcessInstance, path: Path) -> dict[str, str]:
    """Read the log: the last outcome by step, in the order of the first time."""
    outcomes: dict[str, str] = {}
    for entry in queries.step_log(request.db, row):
        outcomes[entry.step_id] = entry.outcome
    running = row.status == "running"
    for step_id, outcome in outcomes.items():
        where = on_map(step_id)
        if outcome == "entered" and running:
            path.live.append(where)
        elif outcome == "completed":
            path.done.append(where)
    path.live = list(dict.fromkeys(path.live))
    path.done = [step for step in dict.fromkeys(path.done) if step not in path.live]
    return outcomes


def _strip(request: Request, definition: Definition, path: Path, outcomes: dict[str, str]) -> None:
    top = list(dict.fromkeys(on_map(step_id) for step_id in outcomes))
    for step_id in top:
        step = definition.steps.get(step_id)
        if step is None or (step.kind not in WORK and step_id not in path.failed):
            continue
        if step.process != definition.process_id and step_id not in path.failed:
            continue  # the call stands there already; one place is not two steps
        state = "failed" if step_id in path.failed else "now" if step_id in path.live else "done"
        if state != "done" or step_id in path.done:
            path.strip.append({"label": name_of(request, step), "state": state})
    path.strip.sort(key=lambda entry: entry["state"] != "done")
    for step_id in _ahead(definition, path):
        step = definition.steps[step_id]
        path.strip.append({"label": name_of(request, step), "state": "next"})


def name_of(request: Request, step: Step) -> str:
    """What agents call a step."""
    return str(request.reader.pick(step.title) or step.name or step.id)


def placed_name(request: Request, definition: Definition, step: Step) -> str:
    """What a step is called, with the call before it where it is drawn in another process."""
    own = name_of(request, step)
    if step.process == definition.process_id:
        return own
    calls = calls_into(definition).get(step.process, [])
    before = " / ".join(dict.fromkeys(name_of(request, call) for call in calls))
    return f"{before} › {own}" if before else own


def called(
    request: Request, row: ProcessInstance | None, step_ids: Iterable[str]
) -> dict[str, str]:
    """What agents call these steps; one of a called process by the call."""
    if row is None:
        return {}
    steps = request.desk.library.definition(row.version).steps
    known = {one: steps.get(one) or steps.get(on_map(one)) for one in step_ids}
    return {one: name_of(request, step) for one, step in known.items() if step is not None}


def _ahead(definition: Definition, path: Path) -> list[str]:
    """The next steps for people that can be reached from where the ticket stands."""
    arrows = arrows_of(definition.digest, definition.bpmn)
    seen = set(path.live) | set(path.done) | set(path.failed)
    todo = deque([*path.live, *path.failed])
    found: list[str] = []
    visited: set[str] = set()
    while todo and len(found) < NEXT:
        here = todo.popleft()
        for target in arrows.get(here, ()):
            step = definition.steps.get(target)
            if target in visited or step is None:
                continue
            visited.add(target)
            if step.kind in WORK and target not in seen:
                found.append(target)
            todo.append(target)
    return found


@lru_cache(maxsize=64)
def arrows_of(digest: str, bpmn: bytes) -> dict[str, tuple[str, ...]]:
    """From each element of a diagram to those that follow it, borders and links included."""
    root = read_linked(bpmn)
    arrows: dict[str, list[str]] = defaultdict(list)
    for flow in root.iter(FLOW):
        arrows[flow.get("sourceRef", "")].append(flow.get("targetRef", ""))
    for border in root.iter(BORDER):
        arrows[border.get("attachedToRef", "")].append(border.get("id", ""))
    return {source: tuple(targets) for source, targets in arrows.items()}
