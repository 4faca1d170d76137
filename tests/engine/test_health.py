"""Health names in sentences what somebody should look at, and is silent when all is well."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, text

from engine.audit.alarms import differences
from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.commands.candidates import read_rules
from engine.commands.publish import publish_rules, put_rules_in_force
from engine.commands.rules_publishing import _built
from engine.desk import Desk
from engine.health import report
from engine.heartbeat import beat
from engine.mail_door import spool
from engine.outbox.faq_index import rebuild
from engine.outbox.models import OutboxRow
from engine.timers.models import Timer
from engine.work import Work
from tests.desks import MovableClock
from tests.town import ROOT, Town


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


def test_a_worker_that_is_not_reached_is_noticed_before_anything_is_late(
    town: Town, clock: MovableClock
) -> None:
    beat(town.desk)
    clock.move(minutes=2)
    assert report(town.desk)["ok"]
    beat(town.desk)
    clock.move(minutes=2)
    assert report(town.desk)["ok"], "seen two minutes ago"
    clock.move(minutes=2)
    (problem,) = report(town.desk)["problems"]
    assert "No worker has done anything since" in problem
    assert "broker" not in problem, "this desk has none"


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


def test_a_desk_without_rules_or_its_default_process_is_not_well(town: Town) -> None:
    def take_away(work: Work) -> None:
        work.session.delete(work.session.get_one(RulesInForce, 1))
        work.session.delete(work.session.get_one(ProcessInForce, "incident"))

    town.desk.run(take_away)
    said = " ".join(report(town.desk)["problems"])
    assert "No rules are in force" in said
    assert "'incident'" in said


def test_a_core_that_differs_from_its_oracle_is_an_alarm_for_a_week(
    town: Town, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.rules.compiler.Plan.match", lambda *given: set())
    number = town.report()
    monkeypatch.undo()
    assert town.see(number, lambda work, ticket: ticket.queue.name) == "Network::VPN"
    found = report(town.desk)
    assert found["figures"]["rules_differences"] > 0
    (problem,) = found["problems"]
    assert "differed from its oracle" in problem
    total = town.desk.read(lambda work: differences(work.session))
    clock.move(days=8)
    town.desk.run(lambda work: work.session.execute(delete(Timer)) and None)
    assert report(town.desk)["figures"]["rules_differences"] == 0
    assert town.desk.read(lambda work: differences(work.session)) == total


def republished(town: Town) -> None:
    """The next release, with another text of the routing."""

    def publish(work: Work) -> None:
        release = work.session.get_one(RulesInForce, 1).release
        documents = {**release.documents, "routing": f"# new\n{release.documents['routing']}"}
        put_rules_in_force(work, _built(documents, release.examples, release.vocabulary))

    town.desk.run(publish)


def damaged(town: Town, value: str) -> None:
    def damage(work: Work) -> None:
        release = work.session.get_one(RulesInForce, 1).release_id
        statement = text("UPDATE rules_release SET documents = :value WHERE id = :id")
        work.session.execute(statement, {"value": value, "id": release})

    town.desk.run(damage)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "value", ["{}", "[1]", "null", '{"routing": 5}', '{"routing": "ruleset: routing\\nrules: ["}']
)
def test_rules_that_are_damaged_do_not_decide_and_are_named(
    town: Town, fresh_desk: Callable[[], Desk], value: str, caplog: pytest.LogCaptureFixture
) -> None:
    queue = town.see(town.report(), lambda _, ticket: ticket.queue.name)
    republished(town)
    damaged(town, value)
    town.desk = fresh_desk()  # a process that has not read them before
    rebuild(town.desk)
    assert town.see(town.report(), lambda _, ticket: ticket.queue.name) == queue
    assert "damaged" in caplog.text
    (said,) = report(town.desk)["problems"]
    assert "Release 2 of the rules is damaged" in said


def test_publishing_the_same_again_mends_what_was_damaged(
    town: Town, fresh_desk: Callable[[], Desk]
) -> None:
    damaged(town, "{}")
    town.desk = fresh_desk()
    rebuild(town.desk)
    assert not report(town.desk)["ok"]
    rules = read_rules(ROOT / "rules")
    town.desk.run(lambda work: publish_rules(work, rules) and None)
    assert report(town.desk)["problems"] == []
    assert town.see(town.report(), lambda _, ticket: ticket.queue.name) == "Network::VPN"
