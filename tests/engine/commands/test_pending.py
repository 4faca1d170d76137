"""Laid aside is an overlay: it ends by its date, by the customer or by work, and wholly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.commands.articles import add_note, customer_answer
from engine.commands.due import fire_timer
from engine.commands.pending import set_pending
from engine.commands.processes import send_message
from engine.commands.tickets import change_ticket, close_ticket, reopen_ticket
from engine.errors import Invalid
from engine.mail_door import take
from engine.notify.models import Notification
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from tests.engine.commands.test_intake import mail

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


def lay_aside(town, number, by="agnes", days=2, state="pending reminder"):
    until = town.desk.clock() + timedelta(days=days)
    town.do(by, number, lambda w, t: set_pending(w, t, until, state))


def days_pass(town, clock, days):
    clock.move(days=days, seconds=1)
    sweep(town.desk, fire_timer)


def state(town, number):
    return town.see(number, lambda w, t: (t.state.name, t.pending_until))


def pending_timers(town):
    query = select(Timer.due_at).where(Timer.kind == "pending")
    return town.desk.read(lambda w: list(w.session.scalars(query)))


def worked(town):
    number = town.report()
    town.complete("agnes", number, "triage", TRIAGE)
    return number


@pytest.mark.parametrize("header", [{"List_Id": "<all.example.org>"}, {"Precedence": "list"}])
def test_a_person_who_writes_through_a_list_ends_the_waiting_too(town, header):
    number = worked(town)
    lay_aside(town, number)
    take(town.desk, mail(subject=f"Re: [Ticket#{number}]", text="Still broken.", **header))
    assert state(town, number) == ("open", None)
    assert pending_timers(town) == []


def test_an_answer_of_the_customer_ends_the_waiting_to_close(town, clock):
    number = worked(town)
    lay_aside(town, number, state="pending auto close")
    town.do("clara", number, lambda w, t: customer_answer(w, t, "It is not gone."))
    assert state(town, number) == ("open", None)
    assert pending_timers(town) == []
    days_pass(town, clock, 3)
    assert state(town, number)[0] == "open"
    assert town.steps(number) == ["work"]


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("pending auto close", "closed successful"),
        ("pending auto close-", "closed unsuccessful"),
    ],
)
def test_what_waits_to_be_closed_closes_by_its_name(town, clock, name, end):
    number = worked(town)
    lay_aside(town, number, state=name)
    days_pass(town, clock, 3)
    assert state(town, number) == (end, None)
    assert town.steps(number) == []


@pytest.mark.parametrize(
    ("result", "waits"), [("solved", "resolved"), ("ask", "waiting for customer")]
)
def test_a_step_that_is_done_takes_the_ticket_up_again(town, clock, result, waits):
    number = worked(town)
    lay_aside(town, number)
    town.complete("agnes", number, "work", {"work_result": result, "message": "Please look."})
    assert state(town, number) == (waits, None)
    steps = town.steps(number)
    days_pass(town, clock, 2)
    assert state(town, number) == (waits, None)
    assert town.steps(number) == steps


def test_the_end_of_the_waiting_gives_back_the_state_of_the_step(town, clock):
    number = worked(town)
    answers = {"work_result": "ask", "message": "Which screen?"}
    town.complete("agnes", number, "work", answers)
    lay_aside(town, number, days=1)
    assert state(town, number)[0] == "pending reminder"
    days_pass(town, clock, 1)
    assert state(town, number) == ("waiting for customer", None)


def test_a_message_to_the_process_leaves_a_ticket_laid_aside(town):
    number = worked(town)
    lay_aside(town, number)
    town.do("agnes", number, lambda w, t: send_message(w, t, "clock_breached"))
    assert state(town, number)[0] == "pending reminder"
    town.do("agnes", number, lambda w, t: add_note(w, t, "Ordered."))
    assert state(town, number)[0] == "pending reminder"


@pytest.mark.parametrize(
    "leave",
    [
        lambda w, t: change_ticket(w, t, {"state": "open"}),
        lambda w, t: close_ticket(w, t),
        lambda w, t: reopen_ticket(w, t),
    ],
    ids=["changed by hand", "closed", "opened again"],
)
def test_leaving_the_state_in_any_way_forgets_the_date(town, leave):
    number = worked(town)
    lay_aside(town, number)
    town.do("agnes", number, leave)
    assert state(town, number)[1] is None
    assert state(town, number)[0] != "pending reminder"
    assert pending_timers(town) == []


@pytest.mark.parametrize("name", ["pending reminder", "pending auto close", "pending auto close-"])
def test_nothing_is_laid_aside_without_a_date(town, name):
    number = worked(town)
    with pytest.raises(Invalid, match="until when"):
        town.do("agnes", number, lambda w, t: change_ticket(w, t, {"state": name}))
    assert state(town, number) == ("open", None)
    lay_aside(town, number)
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"state": "pending reminder"}))
    assert state(town, number)[1] is not None  # what a form sends back unchanged


def test_a_ticket_that_has_ended_cannot_be_laid_aside(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    with pytest.raises(Invalid, match="has ended"):
        lay_aside(town, number)


@pytest.mark.parametrize("owned", [True, False])
def test_a_reminder_reaches_the_owner_or_else_the_queue(town, clock, owned):
    number = town.report()
    if owned:
        town.complete("agnes", number, "triage", TRIAGE)
    lay_aside(town, number, by="ada")
    days_pass(town, clock, 2)

    def reminded(work):
        rows = work.session.scalars(
            select(Notification).where(Notification.kind == "pending_reminder")
        )
        return sorted(one.person.login.partition("@")[0] for one in rows)

    assert town.desk.read(reminded) == (["agnes"] if owned else ["ada", "agnes"])
