"""What is asked of a ticket's memory to say why it is as it is, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.errors import NotFound
from engine.tickets.models import Article, Ticket, TicketLink

LARGEST_ID = 2**31 - 1
MOST = 100  # decisions and changes without one that a page tells
TOLD = ("queue", "state", "priority", "type", "service", "sla", "owner", "responsible", "customer",
        "tag", "notice")  # fmt: skip
BY_THEMSELVES = ("rule", "step", "timer", "clock", "mail", "sms", "fax", "ticket", "system")
FILTER = "mail filter"  # decides before the ticket is there, so it changes no field afterwards
FILTERED = frozenset({"queue", "priority", "type", "tag"})


@dataclass(frozen=True)
class Before:
    """Where a page begins: with what is older than this decision and this entry of the history."""

    trace: int = LARGEST_ID
    entry: int = LARGEST_ID


NEWEST = Before()


@dataclass(frozen=True)
class Reasons:
    """Decisions, newest first, with the changes that came of each; and changes without one."""

    traces: list[DecisionTrace]
    changes: dict[int, list[HistoryEntry]]  # by the decision's id, in their order
    others: list[HistoryEntry]
    earlier: Before | None = None  # where the next page begins, if there is one


@dataclass(frozen=True)
class Sources:
    """What ever decided or changed something by itself: rulesets, and causes without a ruleset."""

    rulesets: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)


def reasons(
    session: Session,
    ticket: Ticket,
    before: Before = NEWEST,
    *,
    ruleset: str = "",
    cause: str = "",
) -> Reasons:
    """All that was changed by itself, or what this ruleset decided, or what had this cause."""
    traces = [] if cause else _traces(session, ticket, before, ruleset)
    others = [] if ruleset else _others(session, ticket, before, cause)
    both: Iterable[Any] = merge(traces, others, key=lambda one: one.at, reverse=True)
    found = list(both)
    kept = [one for one in found[:MOST] if isinstance(one, DecisionTrace)]
    rest = [one for one in found[:MOST] if isinstance(one, HistoryEntry)]
    earlier = Before(
        kept[-1].id if kept else before.trace, rest[-1].id if rest else before.entry
    )  # fmt: skip
    more = earlier if len(found) > MOST else None
    return Reasons(kept, _changes(session, ticket, kept), rest, more)


def reasons_of(
    session: Session, ticket: Ticket, whats: Collection[str], before: Before = NEWEST
) -> Reasons:
    """What changed these things, people too."""
    which = [HistoryEntry.what.in_(whats), *map(set_by_filter, FILTERED.intersection(whats))]
    return _with_decisions(session, ticket, [or_(*which)], before)


def reasons_of_article(session: Session, ticket: Ticket, article: Article) -> Reasons:
    """What wrote this message: it and its entry in the history come from one moment."""
    if ticket.id not in (article.ticket_id, written_at(session, article)):
        raise NotFound("There is no such message.")
    kind = f"note {article.id}" if article.channel == "note" else None
    said = HistoryEntry.after == kind if kind else HistoryEntry.what == "notice"
    return _with_decisions(session, ticket, [said, HistoryEntry.at == article.created_at], NEWEST)


def written_at(session: Session, article: Article) -> int:
    """The ticket for which a message was written: merging takes messages along, not history."""
    seen: set[int] = set()
    here = {article.ticket_id}
    while here:
        entry = select(HistoryEntry.ticket_id).where(
            HistoryEntry.ticket_id.in_(here),
            HistoryEntry.at == article.created_at,
            or_(
                HistoryEntry.what == "notice",
                and_(
                    HistoryEntry.what == "article",
                    (HistoryEntry.after + " ").contains(f" {article.id} "),
                ),
            ),
        )
        found = session.scalar(entry.limit(1))
        if found is not None:
            return int(found)
        seen |= here
        merged = select(TicketLink.source_id).where(
            TicketLink.target_id.in_(here), TicketLink.kind == "merged"
        )
        here = set(session.scalars(merged)) - seen
    return article.ticket_id


def reason_in(session: Session, ticket: Ticket, trace_id: int) -> Reasons:
    """One decision with what came of it."""
    traces = [trace_for(session, ticket, trace_id)]
    return Reasons(traces, _changes(session, ticket, traces), [])


def whats(session: Session, ticket: Ticket) -> set[str]:
    """What of the ticket was ever changed."""
    query = select(HistoryEntry.what).where(HistoryEntry.ticket_id == ticket.id)
    return set(session.scalars(query.distinct()))


def sources(session: Session, ticket: Ticket) -> Sources:
    """Who or what there is on this ticket to choose by."""
    rulesets = select(DecisionTrace.ruleset).where(DecisionTrace.ticket_id == ticket.id)
    causes = select(HistoryEntry.cause).where(*_by_itself(ticket))
    return Sources(
        sorted(session.scalars(rulesets.distinct())),
        [one for one in BY_THEMSELVES if one in set(session.scalars(causes.distinct()))],
    )


def trace_for(session: Session, ticket: Ticket, trace_id: int) -> DecisionTrace:
    """One decision about this ticket; another ticket's is the same `NotFound` as none."""
    found = session.get(DecisionTrace, trace_id) if trace_id <= LARGEST_ID else None
    if found is None or found.ticket_id != ticket.id:
        raise NotFound("There is no such decision.")
    return found


