"""A clock that was ahead for a while holds nothing up once it is right again."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from engine.commands.hourly import SUBJECT, next_hour
from engine.commands.hourly import TIMER as HOURLY
from engine.commands.set_back import clock_set_back
from engine.desk import Desk
from engine.errors import Unavailable
from engine.outbox import write as outbox
from engine.outbox.drain import Handler, drain
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Work
from tests.desks import MovableClock


def put(work: Work) -> None:
    outbox.add(work, "index", number=1)


def test_a_mail_written_a_day_ahead_leaves_when_the_clock_is_right(
    desk: Desk, clock: MovableClock
) -> None:
    right = clock.now
    clock.move(days=1)
    desk.run(put)
    clock.set(right)
    left: list[Any] = []
    handlers = {"index": Handler(lambda desk, task: left.append(task.payload["number"]))}
    assert drain(desk, handlers) == 0
    assert desk.run(clock_set_back) == 1
    assert (drain(desk, handlers), left) == (1, [1])


def test_a_try_that_was_put_off_a_day_ahead_is_made_again(desk: Desk, clock: MovableClock) -> None:
    def refuse(desk: Desk, task: Any) -> None:
        raise Unavailable("the server is away")

    right = clock.now
    desk.run(put)
    clock.move(days=1)
    drain(desk, {"index": Handler(refuse)})
    clock.set(right)
    desk.run(clock_set_back)
    assert drain(desk, {"index": Handler(lambda desk, task: None)}) == 1


def test_the_hourly_round_does_not_wait_for_a_day_that_never_was(
    desk: Desk, clock: MovableClock
) -> None:
    right = clock.now
    ahead = right + timedelta(days=1)

    def rounds(work: Work) -> None:
        set_timer(work, HOURLY, SUBJECT, 0, next_hour(ahead))
        set_timer(work, "pending", "7", 7, ahead)

    desk.run(rounds)
    desk.run(clock_set_back)
    rows = desk.read(lambda work: list(work.session.scalars(select(Timer).order_by(Timer.kind))))
    due = {row.kind: row.due_at for row in rows}
    assert due == {HOURLY: next_hour(right), "pending": ahead}


def test_a_right_clock_changes_nothing(desk: Desk, clock: MovableClock) -> None:
    desk.run(put)
    drain(desk, {"index": Handler(lambda desk, task: 1 / 0)})  # type: ignore[arg-type, return-value]
    assert desk.run(clock_set_back) == 0
