"""What is due is looked for by its index, however many timers are set for later."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select, text

from engine.desk import Desk
from engine.timers import figures
from engine.timers.claims import ANY_DUE, due
from engine.timers.models import Timer
from engine.work import Work
from tests.desks import START, MovableClock

LATER = 3000


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A desk with thousands of timers that are set for later."""

    def put(work: Work) -> None:
        rows = [
            {"kind": "step", "subject": str(n), "ticket_id": 1 + n // 3,
             "due_at": START + timedelta(days=1, seconds=n), "tries": 0, "last_error": ""}
            for n in range(LATER)
        ]  # fmt: skip
        work.session.execute(insert(Timer), rows)

    desk.run(put)
    if not desk.database.sqlite:
        with desk.database.aside.connect() as connection:
            connection.execute(text("ANALYZE timer"))
    return desk


def plan_of(desk: Desk, query: Any) -> str:
    sql = query.compile(desk.database.pool, compile_kwargs={"literal_binds": True})
    word = "EXPLAIN QUERY PLAN" if desk.database.sqlite else "EXPLAIN"
    with desk.database.pool.connect() as connection:
        rows = connection.exec_driver_sql(f"{word} {sql}".replace("%", "%%")).all()
    return "\n".join(str(row[-1]) for row in rows)


def test_a_sweep_with_nothing_due_is_a_look_into_the_index(busy: Desk) -> None:
    for query in (ANY_DUE.params(now=START), due(START).limit(1)):
        plan = plan_of(busy, query)
        assert "ix_timer_due_at" in plan
        assert "Seq Scan on timer " not in plan
        assert "Seq Scan on timer\n" not in plan
        assert "SCAN timer" not in plan


@pytest.mark.parametrize(
    "ask",
    [
        lambda session: figures.lag(session, START),
        lambda session: figures.late(session, START),
        lambda session: figures.failing(session, START),
        lambda session: figures.waiting(session, START, timedelta(minutes=5)),
    ],
)
def test_no_figure_walks_through_what_is_set_for_later(busy: Desk, ask: Any) -> None:
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if "FROM timer" in statement:
            asked.append((statement, given))

    def plans(work: Work) -> list[str]:
        event.listen(Engine, "before_cursor_execute", note)
        try:
            ask(work.session)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        word = "EXPLAIN QUERY PLAN" if busy.database.sqlite else "EXPLAIN"
        explain = work.session.connection().exec_driver_sql
        return [str(explain(f"{word} {sql}", given).all()) for sql, given in asked]

    for plan in busy.read(plans):
        assert "ix_timer_due_at" in plan
        assert "Seq Scan on timer" not in plan
        assert "SCAN timer" not in plan
    assert asked


def test_the_figures_say_what_is_due_what_fails_and_what_comes_next(
    busy: Desk, clock: MovableClock
) -> None:
    def fail(work: Work) -> None:
        for row in work.session.scalars(select(Timer).order_by(Timer.due_at).limit(2)):
            row.last_error, row.tries = "broken", 3

    busy.run(fail)
    now = clock.move(days=1, seconds=9)
    lag = busy.read(lambda work: figures.lag(work.session, now))
    assert (lag.due, lag.failing, lag.seconds(now)) == (10, 2, 9.0)
    assert lag.next_at == START + timedelta(days=1, seconds=10)
    rows = busy.read(lambda work: figures.failing(work.session, now))
    assert [row.subject for row in rows] == ["0", "1"]


def test_what_comes_next_is_told_by_kinds_and_in_pages(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(work: Work) -> None:
        far = START + timedelta(days=9)
        work.session.add(Timer(kind="hourly", subject="0", ticket_id=0, due_at=far))
        work.session.add(Timer(kind="clock", subject="1", ticket_id=1, due_at=START))

    busy.run(put)
    first = START + timedelta(days=1)
    kinds = ("clock", "hourly", "step", "rules")
    told = busy.read(lambda work: figures.coming(work.session, START, kinds))
    assert [(one.kind, one.count, one.next_at) for one in told] == [
        ("step", LATER, first), ("hourly", 1, START + timedelta(days=9)),
    ]  # fmt: skip
    page = busy.read(lambda work: figures.upcoming(work.session, START, limit=3))
    assert [row.subject for row in page] == ["0", "1", "2"]
    after = figures.place(page[-1])
    page = busy.read(lambda work: figures.upcoming(work.session, START, after, limit=2))
    assert [row.subject for row in page] == ["3", "4"]
    monkeypatch.setattr(figures, "COUNTED", 10)  # as if there were very many
    told = busy.read(lambda work: figures.coming(work.session, START, kinds))
    assert [(one.kind, one.count, one.next_at) for one in told] == [
        ("step", 10, first), ("hourly", 1, START + timedelta(days=9)),
    ]  # fmt: skip


def test_a_page_of_what_comes_begins_at_its_place_in_the_index(busy: Desk) -> None:
    after = f"{(START + timedelta(days=1, seconds=2000)).isoformat()}~2001".replace("+00:00", "Z")
    asked = []

    def ask(work: Work) -> None:
        real = work.session.scalars
        work.session.scalars = lambda query: asked.append(query) or real(query)  # type: ignore
        figures.upcoming(work.session, START, after, limit=50)

    busy.read(ask)
    plan = plan_of(busy, asked[0])
    assert "ix_timer_due_at" in plan
    assert "SCAN timer" not in plan
