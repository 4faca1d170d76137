"""Turns checked BPMN into the library's specs, with our own task specs where it matters."""

from __future__ import annotations

from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.event_parsers import EventBasedGatewayParser, EventDefinitionParser
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffEndEventParser,
    SpiffIntermediateCatchEventParser,
    SpiffIntermediateThrowEventParser,
    SpiffReceiveTaskParser,
    SpiffSendTaskParser,
    SpiffStartEventParser,
)
from SpiffWorkflow.spiff.parser.process import SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import (
    CallActivityParser,
    ScriptTaskParser,
    SpiffTaskParser,
    SubWorkflowParser,
    UserTaskParser,
)

from engine.workflow import gateways, repeats, specs
from engine.workflow.events import Arms, Error, Escalation, Message, Signal, Timer
from engine.workflow.xml import extension, is_bpmn, local

_START = "startEvent"
_TIMES = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


class ProcessParser(SpiffProcessParser):
    """Parses one process into our process spec."""

    def create_spec(self) -> gateways.ProcessSpec:
        """A new spec, with our own end."""
        return gateways.ProcessSpec(
            name=self.bpmn_id, description=self.get_name(), filename=self.filename
        )

    def add_tasks(self) -> None:
        """Parse the last steps first: the library goes from step to step by recursion."""
        for node in self._backwards():
            self.parse_node(node)
        super().add_tasks()

    def _backwards(self) -> list[etree._Element]:
        """The steps in an order in which those that follow a step come before it, circles aside."""
        steps, after = dict[str, etree._Element](), dict[str, list[str]]()
        for child in self.node:
            if is_bpmn(child) and local(child) == "sequenceFlow":
                after.setdefault(child.get("sourceRef", ""), []).append(child.get("targetRef", ""))
            elif is_bpmn(child) and child.get("id"):
                steps[child.get("id", "")] = child
                if local(child) == "boundaryEvent":
                    after.setdefault(child.get("attachedToRef", ""), []).append(child.get("id", ""))
        order: list[etree._Element] = []
        seen: set[str] = set()
        todo = [(key, iter(after.get(key, ()))) for key in steps if local(steps[key]) == _START]
        while todo:
            key, rest = todo[-1]
            follower = next(rest, None)
            if follower is None:
                todo.pop()
                if local(steps[key]) not in ("boundaryEvent", _START):
                    order.append(steps[key])
            elif follower not in seen and follower in steps:
                seen.add(follower)
                todo.append((follower, iter(after.get(follower, ()))))
        return order


class _Ours:
    """Mixin: which repetition specs to use."""

    STANDARD_LOOP_CLASS = repeats.StandardLoopTask
    PARALLEL_MI_CLASS = repeats.ParallelMultiInstanceTask
    SEQUENTIAL_MI_CLASS = repeats.SequentialMultiInstanceTask


def _name_of(event: etree._Element, kind: str) -> str:
    """The name of the message or signal that an event refers to.

    Looked for in the event's own file: the library has one list for all files, in which a called
    process takes the place of what has the same id in the one that calls it.
    """
    reference = event.get(f"{kind}Ref") or ""
    for node in event.getroottree().getroot():
        if is_bpmn(node) and local(node) == kind and node.get("id") == reference:
            return node.get("name") or reference
    return reference


class _Events(_Ours, EventDefinitionParser):
    """Mixin: messages by name, timers with our clock."""

    def parse_message_event(self, message_event: etree._Element) -> Message:
        """A message by the name of the message it refers to."""
        return Message(_name_of(message_event, "message"))

    def parse_signal_event(self, signal_event: etree._Element) -> Signal:
        """A signal by the name of the signal it refers to."""
        return Signal(_name_of(signal_event, "signal"))

    def parse_error_event(self, error_event: etree._Element) -> Error:
        """An error as the library reads it, told to whoever is closest."""
        read = super().parse_error_event(error_event)
        return Error(read.name, read.expression, read.variable, code=read.code)

    def parse_escalation_event(self, escalation_event: etree._Element) -> Escalation:
        """An escalation likewise."""
        read = super().parse_escalation_event(escalation_event)
        return Escalation(read.name, read.expression, read.variable, code=read.code)

    def parse_timer_event(self, event: etree._Element) -> Timer:
        """A timer with its expression, not yet computed."""
        for tag, kind in _TIMES.items():
            found = event.find(full_tag(tag))
            if found is not None:
                name, basis = self.node.get("name") or self.bpmn_id, timer_basis(self.node)
                return Timer(name, kind, found.text or "", basis)
        raise ValueError("A timer without a time")


def timer_basis(node: etree._Element) -> str:
    """What the timer of an event counts: `working` time, or time as it passes (empty)."""
    said = (extension(node, "timerBasis") or "").lower()
    return "" if said == "calendar" else said


class TaskParser(_Ours, SpiffTaskParser):
    """Plain tasks."""


class UserParser(_Ours, UserTaskParser):
    """User tasks."""

    def create_task(self) -> specs.UserTask:
        """Our user task; the library would create its own class."""
        return specs.UserTask(self.spec, self.bpmn_id, **self.bpmn_attributes)


class ScriptParser(_Ours, ScriptTaskParser):
    """Script tasks."""


