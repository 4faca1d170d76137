"""Letting one ticket go up in another: what was said moves, and who was heard stays heard."""

from __future__ import annotations

from sqlalchemy import Select, delete, select, update

from engine.audit.trail import record
from engine.commands import changes
from engine.commands.articles import join_ticket, text_of
from engine.commands.between import ended
from engine.commands.clocks import clocks_wrote, owes_answer, stop_clocks
from engine.commands.processes import cancel_processes
from engine.errors import Invalid
from engine.tickets.access import require
from engine.tickets.fulltext import index_text
from engine.tickets.models import Article, Participant, Ticket, TicketLink
from engine.work import Work


def merge_tickets(work: Work, source: Ticket, target: Ticket, reason: str = "") -> None:
    """Let `source` go up in `target`: articles and participants move, its process ends.

    Where the two have different customers, the conversation with the one of `source` stays there:
    they go on reading it, and neither reads what the other wrote.
    """
    check_merge(work, source, target)
    cancel_processes(work, source, f"merged into {target.number}")
    heard = _move_articles(work, source, target)
    if heard is not None and owes_answer(work, source):
        clocks_wrote(work, target, heard)
    _move_participants(work, source, target)
    changes.apply_changes(work, source, {"state": "merged"})
    source.merged_into = target
    stop_clocks(work, source)
    ended(work, source)
    work.session.add(TicketLink(source_id=source.id, target_id=target.id, kind="merged"))
    record(work, source.id, "merged", source.number, target.number, reason=reason)
    record(work, target.id, "merged", source.number, target.number, reason=reason)
    target.changed_at = work.now


def check_merge(work: Work, source: Ticket, target: Ticket) -> None:
    """Raise what stands against merging the two."""
    require(work, source, "merge")
    require(work, target, "merge")
    gone = source.state.type in ("merged", "removed")
    if source.id == target.id or gone or target.state.ended:
        raise Invalid("Choose another open ticket to merge into.")


def moving(source: Ticket, target: Ticket) -> Select[Article]:
    """The messages of `source` that a merge takes along."""
    query = select(Article).where(Article.ticket_id == source.id)
    if source.customer_id != target.customer_id:
        query = query.where(~Article.visible | ~Article.verified)
    return query


def _move_articles(work: Work, source: Ticket, target: Ticket) -> Article | None:
    """Take the messages along; the last one that the customer wrote."""
    query = moving(source, target)
    heard = None
    index_text(work, target.id, f"{source.number} {source.title}")
    for article in work.session.scalars(query.order_by(Article.id)):
        article.ticket = target
        index_text(work, target.id, text_of(article))
        if article.visible and article.direction == "in":
            heard = article
    work.session.flush()
    return heard


def _move_participants(work: Work, source: Ticket, target: Ticket) -> None:
    """Whoever takes part in `source` takes part in `target`; so does a customer of its own."""
    here = Participant.ticket_id == source.id
    known = select(Participant.address).where(Participant.ticket_id == target.id)
    there = list(work.session.scalars(known))
    move = update(Participant).where(here, Participant.address.not_in(there))
    work.session.execute(move.values(ticket_id=target.id))
    work.session.execute(delete(Participant).where(here))
    if source.customer_id != target.customer_id and source.customer and source.customer.email:
        join_ticket(work, target, source.customer.email, "copied")
