"""Who leads a team: told, given a step or the ticket, and what holds where nobody does."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest

from engine.audit.models import DeskEntry
from engine.catalogue.models import Queue
from engine.commands.absences import say_away
from engine.commands.assigning import assign
from engine.commands.candidates import read_rules
from engine.commands.due import fire_timer
from engine.commands.known_names import publish_known_rules, unknown_names
from engine.commands.people import change_person, set_groups
from engine.commands.steps import claim
from engine.commands.structure import set_leads
from engine.commands.tickets import change_ticket
from engine.errors import Invalid, NotAllowed
from engine.notify.recipients import recipients
from engine.people.models import Group
from engine.tickets import queries
from engine.tickets.access import may, ticket_for
from engine.timers.sweep import sweep
from tests.engine.commands.drawn import Pen, publish, take
from tests.town import ROOT, Town

RULES = """ruleset: own
title: {{de: A, en: A}}
events: [clock.breached]
rules:
  - id: one
    title: {{de: A, en: A}}
    when: {{all: [{{fact: clock.kind, op: is, value: first_response}}]}}
    then: [{then}]
"""


def leading(town: Town, *logins: str, group: str = "network", by: str = "ada") -> None:
    def lead(work: Any) -> None:
        found = work.session.query(Group).filter_by(name=group).one()
        set_leads(work, found, [f"{login}@example.com" for login in logins])

    town.desk.run(lead, town.actor(by))


def managed(town: Town, person: str, manager: str) -> None:
    def manage(work: Any) -> None:
        boss = town.person(work, manager)
        change_person(work, town.person(work, person), {"manager": boss})

    town.desk.run(manage)


def told(town: Town, number: str, to: str) -> list[str]:
    found = town.see(number, lambda w, t: recipients(w.session, t, to))
    return [person.login.split("@")[0] for person in found]


@pytest.fixture
def breach(town: Town, tmp_path: Any, clock: Any) -> Any:
    """`breach(then)`: a ticket in Network whose promised answer has not come, with such a rule."""

    def run(then: str, **more: Any) -> str:
        folder = tmp_path / "rules"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "rules", folder)
        (folder / "own.yaml").write_text(RULES.format(then=then), encoding="utf-8")
        found = read_rules(folder)
        town.desk.run(lambda work: publish_known_rules(work, found) and None)
        number = town.report(queue="Network", sla="standard", **more)
        clock.move(hours=5)
        for _ in range(3):
            sweep(town.desk, fire_timer)
        return number

    return run


def happened(town: Town, number: str) -> list[tuple[str, str]]:
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    return [(entry.what, entry.after) for entry in entries]


def test_the_lead_is_told_and_then_who_is_above_them(town: Town) -> None:
    number = town.report(queue="Network")
    everybody = ["agnes", "ada"]
    assert told(town, number, "lead") == told(town, number, "lead_manager") == everybody
    leading(town, "agnes")
    assert told(town, number, "lead") == told(town, number, "lead_manager") == ["agnes"]
    managed(town, "agnes", "ada")
    assert (told(town, number, "lead"), told(town, number, "lead_manager")) == (["agnes"], ["ada"])


def test_a_manager_who_may_not_read_the_ticket_is_not_who_is_told(town: Town) -> None:
    number = town.report(queue="Network")
    leading(town, "agnes")
    for stranger in ("bruno", "max"):
        managed(town, "agnes", stranger)
        assert told(town, number, "lead_manager") == ["agnes"]


def test_who_no_longer_works_in_a_group_does_not_lead_it(town: Town) -> None:
    number = town.report(queue="Network")
    leading(town, "agnes", "ada")
    town.desk.run(lambda w: set_groups(w, town.person(w, "agnes"), {"service desk": {"rw"}}))
    assert told(town, number, "lead") == ["ada"]


def test_only_admins_say_who_leads_and_only_who_works_there(town: Town) -> None:
    for name in ("agnes", "olga", "clara"):
        with pytest.raises(NotAllowed):
            leading(town, "agnes", by=name)
    for stranger in ("bruno", "clara", "nobody"):
        with pytest.raises(Invalid):
            leading(town, stranger)
    leading(town, "agnes")
    leading(town, "agnes")
    said = town.desk.read(lambda w: [e.what for e in w.session.query(DeskEntry)])
    assert said.count("leads changed") == 1


def test_a_lane_of_the_lead_gives_them_the_step_or_the_queue(town: Town) -> None:
    pen = Pen("led").start().user("work").end()
    publish(town, pen.flow("start", "work", "done").lane("Who", "work", assign="lead"))

    def whose(number: str) -> str | None:
        items = town.see(number, lambda w, t: queries.open_items(w.session, t))
        return items[0].person and items[0].person.login.split("@")[0]

    assert whose(take(town, "led", queue="Network")) is None
    leading(town, "agnes", "ada")
    assert whose(take(town, "led", queue="Network")) == "agnes"
    town.desk.run(
        lambda w: say_away(w, town.person(w, "agnes"), "2026-01-01", "2026-12-31", ""),
        town.actor("ada"),
    )
    assert whose(take(town, "led", queue="Network")) == "ada"
    entries = town.see(take(town, "led", queue="HR"), lambda w, t: queries.history(w.session, t))
    assert "step problem" not in {entry.what for entry in entries}


def test_a_breach_hands_the_ticket_to_the_lead_and_says_so(town: Town, breach: Any) -> None:
    leading(town, "ada")
    number = breach("{assign: {to: lead}}")
    assert town.see(number, lambda w, t: t.owner.login) == "ada@example.com"
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    why = [e.cause_ref["assigned"]["by"] for e in entries if "assigned" in (e.cause_ref or {})]
    assert why == ["lead"]


def test_what_the_owner_had_begun_goes_to_the_lead_with_the_ticket(town: Town) -> None:
    leading(town, "ada")
    number = town.report(queue="Network")
    town.do("agnes", number, lambda w, t: claim(w, queries.open_items(w.session, t)[0]))
    assert town.see(number, lambda w, t: t.owner.login) == "agnes@example.com"
    town.desk.run(lambda w: assign(w, ticket_for(w, number), {"to": "lead"}) and None)
    items = town.see(number, lambda w, t: queries.open_items(w.session, t)[0].person.login)
    assert items == "ada@example.com"
    assert ("handed over", "Ada") in [(w, a.split()[0]) for w, a in happened(town, number) if a]


def test_who_stands_in_for_an_absent_lead_gets_it(town: Town, breach: Any, clock: Any) -> None:
    leading(town, "ada")
    last = (clock() + timedelta(days=30)).date().isoformat()
    town.desk.run(
        lambda w: say_away(w, town.person(w, "ada"), "2026-01-01", last, "agnes@example.com"),
        town.actor("ada"),
    )
    number = breach("{assign: {to: lead}}")
    assert town.see(number, lambda w, t: t.owner.login) == "agnes@example.com"


def test_a_team_without_a_lead_keeps_its_ticket_and_the_history_says_why(
    town: Town, breach: Any
) -> None:
    number = breach("{assign: {to: lead}}")
    assert town.see(number, lambda w, t: t.owner) is None
    assert ("rule problem", "one: This team has no lead who is there.") in happened(town, number)


def test_a_breach_raises_the_priority_by_steps_and_no_further_than_it_goes(
    town: Town, breach: Any
) -> None:
    number = breach("{raise_priority: 1}", priority="1 very low")
    raised = [after for what, after in happened(town, number) if what == "priority"]
    assert raised == ["5", "4"]  # the newest first: the rules that are delivered set it to 4

    number = breach("{raise_priority: 9}", priority="5 very high")
    assert town.see(number, lambda w, t: t.priority.rank) == 5
    assert not [entry for entry in happened(town, number) if entry[0] == "rule problem"]


@pytest.mark.by_turns
@pytest.mark.parametrize("steps", [0, -2, 1.5])
def test_a_priority_is_never_lowered_by_raising_it(town: Town, breach: Any, steps: Any) -> None:
    number = breach(f"{{raise_priority: {steps}}}")
    problem = "one: A priority is raised by one step or more."
    assert ("rule problem", problem) in happened(town, number)


def test_a_breach_moves_the_ticket_and_lets_another_team_read_it(town: Town, breach: Any) -> None:
    number = breach("{watch: 'group:complaints'}, {watch: customer}, {set: {queue: HR}}")
    assert town.see(number, lambda w, t: t.queue.name) == "HR"

    def reads(name: str) -> bool:
        return town.see(number, lambda w, t: may(w.session, town.actor(name), t, "read"))

    assert (reads("olga"), reads("agnes"), reads("sam")) == (True, False, False)
    assert ("watcher", "olga@example.com") in happened(town, number)
    problems = [after for what, after in happened(town, number) if what == "rule problem"]
    assert problems == ["one: Nobody who works here is meant by “customer”."]
    for command in (lambda w, t: change_ticket(w, t, {"priority": "5 very high"}),):
        with pytest.raises(NotAllowed):
            town.do("olga", number, command)


def test_a_rule_that_lets_nobody_known_watch_is_not_published(town: Town, tmp_path: Any) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    then = "{watch: no-such@example.com}, {watch: lead}"
    (folder / "own.yaml").write_text(RULES.format(then=then), encoding="utf-8")
    rulesets = [one for one in read_rules(folder).rulesets if one.name == "own"]
    found = town.desk.read(lambda w: [p.message for p in unknown_names(w, rulesets)])
    assert len(found) == 1
    assert "no-such@example.com" in found[0]


def test_leading_a_group_gives_no_right_in_its_queues(town: Town) -> None:
    number = town.report(queue="Complaints")
    mine = {"complaints": {"ro"}, "network": {"rw"}}
    town.desk.run(lambda w: set_groups(w, town.person(w, "agnes"), mine))
    leading(town, "agnes", group="complaints")
    assert town.see(number, lambda w, t: may(w.session, town.actor("agnes"), t, "read"))
    assert not town.see(number, lambda w, t: may(w.session, town.actor("agnes"), t, "owner"))
    mine["complaints"] = {"create"}
    town.desk.run(lambda w: set_groups(w, town.person(w, "agnes"), mine))
    assert "agnes" not in told(town, number, "lead")
    with pytest.raises(Invalid):
        leading(town, "agnes", group="complaints")
    assert not town.see(number, lambda w, t: may(w.session, town.actor("agnes"), t, "read"))
    assert town.desk.read(lambda w: w.session.query(Queue).count()) == 10
