"""Tickets are handed out evenly, to people who are there, and their history says why to them."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from engine.audit.models import HistoryEntry
from engine.commands.absences import say_away
from engine.commands.candidates import read_rules
from engine.commands.known_names import publish_known_rules
from engine.commands.people import change_person, create_person
from engine.commands.skills import set_skills
from engine.commands.tickets import NewTicket, change_ticket, create_ticket
from engine.errors import Invalid, NotAllowed
from engine.people.models import Person
from engine.people.skills import skills_of
from engine.tickets import queries
from tests.engine.commands.test_at_once import at_once
from tests.town import ROOT

RULE = """ruleset: assignment
title: {{de: A, en: A}}
events: [ticket.created]
rules:
  - id: out
    title: {{de: A, en: A}}
    then: [{{assign: {how}}}]
"""
TEAM = ("paul", "quinn", "rosa", "tom")


@pytest.fixture
def hand_out(town, tmp_path):
    """`hand_out("{to: round_robin}")`: new tickets are handed out like that in a team of four."""

    def found(work):
        for name in TEAM:
            login, may = f"{name}@example.com", {"hr": ["rw"]}
            create_person(work, login=login, name=name.title(), roles=["agent"], groups=may)
        change_person(work, town.person(work, "bruno"), {"active": False})
        change_person(work, town.person(work, "ada"), {"roles": ["admin"]})

    town.desk.run(found)
    away(town, "ada", "2026-01-01", "2026-12-31")

    def publish(how):
        folder = tmp_path / "rules"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "rules", folder)
        (folder / "assignment.yaml").write_text(RULE.format(how=how), encoding="utf-8")
        (folder / "examples" / "assignment.yaml").unlink()
        rules = read_rules(folder)
        town.desk.run(lambda w: publish_known_rules(w, rules) and None)

    return publish


def away(town, name, first, last, substitute="", by="ada"):
    def say(work):
        say_away(work, town.person(work, name), first, last, substitute)

    town.desk.run(say, town.actor(by))


def new(town, by="clara", queue="HR"):
    return town.report(by, "Question", type="question", queue=queue)


def owner(town, number):
    return town.see(number, lambda w, t: t.owner.login.partition("@")[0] if t.owner else "")


def why(town, number):
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    return [e.cause_ref["assigned"] for e in entries if "assigned" in e.cause_ref]


def side_by_side(town, fresh_desk, each):
    """Eight workers take in so many tickets each at one moment; their numbers."""
    actor = town.actor("clara")

    def make(work):
        customer = town.person(work, "clara")
        made = NewTicket("Question", "?", "web", customer=customer, type="question", queue="HR")
        return create_ticket(work, made).number

    came = at_once(fresh_desk, *[lambda desk: [desk.run(make, actor) for _ in range(each)]] * 8)
    return [number for made in came for number in made]


@pytest.mark.parametrize("how", ["round_robin", "least_loaded"])
def test_eight_workers_hand_out_evenly_and_nobody_away_gets_work(town, fresh_desk, hand_out, how):
    hand_out(f"{{to: {how}}}")
    today = town.desk.clock().date().isoformat()
    away(town, "rosa", today, today)
    numbers = side_by_side(town, fresh_desk, 3)
    assert Counter(owner(town, number) for number in numbers) == {"paul": 8, "quinn": 8, "tom": 8}


def test_a_round_goes_on_where_it_stopped_and_says_why(town, hand_out):
    hand_out("{to: round_robin}")
    numbers = [new(town) for _ in range(5)]
    assert [owner(town, n) for n in numbers] == ["paul", "quinn", "rosa", "tom", "paul"]
    assert why(town, numbers[0]) == [{"by": "round_robin", "among": 4}]


def test_the_least_open_counts_only_what_is_still_open(town, hand_out):
    hand_out("{to: least_loaded}")
    numbers = [new(town) for _ in range(4)]
    closed = {"state": "closed successful"}
    town.do("quinn", numbers[1], lambda w, t: change_ticket(w, t, closed) and None)
    number = new(town)
    assert owner(town, number) == "quinn"
    assert why(town, number) == [{"by": "least_loaded", "among": 4, "open": 0}]


def test_who_had_the_customers_last_ticket_gets_the_next_or_who_stands_in(town, hand_out):
    hand_out("{to: last_owner}")
    first, other = new(town), new(town, by="sam")
    assert (owner(town, first), owner(town, other)) == ("paul", "quinn")
    second = new(town)
    assert owner(town, second) == "paul"
    assert why(town, second) == [{"by": "last_owner", "ticket": first}]
    today = town.desk.clock().date().isoformat()
    away(town, "paul", today, today, "tom@example.com")
    third = new(town)
    assert owner(town, third) == "tom"
    assert why(town, third) == [{"by": "substitute", "ticket": second}]


def test_only_members_of_the_group_that_the_rule_names_get_it(town, hand_out):
    from engine.commands.people import set_groups

    may = {"hr": ["rw"], "complaints": ["ro"]}
    town.desk.run(lambda w: set_groups(w, town.person(w, "tom"), may))
    hand_out("{to: round_robin, group: complaints}")
    assert [owner(town, new(town)) for _ in range(2)] == ["tom", "tom"]


def test_where_nobody_is_fit_the_ticket_stays_with_the_team_and_says_so(town, hand_out):
    hand_out("{to: round_robin}")
    number = new(town, queue="Complaints")
    town.desk.run(lambda w: change_person(w, town.person(w, "olga"), {"active": False}))
    number = new(town, queue="Complaints")
    assert owner(town, number) == ""
    said = town.see(number, lambda w, t: [e.after for e in queries.history(w.session, t)])
    assert any("Nobody who is there" in text for text in said)


def test_a_group_that_is_not_there_is_found_before_the_rules_are_in_force(hand_out):
    with pytest.raises(Invalid) as found:
        hand_out("{to: round_robin, group: nobody}")
    assert [p.code for p in found.value.problems] == ["unknown-name"]


def test_the_days_are_those_of_the_person_s_own_clock(town, hand_out, clock):
    hand_out("{to: round_robin}")

    def east(work):
        work.session.get(Person, town.person(work, "paul").id).zone = "Pacific/Auckland"

    town.desk.run(east)
    day = town.desk.clock().date()
    away(town, "paul", day.isoformat(), day.isoformat())
    clock.set(town.desk.clock().replace(hour=23))
    assert Counter(owner(town, new(town)) for _ in range(4))["paul"] == 1


def test_everybody_says_it_of_themselves_and_admins_of_all(town):
    away(town, "agnes", "2026-07-01", "2026-07-14", "ada@example.com", by="agnes")
    with pytest.raises(NotAllowed):
        away(town, "bruno", "2026-07-01", "2026-07-14", by="agnes")
    for first, last, substitute, field in (
        ("2026-07-02", "2026-07-01", "", "last_day"),
        ("2026-07-02", "", "", "last_day"),
        ("soon", "2026-07-01", "", "first_day"),
        ("2026-07-01", "2026-07-02", "agnes@example.com", "substitute"),
        ("2026-07-01", "2026-07-02", "clara@example.org", "substitute"),
    ):
        with pytest.raises(Invalid) as found:
            away(town, "agnes", first, last, substitute)
        assert list(found.value.fields) == [field]


def test_history_is_written_under_the_rule(town, hand_out):
    hand_out("{to: round_robin}")
    number = new(town)
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    (entry,) = [e for e in entries if isinstance(e, HistoryEntry) and e.what == "owner"]
    assert (entry.cause, entry.after) == ("rule", "paul@example.com")


def able(town, name, *skills, by="ada"):
    town.desk.run(lambda w: set_skills(w, town.person(w, name), skills), town.actor(by))


@pytest.mark.parametrize("how", ["round_robin", "least_loaded"])
def test_eight_workers_hand_out_evenly_to_those_who_have_the_skill(town, fresh_desk, hand_out, how):
    for name in ("paul", "rosa", "tom"):
        able(town, name, "Polish", "VPN")
    hand_out(f"{{to: {how}, skill: polish}}")
    today = town.desk.clock().date().isoformat()
    away(town, "rosa", today, today)
    numbers = side_by_side(town, fresh_desk, 2)
    assert Counter(owner(town, number) for number in numbers) == {"paul": 8, "tom": 8}
    assert {one["skill"] for one in why(town, numbers[0])} == {"polish"}


def test_where_nobody_there_has_the_skill_the_ticket_stays_with_the_team(town, hand_out):
    able(town, "rosa", "Polish")
    hand_out("{to: round_robin, skill: Polish}")
    today = town.desk.clock().date().isoformat()
    away(town, "rosa", today, today)
    number = new(town)
    assert owner(town, number) == ""
    said = town.see(number, lambda w, t: [e.after for e in queries.history(w.session, t)])
    assert any("has the skill Polish" in text for text in said)


def test_with_else_it_goes_to_anyone_and_says_so(town, hand_out):
    able(town, "rosa", "Polish")
    hand_out("{to: round_robin, skill: Polish, else: anyone}")
    assert owner(town, new(town)) == "rosa"
    today = town.desk.clock().date().isoformat()
    away(town, "rosa", today, today)
    numbers = [new(town) for _ in range(3)]
    assert {owner(town, n) for n in numbers} == {"paul", "quinn", "tom"}
    assert why(town, numbers[0]) == [{"by": "round_robin", "among": 3, "missing": "Polish"}]


def test_the_round_of_a_skill_is_one_of_its_own(town, hand_out):
    able(town, "paul", "x" * 60)
    able(town, "tom", "x" * 60, "y")
    hand_out("{to: round_robin, skill: " + "x" * 60 + "}")
    assert [owner(town, new(town)) for _ in range(3)] == ["paul", "tom", "paul"]


def test_a_skill_that_nobody_has_is_found_before_the_rules_are_in_force(town, hand_out):
    able(town, "rosa", "Polish")
    with pytest.raises(Invalid) as found:
        hand_out("{to: round_robin, skill: Polnisch}")
    assert [p.code for p in found.value.problems] == ["unknown-name"]


def test_only_admins_say_what_agents_can_do_and_it_is_spelled_alike(town, hand_out):
    able(town, "rosa", "Polish", " polish ", "")
    able(town, "tom", "POLISH", "<b>Ü</b>")
    assert town.desk.read(lambda w: skills_of(w.session, town.person(w, "tom"))) == [
        "<b>Ü</b>", "Polish"
    ]  # fmt: skip
    with pytest.raises(NotAllowed):
        able(town, "rosa", "root", by="agnes")
    for name, skills in (
        ("clara", ["Polish"]), ("rosa", ["x" * 61]), ("rosa", ["a\x00b"]),
        ("rosa", [f"s{n}" for n in range(51)]),
    ):  # fmt: skip
        with pytest.raises(Invalid) as found:
            able(town, name, *skills)
        assert list(found.value.fields) == ["skills"]
