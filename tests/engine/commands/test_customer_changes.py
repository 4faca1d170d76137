"""What changes about a customer reaches the open tickets, a few in each transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.commands import customer_changes
from engine.commands.consequences import consequences_for
from engine.commands.customer_changes import concerned, facts_changed, tell_ticket
from engine.commands.due import fire_timer
from engine.commands.organisations import change_organisation
from engine.commands.people import change_person
from engine.commands.tickets import close_ticket
from engine.people.models import Organisation
from engine.tickets import queries
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from tests.engine.commands.test_clocks import HOUR, clocks
from tests.town import Town

pytestmark = pytest.mark.both_databases


def company(work: Any, name: str = "Example GmbH") -> Organisation:
    found: Organisation = work.session.query(Organisation).filter_by(name=name).one()
    return found


def organisation(town: Town, **values: Any) -> None:
    town.desk.run(lambda w: change_organisation(w, company(w), values), town.actor("ada"))


def person(town: Town, name: str, **values: Any) -> None:
    town.desk.run(lambda w: change_person(w, town.person(w, name), values), town.actor("ada"))


def told(town: Town, number: str) -> list[tuple[str, str, str, str]]:
    """What the ticket's history says of its customer and of its SLA, the first first."""
    entries = town.see(number, lambda w, t: queries.history(w.session, t))
    what = ("sla", "customer.vip", "customer.organisation")
    return [
        (one.what, one.before, one.after, one.reason)
        for one in reversed(entries) if one.what in what
    ]  # fmt: skip


def sla(town: Town, number: str) -> str:
    return str(town.see(number, lambda w, t: t.sla.name))


def test_an_organisation_that_becomes_a_vip_takes_its_open_tickets_along(
    town: Town, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_changes, "AT_ONCE", 2)
    ours = [town.report(by=name, sla="standard") for name in ("clara", "max", "clara", "clara")]
    theirs, over = town.report(by="sam", sla="standard"), town.report(sla="standard")
    town.do("ada", over, lambda w, t: close_ticket(w, t))
    clock.move(hours=1)
    organisation(town, vip=True)
    assert [sla(town, number) for number in ours] == ["standard"] * 4
    sweep(town.desk, fire_timer)
    assert [sla(town, number) for number in ours] == ["gold"] * 4
    assert clocks(town, ours[3])["first_response"][1] == 0  # an hour of it is over
    assert "customer.vip" not in [one[0] for number in (theirs, over) for one in told(town, number)]
    assert sla(town, over) == "standard"
    assert told(town, ours[0]) == [
        ("customer.vip", "", "Example GmbH", "the customer was changed"),
        ("sla", "standard", "gold", "sla: vip-gold-later"),
    ]
    kinds = town.desk.read(lambda w: [timer.kind for timer in w.session.query(Timer)])
    assert customer_changes.TIMER not in kinds


def test_a_person_who_becomes_a_vip_takes_only_their_own_along(town: Town) -> None:
    mine, colleagues = town.report(sla="standard"), town.report(by="max", sla="standard")
    person(town, "clara", vip=True)
    sweep(town.desk, fire_timer)
    assert (sla(town, mine), sla(town, colleagues)) == ("gold", "standard")


def test_who_was_a_vip_already_hears_nothing_new(town: Town) -> None:
    person(town, "clara", vip=True)
    number = town.report(sla="standard")
    before = told(town, number)
    organisation(town, vip=True)
    sweep(town.desk, fire_timer)
    assert told(town, number) == before


def test_what_rules_do_not_go_by_reaches_nobody(town: Town) -> None:
    number = town.report(sla="standard")
    organisation(town, domain="example.com")
    person(town, "clara", phone="123")
    sweep(town.desk, fire_timer)
    assert told(town, number) == []


def test_another_change_meanwhile_begins_anew_with_both(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_changes, "AT_ONCE", 1)
    numbers = [town.report(sla="standard") for _ in range(2)]
    organisation(town, vip=True)
    sweep(town.desk, fire_timer, limit=1)
    assert [sla(town, number) for number in numbers] == ["gold", "standard"]
    organisation(town, name="Example AG")
    sweep(town.desk, fire_timer)
    assert [sla(town, number) for number in numbers] == ["gold", "gold"]
    assert told(town, numbers[1])[0][:3] == ("customer.vip", "", "Example AG")
    assert told(town, numbers[1])[1][:3] == ("customer.organisation", "Example GmbH", "Example AG")


def test_a_ticket_that_cannot_take_it_holds_no_other_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.commands.follow_up import follow_up
    from engine.errors import Invalid

    numbers = [town.report(sla="standard") for _ in range(2)]

    def fail(work: Any, ticket: Any, *some: Any, **more: Any) -> Any:
        if ticket.number == numbers[0]:
            raise Invalid("This cannot be.")
        return follow_up(work, ticket, *some, **more)

    monkeypatch.setattr(customer_changes, "follow_up", fail)
    organisation(town, vip=True)
    sweep(town.desk, fire_timer)
    assert [sla(town, number) for number in numbers] == ["standard", "gold"]
    entries = town.see(numbers[0], lambda w, t: queries.history(w.session, t))
    assert ("rule problem", "This cannot be.") in [(one.what, one.after) for one in entries]


def test_what_it_would_mean_is_told_and_nothing_of_it_stays(town: Town) -> None:
    number = town.report(sla="standard")
    before = town.see(number, lambda w, t: t.due_at)

    def look(work: Any) -> Any:
        whose = company(work)
        changed = facts_changed(whose, {"vip": False}, {"vip": True})
        return consequences_for(
            work, concerned(whose), lambda w: change_organisation(w, whose, {"vip": True}),
            lambda w, ticket: tell_ticket(w, ticket, whose, changed),
        )  # fmt: skip

    found = town.desk.run(look, town.actor("ada"))
    assert (found.concerned, found.changed) == (1, 1)
    assert (found.nearest[0].before, found.nearest[0].after) == (
        before, before - timedelta(seconds=3 * HOUR)
    )  # fmt: skip
    assert sla(town, number) == "standard"
    assert town.see(number, lambda w, t: t.due_at) == before
    assert told(town, number) == []
    assert town.desk.read(lambda w: company(w).vip) is False
    assert not sweep(town.desk, fire_timer)
