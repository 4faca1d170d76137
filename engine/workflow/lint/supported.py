"""What the engine cannot do, or would silently do otherwise than drawn."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.workflow.lint.diagram import (
    Diagram,
    Element,
    World,
    error,
    event_definitions,
    name_of,
    warning,
)
from engine.workflow.lint.words import EVENTS, PLACES, UNSUPPORTED
from engine.workflow.xml import B, extension, local

_INSTEAD = {
    "link": "Give one throwing and one catching link event of this process the same name",
    "conditional": "Let a rule send a message instead",
    "compensate": "Draw the undoing as steps",
}
# A frame for data in which there are none is written by some tools at every step.
_DATA = (
    f"ioSpecification/{B}dataInput", f"ioSpecification/{B}dataOutput",
    "dataInputAssociation", "dataOutputAssociation",
)  # fmt: skip


def check_elements(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Kinds of step that the engine does not know."""
    for node in diagram.nodes():
        if local(node) in UNSUPPORTED:
            yield error(
                "unsupported",
                node,
                f"{UNSUPPORTED[local(node)]} are not supported",
                "Draw it with what is supported",
            )
        if node.get("isForCompensation") == "true":
            yield error(
                "unsupported",
                node,
                f'"{name_of(node)}": compensation is not supported',
                "Draw a flow to a step that undoes it",
            )
        counts = (node.get(name, "1") != "1" for name in ("startQuantity", "completionQuantity"))
        if any(counts) or node.get("eventGatewayType") == "Parallel":
            yield error(
                "unsupported", node, f'"{name_of(node)}" asks for several paths at once',
                "Draw each path, and a gateway where they meet",
            )  # fmt: skip


def check_event_subprocesses(diagram: Diagram, world: World) -> Iterator[Problem]:
    """They do not interrupt, or keep the process from ending, or leak into other tickets."""
    for node in diagram.nodes():
        if node.get("triggeredByEvent") == "true":
            yield error(
                "event-subprocess", node,
                f'"{name_of(node)}": event subprocesses are not supported',
                "Put a boundary event on a subprocess around the steps that it may interrupt",
            )  # fmt: skip


