"""Nothing waits for ever, nothing is tried for ever, and a death in between loses nothing."""

import itertools
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.desk import Desk
from engine.errors import Invalid, Unavailable
from engine.outbox import write
from engine.outbox.drain import (
    LEASE,
    MOST_BREAKS,
    Handler,
    Task,
    claim,
    drain,
    pause,
    release_claims,
)
from engine.outbox.models import OutboxRow
from engine.outbox.queries import load, undelivered
from engine.outbox.repair import retry, retry_all
from engine.work import Work
from tests.desks import MovableClock


def put(desk: Desk, **payload: object) -> int:
    def add(work: Work) -> int:
        row = write.add(work, "index", **payload)
        work.session.flush()
        return row.id

    return desk.run(add)


def row(desk: Desk, number: int) -> OutboxRow:
    return desk.read(lambda work: work.session.get_one(OutboxRow, number))


def test_what_is_due_is_done_once_and_in_order(desk: Desk) -> None:
    seen: list[int] = []
    numbers = [put(desk, n=n) for n in range(3)]
    by = {"index": Handler(lambda _, task: seen.append(task.payload["n"]))}
    assert (drain(desk, by), drain(desk, by)) == (3, 0)
    assert seen == [0, 1, 2]
    assert {row(desk, n).status for n in numbers} == {"done"}


def test_what_follows_is_written_with_the_mark(desk: Desk) -> None:
    put(desk)
    by = {
        "index": Handler(
            lambda _, task: lambda work: write.add(work, "notice", person_id=1) and None
        )
    }
    drain(desk, by, limit=1)
    topics = desk.read(lambda work: list(work.session.scalars(select(OutboxRow.topic))))
    assert sorted(topics) == ["index", "notice"]


def test_a_failure_is_tried_again_after_growing_pauses_and_given_up_in_the_end(
    desk: Desk, clock: MovableClock
) -> None:
    number, tries, given_up = put(desk), [], []

    def act(_: Desk, task: Task) -> None:
        tries.append(clock.now)
        raise Unavailable("the server is away")

    by = {"index": Handler(act, lambda work, task, reason: given_up.append(reason))}
    for _ in range(desk.settings.delivery_days * 24 + 10):
        drain(desk, by)
        clock.move(seconds=3600)
    waits = [b - a for a, b in itertools.pairwise(tries)]
    assert tries[-1] - tries[0] == timedelta(days=4)
    assert set(waits) == {timedelta(hours=1)}
    assert (row(desk, number).status, given_up) == ("dead", ["the server is away"])
    desk.run(lambda work: retry(work, number))
    drain(desk, by)
    assert row(desk, number).status == "waiting"


def test_the_days_are_a_setting(desk: Desk, clock: MovableClock) -> None:
    desk.settings = replace(desk.settings, delivery_days=1)
    number = put(desk)

    def act(_: Desk, task: Task) -> None:
        raise Unavailable("away")

    for _ in range(2):
        drain(desk, {"index": Handler(act)})
        clock.move(days=1)
    assert row(desk, number).status == "dead"


def test_nobody_else_begins_what_takes_longer_than_a_lease(
    desk: Desk, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.outbox.drain.RENEWED_EVERY", 0.02)
    number, others = put(desk), []

    def slow(_: Desk, task: Task) -> None:
        for _ in range(3):
            clock.move(seconds=80)
            while row(desk, number).claimed_until <= clock.now + timedelta(seconds=80):
                time.sleep(0.02)
            others.append(claim(desk))

    assert drain(desk, {"index": Handler(slow)}) == 1
    assert others == [None, None, None]
    assert row(desk, number).status == "done"


def test_before_its_pause_is_over_nothing_is_tried(desk: Desk, clock: MovableClock) -> None:
    put(desk)

    def act(_: Desk, task: Task) -> None:
        raise Unavailable("later")

    by = {"index": Handler(act)}
    assert drain(desk, by) == 1
    clock.move(seconds=4)
    assert drain(desk, by) == 0
    clock.move(seconds=2)
    assert drain(desk, by) == 1


@pytest.mark.parametrize(("tries", "seconds"), [(1, 5), (2, 10), (3, 20), (11, 3600), (500, 3600)])
def test_pauses_double_up_to_an_hour(tries: int, seconds: int) -> None:
    assert pause(tries) == timedelta(seconds=seconds)


def test_what_can_never_work_is_dead_at_once(desk: Desk) -> None:
    number = put(desk)

    def act(_: Desk, task: Task) -> None:
        raise Invalid("no such address")

    drain(desk, {"index": Handler(act)})
    assert (row(desk, number).status, row(desk, number).last_error) == ("dead", "no such address")


def test_a_defect_holds_nobody_up(desk: Desk) -> None:
    bad, good = put(desk, bad=True), put(desk)

    def act(_: Desk, task: Task) -> None:
        if "bad" in task.payload:
            raise ZeroDivisionError("oops")

    drain(desk, {"index": Handler(act)})
    assert (row(desk, bad).status, row(desk, good).status) == ("waiting", "done")
    assert row(desk, bad).last_error == "ZeroDivisionError: oops"


def test_a_topic_that_nobody_handles_becomes_visible(desk: Desk) -> None:
    number = put(desk)
    drain(desk, {})
    assert row(desk, number).status == "dead"


def test_a_claim_keeps_others_away_until_its_lease_is_over(desk: Desk, clock: MovableClock) -> None:
    put(desk)
    first = claim(desk)
    assert first is not None
    clock.move(seconds=60)
    assert claim(desk) is None
    clock.set(clock.now + LEASE)
    second = claim(desk)
    assert second is not None
    assert (second.id, second.tries) == (first.id, 2)


def test_a_new_worker_takes_over_what_the_dead_one_had_claimed(
    desk: Desk, clock: MovableClock
) -> None:
    put(desk)
    claim(desk)
    assert release_claims(desk) == 1
    clock.move(seconds=6)
    assert claim(desk) is not None


def test_what_kills_the_process_is_given_up_and_lets_others_pass(
    desk: Desk, clock: MovableClock
) -> None:
    poison, good = put(desk, poison=True), put(desk)

    class Killed(BaseException):
        pass

    def act(_: Desk, task: Task) -> None:
        if "poison" in task.payload:
            raise Killed

    by = {"index": Handler(act)}
    deaths = 0
    for _ in range(MOST_BREAKS + 5):
        try:
            drain(desk, by)
        except Killed:
            deaths += 1
        release_claims(desk)
        clock.move(hours=1)
    assert deaths == MOST_BREAKS
    assert (row(desk, poison).status, row(desk, good).status) == ("dead", "done")


def test_dead_letters_are_listed_and_retried(desk: Desk) -> None:
    numbers = [put(desk) for _ in range(3)]
    drain(desk, {})
    assert desk.read(lambda work: load(work.session, work.now)).dead == 3
    desk.run(lambda work: retry(work, numbers[0]))
    assert desk.run(retry_all) == 2
    waiting = desk.read(lambda work: undelivered(work.session, status="waiting"))
    assert [(one.id, one.tries) for one in waiting] == [(number, 0) for number in numbers]
    assert drain(desk, {"index": Handler(lambda _, task: None)}) == 3
