"""What can be chosen for a ticket's fields, in the reader's words."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.catalogue import queries as catalogue
from engine.catalogue.models import CalendarRow, Priority, Service, Sla, State, TicketType
from engine.commands.pending import needs_date
from engine.people.queries import agents
from webapp.i18n import N_, sort_key
from webapp.presenters.queues import path_key

Choices = list[tuple[str, str]]
ROLES = {"agent": N_("Agents"), "owner": N_("Process owners"), "admin": N_("Administrators")}


def role_said(request: Request, role: str) -> str:
    """Everybody who has a role, in words."""
    return str(request.translate(ROLES[role])) if role in ROLES else role


def queue_choices(request: Request) -> Choices:
    """All active queues; the form of a step may send a ticket anywhere."""
    return [
        (name, name)
        for name in sorted((q.name for q in catalogue.queues(request.db)), key=path_key)
    ]


def target_choices(request: Request, here: str = "") -> Choices:
    """The queues into which who asks may move a ticket, and the one where it is."""
    groups = set(request.actor.groups_with("move_into"))
    names = [
        queue.name
        for queue in catalogue.queues(request.db)
        if queue.group_id in groups or queue.name == here
    ]
    return [(name, name) for name in sorted(names, key=path_key)]


def agent_choices(request: Request) -> Choices:
    """All active agents by login; a page offers them in several places and asks once."""
    known: Choices | None = getattr(request, "agents_asked", None)
    if known is not None:
        return known
    found = sorted(agents(request.db), key=lambda person: sort_key(person.name))
    request.agents_asked = [(person.login, person.name) for person in found]
    return list(request.agents_asked)


def priority_choices(request: Request) -> Choices:
    """The priorities, lowest first."""
    rows = catalogue.all_of(request.db, Priority)
    return [(row.name, request.translate(row.name)) for row in rows]


def type_choices(request: Request) -> Choices:
    """The types of tickets."""
    return _named(request, TicketType)


def service_choices(request: Request) -> Choices:
    """The services."""
    return _named(request, Service)


def sla_choices(request: Request) -> Choices:
    """The service levels."""
    return _named(request, Sla)


def calendar_choices(request: Request) -> Choices:
    """The calendars by name, and what they are called."""
    rows = request.db.scalars(select(CalendarRow).order_by(CalendarRow.name))
    return [(row.name, request.reader.pick(row.document.get("title")) or row.name) for row in rows]


def open_state_choices(request: Request) -> Choices:
    """The states in which there is still something to do."""
    rows = [row for row in catalogue.all_of(request.db, State) if not row.ended]
    return [(row.name, title_of(request, row)) for row in rows]


def pending_choices(request: Request) -> Choices:
    """The states in which a ticket is laid aside by hand, by their names."""
    rows = catalogue.all_of(request.db, State)
    return [(row.name, title_of(request, row)) for row in rows if needs_date(row)]


def end_state_choices(request: Request) -> Choices:
    """The states with which a ticket is closed by hand."""
    rows = catalogue.all_of(request.db, State)
    return [(r.name, title_of(request, r)) for r in rows if r.type.startswith("closed")]


def title_of(request: Request, row: Any) -> str:
    """A named row's title in the reader's language, else its translated name."""
    return str(request.reader.pick(getattr(row, "title", None)) or request.translate(row.name))


def step_options(request: Request) -> dict[str, Choices]:
    """What queue and agent questions of a step's form may be answered with."""
    return {"queue": queue_choices(request), "agent": agent_choices(request)}


def _named(request: Request, kind: Any) -> Choices:
    return [(row.name, title_of(request, row)) for row in catalogue.all_of(request.db, kind)]
