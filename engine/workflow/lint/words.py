"""The words that a diagram may use, in one place."""

from __future__ import annotations

ENDED = frozenset({"closed successful", "closed unsuccessful", "removed"})
STATES = ENDED | {
    "new",
    "open",
    "waiting for customer",
    "waiting for approval",
    "pending reminder",
    "pending auto close",
    "resolved",
}
DECIDED = frozenset({"queue", "priority", "type", "sla", "owner", "service", "tags", "responsible"})
OPERATORS = {
    "notify": ("to", "template"),
    "set": ("field", "value"),
    "note": ("text",),
    "tag": ("name",),
    "create_child": ("title",),
    "message_parent": ("name",),
    "message_children": ("name",),
    "publish_draft": ("key",),
    "return_draft": ("key",),
    "publish_rules": (),
    "return_rules": (),
}
OPTIONAL = {
    "create_child": ("type", "queue", "text", "variables", "for_customer"),
    "message_parent": ("variables",),
    "message_children": ("variables",),
}
TOLD = frozenset({"child", "child_result", "child_state", "children", "children_open", "parent"})
TICKET_FIELDS = frozenset(
    {"queue", "priority", "type", "service", "sla", "owner", "responsible", "title"}
)

TASKS = frozenset({
    "task", "userTask", "manualTask", "scriptTask", "serviceTask", "businessRuleTask", "sendTask",
    "receiveTask", "callActivity", "subProcess", "transaction",
})  # fmt: skip
GATEWAYS = frozenset({
    "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway",
})  # fmt: skip
EVENTS = frozenset({
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
})  # fmt: skip
# Which kinds of event work in which place.
PLACES = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"message", "signal", "terminate", "error", "escalation", "cancel"}),
    "intermediateCatchEvent": frozenset({"message", "signal", "timer"}),
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation"}),
    "boundaryEvent": frozenset({"message", "signal", "timer", "error", "escalation", "cancel"}),
}
UNSUPPORTED = {
    "complexGateway": "Complex gateways",
    "adHocSubProcess": "Ad hoc subprocesses",
    "choreographyTask": "Choreographies",
    "subChoreography": "Choreographies",
    "callChoreography": "Choreographies",
    "implicitThrowEvent": "Implicit events",
}
NODES = TASKS | GATEWAYS | EVENTS
# What the desk reads in its own namespace, which is that of the library and has more in it.
OWN = frozenset({
    "properties", "property", "serviceTaskOperator", "parameters", "parameter", "calledDecisionId",
    "titleDe", "titleEn", "aboutDe", "aboutEn", "kind", "assign", "notBy", "given", "timerBasis",
    "ticketState", "clockPause", "customerShown", "customerLabelDe", "customerLabelEn",
    "preScript", "postScript",  # these are refused
})  # fmt: skip
