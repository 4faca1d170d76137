"""Everything due fires once, in order, each on its own; what fails waits and can be seen."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.commands.due import fire_timer
from engine.commands.pending import set_pending
from engine.desk import Desk
from engine.errors import Invalid
from engine.timers.models import Timer
from engine.timers.sweep import LEASE, claim, pause, release_claims, sweep
from engine.timers.write import set_timer
from engine.work import Work
from tests.desks import START, MovableClock
from tests.town import Town


def set_timers(desk: Desk, *minutes: int) -> None:
    def put(work: Work) -> None:
        for number, late in enumerate(minutes):
            set_timer(work, "step", str(number), 1, START + timedelta(minutes=late))

    desk.run(put)


def rows(desk: Desk) -> list[Timer]:
    return desk.read(lambda work: list(work.session.scalars(select(Timer).order_by(Timer.id))))


def test_after_an_outage_all_fire_once_in_the_order_of_their_times(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, 30, 10, 20, 500)
    fired: list[str] = []

    def fire(work: Work, timer: Timer) -> None:
        fired.append(timer.subject)
        work.session.delete(timer)

    assert sweep(desk, fire) == 0
    clock.move(hours=2)
    assert (sweep(desk, fire), sweep(desk, fire)) == (3, 0)
    assert fired == ["1", "2", "0"]


def test_one_that_fails_holds_nobody_up_and_says_why(desk: Desk, clock: MovableClock) -> None:
    set_timers(desk, 1, 2)
    fired: list[str] = []

    def fire(work: Work, timer: Timer) -> None:
        if timer.subject == "0":
            raise Invalid("the diagram is gone")
        fired.append(timer.subject)
        work.session.delete(timer)

    clock.move(minutes=5)
    sweep(desk, fire)
    (left,) = rows(desk)
    assert fired == ["1"]
    assert (left.last_error, left.tries) == ("the diagram is gone", 1)
    clock.move(seconds=5)
    assert sweep(desk, fire) == 0
    clock.move(seconds=6)
    assert sweep(desk, fire) == 1


def test_what_half_happened_is_undone(desk: Desk, clock: MovableClock) -> None:
    set_timers(desk, 1)

    def fire(work: Work, timer: Timer) -> None:
        set_timer(work, "clock", "9", 1, work.now)
        work.session.flush()
        raise ZeroDivisionError

    clock.move(minutes=5)
    sweep(desk, fire)
    assert [timer.kind for timer in rows(desk)] == ["step"]


def test_a_claimed_timer_is_left_to_its_worker_until_the_lease_is_over(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, 1)
    clock.move(minutes=5)
    assert claim(desk) is not None
    assert claim(desk) is None
    clock.set(clock.now + LEASE)
    assert claim(desk) is not None


def test_a_new_worker_does_not_wait_for_the_dead_ones_lease(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, 1)
    clock.move(minutes=5)
    claim(desk)
    release_claims(desk)
    assert claim(desk) is not None


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 20), (9, 2560), (400, 3600)])
def test_pauses_grow_up_to_an_hour(tries: int, seconds: int) -> None:
    assert pause(tries) == timedelta(seconds=seconds)


def test_a_ticket_laid_aside_comes_back(town: Town, clock: MovableClock) -> None:
    number = town.report()
    until = clock.now + timedelta(days=2)
    town.do("ada", number, lambda work, ticket: set_pending(work, ticket, until))
    clock.move(days=2, seconds=1)
    sweep(town.desk, fire_timer)
    assert town.see(number, lambda work, ticket: ticket.pending_until) is None
