"""What differs between two versions of a process, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pyramid.request import Request

from engine.workflow.difference import Change, Difference, ElementChange
from webapp.i18n import N_

ELEMENTS = {
    "userTask": N_("Step"), "manualTask": N_("Step"), "task": N_("Step"),
    "scriptTask": N_("Script"), "serviceTask": N_("Service"), "businessRuleTask": N_("Ruleset"),
    "callActivity": N_("Call"), "subProcess": N_("Sub-process"), "transaction": N_("Transaction"),
    "exclusiveGateway": N_("Gateway"), "parallelGateway": N_("Gateway"),
    "inclusiveGateway": N_("Gateway"), "eventBasedGateway": N_("Gateway"),
    "startEvent": N_("Start"), "endEvent": N_("End"), "boundaryEvent": N_("Event"),
    "intermediateCatchEvent": N_("Event"), "intermediateThrowEvent": N_("Event"),
    "sequenceFlow": N_("Arrow"), "lane": N_("Lane"), "process": N_("Process"),
    "participant": N_("Pool"), "textAnnotation": N_("Remark"), "association": N_("Association"),
}  # fmt: skip
ASPECTS = {
    "name": N_("Name"), "titleDe": N_("Title in German"), "titleEn": N_("Title in English"),
    "customerLabelDe": N_("Customer's label in German"),
    "customerLabelEn": N_("Customer's label in English"),
    "customerShown": N_("shown to the customer"), "ticketState": N_("Ticket state"),
    "clockPause": N_("Clocks pause"), "assign": N_("Who"), "lane": N_("Lane"),
    "notBy": N_("Not by whoever did"), "calledDecisionId": N_("Ruleset"),
    "formJsonSchemaFilename": N_("Form"), "formUiSchemaFilename": N_("Look of the form"),
    "conditionExpression": N_("Condition"), "script": N_("Script"), "sourceRef": N_("From"),
    "targetRef": N_("To"), "default": N_("Way without a condition"),
    "attachedToRef": N_("On the border of"), "cancelActivity": N_("Interrupts"),
    "calledElement": N_("Calls"), "timerEventDefinition": N_("Time"),
    "messageEventDefinition": N_("Message"), "errorEventDefinition": N_("Error"),
    "escalationEventDefinition": N_("Escalation"), "signalEventDefinition": N_("Signal"),
    "multiInstanceLoopCharacteristics": N_("For each"), "standardLoopCharacteristics": N_("Loop"),
    "operator": N_("Service"), "timerBasis": N_("Time counts"), "element": N_("Kind"),
}  # fmt: skip
KINDS = {"added": N_("added"), "removed": N_("removed"), "changed": N_("changed")}
LONGEST = 400


@dataclass(frozen=True)
class Row:
    """One element, form or file: what became of it, what it is, its name, and what it says now."""

    kind: str
    kind_word: str
    what: str
    name: str
    id: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # aspect, before, after


@dataclass(frozen=True)
class Shown:
    """A difference as a page shows it, with the marks of both diagrams."""

    rows: list[Row]
    before: dict[str, str]
    after: dict[str, str]
    sentence: str


def shown(request: Request, found: Difference) -> Shown:
    """Everything that differs, in words, and by id what to mark on which diagram."""
    _ = request.translate
    rows = [
        Row(one.kind, _(KINDS[one.kind]), _(ELEMENTS.get(one.element, N_("Element"))),
            _name(request, one), one.id,
            _changes(request, one.changes))
        for one in found.elements
    ]  # fmt: skip
    for word, files in ((_("Form"), found.forms), (_("File"), found.files)):
        rows += [
            Row(one.kind, _(KINDS[one.kind]), word, one.name, "", _changes(request, one.changes))
            for one in files
        ]
    gone = {one.id: one.kind for one in found.elements if one.kind == "removed"}
    came = {one.id: one.kind for one in found.elements if one.kind == "added"}
    other = {one.id: one.kind for one in found.elements if one.kind == "changed"}
    return Shown(rows, gone | other, came | other, _sentence(request, found, rows))


def _name(request: Request, one: ElementChange) -> str:
    """What an element is called; an arrow without a name by what it joins."""
    said = request.reader.pick(one.titles) or one.name
    if not said and len(one.ends) == 2:
        source, target = map(request.reader.pick, one.ends)
        return f"{source} → {target}"
    return str(said or one.id)


def _sentence(request: Request, found: Difference, rows: list[Row]) -> str:
    """How much differs: `2 added, 1 changed`."""
    _ = request.translate
    if not rows:
        return str(_("drawn differently, nothing else") if found.redrawn else _("no difference"))
    counts = [(sum(1 for row in rows if row.kind == kind), word) for kind, word in KINDS.items()]
    return ", ".join(f"{request.reader.number(count)} {_(word)}" for count, word in counts if count)


def _changes(request: Request, changes: Iterable[Change]) -> list[tuple[str, str, str]]:
    return [(_aspect(request, c.what), _short(c.before), _short(c.after)) for c in changes]


def _aspect(request: Request, what: str) -> str:
    _ = request.translate
    if what in ASPECTS:
        return str(_(ASPECTS[what]))
    if what.startswith("field."):
        name, *rest = what.removeprefix("field.").split(".")
        said = _("Field %(name)s") % {"name": name}
        return f"{said} ({'.'.join(rest)})" if rest else str(said)
    return what.removeprefix("form.")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