def _traces(
    session: Session, ticket: Ticket, before: Before, ruleset: str
) -> Sequence[DecisionTrace]:
    query = select(DecisionTrace).where(
        DecisionTrace.ticket_id == ticket.id, DecisionTrace.id < before.trace
    )
    if ruleset:
        query = query.where(DecisionTrace.ruleset == ruleset)
    return session.scalars(query.order_by(DecisionTrace.id.desc()).limit(MOST + 1)).all()


def _others(session: Session, ticket: Ticket, before: Before, cause: str) -> Sequence[HistoryEntry]:
    query = select(HistoryEntry).where(*_by_itself(ticket), HistoryEntry.id < before.entry)
    if cause:
        query = query.where(HistoryEntry.cause == cause)
    return session.scalars(query.order_by(HistoryEntry.id.desc()).limit(MOST + 1)).all()


def set_by_filter(what: str) -> ColumnElement[bool]:
    """The mail filter's decisions that said something of this."""
    said = HistoryEntry.after.contains(f"{what} = ", autoescape=True)
    return and_(HistoryEntry.what == FILTER, said)


def _by_itself(ticket: Ticket) -> list[ColumnElement[bool]]:
    """Changes that nobody made by hand and no decision about this ticket stands behind."""
    told = or_(HistoryEntry.what.in_(TOLD), HistoryEntry.what.startswith("custom."))
    made_for_another = and_(HistoryEntry.what == "created", HistoryEntry.cause == "rule")
    return [
        HistoryEntry.ticket_id == ticket.id,
        or_(and_(told, HistoryEntry.trace_id.is_(None)), made_for_another),
        HistoryEntry.cause.in_(BY_THEMSELVES),
    ]


def _with_decisions(
    session: Session, ticket: Ticket, which: Sequence[ColumnElement[bool]], before: Before
) -> Reasons:
    """A decision is told once, however many entries it has, where the last of them stands."""
    own = [HistoryEntry.ticket_id == ticket.id, *which]
    last = func.max(HistoryEntry.id)
    told_once = func.coalesce(HistoryEntry.trace_id, -HistoryEntry.id)
    query = select(last).where(*own).group_by(told_once).having(last < before.entry)
    ids = list(session.scalars(query.order_by(last.desc()).limit(MOST + 1)))
    shown = select(HistoryEntry).where(HistoryEntry.id.in_(ids[:MOST]))
    entries = list(session.scalars(shown.order_by(HistoryEntry.id.desc())))
    decided = {entry.trace_id for entry in entries if entry.trace_id is not None}
    traces = select(DecisionTrace).where(
        DecisionTrace.id.in_(decided), DecisionTrace.ticket_id == ticket.id
    )
    found = list(session.scalars(traces.order_by(DecisionTrace.id.desc()))) if decided else []
    kept = {trace.id for trace in found}
    others = [entry for entry in entries if entry.trace_id not in kept]
    earlier = Before(before.trace, ids[MOST - 1]) if len(ids) > MOST else None
    return Reasons(found, _changes(session, ticket, found), others, earlier)


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
