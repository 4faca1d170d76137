"""History is written together, in order, and never tells what did not happen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.audit.models import HistoryEntry
from engine.audit.trail import record, record_trace
from engine.desk import Desk
from engine.work import Cause, Work


def told(desk: Desk) -> list[tuple[str, str]]:
    """What history says, oldest first."""

    def question(work: Work) -> list[tuple[str, str]]:
        rows = work.session.scalars(select(HistoryEntry).order_by(HistoryEntry.id))
        return [(row.what, row.after) for row in rows]

    return desk.read(question)


def test_entries_are_there_in_order_once_their_transaction_is_over(desk: Desk) -> None:
    def command(work: Work) -> None:
        for number in range(5):
            record(work, 1, "queue", number, number + 1)

    desk.run(command)
    assert told(desk) == [("queue", str(number)) for number in range(1, 6)]


def test_who_asks_in_the_same_transaction_finds_them(desk: Desk) -> None:
    def command(work: Work) -> list[str]:
        record(work, 1, "title", "a", "b")
        seen = list(work.session.scalars(select(HistoryEntry.after)))
        record(work, 1, "title", "b", "c")
        return seen

    assert desk.run(command) == ["b"]
    assert told(desk) == [("title", "b"), ("title", "c")]


def test_nothing_is_told_of_a_transaction_that_failed(desk: Desk) -> None:
    def command(work: Work) -> None:
        record(work, 1, "state", "open", "closed")
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        desk.run(command)
    assert told(desk) == []


def test_what_a_savepoint_undid_is_not_told_and_the_rest_is(desk: Desk) -> None:
    def command(work: Work) -> None:
        record(work, 1, "tag", "", "before")
        with work.session.begin_nested():
            record(work, 1, "tag", "", "kept")
        savepoint = work.session.begin_nested()
        record(work, 1, "tag", "", "undone")
        work.session.flush()
        savepoint.rollback()
        record(work, 1, "tag", "", "after")

    desk.run(command)
    assert told(desk) == [("tag", "before"), ("tag", "kept"), ("tag", "after")]


def test_a_session_used_again_does_not_tell_what_was_rolled_back(desk: Desk) -> None:
    session = desk.database.writing()
    work = desk.work(session, desk.read(lambda work: work.actor))
    record(work, 1, "state", "", "never")
    session.connection()
    session.rollback()
    record(work, 1, "state", "", "this")
    session.connection()
    session.commit()
    session.close()
    assert told(desk) == [("state", "this")]


def test_an_entry_names_the_trace_of_the_decision_behind_it(desk: Desk) -> None:
    def command(work: Work) -> int:
        trace_id = record_trace(work, 1, "ticket.created", "routing", {"release": "r1"})
        record(work.because(Cause("rule", trace_id=trace_id)), 1, "queue", "A", "B")
        return trace_id

    trace_id = desk.run(command)
    assert desk.read(lambda work: work.session.scalar(select(HistoryEntry.trace_id))) == trace_id
