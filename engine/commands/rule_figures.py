"""Counting what rules did: from traces how often they fired, from history who corrected them.

It goes on where it stopped, in small transactions, and gives the same figures when everything is
counted anew. A field that a rule has set is corrected when the next to set it is a person, within
30 days; that counts on the day and in the queue in which the rule fired.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from engine.audit.models import DecisionTrace, HistoryEntry, RuleFigures, RuleFiguresMark
from engine.catalogue.models import Queue
from engine.tickets.models import Ticket
from engine.work import SYSTEM, Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

AT_ONCE = 500  # traces of one transaction
HISTORY_AT_ONCE = 5000
# Ids are given before a transaction ends; younger rows wait, lest an earlier id comes later.
SETTLED = timedelta(minutes=2)
WITHIN = timedelta(days=30)
CORRECTED = ("queue", "priority", "type", "service", "sla", "owner", "responsible", "tag")
ALONG = "moved to another team"  # who moves a ticket does not mean its owner
CAUSE = Cause("system", reason="housekeeping")
Key = tuple[date, str, str, int]


@dataclass
class _Sum:
    fired: int = 0
    overridden: int = 0
    micros: int = 0
    spent: int = 0
    timed: int = 0
    last: datetime | None = None


@dataclass
class _Step:
    """One transaction's worth: where each decision's ticket stood, and what is to be added."""

    work: Work
    sums: dict[Key, _Sum] = field(default_factory=lambda: defaultdict(_Sum))

    @property
    def session(self) -> Session:
        """The transaction."""
        return self.work.session


def count_all(desk: Desk, *, anew: bool = False) -> int:
    """Count all that has settled; says how many rows were looked at."""
    if anew:
        desk.run(_forget, SYSTEM, CAUSE)
    seen = 0
    while True:
        more: int = desk.run(count_some, SYSTEM, CAUSE)
        seen += more
        if not more:
            return seen


def _forget(work: Work) -> None:
    work.session.execute(delete(RuleFigures))
    work.session.execute(delete(RuleFiguresMark))


def count_some(work: Work) -> int:
    """The next traces and changes; 0 when there are none."""
    session = work.session
    mark = session.scalar(select(RuleFiguresMark).with_for_update())
    if mark is None:
        mark = RuleFiguresMark(id=1, trace_id=0, history_id=0)
        session.add(mark)
        session.flush()
    step = _Step(work)
    traces = _traces(step, mark.trace_id)
    first, last = mark.history_id, _history_end(step, mark.history_id)
    _fired(step, traces)
    _overridden(step, first, last)
    _add(session, step.sums)
    if traces:
        mark.trace_id = traces[-1].id
    mark.history_id = last
    return len(traces) + last - first


def _traces(step: _Step, after: int) -> Sequence[Any]:
    young = step.session.scalar(
        select(func.min(DecisionTrace.id)).where(
            DecisionTrace.id > after, DecisionTrace.at > step.work.now - SETTLED
        )
    )
    query = select(
        DecisionTrace.id, DecisionTrace.at, DecisionTrace.ruleset, DecisionTrace.ticket_id,
        DecisionTrace.trace["decisions"].label("decisions"),
        DecisionTrace.trace["micros"].label("micros"), DecisionTrace.spent,
    ).where(DecisionTrace.id > after)  # fmt: skip
    if young is not None:
        query = query.where(DecisionTrace.id < young)
    return step.session.execute(query.order_by(DecisionTrace.id).limit(AT_ONCE)).all()


def _history_end(step: _Step, after: int) -> int:
    """The last entry to look at now."""
    young = step.session.scalar(
        select(func.min(HistoryEntry.id)).where(
            HistoryEntry.id > after, HistoryEntry.at > step.work.now - SETTLED
        )
    )
    newest = step.session.scalar(select(func.max(HistoryEntry.id))) or 0
    return max(after, min(after + HISTORY_AT_ONCE, newest if young is None else young - 1))


def _fired(step: _Step, traces: Sequence[Any]) -> None:
    queues = _queues(step.session, {row.ticket_id for row in traces} - {None})
    for row in traces:
        decisions = row.decisions if isinstance(row.decisions, list) else []
        rules = {str(one.get("rule"))[:80] for one in decisions if isinstance(one, dict)}
        queue = queues(row.ticket_id, row.id, row.at)
        micros = row.micros if isinstance(row.micros, int) else 0
        spent = {str(rule)[:80]: int(took) for rule, took in (row.spent or {}).items()}
        for rule in ("", *rules):
            total = step.sums[row.at.date(), row.ruleset, rule, queue]
            if spent:
                total.spent += spent.get(rule, 0) if rule else sum(spent.values())
                total.timed += 1
            total.fired += 1
            total.micros += micros
            total.last = row.at


def _overridden(step: _Step, after: int, last: int) -> None:
    query = select(HistoryEntry).where(
        HistoryEntry.id > after,
        HistoryEntry.id <= last,
        HistoryEntry.cause == "person",
        or_(HistoryEntry.what.in_(CORRECTED), HistoryEntry.what.startswith("custom.")),
    )
    entries = [one for one in step.session.scalars(query) if one.reason != ALONG]
    found = [(entry, _set_before(step.session, entry)) for entry in entries]
    rules = [before for entry, before in found if before and entry.at - before.at <= WITHIN]
    traces = {
        trace.id: trace
        for trace in step.session.scalars(
            select(DecisionTrace).where(DecisionTrace.id.in_({one.trace_id for one in rules}))
        )
    }
    queues = _queues(step.session, {one.ticket_id for one in rules})
    for before in rules:
        trace = traces.get(before.trace_id or 0)
        rule = _who_set(trace.trace, before) if trace is not None else None
        if trace is not None and rule is not None:
            queue = queues(before.ticket_id, trace.id, trace.at)
            for name in ("", rule[:80]):
                step.sums[trace.at.date(), trace.ruleset, name, queue].overridden += 1


def _set_before(session: Session, entry: HistoryEntry) -> HistoryEntry | None:
    """Who set this the last time, if that was a rule."""
    query = select(HistoryEntry).where(
        HistoryEntry.ticket_id == entry.ticket_id,
        HistoryEntry.what == entry.what,
        HistoryEntry.id < entry.id,
    )
    if entry.what == "tag":
        tag = entry.before or entry.after
        query = query.where(or_(HistoryEntry.before == tag, HistoryEntry.after == tag))
    found = session.scalar(query.order_by(HistoryEntry.id.desc()).limit(1))
    by_rule = found is not None and found.cause == "rule" and found.trace_id is not None
    return found if by_rule else None


def _who_set(trace: Mapping[str, Any], entry: HistoryEntry) -> str | None:
    """Which rule of an evaluation it was that set this; the last one counts."""
    for one in reversed(trace.get("decisions") or []):
        action, value = one.get("action"), one.get("value")
        fits = action == "set" and isinstance(value, dict) and entry.what in value
        fits = fits or (action == "raise_priority" and entry.what == "priority")
        tag = str(value).strip().lower()[:80]
        fits = fits or (entry.what == "tag" and action in ("add_tag", "remove_tag")
                        and tag in (entry.before, entry.after))  # fmt: skip
        if fits:
            return str(one.get("rule"))
    return None


class _queues:  # noqa: N801 - read as the question that it answers
    """In which queue a ticket stood when a decision had been carried out, as history tells it."""

    def __init__(self, session: Session, tickets: Collection[int]) -> None:
        named = session.execute(select(Queue.id, Queue.name))
        self.ids = {row.name: row.id for row in named}
        here = select(Ticket.id, Ticket.queue_id).where(Ticket.id.in_(tickets))
        self.now = {row.id: row.queue_id for row in session.execute(here)}
        self.moves: dict[int, list[HistoryEntry]] = defaultdict(list)
        moved = select(HistoryEntry).where(
            HistoryEntry.ticket_id.in_(tickets), HistoryEntry.what == "queue"
        )
        for entry in session.scalars(moved.order_by(HistoryEntry.id)):
            self.moves[entry.ticket_id].append(entry)

    def __call__(self, ticket_id: int | None, trace_id: int, at: datetime) -> int:
        later = (
            entry for entry in self.moves.get(ticket_id or 0, ())
            if entry.at > at or (entry.at == at and (entry.trace_id or 0) > trace_id)
        )  # fmt: skip
        moved = next(later, None)
        found = self.ids.get(moved.before) if moved else self.now.get(ticket_id or 0)
        return found or 0


def _add(session: Session, sums: Mapping[Key, _Sum]) -> None:
    if not sums:
        return
    rows = {
        (row.day, row.ruleset, row.rule, row.queue_id): row for row in session.scalars(_rows(sums))
    }
    for key, total in sums.items():
        row = rows.get(key)
        if row is None:
            day, ruleset, rule, queue = key
            row = RuleFigures(day=day, ruleset=ruleset, rule=rule, queue_id=queue,
                              fired=0, overridden=0, micros=0, spent=0, timed=0)  # fmt: skip
            session.add(row)
        row.fired += total.fired
        row.overridden += total.overridden
        row.micros += total.micros
        row.spent += total.spent
        row.timed += total.timed
        row.last_at = max(filter(None, (row.last_at, total.last)), default=None)
    session.flush()


def _rows(keys: Iterable[Key]) -> Any:
    days, rulesets = {key[0] for key in keys}, {key[1] for key in keys}
    return select(RuleFigures).where(RuleFigures.day.in_(days), RuleFigures.ruleset.in_(rulesets))