class SubParser(_Ours, SubWorkflowParser):
    """Subprocesses and transactions."""


class CallParser(_Ours, CallActivityParser):
    """Call activities."""


class RuleParser(_Ours, SpiffTaskParser):
    """Business rule tasks: the called decision is the name of a ruleset."""

    @staticmethod
    def get_decision_ref(node: etree._Element) -> str | None:
        """No DMN file is ever wanted."""
        return None

    def create_task(self) -> specs.BusinessRuleTask:
        """The step that asks the hooks to decide."""
        ruleset = (self.parse_extensions().get("calledDecisionId") or "").strip()
        return specs.BusinessRuleTask(self.spec, self.bpmn_id, ruleset, **self.bpmn_attributes)


class ServiceParser(_Ours, SpiffTaskParser):
    """Service tasks: an operator of the desk with expressions as parameters."""

    def create_task(self) -> specs.ServiceTask:
        """The step that asks the hooks for an effect."""
        operator: dict[str, Any] = self.parse_extensions()["serviceTaskOperator"]
        params = {key: found["value"] for key, found in operator["parameters"].items()}
        result = operator.get("resultVariable") or None
        return specs.ServiceTask(
            self.spec, self.bpmn_id, operator["name"], params, result, **self.bpmn_attributes
        )


class StartParser(_Events, SpiffStartEventParser):
    """Start events."""


class EndParser(_Events, SpiffEndEventParser):
    """End events; the library would not look for signals."""

    def create_task(self) -> specs.EndEvent:
        """A plain end, or one that throws."""
        definition = self.node.find(full_tag("signalEventDefinition"))
        if definition is None:
            end: specs.EndEvent = super().create_task()
        else:
            end = self._create_task(self.parse_signal_event(definition))
            end.connect(self.spec.end)
        return end


class CatchParser(_Events, SpiffIntermediateCatchEventParser):
    """Intermediate catch events."""


class ThrowParser(_Events, SpiffIntermediateThrowEventParser):
    """Intermediate throw events."""


class BoundaryParser(_Events, SpiffBoundaryEventParser):
    """Boundary events."""


class SendParser(_Events, SpiffSendTaskParser):
    """Send tasks."""


class ReceiveParser(_Events, SpiffReceiveTaskParser):
    """Receive tasks."""


class EventGatewayParser(EventBasedGatewayParser):
    """Event gateways."""

    def create_task(self) -> gateways.EventBasedGateway:
        """A gateway whose arms are filled when its events are connected."""
        gateway: gateways.EventBasedGateway = self._create_task(Arms())
        return gateway


class DiagramParser(SpiffBpmnParser):
    """The library's parser with our classes; feed it only what `lint` has accepted."""

    PROCESS_PARSER_CLASS = ProcessParser
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("userTask"): (UserParser, specs.UserTask),
        full_tag("manualTask"): (TaskParser, specs.ManualTask),
        full_tag("task"): (TaskParser, specs.ManualTask),
        full_tag("scriptTask"): (ScriptParser, specs.ScriptTask),
        full_tag("subProcess"): (SubParser, specs.SubWorkflowTask),
        full_tag("transaction"): (SubParser, specs.TransactionSubprocess),
        full_tag("callActivity"): (CallParser, specs.CallActivity),
        full_tag("serviceTask"): (ServiceParser, specs.ServiceTask),
        full_tag("businessRuleTask"): (RuleParser, specs.BusinessRuleTask),
        full_tag("startEvent"): (StartParser, specs.StartEvent),
        full_tag("endEvent"): (EndParser, specs.EndEvent),
        full_tag("boundaryEvent"): (BoundaryParser, specs.BoundaryEvent),
        full_tag("intermediateCatchEvent"): (CatchParser, specs.IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): (ThrowParser, specs.IntermediateThrowEvent),
        full_tag("sendTask"): (SendParser, specs.SendTask),
        full_tag("receiveTask"): (ReceiveParser, specs.ReceiveTask),
        full_tag("exclusiveGateway"): (ConditionalGatewayParser, specs.ExclusiveGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, gateways.InclusiveGateway),
        full_tag("parallelGateway"): (GatewayParser, gateways.ParallelGateway),
        full_tag("eventBasedGateway"): (EventGatewayParser, gateways.EventBasedGateway),
    }


def parse_process(
    documents: list[etree._Element], process_id: str
) -> tuple[gateways.ProcessSpec, dict[str, gateways.ProcessSpec]]:
    """The spec of a process and, by name, of everything it calls or contains."""
    parser = DiagramParser()
    for document in documents:
        parser.add_bpmn_xml(document)
    spec = parser.get_spec(process_id)
    inner = parser.get_subprocess_specs(process_id)
    for one in (spec, *inner.values()):
        _connect_repetitions(one)
    return spec, inner


def _connect_repetitions(spec: gateways.ProcessSpec) -> None:
    """The library connects a repetition to its frame only when it starts; a loaded one has none."""
    for task_spec in list(spec.task_specs.values()):
        if isinstance(task_spec, specs.Repeated):
            child = spec.task_specs[task_spec.task_spec]
            child.completed_event.connect(task_spec.merge_child)
