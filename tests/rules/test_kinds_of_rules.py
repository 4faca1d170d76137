"""Each kind of rule that a desk needs is written with what is delivered, and works at its door."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.channels.mail_in import parse_mail
from engine.commands.articles import reply
from engine.commands.candidates import read_rules
from engine.commands.due import fire_timer
from engine.commands.intake import deliver
from engine.commands.known_names import publish_known_rules
from engine.notify.models import Notification
from engine.timers.sweep import sweep
from tests.engine.commands.test_intake import mail
from tests.town import ROOT, Town

MONDAY = datetime(2026, 5, 11, 7, 10, tzinfo=UTC)  # ten past nine in Berlin


@pytest.fixture
def rules(town: Town, tmp_path: Any, clock: Any) -> Callable[[str, str, str], None]:
    """`rules(event, conditions, actions)` puts a rule in force beside those delivered."""
    clock.set(MONDAY)

    def put(event: str, conditions: str, actions: str) -> None:
        folder = tmp_path / "rules"
        shutil.copytree(ROOT / "rules", folder)
        text = (
            f"ruleset: own\ntitle: {{de: A, en: A}}\nevents: [{event}]\nrules:\n"
            f"  - id: one\n    title: {{de: A, en: A}}\n    when: {{all: [{conditions}]}}\n"
            f"    then: [{actions}]\n"
        )
        (folder / "own.yaml").write_text(text, encoding="utf-8")
        found = read_rules(folder)
        town.desk.run(lambda work: publish_known_rules(work, found) and None)

    return put


def tags(town: Town, number: Any) -> list[str]:
    return list(town.see(number, lambda work, ticket: list(ticket.tags)))


def hours(town: Town, clock: Any, count: int) -> None:
    for _ in range(count):
        clock.move(hours=1)
        sweep(town.desk, fire_timer)


def test_a_mail_filter_by_recipient_file_and_time(town: Town, rules: Any, clock: Any) -> None:
    rules(
        "mail.received",
        "{fact: mail.to, op: has, value: desk@example.com},"
        "{fact: mail.files, op: is_empty},"
        "{fact: customer.email, op: domain_within, value: example.org},"
        "{fact: time.calendars, op: has_none, value: [standard]}",
        "{set: {queue: Network, priority: 5}}, {add_tag: at-night}",
    )
    by_day = deliver(town.desk, parse_mail(mail())).ticket
    clock.set(MONDAY.replace(hour=22))
    sender = "Eve <eve@mail.example.org>"
    by_night = deliver(town.desk, parse_mail(mail(sender, id="<two@example.org>"))).ticket
    assert "at-night" not in tags(town, by_day)
    assert "at-night" in tags(town, by_night)
    assert town.see(by_night, lambda work, ticket: ticket.queue.name) == "Network"


def test_an_escalation_when_a_promise_is_broken(town: Town, rules: Any, clock: Any) -> None:
    rules(
        "clock.breached",
        "{fact: clock.kind, op: is, value: first_response},"
        "{fact: ticket.created, op: older_than_working_hours, value: 0.5}",
        "{add_tag: escalated}, {notify: {to: queue, template: clock_breached}}",
    )
    number = town.report(sla="gold")
    hours(town, clock, 3)
    assert "escalated" in tags(town, number)


def test_a_notification_by_what_was_written(town: Town, rules: Any, clock: Any) -> None:
    rules(
        "ticket.created",
        "{fact: ticket.body, op: written_in, value: de}",
        "{notify: {to: role:admin, template: assigned}}",
    )

    def told() -> int:
        def ask(work: Any) -> int:
            return work.session.query(Notification).filter_by(kind="assigned").count()

        return int(town.desk.read(ask))

    town.report(title="Printer", body="Hello, the printer does not work.")
    before = told()
    town.report(title="Drucker", body="Guten Tag, mein Drucker geht nicht.")
    assert told() == before + 1


def test_a_job_of_each_night(town: Town, rules: Any, clock: Any) -> None:
    rules("hour.passed", "{fact: time.hour, op: is, value: 2}", "{add_tag: seen-at-night}")
    number = town.report()
    hours(town, clock, 12)
    assert tags(town, number) == []
    hours(town, clock, 8)
    assert tags(town, number) == ["seen-at-night"]


def test_working_hours_after_the_customer_wrote(town: Town, rules: Any, clock: Any) -> None:
    rules(
        "hour.passed",
        "{fact: ticket.customer_wrote, op: older_than_working_hours, value: 2},"
        "{fact: ticket.answered, op: is_empty}",
        "{add_tag: waits-for-us}",
    )
    number, answered = town.report(), town.report()
    town.do("agnes", answered, lambda work, ticket: reply(work, ticket, "Soon.") and None)
    hours(town, clock, 2)
    assert "waits-for-us" not in tags(town, number)
    hours(town, clock, 2)
    assert "waits-for-us" in tags(town, number)
    assert "waits-for-us" not in tags(town, answered)
