"""The facts of a ticket that can be changed in place, each with what may be chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyramid.request import Request

from engine.catalogue.queries import custom_fields
from engine.tickets.access import may
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters import choices


@dataclass(frozen=True)
class Fact:
    """One fact: `options` empty means free text; without `allowed` it is only shown."""

    name: str
    label: str
    value: str
    shown: str
    options: list[tuple[str, str]] = field(default_factory=list)
    allowed: bool = True
    needed: bool = False
    key: str = ""
    kind: str = "text"  # of the input where there are no options
    asks: frozenset[str] = frozenset()  # what is not chosen without saying more in a dialog


LABELS = {
    "queue": N_("Queue"),
    "owner": N_("Owner"),
    "responsible": N_("Responsible"),
    "priority": N_("Priority"),
    "service": N_("Service"),
    "sla": N_("SLA"),
    "state": N_("State"),
}
VERBS = {"queue": "move", "owner": "owner", "responsible": "owner", "priority": "priority"}
NEEDED = frozenset({"queue", "priority", "state"})
KEYS = {"queue": "m", "owner": "o", "priority": "p"}


def facts_of(request: Request, ticket: Ticket) -> list[Fact]:
    """The facts in the order in which one asks for them."""
    agents = choices.agent_choices(request)
    offered = {
        "state": choices.open_state_choices(request),
        "queue": choices.target_choices(request, ticket.queue.name),
        "owner": agents,
        "responsible": agents,
        "priority": choices.priority_choices(request),
        "service": choices.service_choices(request),
        "sla": choices.sla_choices(request),
    }
    values = value_by_field(ticket)
    facts = [_fact(request, ticket, name, values[name], offered[name]) for name in offered]
    return facts + _own_fields(request, ticket)


def own_labels(request: Request) -> dict[str, str]:
    """What the company's own fields are called, by the name that forms and rules use."""
    pick = request.reader.pick
    return {f"custom.{row.name}": pick(row.title) or row.name for row in custom_fields(request.db)}


def value_by_field(ticket: Ticket) -> dict[str, str]:
    """The present values under the names that the command for changes takes."""
    return {
        "title": ticket.title,
        "queue": ticket.queue.name,
        "state": ticket.state.name,
        "priority": ticket.priority.name,
        "type": ticket.type.name if ticket.type else "",
        "service": ticket.service.name if ticket.service else "",
        "sla": ticket.sla.name if ticket.sla else "",
        "owner": ticket.owner.login if ticket.owner else "",
        "responsible": ticket.responsible.login if ticket.responsible else "",
        "customer": ticket.customer.login if ticket.customer else "",
    }


def _fact(
    request: Request, ticket: Ticket, name: str, value: str, offered: list[tuple[str, str]]
) -> Fact:
    shown = dict(offered).get(value) or (request.translate(value) if value else "")
    if value and value not in dict(offered):
        offered = [(value, shown), *offered]
    allowed = may(request.db, request.actor, ticket, VERBS.get(name, "change"))
    if name == "state" and ticket.state.ended:
        allowed = False  # opened again by its own button, which also starts the process
    return Fact(
        name=name,
        label=request.translate(LABELS[name]),
        value=value,
        shown=shown,
        options=offered,
        allowed=allowed,
        needed=name in NEEDED,
        key=KEYS.get(name, ""),
        asks=_asking(request, value) if name == "state" else frozenset(),
    )


def _asking(request: Request, here: str) -> frozenset[str]:
    """The states that want a date."""
    return frozenset(name for name, _ in choices.pending_choices(request)) - {here}


def _own_fields(request: Request, ticket: Ticket) -> list[Fact]:
    """The company's own; one that was retired is shown where it has a value, and no more set."""
    may_change = may(request.db, request.actor, ticket, "change")
    facts = []
    for row in custom_fields(request.db):
        value = str((ticket.custom or {}).get(row.name, "") or "")
        if not row.active and not value:
            continue
        options = [(str(choice), str(choice)) for choice in row.choices or []]
        if options and value and (value, value) not in options:
            options.insert(0, (value, value))
        facts.append(
            Fact(
                name=f"custom.{row.name}",
                label=request.reader.pick(row.title) or row.name,
                value=value,
                shown=value,
                options=options,
                allowed=may_change and row.active,
                kind=row.kind if row.kind in ("number", "date") else "text",
            )
        )
    return facts
