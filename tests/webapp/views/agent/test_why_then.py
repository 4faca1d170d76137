"""What rules would have been asked at a moment of the past, by the facts and the rules of then."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from engine.commands.candidates import read_rules
from engine.commands.changes import add_tag
from engine.commands.publish import publish_rules
from engine.commands.tickets import change_ticket
from tests.town import ROOT

TITLE = "title: {de: A, en: A}"


def write_rules(web: Any, folder: Any, text: str, events: str = "[ticket.changed]") -> None:
    """Put one ruleset in force, `notification`, with these rules."""
    (folder / "rules").mkdir(exist_ok=True)
    shutil.copy(ROOT / "rules/vocabulary.yaml", folder / "rules")
    path = folder / "rules/notification.yaml"
    path.write_text(f"ruleset: notification\n{TITLE}\nevents: {events}\nrules:\n{text}", "utf-8")
    rules = read_rules(folder / "rules")
    web.town.desk.run(lambda work: publish_rules(work, rules) and None)


def rule(name: str, when: str) -> str:
    """A rule that sets a tag where this condition holds."""
    head = f"  - id: {name}\n    title: {{de: {name}, en: {name}}}\n"
    return f"{head}    when: {{all: [{when}]}}\n    then: [{{add_tag: urgent}}]\n"


HIGH = rule("high", "{fact: ticket.priority, op: gte, value: 5}")
LOW = rule("high", "{fact: ticket.priority, op: gte, value: 1}")


@pytest.fixture
def past(web: Any, clock: Any, tmp_path: Any) -> str:
    """Changed when the rule did not fire, and again when it had become another one."""
    write_rules(web, tmp_path, HIGH)
    number: str = web.town.report(title="VPN drops", type="question")
    clock.move(minutes=10)
    web.town.do("agnes", number, lambda w, t: change_ticket(w, t, {"priority": 4}))
    clock.move(minutes=10)
    write_rules(web, tmp_path, LOW)
    web.town.do("agnes", number, lambda w, t: change_ticket(w, t, {"priority": 5}))
    clock.move(minutes=10)
    return number


def moment(web: Any, minutes_ago: int) -> str:
    return f"{web.town.desk.clock() - timedelta(minutes=minutes_ago):%Y-%m-%dT%H:%M}"


def test_why_nothing_happened_is_told_by_the_facts_and_rules_of_then(web: Any, past: str) -> None:
    web.login("agnes")
    then = web.get(f"/tickets/{past}/why-not?ruleset=notification&at={moment(web, 20)}Z").text
    assert "did not fire because" in then
    assert "(4)" in then  # the priority of then, not of now
    assert "Release 2" in then
    assert "are those of today" in then
    assert "no decision was kept" not in then
    last = web.get(f"/tickets/{past}/why-not?ruleset=notification&at={moment(web, 10)}Z")
    assert "This was decided then" in last
    assert "This rule fired." in last.click("To the decision as it was kept").text
    now = web.get(f"/tickets/{past}/why-not?ruleset=notification").text
    assert "Asked now" in now


def test_what_happened_is_offered_and_leads_to_its_moment(web: Any, past: str) -> None:
    page = web.login("agnes").get(
        f"/tickets/{past}/why-not?ruleset=notification&at={moment(web, 15)}Z"
    )
    assert "it is asked as if it had" in page.text
    assert page.text.count("?moment=") > 2
    exact = page.click(href=r"\?moment=", description="4 → 5")
    assert "it is asked as if it had" not in exact.text
    assert "This was decided then" in exact.text
    chosen = page.click(href=r"\?moment=", description="3 → 4").click(href="rule=high", index=0)
    assert "did not fire because" in chosen.text
    assert "(4)" in chosen.text
    found = next(form for form in chosen.forms.values() if "moment" in form.fields)
    found["q"] = "high"
    assert "(4)" in found.submit().text  # looking for a rule stays at the moment


def test_facts_of_today_are_marked(web: Any, clock: Any, tmp_path: Any) -> None:
    vip = rule("vip", "{fact: customer.vip, op: is, value: true}")
    write_rules(web, tmp_path, vip)
    number = web.town.report(title="VPN drops", type="question")
    clock.move(minutes=10)
    web.town.do("agnes", number, lambda w, t: add_tag(w, t, "x") and None)
    clock.move(minutes=10)
    query = f"ruleset=notification&at={moment(web, 10)}Z&rule=vip"
    page = web.login("agnes").get(f"/tickets/{number}/why-not?{query}").text
    assert "as of today" in page
    assert "as of today" not in web.get(f"/tickets/{number}/why-not?ruleset=notification&rule=vip")


def test_an_hour_that_passed_is_asked_with_the_working_time_of_then(
    web: Any, clock: Any, tmp_path: Any
) -> None:
    old = rule("old", "{fact: ticket.state_working_minutes, op: gte, value: 30}")
    write_rules(web, tmp_path, old, "[hour.passed]")
    number = web.town.report(title="VPN drops", type="question")
    clock.move(hours=3)
    web.login("agnes")
    early = f"ruleset=notification&event=hour.passed&rule=old&at={moment(web, 170)}Z"
    assert "did not fire because" in web.get(f"/tickets/{number}/why-not?{early}").text
    late = f"ruleset=notification&event=hour.passed&rule=old&at={moment(web, 60)}Z"
    assert "This rule would have fired." in web.get(f"/tickets/{number}/why-not?{late}").text


@pytest.mark.parametrize("query", [
    "at=x", "at=9999-12-31T23:59", "at=0001-01-01T00:00", "moment=0", "moment=1",
    "at=2026-01-01T00:00&ruleset=%3Cscript%3E&event=%22%3E", "at=", "moment=-1", "moment=x",
    "moment=%D9%A1", "at=2026-02-30T00:00", "at=2026-01-01T00:00%2B99:99",
])  # fmt: skip
def test_odd_moments_are_no_error(web: Any, query: str) -> None:
    number = web.town.report(title="VPN drops")
    page = web.login("agnes").get(f"/tickets/{number}/why-not?{query}")
    assert "<script>" not in page.text
    web.get(f"/tickets/{number}/why-not?moment=99999", status=404)


def test_where_the_release_of_then_is_not_known_that_is_said(web: Any, past: str) -> None:
    from engine.catalogue.rules_drafting import RulesPeriod

    query = f"/tickets/{past}/why-not?ruleset=notification&at={moment(web, 20)}Z"
    later = update(RulesPeriod).values(since=web.town.desk.clock() - timedelta(minutes=1))
    assert "is not known" not in web.login("agnes").get(query).text
    web.town.desk.run(lambda work: work.session.execute(later) and None)
    assert "is not known" in web.get(query).text
    web.town.desk.run(lambda work: work.session.execute(delete(RulesPeriod)) and None)
    assert "There were no rules then" in web.get(query).text


def test_the_past_is_for_who_may_read_the_ticket(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    for who in ("olga", "bruno", "clara"):
        web.login(who).get(f"/tickets/{number}/why-not?moment=1", status="4*")


def test_the_time_is_the_readers(web: Any, past: str) -> None:
    from engine.people.models import Person

    def move(work: Any) -> None:
        query = update(Person).where(Person.login.startswith("agnes")).values(zone="Asia/Tokyo")
        work.session.execute(query)

    web.town.desk.run(move)
    tokyo = web.town.desk.clock() + timedelta(hours=9, minutes=-20)
    page = (
        web.login("agnes")
        .get(f"/tickets/{past}/why-not?ruleset=notification&at={tokyo:%Y-%m-%dT%H:%M}")
        .text
    )
    assert "(4)" in page
    assert f'value="{tokyo:%Y-%m-%dT%H:%M}"' in page
