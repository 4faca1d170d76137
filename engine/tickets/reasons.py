"""What is asked of a ticket's memory to say why it is as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.errors import NotFound
from engine.tickets.models import Article, Ticket

LARGEST_ID = 2**31 - 1
MOST = 100  # decisions, and changes without one, that a page tells
TOLD = ("queue", "state", "priority", "type", "service", "sla", "owner", "responsible", "customer",
        "tag", "notice")  # fmt: skip
BY_THEMSELVES = ("rule", "step", "timer", "clock", "mail", "system")


@dataclass(frozen=True)
class Reasons:
    """Decisions, newest first, with the changes that came of each; and changes without one."""

    traces: list[DecisionTrace]
    changes: dict[int, list[HistoryEntry]]  # by the decision's id, in their order
    others: list[HistoryEntry]
    more: bool = False


def reasons(session: Session, ticket: Ticket) -> Reasons:
    """All that was changed by itself."""
    query = select(DecisionTrace).where(DecisionTrace.ticket_id == ticket.id)
    traces = list(session.scalars(query.order_by(DecisionTrace.id.desc()).limit(MOST + 1)))
    own = or_(HistoryEntry.what.in_(TOLD), HistoryEntry.what.startswith("custom."))
    others = _history(
        session, ticket, own, HistoryEntry.trace_id.is_(None), HistoryEntry.cause.in_(BY_THEMSELVES)
    )
    more = len(traces) > MOST or len(others) > MOST
    kept = traces[:MOST]
    return Reasons(kept, _changes(session, ticket, kept), others[:MOST], more)


def reasons_of(session: Session, ticket: Ticket, whats: Collection[str]) -> Reasons:
    """What changed these things, people too."""
    return _with_decisions(session, ticket, _history(session, ticket, HistoryEntry.what.in_(whats)))


def reasons_of_article(session: Session, ticket: Ticket, article: Article) -> Reasons:
    """What wrote this message: it and its entry in the history come from one moment."""
    if article.ticket_id != ticket.id:
        raise NotFound("There is no such message.")
    kind = f"note {article.id}" if article.channel == "note" else None
    said = HistoryEntry.after == kind if kind else HistoryEntry.what == "notice"
    entries = _history(session, ticket, said, HistoryEntry.at == article.created_at)
    return _with_decisions(session, ticket, entries)


def whats(session: Session, ticket: Ticket) -> set[str]:
    """What of the ticket was ever changed."""
    query = select(HistoryEntry.what).where(HistoryEntry.ticket_id == ticket.id)
    return set(session.scalars(query.distinct()))


def trace_for(session: Session, ticket: Ticket, trace_id: int) -> DecisionTrace:
    """One decision about this ticket; another ticket's is the same `NotFound` as none."""
    found = session.get(DecisionTrace, trace_id) if trace_id <= LARGEST_ID else None
    if found is None or found.ticket_id != ticket.id:
        raise NotFound("There is no such decision.")
    return found


def _history(session: Session, ticket: Ticket, *which: ColumnElement[bool]) -> list[HistoryEntry]:
    query = select(HistoryEntry).where(HistoryEntry.ticket_id == ticket.id, *which)
    return list(session.scalars(query.order_by(HistoryEntry.id.desc()).limit(MOST + 1)))


def _with_decisions(session: Session, ticket: Ticket, entries: list[HistoryEntry]) -> Reasons:
    shown, more = entries[:MOST], len(entries) > MOST
    ids = {entry.trace_id for entry in shown if entry.trace_id is not None}
    query = select(DecisionTrace).where(
        DecisionTrace.id.in_(ids), DecisionTrace.ticket_id == ticket.id
    )
    traces = list(session.scalars(query.order_by(DecisionTrace.id.desc()))) if ids else []
    found = {trace.id for trace in traces}
    others = [entry for entry in shown if entry.trace_id not in found]
    return Reasons(traces, _changes(session, ticket, traces), others, more)


def _changes(
    session: Session, ticket: Ticket, traces: Sequence[DecisionTrace]
) -> dict[int, list[HistoryEntry]]:
    changes: dict[int, list[HistoryEntry]] = {trace.id: [] for trace in traces}
    if not changes:
        return changes
    query = select(HistoryEntry).where(
        HistoryEntry.ticket_id == ticket.id, HistoryEntry.trace_id.in_(changes)
    )
    for entry in session.scalars(query.order_by(HistoryEntry.id).limit(MOST * 20)):
        changes[entry.trace_id or 0].append(entry)
    return changes
