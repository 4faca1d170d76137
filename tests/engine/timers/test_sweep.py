"""Everything due fires once, in order, each on its own; what fails waits and can be seen."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.audit.models import HistoryEntry
from engine.commands.due import fire_timer
from engine.commands.pending import set_pending
from engine.desk import Desk
from engine.errors import Invalid
from engine.timers.claims import LEASE, PASSED_BY, UNHEARD, pause
from engine.timers.models import Timer
from engine.timers.sweep import claim, release_claims, sweep
from engine.timers.write import set_timer
from engine.work import Work
from tests.desks import START, MovableClock
from tests.town import Town


def set_timers(desk: Desk, *minutes: int, apart: bool = False) -> None:
    """Timers that are due so many minutes after the start, on one ticket or on one each."""

    def put(work: Work) -> None:
        for number, late in enumerate(minutes):
            ticket = number + 1 if apart else 1
            set_timer(work, "step", str(number), ticket, START + timedelta(minutes=late))

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
    assert claim(desk)
    assert not claim(desk)
    clock.set(clock.now + LEASE)
    assert claim(desk)


def test_a_new_worker_does_not_wait_for_the_dead_ones_lease(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, 1)
    clock.move(minutes=5)
    claim(desk)
    release_claims(desk)
    assert claim(desk)


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


def test_two_timers_of_one_ticket_never_change_places(desk: Desk, clock: MovableClock) -> None:
    """What one worker has not come to yet holds back what is due later on the same ticket."""

    def put(work: Work) -> None:
        set_timer(work, "clock", "1", 7, START + timedelta(minutes=1))
        set_timer(work, "step", "2", 7, START + timedelta(minutes=2))
        set_timer(work, "step", "3", 8, START + timedelta(minutes=3))

    desk.run(put)
    clock.move(minutes=5)
    first = claim(desk, most=1)
    assert [one.ticket_id for one in first] == [7]
    assert [one.ticket_id for one in claim(desk)] == [8]  # not the other one of ticket 7
    clock.move(seconds=31)  # the worker is dead: its lease is over
    assert len(claim(desk)) == 1


def test_where_one_of_a_group_fails_the_others_still_happen_once(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, *range(1, 13), apart=True)
    fired: list[str] = []

    def fire(work: Work, timer: Timer) -> None:
        set_timer(work, "effect", timer.subject, timer.ticket_id, work.now + timedelta(days=1))
        fired.append(timer.subject)
        if timer.subject == "4":
            raise Invalid("this one never works")
        work.session.delete(timer)

    clock.move(hours=1)
    sweep(desk, fire)
    effects = [row.subject for row in rows(desk) if row.kind == "effect"]
    assert sorted(effects, key=int) == [str(n) for n in range(12) if n != 4]
    (left,) = [row for row in rows(desk) if row.kind == "step"]
    assert (left.subject, left.last_error) == ("4", "this one never works")


def test_one_that_ends_its_worker_takes_nobody_with_it_and_is_seen(
    desk: Desk, clock: MovableClock
) -> None:
    """Claimed again and again without a word, it is taken alone, and said to be failing."""
    set_timers(desk, 1, 2, 3, apart=True)
    clock.move(minutes=10)
    assert len(claim(desk)) == 3  # and the worker is killed
    fired: list[str] = []

    def fire(work: Work, timer: Timer) -> None:
        if timer.subject == "0":
            raise SystemExit  # as far as the database knows, it was killed
        fired.append(timer.subject)
        work.session.delete(timer)

    for _ in range(3):
        clock.move(minutes=5)
        for _ in range(2):  # the next worker is there at once
            with suppress(SystemExit):
                sweep(desk, fire)
    assert fired == ["1", "2"]
    (left,) = rows(desk)
    assert left.last_error == UNHEARD


def test_killing_workers_turns_no_order_round_unless_it_goes_on_and_on(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, 1, 2)
    first, second = (row.id for row in rows(desk))
    clock.move(minutes=10)

    def taken() -> list[int]:
        return [one.timer_id for one in claim(desk)]

    for _ in range(1, PASSED_BY):
        assert (taken(), taken()) == ([first], [])  # and the worker is killed
        release_claims(desk)
        clock.move(minutes=10)
    assert (taken(), taken()) == ([first], [second])


@pytest.mark.parametrize("back", [30, 3600, 86400])
def test_a_clock_set_back_holds_up_no_claimed_timer(
    desk: Desk, clock: MovableClock, back: int
) -> None:
    set_timers(desk, -2 * 86400 // 60)
    claim(desk)  # by a worker that is killed
    clock.move(seconds=-back)
    fired: list[str] = []

    def fire(work: Work, timer: Timer) -> None:
        fired.append(timer.subject)
        work.session.delete(timer)

    sweep(desk, fire)
    clock.move(seconds=LEASE.total_seconds() + 1)
    sweep(desk, fire)
    assert fired == ["0"]


def test_a_pause_given_by_a_clock_that_was_ahead_does_not_count(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, 1)

    def fail(work: Work, timer: Timer) -> None:
        raise Invalid("not now")

    clock.move(days=1)
    sweep(desk, fail)
    clock.move(hours=-23)
    assert sweep(desk, lambda work, timer: work.session.delete(timer)) == 1
    assert rows(desk) == []


def test_a_jump_in_the_middle_of_a_sweep_fires_nothing_twice(
    desk: Desk, clock: MovableClock
) -> None:
    set_timers(desk, *range(1, 41), apart=True)
    fired: list[str] = []
    jumps = iter((timedelta(hours=-1), timedelta(days=1), timedelta(hours=-30)))

    def fire(work: Work, timer: Timer) -> None:
        fired.append(timer.subject)
        work.session.delete(timer)
        if len(fired) % 12 == 0:
            clock.now += next(jumps, timedelta())

    clock.move(days=3)
    for _ in range(4):
        sweep(desk, fire)
        clock.move(minutes=1)
    clock.move(days=3)
    sweep(desk, fire)
    assert sorted(fired, key=int) == [str(n) for n in range(40)]
    assert rows(desk) == []


def test_several_workers_share_what_is_due_and_keep_the_order_of_each_ticket(
    desk: Desk, fresh_desk: Callable[[], Desk], clock: MovableClock
) -> None:
    def put(work: Work) -> None:
        for n in range(240):
            set_timer(work, "step", str(n), 1 + n % 40, START + timedelta(seconds=n))

    desk.run(put)
    clock.move(hours=1)

    def fire(work: Work, timer: Timer) -> None:
        set_timer(work, "effect", timer.subject, timer.ticket_id, work.now + timedelta(days=1))
        work.session.flush()
        work.session.delete(timer)

    workers = [threading.Thread(target=sweep, args=(fresh_desk(), fire)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    effects = rows(desk)
    assert sorted(int(row.subject) for row in effects) == list(range(240))
    for ticket in range(1, 41):
        order = [int(row.subject) for row in effects if row.ticket_id == ticket]
        assert order == sorted(order)


def test_what_comes_late_says_when_it_was_due(town: Town, clock: MovableClock) -> None:
    number = town.report()
    until = clock.now + timedelta(days=2)
    town.do("ada", number, lambda work, ticket: set_pending(work, ticket, until))
    clock.set(until + timedelta(hours=5))
    sweep(town.desk, fire_timer)
    query = select(HistoryEntry).order_by(HistoryEntry.id)
    entries = town.see(
        number,
        lambda work, ticket: list(
            work.session.scalars(query.where(HistoryEntry.ticket_id == ticket.id))
        ),
    )
    state = [one for one in entries if one.what == "state"][-1]
    assert (state.at, state.cause_ref["due"]) == (clock.now, until.isoformat())
