"""Asking form rules: about the form of a request, of a step, and of a ticket that an agent opens.

Every door asks here when a form is shown and again about what was sent, so that a page, a script
without a page and the API are told and refused the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from engine.audit.alarms import note_difference
from engine.audit.trail import record_trace
from engine.catalogue.models import Offer
from engine.catalogue.queries import queues
from engine.commands.facts import facts_of, times_of
from engine.commands.form_looks import Asking, Look, look_at
from engine.commands.tickets import NewTicket, create_ticket
from engine.commands.working_facts import WorkingFacts
from engine.errors import NotFound
from engine.people.models import Person
from engine.people.queries import agents
from engine.rules import Evaluation, Release
from engine.rules.facts import Facts, Times
from engine.rules.operators import holds
from engine.rules.ruleset import Atom, Rule
from engine.rules.trace import atoms_of
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Form
from engine.workflow.form_questions import field_ui, properties, widget_of

SHOWN = "form.shown"
ANSWER = "form."
NEW_TICKET = "new_ticket"
CHANNELS = ("phone", "email", "fax", "sms", "web")  # by which somebody reached an agent
# The form by which agents open a ticket, as far as rules may have a say in it: who calls is apart.
NEW_TICKET_FORM = Form(
    NEW_TICKET,
    {
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 300},
            "body": {"type": "string", "maxLength": 20_000},
            **{name: {"type": "string"} for name in ("offer", "queue", "priority")},
            "channel": {"type": "string", "default": "phone"},
        },
        "required": ["title", "body", "channel"],
        "allOf": [{"if": {"not": {"required": ["offer"]}}, "then": {"required": ["queue"]}}],
    },
    {
        "title": {"de": "Neues Ticket", "en": "New ticket"},
        "fields": {
            "title": {"label": {"de": "Worum geht es?", "en": "What is it about?"}},
            "body": {"label": {"de": "Was gesagt wurde", "en": "What was said"}},
            "offer": {
                "label": {"de": "Art der Anfrage", "en": "Kind of request"},
                "widget": "select",
            },
            "queue": {
                "label": {"de": "Warteschlange", "en": "Queue"},
                "widget": "select",
                "help": {
                    "de": "Nur ohne eine Art der Anfrage nötig",
                    "en": "Only needed without a kind of request",
                },
            },
            "priority": {"label": {"de": "Priorität", "en": "Priority"}, "widget": "select"},
            "channel": {
                "label": {"de": "Wie es uns erreichte", "en": "How it reached us"},
                "widget": "select",
            },
        },
    },
)


@dataclass(frozen=True)
class Asked:
    """A form with what rules may look at beside the answers."""

    asking: Asking
    facts: Mapping[str, Any]
    rules: tuple[Rule, ...] = ()  # those that may have a say here
    release: Release | None = None
    times: Times | None = None  # the calendars by which dates are reckoned with

    @property
    def answers_matter(self) -> bool:
        """Whether an answer can change how the form looks."""
        facts = (atom.fact for rule in self.rules for atom, _ in atoms_of(rule.when))
        return any(fact.startswith(ANSWER) for fact in facts)


def asked_request(work: Work, offer: Offer, customer: Person | None) -> Asked:
    """The form of an offer of the service catalogue."""
    form = Form(offer.key, offer.form.get("schema", {}), offer.form.get("ui", {}))
    if not _listening(work):
        return Asked(Asking(form), {})
    facts, times = bare_facts(work, customer, offer)
    facts |= _form(work, "request", f"request/{offer.key}")
    return asked_with(work, _release(work), Asking(form), facts, times)


def asked_step(
    work: Work, item: WorkItem, form: Form, standing: Callable[[], Mapping[str, Any]]
) -> Asked:
    """The form of a step; `standing` tells what its questions say before anybody types."""
    if not _listening(work):
        return Asked(Asking(form), {})
    facts = facts_of(work, item.ticket) | {
        "step.id": item.step_id,
        "step.lane": item.lane,
    }
    facts |= _form(work, "step", f"step/{item.instance.version.key}/{item.step_id}")
    facts["asked.who"] = "customer" if item.for_customer else "agent"
    asking, times = Asking(form, {}, desk_options(work, form)), times_of(work, item.ticket)
    asked = asked_with(work, _release(work), asking, facts, times)
    return (
        replace(asked, asking=replace(asked.asking, standing=standing())) if asked.rules else asked
    )


def asked_new_ticket(
    work: Work, customer: Person | None, options: Mapping[str, tuple[str, ...]]
) -> Asked:
    """The form by which an agent opens a ticket for this customer, if it is known already."""
    asking = Asking(NEW_TICKET_FORM, {}, options)
    if not _listening(work):
        return Asked(asking, {})
    facts, times = bare_facts(work, customer)
    facts |= _form(work, NEW_TICKET, NEW_TICKET)
    return asked_with(work, _release(work), asking, facts, times)


def asked_with(
    work: Work,
    release: Release,
    asking: Asking,
    facts: Mapping[str, Any],
    times: Times | None = None,
) -> Asked:
    """A form with the rules of this release that may have a say in it."""
    known = Facts(facts, None, work.now, times)
    rules = (
        rule
        for name in release.listening(SHOWN)
        for rule in release.rulesets[name].in_order()
        if _may_fit(rule, known)
    )
    return Asked(asking, facts, tuple(rules), release, times)


def bare_facts(
    work: Work, customer: Person | None, offer: Offer | None = None
) -> tuple[dict[str, Any], Times]:
    """What rules see before there is a ticket: who reports, for what, and the time of day."""
    wanted = ("type", "service", "queue", "sla")
    document = offer.document if offer else {}
    facts = {f"ticket.{name}": str(document.get(name) or "") for name in wanted if offer}
    sla, queue = facts.get("ticket.sla", ""), facts.get("ticket.queue", "")
    working = WorkingFacts(work.session)
    told = working.of(sla, queue, work.now, work.now)
    facts |= {name: value for name, value in told.items() if name.startswith("time.")}
    return facts | _customer(customer), working.times(sla, queue)


def look_of(
    work: Work,
    asked: Asked,
    typed: Mapping[str, Any],
    untouched: AbstractSet[str] = frozenset(),
) -> Look:
    """How the form looks with these answers; without a rule it is the form itself."""
    release = asked.release
    if not asked.rules or release is None:
        return Look(asked.asking.form, asked.asking.form, dict(typed), dict(typed))

    def ask(answers: Mapping[str, Any]) -> list[Evaluation]:
        given = {f"{ANSWER}{name}": value for name, value in answers.items()}
        return [
            release.evaluate(
                name, {**asked.facts, **given}, event=SHOWN, now=work.now, times=asked.times
            )
            for name in release.listening(SHOWN)
        ]

    look = look_at(asked.asking, typed, ask, untouched)
    for evaluation in look.evaluations:
        note_difference(work, evaluation.trace)
    return replace(
        look, asked_as=str(asked.facts["asked.form"]), answers_matter=asked.answers_matter
    )


def report(work: Work, new: NewTicket, look: Look) -> Ticket:
    """A ticket of what was answered in a form that looked like this."""
    ticket = create_ticket(work, new)
    keep_look(work, ticket, look)
    return ticket


def keep_look(work: Work, ticket: Ticket, look: Look) -> None:
    """Write down how the form was that has been sent, so that the ticket can say why."""
    for evaluation in look.evaluations:
        if evaluation.decisions:
            trace = {**evaluation.trace, "form": look.asked_as, "kept": dict(look.kept)}
            record_trace(work, ticket.id, SHOWN, evaluation.trace["ruleset"], trace)


def desk_options(work: Work, form: Form) -> dict[str, tuple[str, ...]]:
    """What the desk offers for questions about queues and agents."""
    found: dict[str, tuple[str, ...]] = {}
    for name, part in properties(form.schema).items():
        widget = widget_of(part, field_ui(form.ui, name))
        if widget == "queue":
            found[name] = tuple(queue.name for queue in queues(work.session))
        elif widget == "agent":
            found[name] = tuple(person.login for person in agents(work.session))
    return found


def _may_fit(rule: Rule, facts: Facts) -> bool:
    """Whether the rule can hold here whatever is answered; looked at is what has to be so."""
    if rule.when is None or rule.when.mode != "all":
        return True
    plain = [m for m in rule.when.members if isinstance(m, Atom) and not m.fact.startswith(ANSWER)]
    return all(holds(facts, atom) for atom in plain)


def _listening(work: Work) -> list[str]:
    try:
        return _release(work).listening(SHOWN)
    except NotFound:
        return []  # a desk without rules still has forms


def _release(work: Work) -> Release:
    return work.desk.library.release(work.session)


def _form(work: Work, kind: str, name: str) -> dict[str, Any]:
    return {
        "asked.form": name,
        "asked.kind": kind,
        "asked.who": "agent" if work.actor.is_agent or work.actor.is_system else "customer",
        "asked.language": work.actor.language,
    }


def _customer(person: Person | None) -> dict[str, Any]:
    """Who reports, as rules see the customer of a ticket."""
    if person is None:
        return {"customer.vip": False, "customer.internal": False}
    organisation = person.organisation
    return {
        "customer.email": person.email,
        "customer.domain": person.email.rpartition("@")[2],
        "customer.name": person.name,
        "customer.organisation": organisation.name if organisation else "",
        "customer.vip": person.vip or bool(organisation and organisation.vip),
        "customer.internal": bool(organisation and organisation.internal),
    }
