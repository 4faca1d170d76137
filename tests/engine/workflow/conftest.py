"""A pen for small diagrams, and hooks that remember what they were asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from engine.workflow.definition import Definition, load_definition
from engine.workflow.instance import Instance, Progress
from engine.workflow.office_hours import office_hours

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' id="defs" targetNamespace="https://vorgang.example">'
)


class Pen:
    """Draws one process; each method returns the pen, `xml()` the file."""

    def __init__(self, process_id: str = "sample") -> None:
        self.process_id = process_id
        self.parts: list[str] = []
        self.lanes: list[str] = []
        self.messages: dict[str, str] = {}
        self.signals: dict[str, str] = {}
        self.raised: dict[str, str] = {}

    def node(self, tag: str, key: str, inner: str = "", attrs: str = "", ext: str = "") -> Pen:
        """One flow node; `ext` goes inside extensionElements."""
        extra = f"<bpmn:extensionElements>{ext}</bpmn:extensionElements>" if ext else ""
        self.parts.append(f'<bpmn:{tag} id="{key}" {attrs}>{extra}{inner}</bpmn:{tag}>')
        return self

    def start(self, key: str = "start") -> Pen:
        """A plain start event."""
        return self.node("startEvent", key)

    def end(self, key: str = "done", inner: str = "", ext: str = "") -> Pen:
        """An end event."""
        return self.node("endEvent", key, inner, ext=ext)

    def user(self, *keys: str, inner: str = "") -> Pen:
        """User tasks without a form."""
        for key in keys:
            self.node("userTask", key, inner)
        return self

    def gate(self, kind: str, key: str, default: str = "") -> Pen:
        """An exclusive, parallel, inclusive or eventBased gateway; `default`: where that leads."""
        attrs = f'default="{key}_{default}"' if default else ""
        return self.node(f"{kind}Gateway", key, attrs=attrs)

    def script(self, key: str, *lines: str) -> Pen:
        """A script task."""
        text = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;")
        return self.node("scriptTask", key, f"<bpmn:script>{text}</bpmn:script>")

    def rule(self, key: str, ruleset: str) -> Pen:
        """A business rule task."""
        ext = f"<spiffworkflow:calledDecisionId>{ruleset}</spiffworkflow:calledDecisionId>"
        return self.node("businessRuleTask", key, ext=ext)

    def service(self, key: str, operator: str, result: str = "", **params: str) -> Pen:
        """A service task; parameters are expressions."""
        inner = "".join(
            f'<spiffworkflow:parameter id="{k}" type="str" value="{v}"/>' for k, v in params.items()
        )
        variable = f' resultVariable="{result}"' if result else ""
        ext = (
            f'<spiffworkflow:serviceTaskOperator id="{operator}"{variable}>'
            f"<spiffworkflow:parameters>{inner}</spiffworkflow:parameters>"
            "</spiffworkflow:serviceTaskOperator>"
        )
        return self.node("serviceTask", key, ext=ext)

    def message_event(self, name: str) -> str:
        """A message event definition; the message itself is added to the file."""
        self.messages[name] = f"message_{name}"
        return f'<bpmn:messageEventDefinition messageRef="message_{name}"/>'

    def signal_event(self, name: str) -> str:
        """A signal event definition; the signal itself is added to the file."""
        self.signals.setdefault(name, f"signal_{len(self.signals)}")
        return f'<bpmn:signalEventDefinition signalRef="{self.signals[name]}"/>'

    def raise_event(self, kind: str, code: str) -> str:
        """An error or escalation event definition; the code itself is added to the file."""
        key = f"{kind}_{code}"
        self.raised[key] = f'<bpmn:{kind} id="{key}" name="{code}" {kind}Code="{code}"/>'
        return f'<bpmn:{kind}EventDefinition {kind}Ref="{key}"/>'

    @staticmethod
    def timer_event(text: str, kind: str = "timeDuration") -> str:
        """A timer event definition with a quoted expression."""
        return (
            f"<bpmn:timerEventDefinition><bpmn:{kind}>&quot;{text}&quot;</bpmn:{kind}>"
            "</bpmn:timerEventDefinition>"
        )

    def catch(self, key: str, inner: str, ext: str = "") -> Pen:
        """An intermediate catch event."""
        return self.node("intermediateCatchEvent", key, inner, ext=ext)

    def border(
        self, key: str, on: str, inner: str, interrupting: bool = True, ext: str = ""
    ) -> Pen:
        """A boundary event."""
        cancel = "true" if interrupting else "false"
        attrs = f'attachedToRef="{on}" cancelActivity="{cancel}"'
        return self.node("boundaryEvent", key, inner, attrs, ext)

    def flow(self, *keys: str, when: str = "") -> Pen:
        """Sequence flows along a chain of nodes; `when` is the condition of the first one."""
        for number, (one, two) in enumerate(pairwise(keys)):
            text = when.replace("&", "&amp;").replace("<", "&lt;") if number == 0 else ""
            inner = f"<bpmn:conditionExpression>{text}</bpmn:conditionExpression>" if text else ""
            self.parts.append(
                f'<bpmn:sequenceFlow id="{one}_{two}" sourceRef="{one}" targetRef="{two}">'
                f"{inner}</bpmn:sequenceFlow>"
            )
        return self

    def lane(self, name: str, *keys: str, assign: str = "") -> Pen:
        """A lane over some nodes."""
        ext = f"<spiffworkflow:assign>{assign}</spiffworkflow:assign>" if assign else ""
        extra = f"<bpmn:extensionElements>{ext}</bpmn:extensionElements>" if ext else ""
        refs = "".join(f"<bpmn:flowNodeRef>{key}</bpmn:flowNodeRef>" for key in keys)
        number = len(self.lanes)
        self.lanes.append(f'<bpmn:lane id="lane_{number}" name="{name}">{extra}{refs}</bpmn:lane>')
        return self

    def body(self) -> str:
        """The nodes and flows alone, for use inside a subprocess."""
        return "\n".join(self.parts)

    def xml(self) -> bytes:
        """The whole file."""
        lanes = "".join(self.lanes)
        lane_set = f'<bpmn:laneSet id="lanes">{lanes}</bpmn:laneSet>' if lanes else ""
        messages = "".join(f'<bpmn:message id="{i}" name="{n}"/>' for n, i in self.messages.items())
        messages += "".join(f'<bpmn:signal id="{i}" name="{n}"/>' for n, i in self.signals.items())
        messages += "".join(self.raised.values())
        return (
            f'{HEAD}\n{messages}<bpmn:process id="{self.process_id}" isExecutable="true">'
            f"{lane_set}\n{self.body()}\n</bpmn:process></bpmn:definitions>"
        ).encode()


class Desk:
    """Hooks that answer from tables and remember; `broken` names what raises."""

    def __init__(self) -> None:
        self.decisions: dict[str, dict[str, Any]] = {}
        self.effects: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.broken: set[str] = set()
        self.calendar = office_hours

    def decide(self, ruleset: str, data: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        """The decisions set for the ruleset."""
        self.asked.append(ruleset)
        if ruleset in self.broken:
            raise RuntimeError(f"{ruleset} is broken")
        return self.decisions.get(ruleset, {})

    def effect(self, name: str, params: Mapping[str, Any], step: Any) -> Any:
        """Remember the effect."""
        if name in self.broken:
            raise RuntimeError(f"{name} is broken")
        self.effects.append((name, dict(params)))
        return f"{name} done"

    def signal(self, name: str, step: Any) -> None:
        """Remember the signal."""
        self.effects.append(("signal", {"name": name}))

    def working_time(self, start: datetime, days: int, seconds: int) -> datetime:
        """By the calendar of this desk, Monday to Friday unless the test says otherwise."""
        return self.calendar(start, days, seconds)


class Run:
    """An instance that is written as JSON and read again before each call."""

    def __init__(self, definition: Definition, desk: Desk, data: dict[str, Any], now: datetime):
        self.definition, self.desk, self.now = definition, desk, now
        self.instance, self.last = Instance.start(definition, data, desk, now)
        self.reload()

    def reload(self) -> Instance:
        """Write and read."""
        self.text = json.dumps(self.instance.dump())
        self.instance = Instance.load(self.definition, json.loads(self.text), self.desk)
        return self.instance

    def do(self, step_id: str, **answers: Any) -> Progress:
        """Complete the open step of that id."""
        task = next(i for i in self.instance.work_items if i.step.id == step_id)
        return self._keep(self.instance.complete(task.task_id, answers, self.now))

    def tell(self, name: str, **payload: Any) -> Progress:
        """Send a message."""
        return self._keep(self.instance.message(name, payload, self.now))

    def wait(self, **distance: float) -> Progress:
        """Let time pass, then fire what is due."""
        from datetime import timedelta

        self.now += timedelta(**distance)
        return self._keep(self.instance.tick(self.now))

    def retry(self) -> Progress:
        """Try failures again."""
        return self._keep(self.instance.retry(self.now))

    def _keep(self, progress: Progress) -> Progress:
        self.last = progress
        self.reload()
        return progress

    @property
    def open(self) -> list[str]:
        """Ids of the open steps, sorted."""
        return sorted(i.step.id for i in self.instance.work_items)


@pytest.fixture
def now() -> datetime:
    """A fixed moment."""
    return datetime(2030, 1, 7, 8, 0, tzinfo=UTC)


@pytest.fixture
def pen() -> type[Pen]:
    """The class that draws diagrams."""
    return Pen


@pytest.fixture
def desk() -> Desk:
    """Remembering hooks."""
    return Desk()


@pytest.fixture
def define() -> Callable[..., Definition]:
    """Definition of a drawn process; keyword arguments are shared processes by key."""

    def build(drawn: Pen, forms: dict[str, Any] | None = None, **shared: Pen) -> Definition:
        files = {"process.bpmn": drawn.xml()}
        files |= {name: json.dumps(data).encode() for name, data in (forms or {}).items()}
        return load_definition(
            drawn.process_id, files, {k: {"process.bpmn": p.xml()} for k, p in shared.items()}
        )

    return build


@pytest.fixture
def begin(define: Callable[..., Definition], desk: Desk, now: datetime) -> Callable[..., Run]:
    """A running instance of a drawn process."""

    def run(drawn: Pen, data: dict[str, Any] | None = None, **shared: Pen) -> Run:
        facts = {"ticket": {"number": "1", "priority": "3 normal"}}
        return Run(define(drawn, **shared), desk, facts | (data or {}), now)

    return run
