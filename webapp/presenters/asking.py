"""What a far-reaching action will do, in numbers, before it is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyramid.request import Request
from sqlalchemy import func, select

from engine.commands.merge import check_merge, moving
from engine.errors import NotFound
from engine.tickets import queries
from engine.tickets.access import may, ticket_for
from engine.tickets.flow import ProcessInstance, WorkItem
from engine.tickets.models import Article, Attachment, Ticket
from webapp.presenters.choices import title_of


@dataclass(frozen=True)
class Merge:
    """The ticket that is to go up, the one it goes up in, and what moves or stays."""

    source: Ticket
    target: Ticket
    state: str  # of the target
    messages: int  # that the target has
    moved: int
    stays: int
    files: int
    steps: list[str]  # of the source, no longer needed
    reason: str


@dataclass(frozen=True)
class Close:
    """The tickets that will be closed, and what ends with them."""

    tickets: list[Ticket]
    left: list[tuple[str, str]]  # number and why not
    processes: int
    steps: int
    others: int  # of them, taken by somebody else
    waiting: int  # tickets laid aside


def before_merge(request: Request, source: Ticket, target: Ticket) -> Merge:
    """Raises what the merge itself would."""
    check_merge(request.work, source, target)
    going = moving(source, target).with_only_columns(Article.id)
    moved = _count(request, going)
    files = select(Attachment.id).where(Attachment.article_id.in_(going))
    items = queries.open_items(request.db, source)
    return Merge(
        source=source,
        target=target,
        state=title_of(request, target.state),
        messages=_count(request, select(Article.id).where(Article.ticket_id == target.id)),
        moved=moved,
        stays=_count(request, select(Article.id).where(Article.ticket_id == source.id)) - moved,
        files=_count(request, files),
        steps=[request.reader.pick(item.title) or item.step_id for item in items],
        reason=str(request.params.get("reason") or "")[:300],
    )


def before_close(request: Request, numbers: Iterable[str]) -> Close:
    """Each for itself, as the closing does it."""
    closing: list[Ticket] = []
    left = []
    for number in numbers:
        try:
            ticket = ticket_for(request.work, number)
        except NotFound as error:
            left.append((number, request.translate(error.message)))
            continue
        if ticket.state.ended:
            left.append((number, request.translate("This ticket is closed already.")))
        elif not may(request.db, request.actor, ticket, "close"):
            refusal = "You do not have the right to do this with this ticket."
            left.append((number, request.translate(refusal)))
        else:
            closing.append(ticket)
    ids = [ticket.id for ticket in closing]
    items = select(WorkItem.id).where(WorkItem.ticket_id.in_(ids), WorkItem.status == "open")
    running = select(ProcessInstance.id).where(
        ProcessInstance.ticket_id.in_(ids), ProcessInstance.status == "running"
    )
    others = items.where(WorkItem.person_id.is_not(None), WorkItem.person_id != request.actor.id)
    return Close(
        tickets=closing,
        left=left,
        processes=_count(request, running),
        steps=_count(request, items),
        others=_count(request, others),
        waiting=sum(ticket.pending_until is not None for ticket in closing),
    )


def _count(request: Request, query: object) -> int:
    found = select(func.count()).select_from(query.subquery())  # type: ignore[attr-defined]
    return int(request.db.scalar(found) or 0)
