"""Whoever writes a rule sees how many of the last tickets it would have matched."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.commands import rules_counting
from engine.commands.rules_counting import count_drafted, count_matches
from engine.commands.tickets import change_ticket
from engine.errors import Invalid, NotAllowed, NotFound
from engine.tickets.models import Ticket


def rule(fact, op, value, **more):
    atom = {"fact": fact, "op": op, "value": value}
    return {"id": "x", "when": {"all": [atom]}, "then": [{"add_tag": "seen"}], **more}


def numbers(town, ruleset, data, by="ada"):
    def question(work):
        found = count_matches(work, ruleset, data)
        rows = work.session.execute(select(Ticket.id, Ticket.number))
        named = {row.id: row.number for row in rows}
        return [named[one] for one in found.matched], found.looked_at

    return town.desk.read(question, town.actor(by))


def test_it_counts_the_tickets_as_they_were_when_the_rules_were_asked(town, clock):
    one, other = town.report(title="Toner is empty"), town.report(title="VPN drops")
    clock.move(minutes=5)
    change = {"title": "The toner of the VPN", "queue": "HR"}
    town.do("ada", other, lambda work, ticket: change_ticket(work, ticket, change))
    assert numbers(town, "routing", rule("ticket.title", "contains", "toner")) == ([one], 2)
    assert numbers(town, "routing", rule("ticket.queue", "is", "HR"))[0] == []
    moved = rule("ticket.queue", "changed_to", "HR")
    assert numbers(town, "notification", moved)[0] == [other]
    only_new = rule("ticket.queue", "changed_to", "HR", events=["ticket.created"])
    assert numbers(town, "notification", only_new)[0] == []


def test_what_happened_since_the_last_count_is_in_the_next(town, clock):
    number = town.report()
    moved = rule("ticket.queue", "changed_to", "HR")
    assert numbers(town, "notification", moved) == ([], 1)
    clock.move(minutes=5)
    town.do("ada", number, lambda work, ticket: change_ticket(work, ticket, {"queue": "HR"}))
    newer = town.report()
    assert numbers(town, "notification", moved) == ([number], 2)
    assert numbers(town, "routing", rule("ticket.title", "contains", "VPN"))[0] == [newer, number]


def test_rulesets_that_hear_other_events_are_counted_one_after_the_other(town, clock):
    number = town.report()
    clock.move(minutes=5)
    town.do("ada", number, lambda work, ticket: change_ticket(work, ticket, {"queue": "HR"}))
    in_hr = rule("ticket.queue", "is", "HR")
    assert numbers(town, "mail_filter", in_hr)[0] == []
    created = rule("ticket.queue", "is", "HR", events=["ticket.created"])
    assert numbers(town, "notification", created)[0] == []
    assert numbers(town, "escalation", in_hr)[0] == []
    assert numbers(town, "notification", in_hr)[0] == [number]
    assert numbers(town, "routing", in_hr)[0] == []


def test_only_the_last_tickets_are_looked_at_and_read_once(town, monkeypatch):
    monkeypatch.setattr(rules_counting, "LAST", 2)
    town.report()
    for index in range(2):
        town.report(title=f"Newer {index}")
    read = []
    reading = rules_counting.pasts
    monkeypatch.setattr(
        rules_counting, "pasts", lambda s, ids, **more: read.extend(ids) or reading(s, ids, **more)
    )
    for _ in range(3):
        assert numbers(town, "routing", rule("ticket.title", "contains", "Newer"))[1] == 2
    assert len(read) == 2


def test_a_rule_that_is_off_or_not_yet_valid_is_counted_all_the_same(town):
    number = town.report()
    data = rule("ticket.title", "contains", "VPN", active=False, valid_from="2090-01-01")
    assert numbers(town, "routing", data) == ([number], 1)


def test_what_a_rule_does_is_not_counted_and_may_be_missing_yet(town):
    number = town.report(title="VPN drops")
    atom = {"fact": "ticket.title", "op": "contains", "value": "VPN"}
    assert numbers(town, "routing", {"when": {"all": [atom]}}) == ([number], 1)
    assert numbers(town, "routing", {"id": "b a d", "then": "x", "when": {"all": [atom]}})[1] == 1


def test_what_no_ticket_tells_is_named(town):
    town.report(title="VPN drops")

    def found(name, data):
        return town.desk.read(lambda work: count_matches(work, name, data), town.actor("ada"))

    assert found("routing", rule("ticket.title", "contains", "x")).untold == ()
    assert found("routing", rule("custom.site", "is", "Ulm")).untold == ()
    assert found("routing", rule("clock.left_minutes", "lt", 30)).untold == ("clock.left_minutes",)
    assert found("escalation", rule("clock.percent", "gt", 30)).asked == 0


def test_who_may_not_publish_and_what_is_no_rule_is_refused(town):
    with pytest.raises(NotAllowed):
        numbers(town, "routing", rule("ticket.title", "contains", "VPN"), by="agnes")
    for broken in (
        {"when": "x"},
        rule("ticket.nothing", "is", 1),
        rule("ticket.title", "§", 1),
    ):
        with pytest.raises(Invalid):
            numbers(town, "routing", broken)
    with pytest.raises(NotFound):
        town.desk.read(lambda work: count_drafted(work, "routing", "nowhere"), town.actor("ada"))
