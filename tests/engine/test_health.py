"""Health names in sentences what somebody should look at, and is silent when all is well."""

from datetime import timedelta

import pytest

from engine.health import report
from engine.mail_door import spool
from engine.outbox.faq_index import rebuild
from engine.outbox.models import OutboxRow
from engine.timers.models import Timer
from engine.work import Work
from tests.desks import MovableClock
from tests.town import Town


@pytest.fixture(autouse=True)
def indexed(town: Town) -> None:
    rebuild(town.desk)


def test_a_fresh_desk_is_well(town: Town) -> None:
    found = report(town.desk)
    assert (found["ok"], found["problems"]) == (True, [])


def test_a_worker_that_does_not_run_is_noticed(town: Town, clock: MovableClock) -> None:
    town.report()
    assert report(town.desk)["ok"]
    clock.move(minutes=6)
    assert any("does the worker run" in problem for problem in report(town.desk)["problems"])


def test_dead_letters_failing_timers_and_spooled_messages_are_named(town: Town) -> None:
    def break_things(work: Work) -> None:
        early = work.now - timedelta(minutes=1)
        work.session.add(
            OutboxRow(topic="mail", payload={}, status="dead", created_at=early, due_at=early)
        )
        work.session.add(
            Timer(kind="step", subject="1", ticket_id=1, due_at=early, last_error="broken")
        )

    town.desk.run(break_things)
    spool(town.desk.settings, b"what is this")
    found = report(town.desk)
    assert found["ok"] is False
    figures = found["figures"]
    names = ("outbox_dead", "timers_failing", "spooled_messages")
    assert [figures[name] for name in names] == [1, 1, 1]
    assert len(found["problems"]) == 3
