"""Random play of generated sound diagrams: the machine goes the way that the blocks say.

Each instance is written and read again at each step, as on the desk. Bare SpiffWorkflow plays the
same diagram with its own parser and specs, never written; where it goes another way, the reason is
one of those named here, and ours is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.specs.event_definitions import (
    MessageEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.util.task import TaskState

from engine.workflow.definition import load_definition
from engine.workflow.instance import Instance
from tests.engine.workflow.conftest import Desk
from tests.engine.workflow.generated import (
    And,
    Drawn,
    Guard,
    Loop,
    Many,
    Or,
    Raise,
    Sub,
    Task,
    diagrams,
)
from tests.engine.workflow.oracle import Oracle, Wait

NOW = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)
STEPS = 25


class Ours:
    """Our machine, reloaded at each step."""

    def __init__(self, drawn: Drawn) -> None:
        files, shared = drawn.files()
        self.definition = load_definition("sample", files, shared)
        self.instance, _ = Instance.start(self.definition, {}, Desk(), NOW)
        self.reload()

    def reload(self) -> None:
        text = json.dumps(self.instance.dump())
        self.instance = Instance.load(self.definition, json.loads(text), Desk())
        assert not self.instance.failures, self.instance.failures

    @property
    def done(self) -> bool:
        return self.instance.done

    @property
    def data(self) -> dict[str, Any]:
        return self.instance.data

    def open(self) -> list[tuple[str, dict[str, Any]]]:
        return [(item.step.id, item.data) for item in self.instance.work_items]

    def awaited(self) -> list[str]:
        return sorted(w.message for w in self.instance.waiting)

    def timers(self) -> list[str]:
        return sorted(t.step_id for t in self.instance.timers)

    def complete(self, wait: Wait, answer: Any) -> None:
        same = [
            i for i in self.instance.work_items if (i.step.id, i.data) == (wait.name, wait.data)
        ]
        self.instance.complete(same[0].task_id, {wait.variable: answer}, NOW)
        self.reload()

    def happen(self, kind: str, name: str) -> None:
        if kind == "timer":
            for timer in self.instance.timers:
                if timer.step_id == f"border_{name}":
                    self.instance.set_due(timer.task_id, NOW)
            self.instance.tick(NOW)
        else:
            self.instance.message(f"signal:{name}" if kind == "signal" else name, {}, NOW)
        self.reload()


class Bare:
    """SpiffWorkflow as it comes: its own parser and specs, kept in memory all the time."""

    def __init__(self, drawn: Drawn) -> None:
        files, shared = drawn.files()
        parser = SpiffBpmnParser()
        for one in (files, *shared.values()):
            parser.add_bpmn_str(one["process.bpmn"])
        self.workflow = BpmnWorkflow(
            parser.get_spec("sample"), parser.get_subprocess_specs("sample")
        )
        self.workflow.do_engine_steps()

    def open(self) -> list[tuple[str, dict[str, Any]]]:
        return [(t.task_spec.bpmn_id, t.data) for t in self._ready()]

    def awaited(self) -> list[str]:
        names = []
        for task in self.workflow.get_tasks(state=TaskState.WAITING):
            event = getattr(task.task_spec, "event_definition", None)
            for one in getattr(event, "event_definitions", [event]):
                if isinstance(one, MessageEventDefinition):
                    names.append(one.name)
                elif isinstance(one, SignalEventDefinition):
                    names.append(f"signal:{one.name}")
        return sorted(names)

    def timers(self) -> list[str]:
        waiting = self.workflow.get_tasks(state=TaskState.WAITING)
        return sorted(t.task_spec.bpmn_id for t in waiting if self._is_timer(t))

    def complete(self, wait: Wait, answer: Any) -> None:
        same = [t for t in self._ready() if (t.task_spec.bpmn_id, t.data) == (wait.name, wait.data)]
        same[0].data[wait.variable] = answer
        same[0].run()
        self.workflow.do_engine_steps()

    def happen(self, kind: str, name: str) -> None:
        if kind == "timer":
            for task in self.workflow.get_tasks(state=TaskState.WAITING):
                if task.task_spec.bpmn_id == f"border_{name}":
                    task.internal_data["event_value"] = "2000-01-01T00:00:00+00:00"
            self.workflow.refresh_timers()
        else:
            define = SignalEventDefinition if kind == "signal" else MessageEventDefinition
            self.workflow.catch(BpmnEvent(define(name), payload={}))
        self.workflow.do_engine_steps()

    @property
    def done(self) -> bool:
        return bool(self.workflow.completed)

    @property
    def data(self) -> dict[str, Any]:
        return dict(self.workflow.last_task.data)

    def _ready(self) -> list[Any]:
        return list(self.workflow.get_tasks(state=TaskState.READY, manual=True))

    @staticmethod
    def _is_timer(task: Any) -> bool:
        return isinstance(getattr(task.task_spec, "event_definition", None), TimerEventDefinition)


def listed(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return sorted(f"{name} {json.dumps(data, sort_keys=True)}" for name, data in found)


def stands(machine: Ours | Bare) -> tuple[Any, ...]:
    """Where a machine stands: open steps with their data, what is awaited, whether it is over."""
    over = machine.data if machine.done else None
    return listed(machine.open()), machine.awaited(), machine.timers(), machine.done, over


def should_stand(oracle: Oracle) -> tuple[Any, ...]:
    """Where it should."""
    awaited = [w.name for w in oracle.waiting("message")]
    awaited += [f"signal:{w.name}" for w in oracle.waiting("signal")]
    timers = sorted(f"border_{w.name}" for w in oracle.waiting("timer"))
    steps = listed([(w.name, w.data) for w in oracle.waiting("task")])
    return steps, sorted(awaited), timers, oracle.done, oracle.data


def move(machine: Ours | Bare | Oracle, wait: Wait, answer: Any) -> None:
    if wait.kind == "task":
        machine.complete(wait, answer)
    else:
        machine.happen(wait.kind, wait.name)


def choose(
    data: st.DataObject, oracle: Oracle, number: int, come: set[str] | None = None
) -> tuple[Wait, Any]:
    """What happens next: mostly somebody does a step, sometimes an event comes.

    Of those that have `come` none comes again while there is a step to do.
    """
    tasks, events = oracle.waiting("task"), oracle.waiting("message", "signal", "timer")
    if come is not None and tasks:
        events = [wait for wait in events if wait.name not in come]
    waits = sorted(tasks + events, key=lambda w: (w.kind, w.name, json.dumps(w.data)))
    wait = waits[data.draw(st.integers(0, len(waits) - 1), label="which")]
    if come is not None:
        come.add(wait.name)
    answer: Any = number + 10
    if wait.name.startswith(("ask_or",)):
        answer = data.draw(st.lists(st.integers(0, 2), max_size=3, unique=True), label="ways")
    elif wait.name.startswith("ask_"):
        answer = data.draw(st.integers(0, 2), label="way")
    return wait, answer


# Where several ways begin with an event that comes twice, nobody can say of two steps that are
# alike which belongs to which coming, and so not whose answer is the last.
ALIKE = {"Guard>And", "Guard>Or", "Guard>Many"}

# Where bare SpiffWorkflow goes another way: what is in the diagram, and what it does wrong.
WRONG = {
    "Many without results": "what an entry was called stays behind, and stops the next one",
    "Loop>Many": "the results of the last round are in the way of the next one",
    "Guard>Many": "a repeated step straight behind an event on a border cannot begin",
    "Guard message beside": "a message beside a step is heard once only",
    "Guard signal beside": "a signal beside a step is heard once only",
    "Loop>And": "a join in a loop fires before all have come, and takes old data for new",
    "Loop>Or": "the same, where some of the ways are taken",
    "Many>Raise": "what one of several throws ends the others, too",
}


@pytest.mark.parametrize(
    ("depth", "examples"),
    [
        (2, 60),
        (3, 30),
        pytest.param(2, 2_000, marks=pytest.mark.long),
        pytest.param(3, 500, marks=pytest.mark.long),
    ],
)
def test_the_machine_goes_the_way_that_the_blocks_say(depth: int, examples: int) -> None:
    """And bare SpiffWorkflow too, but for what is named."""
    agreed = []

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(drawn=diagrams(depth), data=st.data())
    def play(drawn: Drawn, data: st.DataObject) -> None:
        oracle, ours = Oracle(drawn), Ours(drawn)
        come: set[str] | None = set() if drawn.features & ALIKE else None
        bare = None if drawn.features & set(WRONG) else Bare(drawn)
        agreed.append(bare is not None)
        for number in range(STEPS):
            assert stands(ours) == should_stand(oracle)
            if bare is not None:
                assert stands(bare) == should_stand(oracle)
            if oracle.done:
                return
            wait, answer = choose(data, oracle, number, come)
            for machine in (ours, bare, oracle):
                if machine is not None:
                    move(machine, wait, answer)

    play()
    assert sum(agreed) > len(agreed) / 4  # it was compared often enough to mean something


def courses() -> Iterator[Any]:
    """A smallest diagram for each of those, and what is done in it, in this order."""
    again = Loop("l", And("a", (Task("x"), Task("y"))))
    one, two = Task("t"), Task("u")
    yield pytest.param(Many("m", one, True, 2), ["t", "t"], id="Many without results")
    yield pytest.param(
        Loop("l", Many("m", one, False, 1, True)), ["t", "ask_l=1", "t"], id="Loop>Many"
    )
    handler = Many("m", one, True, 1, True)
    yield pytest.param(Guard("g", two, "message", True, handler), ["g", "t"], id="Guard>Many")
    for kind in ("message", "signal"):
        beside = Guard("g", two, kind, False, one)
        yield pytest.param(beside, ["g", "g", "u", "t", "t"], id=f"Guard {kind} beside")
    done = ["x", "y", "ask_l=1"]
    yield pytest.param(again, [*done, "y", "x", "ask_l=0"], id="Loop>And")
    yield pytest.param(again, [*done, "x", "y", "ask_l=0"], id="Loop>And, in the same order")
    some = Loop("l", Or("or1", (Task("x"), Task("y"), Task("z"))))
    ways = ["ask_or1=[0]", "x", "ask_l=1", "ask_or1=[0, 1]", "y", "x", "ask_l=0"]
    yield pytest.param(some, ways, id="Loop>Or")
    for kind in ("error", "escalation"):
        guarded = Guard("g", Sub("i", Raise("r", kind, "g")), kind, True, Task("h"))
        several = Many("m", Sub("s", guarded, called=True), False, 2, True)
        yield pytest.param(several, ["ask_r=1", "h", "ask_r=0"], id=f"Many>Raise, {kind}")


@pytest.mark.parametrize(("block", "course"), list(courses()))
def test_ours_is_right_where_bare_spiffworkflow_is_not(
    block: Any, course: list[str], request: pytest.FixtureRequest
) -> None:
    drawn = Drawn(block)
    named = request.node.callspec.id.partition(",")[0]
    assert named in drawn.features & set(WRONG)
    oracle, ours, bare = Oracle(drawn), Ours(drawn), Bare(drawn)
    differs = stands(bare) != should_stand(oracle)
    for number, said in enumerate(course):
        name, _, answer = said.partition("=")
        wait = next(w for w in oracle.waits if w.scope.alive and w.name == name)
        for machine in (ours, bare, oracle):
            if machine is bare and differs:
                continue
            try:
                move(machine, wait, json.loads(answer) if answer else number)
            except (WorkflowException, IndexError):
                assert machine is bare
                differs = True
        assert stands(ours) == should_stand(oracle)
        differs = differs or stands(bare) != should_stand(oracle)
    assert oracle.done or named == "Loop>Many"
    assert differs


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_a_called_process_may_give_another_thing_the_same_id(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = Guard("inner", Task("t"), kind, False, Task("u"))
    drawn = Drawn(Guard("outer", Sub("s", inner, called=True), kind, False, Task("v")))
    files, shared = drawn.files()
    for name, one in (("outer", files), *(("inner", called) for called in shared.values())):
        own = f'id="{kind}_{name if kind == "message" else 0}"'.encode()
        assert own in one["process.bpmn"]
        for found in (own, own.replace(b"id=", f"{kind}Ref=".encode())):
            same = found.partition(b"=")[0] + b'="same"'
            one["process.bpmn"] = one["process.bpmn"].replace(found, same)
    monkeypatch.setattr(Drawn, "files", lambda self: (files, shared))
    assert stands(Ours(drawn)) == should_stand(Oracle(drawn))
