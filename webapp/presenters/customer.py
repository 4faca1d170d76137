"""Where a request stands in one plain sentence: what it waits for, of whom, since and by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request

from engine.sla.models import TicketClock
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.requests import Facts, facts_of
from engine.timers.queries import step_dues
from webapp.i18n import N_
from webapp.presenters.customer_path import Way, way_of

WAITING = "waiting for customer"  # the state of steps at which only the customer can go on
PROMISES = {
    "first_response": N_("You will hear from us by %(due)s."),
    "update": N_("You will get the next answer by %(due)s."),
    "solution": N_("We want to have it done by %(due)s."),
}
ANSWER = N_("Please answer by %(due)s.")
LATE = N_("We had promised this for %(due)s and are late; we are on it.")
ENDS = {
    "closed successful": N_("Done."),
    "closed unsuccessful": N_("Closed."),
    "merged": N_("This goes on together with another request."),
    "removed": N_("Closed."),
}


@dataclass(frozen=True)
class Standing:
    """How a request stands. `kind`: you (the reader acts next), other, us, or done."""

    kind: str
    sentence: str
    promise: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Summary:
    """One request in a list."""

    number: str
    title: str
    href: str
    standing: Standing
    customer: str  # whose it is, where it is not the reader's own
    changed_at: datetime
    created_at: datetime


def summaries(request: Request, tickets: Iterable[Ticket]) -> list[Summary]:
    """Requests with their sentence; those that wait for the reader come first."""
    found = [summary(request, facts) for facts in all_facts(request, tickets).values()]
    return sorted(found, key=lambda one: one.standing.kind != "you")


def all_facts(request: Request, tickets: Iterable[Ticket]) -> dict[int, Facts]:
    """The facts of many requests, with the time at which each goes on by itself."""
    found = facts_of(request.db, tickets)
    running = {f.instance.id: f for f in found.values() if f.instance is not None}
    for instance_id, due in step_dues(request.db, running).items():
        running[instance_id].due = due
    return found


def summary(request: Request, facts: Facts) -> Summary:
    """One request with its sentence."""
    ticket = facts.ticket
    customer = ticket.customer
    foreign = customer is not None and customer.id != request.actor.id
    return Summary(
        number=ticket.number,
        title=ticket.title,
        href=request.route_path("requests.one", number=ticket.number),
        standing=standing_of(request, facts),
        customer=customer.name if customer is not None and foreign else "",
        changed_at=ticket.changed_at,
        created_at=ticket.created_at,
    )


def way_for(request: Request, facts: Facts) -> Way:
    """The request's way; an empty one where it has no process."""
    if facts.instance is None:
        return Way()
    definition = request.desk.library.definition(facts.instance.version)
    return way_of(request.reader, definition, facts)


def standing_of(request: Request, facts: Facts, way: Way | None = None) -> Standing:
    """Who acts next, and until when."""
    way = way or way_for(request, facts)
    if facts.ticket.state.ended:
        return _ended(request, facts, way)
    mine = [i for i in facts.items if i.for_customer and i.person_id == request.actor.id]
    if mine:
        return _for_reader(request, facts, mine[0], way)
    outside = [i for i in facts.items if i.for_customer]
    inside = [i for i in facts.items if not i.for_customer]
    if outside and not inside:
        return _for_other(request, facts, outside[0])
    if not inside and any(step.state == WAITING for step in way.now):
        return _answer_needed(request, facts, way)
    return _for_us(request, facts, way)


def _ended(request: Request, facts: Facts, way: Way) -> Standing:
    ticket, say = facts.ticket, request.reader
    label = say.pick(way.end.label) if way.end else ""
    known = request.translate(ENDS.get(ticket.state.type, N_("Closed.")))
    return Standing("done", _sentence(label) if label else known, since=ticket.closed_at)


def _for_reader(request: Request, facts: Facts, item: WorkItem, way: Way) -> Standing:
    _, ticket = request.translate, facts.ticket
    if ticket.customer_id != request.actor.id and ticket.customer is not None:
        text = _("%(name)s is waiting for your decision.") % {"name": ticket.customer.name}
    else:
        text = _label_of(request, item.step_id, way) or _("We need something from you.")
    asked = answer_by(request, item.due_at)
    return Standing("you", _sentence(text), promise=asked, since=item.created_at)


def answer_by(request: Request, due: datetime | None) -> str:
    """By when the reader is asked to answer: then the desk goes on by itself, or reminds."""
    now = request.work.now
    if due is None or due <= now:
        return ""
    return str(request.translate(ANSWER)) % {"due": request.reader.moment(due, now)}


def _for_other(request: Request, facts: Facts, item: WorkItem) -> Standing:
    _ = request.translate
    if item.person is None:
        return Standing("other", _("We are waiting for an approval."), since=item.created_at)
    if item.person_id == facts.ticket.customer_id:
        text = _("We are waiting for an answer from %(name)s.")
    else:
        text = _("We are waiting for the decision of %(name)s.")
    return Standing("other", text % {"name": item.person.name}, since=item.created_at)


def _answer_needed(request: Request, facts: Facts, way: Way) -> Standing:
    _, ticket = request.translate, facts.ticket
    step = next(step for step in way.now if step.state == WAITING)
    since = _asked_at(facts, way)
    if ticket.customer_id != request.actor.id and ticket.customer is not None:
        text = _("We are waiting for an answer from %(name)s.") % {"name": ticket.customer.name}
        return Standing("other", text, since=since)
    label = request.reader.pick(step.label) or _("We need an answer from you")
    return Standing("you", _sentence(label), answer_by(request, facts.due), since)


def _asked_at(facts: Facts, way: Way) -> datetime | None:
    """When the question was asked: a reminder inside the call that asks does not ask anew."""
    last = {entry.step_id: entry.at for entry in facts.log}
    waits = [step for step in way.now if step.state == WAITING or step.kind == "callActivity"]
    return min((last[step.id] for step in waits if step.id in last), default=None)


def _for_us(request: Request, facts: Facts, way: Way) -> Standing:
    label = request.reader.pick(way.now[-1].label) if way.now else ""
    text = _sentence(label) if label else request.translate(N_("We are working on it."))
    return Standing("us", text, promise=promise(request, facts.clocks))


def promise(request: Request, clocks: Iterable[TicketClock]) -> str:
    """What the running clocks promise, in words; nothing while they rest."""
    running = [c for c in clocks if c.stopped_at is None and c.due_at is not None]
    for clock in sorted(running, key=lambda c: c.due_at or request.work.now):
        late = clock.due_at is not None and clock.due_at <= request.work.now
        text = LATE if late else PROMISES.get(clock.kind, "")
        due = request.reader.moment(clock.due_at, request.work.now)
        if text:
            return request.translate(text) % {"due": due}
    return ""


def _label_of(request: Request, step_id: str, way: Way) -> str:
    step = next((s for s in way.now if s.id == step_id), None) or next(iter(way.now), None)
    return request.reader.pick(step.label) if step else ""


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else text + "."
