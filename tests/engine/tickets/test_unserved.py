"""Steps that nobody is there to do are found, with the reason; the ticket has not stopped."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from engine.people.models import Membership, Person
from engine.tickets.flow import WorkItem
from engine.tickets.unserved import unserved


def found(town, key="incident"):
    return [
        (u.step_id, u.why, u.name, u.count)
        for u in town.desk.read(lambda w: unserved(w.session, key))
    ]


def test_where_people_are_nothing_is_found(town):
    town.report()
    assert found(town) == []


def test_a_queue_whose_group_has_nobody_left(town):
    town.report()
    town.report()
    town.desk.run(lambda w: w.session.execute(delete(Membership)) and None)
    assert [(one[1], one[3]) for one in found(town)] == [("queue", 2)]


def test_a_person_who_has_left(town):
    number = town.report()
    triage = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", number, "triage", triage)
    gone = update(Person).where(Person.login.startswith("agnes")).values(active=False)
    town.desk.run(lambda w: w.session.execute(gone) and None)
    assert [one[:2] for one in found(town)] == [("work", "person")]


def test_a_lane_that_led_nowhere_is_told_with_its_words(town, monkeypatch):
    from engine.workflow.waiting import OpenTask

    monkeypatch.setattr(OpenTask, "meant", lambda self: (["group:nowhere"], ""))
    number = town.report()
    (one,) = town.desk.read(lambda w: unserved(w.session, "incident"))
    assert (one.why, one.count) == ("lane", 1)
    assert "nobody found" in one.problem
    assert town.steps(number) == ["triage"]  # somebody has it, all the same
    assert found(town, "question") == []


@pytest.mark.parametrize("role", ["owner", "nobody of this name"])
def test_a_role_is_asked_for(town, role):
    town.report()
    to_role = update(WorkItem).values(kind="role", role=role)
    town.desk.run(lambda w: w.session.execute(to_role) and None)
    expected = [] if role == "owner" else [("triage", "role", role, 1)]
    assert found(town) == expected
