"""Every hour the rules that listen for it are asked about each open ticket, a few at a time.

One timer walks through the tickets and waits for the next hour behind the last one, so there is one
round at a time however long it takes, and what ends half-way goes on where it was. A rule decides
once about a ticket while that stays in its state: what it has decided since is not asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.audit.trail import record
from engine.catalogue.models import ENDED_TYPES, State
from engine.commands.follow_up import follow_up
from engine.commands.working_facts import WorkingFacts
from engine.errors import NotFound, VorgangError
from engine.rules.release import HOURLY
from engine.tickets.models import Article, Ticket
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Cause, Work

TIMER, SUBJECT = "hourly", "0"
AT_ONCE = 25  # tickets of one transaction
HOUR = timedelta(hours=1)
CAUSE = Cause("timer", reason="every hour")


def keep_hours(work: Work, documents: Mapping[str, str]) -> None:
    """Let the next hour come for rules that are put in force, where one of them may listen."""
    there = work.session.scalar(select(Timer.id).where(Timer.kind == TIMER))
    if there is None and any(HOURLY in text for text in documents.values()):
        set_timer(work, TIMER, SUBJECT, 0, next_hour(work.now))


def pass_hour(work: Work, after_id: int) -> None:
    """Ask about the next open tickets, and go on behind them or in an hour."""
    if not _heard(work):
        return
    query = (
        select(Ticket)
        .join(State, Ticket.state_id == State.id)
        .where(State.type.not_in(ENDED_TYPES), Ticket.id > after_id)
        .order_by(Ticket.id)
        .limit(AT_ONCE)
    )
    tickets = list(work.session.scalars(query))
    since = _in_state_since(work, tickets)
    working = WorkingFacts(work.session)
    said = _last_messages(work, tickets)
    for ticket in tickets:
        _ask(work, ticket, since.get(ticket.id, ticket.created_at), working, said)
    more = len(tickets) == AT_ONCE
    timer = set_timer(work, TIMER, SUBJECT, 0, work.now if more else next_hour(work.now))
    if timer is not None:
        timer.carries = {"after": tickets[-1].id} if more else None


def _ask(
    work: Work,
    ticket: Ticket,
    since: datetime,
    working: WorkingFacts,
    said: Mapping[tuple[int, str], datetime],
) -> None:
    """One ticket; what goes wrong with it is written down there and holds no other up."""
    cause = replace(CAUSE, rules=decided_since(work.session, ticket.id, since))
    sla, queue = (ticket.sla.name if ticket.sla else ""), ticket.queue.name
    minutes = working.minutes(sla, queue, since, work.now)
    try:
        with work.session.begin_nested():
            follow_up(
                work.because(cause),
                ticket,
                HOURLY,
                ticket__state_working_minutes=minutes,
                ticket__due=_told(ticket.due_at),
                ticket__customer_wrote=_told(said.get((ticket.id, "in"))),
                ticket__answered=_told(said.get((ticket.id, "out"))),
            )
    except VorgangError as error:
        record(work.because(CAUSE), ticket.id, "rule problem", after=error.message)


def decided_since(
    session: Session, ticket_id: int, since: datetime, until: datetime | None = None
) -> frozenset[str]:
    """The rules that have decided about the ticket since it came into its state."""
    query = select(DecisionTrace.ruleset, DecisionTrace.trace["decisions"]).where(
        DecisionTrace.ticket_id == ticket_id,
        DecisionTrace.event == HOURLY,
        DecisionTrace.at >= since,
    )
    if until is not None:
        query = query.where(DecisionTrace.at < until)
    return frozenset(
        f"{ruleset}/{decision['rule']}"
        for ruleset, decisions in session.execute(query)
        for decision in decisions or ()
    )


def _told(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _last_messages(work: Work, tickets: list[Ticket]) -> Mapping[tuple[int, str], datetime]:
    """When the last message came in and went out on these tickets, of those that people wrote."""
    query = (
        select(Article.ticket_id, Article.direction, func.max(Article.id).label("last"))
        .where(
            Article.ticket_id.in_([t.id for t in tickets]),
            Article.direction.in_(("in", "out")),
            Article.automatic.is_(False),
        )
        .group_by(Article.ticket_id, Article.direction)
        .subquery()
    )
    rows = select(query.c.ticket_id, query.c.direction, Article.created_at).join(
        Article, Article.id == query.c.last
    )
    return {(ticket, way): at for ticket, way, at in work.session.execute(rows)}


def _in_state_since(work: Work, tickets: list[Ticket]) -> Mapping[int, datetime]:
    """When the state of these tickets was last changed; those never changed are missing."""
    query = (
        select(HistoryEntry.ticket_id, func.max(HistoryEntry.id).label("last"))
        .where(HistoryEntry.ticket_id.in_([t.id for t in tickets]), HistoryEntry.what == "state")
        .group_by(HistoryEntry.ticket_id)
        .subquery()
    )
    rows = select(HistoryEntry.ticket_id, HistoryEntry.at).join(
        query, HistoryEntry.id == query.c.last
    )
    return dict(work.session.execute(rows).all())


def _heard(work: Work) -> bool:
    try:
        release = work.desk.library.release(work.session)
    except NotFound:
        return False
    return any(release.rulesets[name].in_order() for name in release.listening(HOURLY))


def next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + HOUR
