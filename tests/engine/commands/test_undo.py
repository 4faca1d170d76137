"""What one has just done is taken back exactly, by nobody else, never over another one's change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.models import HistoryEntry
from engine.commands.articles import add_note
from engine.commands.pending import set_pending
from engine.commands.reclassify import reclassify
from engine.commands.standing import KINDS, standing_of
from engine.commands.steps import claim, complete_step, hand_over, save_draft, unclaim
from engine.commands.tickets import (
    change_ticket,
    close_ticket,
    link_tickets,
    reopen_ticket,
)
from engine.commands.undo import Remembered, take_back
from engine.errors import Conflict, NotFound
from engine.people.queries import person_by_login
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.work import Work

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "4 high"}


def first(work: Work, ticket: Ticket) -> Any:
    return queries.open_items(work.session, ticket)[0]


def act(town: Any, by: str, number: str, command: Any, what: str = "change") -> str:
    """Do it as somebody and get the key to take it back."""

    def remembered(work: Work, ticket: Ticket) -> str:
        memory = Remembered(work, what)
        with memory.ticket(ticket):
            command(work, ticket)
        return memory.token()

    return str(town.do(by, number, remembered))


def back(town: Any, by: str, token: str) -> Any:
    return town.desk.run(lambda work: take_back(work, token), town.actor(by))


def stands(town: Any, number: str) -> Any:
    """Every row by which the ticket stands, without the counters that only go up."""

    def plain(work: Work, ticket: Ticket) -> Any:
        rows = standing_of(work.session, ticket.id)
        for row in rows["instance"].values():
            row.pop("revision")
        return rows

    return town.see(number, plain)


@pytest.mark.parametrize(
    ("what", "command"),
    [
        ("claim", lambda w, t: claim(w, first(w, t))),
        ("change", lambda w, t: change_ticket(w, t, {"priority": "5 very high", "title": "New"})),
        ("change", lambda w, t: change_ticket(w, t, {"queue": "Network"})),
        ("change", lambda w, t: change_ticket(w, t, {"queue": "Complaints"})),
        ("change", lambda w, t: change_ticket(w, t, {"customer": "sam@example.net"})),
        ("close", close_ticket),
        ("pending", lambda w, t: set_pending(w, t, w.now + timedelta(days=2))),
        ("reclassify", lambda w, t: reclassify(w, t, "question")),
    ],
)
def test_everything_stands_as_before(town, clock, what, command):
    number = town.report()
    before = stands(town, number)
    clock.move(seconds=20)
    token = act(town, "agnes", number, command, what)
    assert stands(town, number) != before
    clock.move(seconds=90)
    assert [ticket.number for ticket in back(town, "agnes", token).tickets] == [number]
    assert stands(town, number) == before


def test_a_claimed_ticket_moved_to_another_team_comes_back_claimed(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: claim(w, first(w, t)))
    before = stands(town, number)
    token = act(town, "agnes", number, lambda w, t: change_ticket(w, t, {"queue": "Complaints"}))
    assert town.see(number, lambda w, t: (t.owner, first(w, t).person)) == (None, None)
    back(town, "agnes", token)
    assert stands(town, number) == before
    who = town.see(number, lambda w, t: (t.owner.login, first(w, t).person.login))
    assert who == ("agnes@example.com", "agnes@example.com")


def test_a_closed_ticket_goes_on_at_its_step_with_what_was_typed(town):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    town.do("agnes", number, lambda w, t: save_draft(w, first(w, t), {"solution": "half a w"}))
    before, steps = stands(town, number), town.steps(number)
    token = act(town, "agnes", number, close_ticket, "close")
    assert town.steps(number) == []
    back(town, "agnes", token)
    assert stands(town, number) == before
    assert town.steps(number) == steps
    assert town.see(number, lambda w, t: first(w, t).draft) == {"solution": "half a w"}


def test_the_revived_process_goes_on_to_its_end(town):
    number = town.report()
    back(town, "agnes", act(town, "agnes", number, close_ticket, "close"))
    town.complete("agnes", number, "triage", TRIAGE)
    assert town.steps(number) == ["work"]


def test_what_was_opened_again_is_closed_again(town):
    number = town.report()
    town.do("agnes", number, close_ticket)
    token = act(town, "agnes", number, reopen_ticket, "reopen")
    assert town.steps(number) != []
    back(town, "agnes", token)
    assert town.steps(number) == []
    assert town.see(number, lambda w, t: t.state.type) == "closed successful"
    query = select(ProcessInstance.status)
    assert set(town.see(number, lambda w, t: list(w.session.scalars(query)))) == {"cancelled"}


def test_a_step_handed_over_comes_back(town):
    number = town.report()

    def to_ada(work: Work, ticket: Ticket) -> None:
        hand_over(work, first(work, ticket), person_by_login(work.session, "ada@example.com"))

    token = act(town, "agnes", number, to_ada, "hand over")
    assert town.see(number, lambda w, t: first(w, t).person.login) == "ada@example.com"
    back(town, "agnes", token)
    assert town.see(number, lambda w, t: first(w, t).person) is None


def test_two_linked_tickets_part_again(town):
    one, two = town.report(), town.report()
    token = act(town, "agnes", one, lambda w, t: link_tickets(w, t, ticket_for(w, two)), "link")
    back(town, "agnes", token)
    assert town.see(one, lambda w, t: w.session.query(KINDS["link"].model).count()) == 0


def test_nobody_else_takes_it_back(town):
    number = town.report()
    token = act(town, "agnes", number, lambda w, t: claim(w, first(w, t)), "claim")
    for who, key in (("ada", token), ("agnes", "made-up"), ("agnes", "")):
        with pytest.raises(NotFound):
            back(town, who, key)


def test_it_can_be_taken_back_once_and_for_two_minutes(town, clock):
    number = town.report()
    token = act(town, "agnes", number, close_ticket, "close")
    clock.move(seconds=121)
    with pytest.raises(Conflict):
        back(town, "agnes", token)
    clock.move(seconds=-60)
    back(town, "agnes", token)
    with pytest.raises(Conflict):
        back(town, "agnes", token)


def test_the_change_of_a_third_person_is_not_overwritten(town):
    number = town.report()
    urgent = {"priority": "5 very high"}
    token = act(town, "agnes", number, lambda w, t: change_ticket(w, t, urgent))
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"title": "Seen by Ada"}))
    with pytest.raises(Conflict, match="Somebody else"):
        back(town, "agnes", token)
    assert town.see(number, lambda w, t: (t.priority.rank, t.title)) == (5, "Seen by Ada")


def test_what_the_desk_has_moved_on_stays(town):
    number = town.report()
    token = act(town, "agnes", number, lambda w, t: claim(w, first(w, t)), "claim")
    town.complete("agnes", number, "triage", TRIAGE)
    with pytest.raises(Conflict, match="moved on"):
        back(town, "agnes", token)


def test_ones_own_further_change_of_something_else_stands_in_nobodys_way(town):
    number = town.report()
    token = act(town, "agnes", number, lambda w, t: change_ticket(w, t, {"priority": "2 low"}))
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"title": "Another"}))
    town.do("agnes", number, lambda w, t: add_note(w, t, "a note"))
    back(town, "agnes", token)
    assert town.see(number, lambda w, t: (t.priority.rank, t.title)) == (3, "Another")


def test_of_several_those_are_taken_back_that_can_be(town):
    numbers = [town.report(), town.report()]

    def close_both(work: Work) -> str:
        memory = Remembered(work, "close")
        for number in numbers:
            ticket = ticket_for(work, number)
            with memory.ticket(ticket):
                close_ticket(work, ticket)
        return memory.token()

    token = town.desk.run(close_both, town.actor("agnes"))
    town.do("ada", numbers[0], reopen_ticket)
    result = back(town, "agnes", token)
    assert [ticket.number for ticket in result.tickets] == [numbers[1]]
    assert [number for number, _ in result.refused] == [numbers[0]]
    assert town.steps(numbers[1]) == ["triage"]


def test_history_says_who_took_what_back(town):
    number = town.report()
    back(town, "agnes", act(town, "agnes", number, close_ticket, "close"))
    query = select(HistoryEntry).where(HistoryEntry.what == "undone")
    entry = town.see(number, lambda w, t: w.session.scalars(query).one())
    assert (entry.actor, entry.after) == ("Agnes Meier", "close")


def test_what_changed_nothing_cannot_be_taken_back(town):
    number = town.report()
    assert act(town, "agnes", number, lambda w, t: change_ticket(w, t, {"title": t.title})) == ""


def test_a_step_given_back_is_ones_own_again(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: claim(w, first(w, t)))
    token = act(town, "agnes", number, lambda w, t: unclaim(w, first(w, t)), "give back")
    back(town, "agnes", token)
    assert town.see(number, lambda w, t: first(w, t).person.login) == "agnes@example.com"
    town.do("agnes", number, lambda w, t: complete_step(w, first(w, t), TRIAGE))