def check_events(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Each event is of one kind, and of one that works in its place."""
    for scope in diagram.scopes:
        for node in scope.of_kind(*EVENTS):
            if scope.ordered or local(node) != "startEvent":
                yield from _check_event(node, scope.top)


def _check_event(node: Element, top: bool) -> Iterator[Problem]:
    kind, name = local(node), name_of(node)
    shared = node.find(f"{B}eventDefinitionRef") is not None
    if shared:
        yield error(
            "event-kind", node, f'"{name}" refers to a shared event definition',
            "Define the event on the element itself",
        )  # fmt: skip
    kinds = [local(d).removesuffix("EventDefinition") for d in event_definitions(node)]
    for found in kinds:
        if found not in PLACES[kind]:
            told = f'"{name}": {found} events do not work here'
            yield error("event-kind", node, told, _mend(kind, found, top))
    if len(kinds) > 1:
        told = f'"{name}" is several events at once'
        yield error("event-kind", node, told, "Split it into several events")
    if not kinds and not shared and kind in ("intermediateCatchEvent", "boundaryEvent"):
        yield error(
            "event-kind", node, f'"{name}" does not say what it waits for',
            "Choose a timer, message, error or the like",
        )  # fmt: skip


def _mend(kind: str, found: str, top: bool) -> str:
    """What to draw instead of an event that does not work in its place."""
    if kind == "startEvent" and top:
        return "Make it a plain start: a process begins with its ticket"
    if kind == "startEvent":
        return "Make it a plain start, and draw what is waited for behind it"
    return _INSTEAD.get(found, "Choose another kind of event")


def check_thrown(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Errors, escalations and cancels need an outer subprocess or call that catches them."""
    for scope in diagram.scopes:
        for node in scope.of_kind("endEvent", "intermediateThrowEvent"):
            kinds = {local(d) for d in event_definitions(node)}
            if "cancelEventDefinition" in kinds and local(scope.element) != "transaction":
                yield error(
                    "cancel",
                    node,
                    f'"{name_of(node)}" cancels, but is in no transaction',
                    "Use another kind of end, or draw a transaction around it",
                )
            if "errorEventDefinition" in kinds and scope.top and not diagram.folder:
                yield error(
                    "uncaught-error", node, f'Nobody can catch the error of "{name_of(node)}"',
                    "Use a terminating end event",
                )  # fmt: skip
        for node in scope.of_kind("boundaryEvent"):
            kinds = {local(d) for d in event_definitions(node)}
            host = scope.nodes.get(node.get("attachedToRef", ""))
            inner = host is not None and local(host) in (
                "subProcess",
                "transaction",
                "callActivity",
            )
            if kinds & {"errorEventDefinition", "escalationEventDefinition"} and not inner:
                yield error(
                    "event-kind", node,
                    f'"{name_of(node)}" can catch something only on a subprocess or a call',
                    "Attach it to a subprocess or a call",
                )  # fmt: skip
            if "cancelEventDefinition" in kinds and (host is None or local(host) != "transaction"):
                yield error(
                    "cancel",
                    node,
                    f'"{name_of(node)}" belongs on a transaction',
                    "Attach it to a transaction",
                )


def check_event_gateways(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Behind an event gateway stand at least two messages or timers, each reached only from it."""
    for scope in diagram.scopes:
        for gateway in scope.of_kind("eventBasedGateway"):
            flows = scope.out.get(gateway.get("id", ""), [])
            if len(flows) < 2:
                yield error(
                    "event-gateway",
                    gateway,
                    f'"{name_of(gateway)}" needs two ways out',
                    "Add a way out, or delete the gateway",
                )
            for flow in flows:
                target = scope.nodes.get(flow.get("targetRef", ""))
                if target is None:
                    continue
                key = target.get("id", "")
                fit = local(target) in ("intermediateCatchEvent", "receiveTask")
                if not fit or len(scope.into.get(key, [])) > 1 or scope.borders.get(key):
                    yield error(
                        "event-gateway", target,
                        f'Behind "{name_of(gateway)}" only events may stand that nothing else '
                        "leads to", "Use a message or timer event of its own",
                    )  # fmt: skip


def check_same_events(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Of two events that wait for the same, and only one of which can happen, one never does."""
    for scope in diagram.scopes:
        groups = [
            [n for f in scope.out.get(key, []) if (n := scope.nodes.get(f.get("targetRef", "")))
             is not None]
            for key, node in scope.nodes.items() if local(node) == "eventBasedGateway"
        ] + [
            [event for event in events if event.get("cancelActivity", "true") != "false"]
            for events in scope.borders.values()
        ]  # fmt: skip
        for events in groups:
            first: dict[tuple[str, str], Element] = {}
            for event in events:
                other = first.setdefault(_awaited(event), event)
                if other is not event:
                    yield error(
                        "same-event", event,
                        f'"{name_of(event)}" waits for the same as "{name_of(other)}": only one '
                        "of them would ever happen", "Let it wait for something else, or delete it",
                    )  # fmt: skip


def _awaited(event: Element) -> tuple[str, str]:
    """What an event waits for; itself where nothing else can wait for the same."""
    if local(event) == "receiveTask":
        return "message", str(event.get("messageRef") or event.get("id"))
    for definition in event_definitions(event):
        kind = local(definition).removesuffix("EventDefinition")
        text = "".join(one.text or "" for one in definition).strip()
        name = text if kind == "timer" else definition.get(f"{kind}Ref")
        if kind in ("message", "signal", "timer") and name:
            return kind, name
    return "", str(event.get("id"))


def check_plain_tasks(diagram: Diagram, world: World) -> Iterator[Problem]:
    """A plain task says neither who nor what: it waits for a person without a form."""
    for node in diagram.nodes():
        if local(node) == "task":
            yield warning(
                "plain-task", node, f'"{name_of(node)}" is a plain task; a person must tick it off',
                "Make it a user task with a form, or an automatic task",
            )  # fmt: skip


def check_data(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Data associations, data stores, scripts around steps: variables do all that here."""
    for node in [diagram.process, *diagram.nodes()]:
        if any(node.find(f"{B}{tag}") is not None for tag in _DATA):
            yield error(
                "data", node, f'"{name_of(node)}" has data associations, which are not supported',
                "Use variables",
            )  # fmt: skip
        for name in ("preScript", "postScript"):
            if extension(node, name):
                yield error("data", node, f'"{name_of(node)}" has a {name}', "Use a script task")
    for store in diagram.root.iter(f"{B}dataStore"):
        yield error(
            "data",
            store,
            f'The data store "{name_of(store)}" is not supported',
            "Delete it; tickets keep what is to be kept",
        )
