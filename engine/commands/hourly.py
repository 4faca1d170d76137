"""Every hour the rules that listen for it are asked about each open ticket, a few at a time.

One timer walks through the tickets and waits for the next hour behind the last one, so there is one
round at a time however long it takes, and what ends half-way goes on where it was. It goes from
state to state and takes up only what a rule can be about (`hourly_reach.py`). A rule decides once
about a ticket while that stays in its state: what it has decided since is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.audit.trail import record
from engine.commands.follow_up import follow_up
from engine.commands.hourly_reach import Reach, listeners, reach_of
from engine.commands.working_facts import WorkingFacts
from engine.errors import NotFound, VorgangError
from engine.rules.release import HOURLY, Release
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


def listen(release: Release) -> bool:
    """Whether a rule of a release is asked every hour."""
    return bool(listeners(release))


def pass_hour(work: Work, place: Mapping[str, Any]) -> None:
    """Ask about the next open tickets, and go on behind them or in an hour."""
    reach = _heard(work)
    if reach is None:
        return
    state, tickets, more = _next_tickets(work, reach, place)
    since = _in_state_since(work, tickets)
    decided = _decided(work, tickets, since)
    wanted = [one for one in tickets if reach.wants(one, decided[one.id])]
    working = WorkingFacts(work.session)
    said = _last_messages(work, wanted)
    for ticket in wanted:
        began = since.get(ticket.id, ticket.created_at)
        _ask(work, ticket, began, decided[ticket.id], working, said)
    timer = set_timer(work, TIMER, SUBJECT, 0, work.now if more else next_hour(work.now))
    if timer is not None:
        full = len(tickets) == AT_ONCE
        reached = {"state": state, "after": tickets[-1].id} if full else {"state": state + 1}
        since_when = place.get("begun") or work.now.isoformat()
        timer.carries = {**reached, "begun": since_when} if more else None


def _next_tickets(
    work: Work, reach: Reach, place: Mapping[str, Any]
) -> tuple[int, list[Ticket], bool]:
    """The next tickets of the first state that has some, and whether there may be more.

    The place says up to which ticket of which state the round has come.
    """
    first, after = int(place.get("state", 0)), int(place.get("after", 0))
    states = [one for one in reach.states if one >= first]
    for state in states:
        query = tickets_of(reach, state, after if state == first else 0).limit(AT_ONCE)
        if tickets := list(work.session.scalars(query)):
            return state, tickets, len(tickets) == AT_ONCE or state != states[-1]
    return 0, [], False


def tickets_of(reach: Reach, state: int, after: int) -> Select[Ticket]:
    """The tickets in a state, behind one of them, of which a rule can hold."""
    query = select(Ticket).where(Ticket.state_id == state, Ticket.id > after)
    return query.where(reach.condition(state)).order_by(Ticket.id)


def _ask(
    work: Work,
    ticket: Ticket,
    since: datetime,
    decided: frozenset[str],
    working: WorkingFacts,
    said: Mapping[tuple[int, str], datetime],
) -> None:
    """One ticket; what goes wrong with it is written down there and holds no other up."""
    cause = replace(CAUSE, rules=decided)
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
    query = _decisions().where(DecisionTrace.ticket_id == ticket_id, DecisionTrace.at >= since)
    if until is not None:
        query = query.where(DecisionTrace.at < until)
    return frozenset(name for _, _, *row in session.execute(query) for name in _names(*row))


def _decided(
    work: Work, tickets: list[Ticket], since: Mapping[int, datetime]
) -> dict[int, frozenset[str]]:
    """The same of several tickets at once."""
    began = {one.id: since.get(one.id, one.created_at) for one in tickets}
    found: dict[int, frozenset[str]] = dict.fromkeys(began, frozenset())
    query = _decisions().where(DecisionTrace.ticket_id.in_(began))
    for ticket_id, at, *row in work.session.execute(query):
        if at >= began[ticket_id]:
            found[ticket_id] |= _names(*row)
    return found


def _decisions() -> Select[Any]:
    trace = DecisionTrace
    query = select(trace.ticket_id, trace.at, trace.ruleset, trace.trace["decisions"])
    return query.where(trace.event == HOURLY)


def _names(ruleset: str, decisions: Iterable[Mapping[str, Any]] | None) -> frozenset[str]:
    return frozenset(f"{ruleset}/{decision['rule']}" for decision in decisions or ())


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


def _heard(work: Work) -> Reach | None:
    """Which tickets the rules that listen can be about; None where none listens."""
    try:
        release = work.desk.library.release(work.session)
    except NotFound:
        return None
    reach = reach_of(work, release)
    return reach if reach.rules else None


def begun(session: Session) -> datetime | None:
    """Since when a round is under way, if one is."""
    carries = session.scalar(select(Timer.carries).where(Timer.kind == TIMER))
    said = (carries or {}).get("begun")
    return datetime.fromisoformat(said) if said else None


def next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + HOUR
