"""Making a ticket a matter of another type: one process ends, another begins, answers go along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import TicketType
from engine.catalogue.queries import by_name
from engine.commands.changes import apply_changes
from engine.commands.follow_up import follow_up
from engine.commands.form_answers import Answered, handed_over
from engine.commands.processes import (
    cancel_processes,
    opened,
    process_for,
    process_of,
    start_process,
)
from engine.errors import Conflict, VorgangError
from engine.tickets.access import require
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Definition


@dataclass(frozen=True)
class Outlook:
    """What another type would mean: the process that begins and the answers it is given."""

    begins: Definition | None
    answers: list[Answered] = field(default_factory=list)


def reclassify(work: Work, ticket: Ticket, type_name: str, reason: str = "") -> None:
    """Turn a ticket into one of another type: its process ends and that of the type begins.

    Answers to questions that the new process asks too are handed to it.
    """
    require(work, ticket, "change")
    if ticket.state.ended:
        raise Conflict("This ticket has ended. Open it again before you change its type.")
    kind = by_name(work.session, TicketType, type_name)
    answers = outlook(work, ticket, kind).answers
    cancel_processes(work, ticket, reason or f"now a matter of type {type_name}")
    changed = apply_changes(work, ticket, {"type": kind.name})
    data = {answer.name: answer.value for answer in answers}
    start_process(work, ticket, process_for(work, ticket), data, again=True)
    follow_up(work, ticket, "ticket.changed", changed=changed)


def follows_another(work: Work, ticket: Ticket, type_name: str) -> bool:
    """Whether tickets of this type follow another process than the one that runs on the ticket."""
    row = _running(work, ticket)
    kind = by_name(work.session, TicketType, type_name)
    return row is not None and row.version.key != process_of(work, ticket.queue, kind)


def outlook(work: Work, ticket: Ticket, kind: TicketType) -> Outlook:
    """What would happen if the ticket became one of this type; changes nothing."""
    return outlooks(work, ticket, [kind])[0]


def outlooks(work: Work, ticket: Ticket, kinds: Sequence[TicketType]) -> list[Outlook]:
    """The same for several types, for which the running process is opened only once."""
    given = _given_so_far(work, ticket) if kinds else {}
    return [_outlook(work, ticket, kind, given) for kind in kinds]


def _outlook(work: Work, ticket: Ticket, kind: TicketType, given: Mapping[str, Any]) -> Outlook:
    key = process_of(work, ticket.queue, kind)
    try:
        version = work.desk.library.in_force(work.session, key)
        begins = work.desk.library.definition(version)
    except VorgangError:
        return Outlook(None)
    return Outlook(begins, handed_over(given, begins))


def _given_so_far(work: Work, ticket: Ticket) -> Mapping[str, Any]:
    """The answers that the process now running has been given."""
    row = _running(work, ticket)
    if row is None:
        return {}
    _, instance, _ = opened(work, ticket, row)
    return instance.data


def _running(work: Work, ticket: Ticket) -> ProcessInstance | None:
    query = select(ProcessInstance).where(
        ProcessInstance.ticket_id == ticket.id, ProcessInstance.status == "running"
    )
    return work.session.scalars(query.order_by(ProcessInstance.id.desc())).first()
