"""Customers without a mail address hear us, and who cannot be written to is called."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from engine.channels.fax import from_bytes
from engine.channels.sms import parse_webhook
from engine.commands.articles import answered_by_phone
from engine.commands.contacts import new_contact
from engine.commands.due import fire_timer
from engine.commands.intake import Receipt, deliver
from engine.commands.tickets import NewTicket, change_ticket, close_ticket, create_ticket
from engine.errors import Invalid, NotAllowed, NotFound
from engine.notify.models import Notification
from engine.outbox.models import OutboxRow
from engine.tickets import queries
from engine.tickets.models import Article, Ticket
from engine.timers.sweep import sweep
from tests.town import Town

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
ASK = {"work_result": "ask", "message": "Which client do you use?"}
MOBILE = "+491605550001"


def text(town: Town, key: str, body: str, sender: str = MOBILE) -> Receipt:
    raw = json.dumps({"id": key, "from": sender, "to": "+49301", "text": body}).encode()
    return deliver(town.desk, parse_webhook(raw))


def ask(town: Town, number: str) -> None:
    town.complete("agnes", number, "triage", TRIAGE)
    town.complete("agnes", number, "work", ASK)


def out(town: Town, number: str) -> list[Article]:
    """What we said to the customer, oldest first."""
    return town.see(
        number,
        lambda w, t: [
            a for a in queries.articles(w.session, w.actor, t) if a.direction == "out" and a.visible
        ],
    )


def waiting(town: Town, topic: str) -> int:
    rows = select(OutboxRow.id).where(OutboxRow.topic == topic, OutboxRow.status == "waiting")
    return len(town.desk.read(lambda w: w.session.scalars(rows).all()))


def called(town: Town) -> str:
    """A ticket of somebody who has only a telephone."""

    def command(work):
        caller = new_contact(work, name="Nora", number="0711 123456", channel="phone")
        new = NewTicket(
            title="Screen is black", body="Since noon.", channel="phone", customer=caller,
            queue="Service Desk", type="incident",
        )  # fmt: skip
        return create_ticket(work, new).number

    return town.desk.run(command, town.actor("agnes"))


def test_who_wrote_an_sms_is_acknowledged_and_asked_by_sms(town: Town) -> None:
    number = text(town, "1", "My VPN drops all the time, please help.").ticket or ""
    assert [(a.channel, a.recipients) for a in out(town, number)] == [("sms", [MOBILE])]
    ask(town, number)
    asked = out(town, number)[-1]
    assert (asked.channel, asked.recipients, asked.delivery) == ("sms", [MOBILE], "waiting")
    assert "Which client" in asked.body
    assert waiting(town, "sms") >= 2


def test_a_notice_by_sms_is_short_and_names_the_number(town: Town) -> None:
    number = text(town, "1", "My VPN drops all the time, and " + "please help " * 20).ticket or ""
    (said,) = out(town, number)
    assert said.body.startswith("We have received your request: My VPN drops all the time")
    assert said.body.endswith(f"[Ticket#{number}]")
    assert len(said.body) <= 160


def test_who_can_log_in_gets_the_page_by_sms(town: Town) -> None:
    def command(work):
        person = new_contact(work, name="Nora", number=MOBILE, channel="sms")
        person.password_hash = "some"

    town.desk.run(command)
    number = text(town, "1", "My VPN drops all the time").ticket or ""
    (said,) = out(town, number)
    assert said.body.splitlines()[1].endswith(f"/requests/{number}")
    assert said.body.count(number) == 2


def test_an_sms_that_names_a_number_of_the_desk_before_finds_its_ticket(town: Town) -> None:
    settings = replace(town.desk.settings, former_hooks="Case#", former_system_ids="33")
    town.desk.settings = settings
    number = town.report()
    old = "2019010133000017"
    change = update(Ticket).where(Ticket.number == number).values(number=old)
    town.desk.run(lambda w: w.session.execute(change) and None)
    assert text(town, "1", f"About Case#{old}: it is back", "+491701234567").ticket == old


def test_who_sent_a_fax_is_answered_by_fax(town: Town) -> None:
    receipt = deliver(town.desk, from_bytes("+4971199", b"%PDF-1.4 /Type /Page %%EOF"))
    ask(town, receipt.ticket or "")
    assert {(a.channel, *a.recipients) for a in out(town, receipt.ticket or "")} == {
        ("fax", "+4971199")
    }


@pytest.mark.by_turns
@pytest.mark.parametrize("odd", ["fax\udcff.tif", "a\x00b", "\ud800"])
def test_a_fax_whose_name_is_no_text_comes_in(town: Town, odd: str) -> None:
    pdf = b"%PDF-1.4 /Type /Page %%EOF"
    assert deliver(town.desk, from_bytes("+4971199", pdf, name=odd)).outcome == "created"
    assert deliver(town.desk, from_bytes(odd, pdf + b" ", name="a.pdf")).outcome == "created"


def test_who_can_only_be_called_is_marked_and_the_agent_told_at_once(town: Town) -> None:
    number = called(town)
    town.complete("agnes", number, "triage", TRIAGE | {"queue": "Service Desk"})
    left = town.do("agnes", number, lambda w, t: _finish(w, t, ASK))
    assert "call" in left
    asked = out(town, number)[-1]
    assert (asked.channel, asked.delivery, asked.body) == ("phone", "failed", ASK["message"])
    assert "call" in asked.problem


def test_a_reminder_that_cannot_be_sent_reaches_the_owner(town: Town, clock) -> None:
    number = called(town)
    ask_ = {"queue": "Service Desk", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", number, "triage", ask_)
    town.complete("agnes", number, "work", ASK)
    clock.move(days=3, minutes=1)
    sweep(town.desk, fire_timer)
    told = town.desk.read(lambda w: w.session.scalars(select(Notification.kind)).all())
    assert "call_customer" in told


@pytest.mark.parametrize("by_sms", [True, False])
def test_asking_is_a_first_response(town: Town, by_sms: bool) -> None:
    number = text(town, "1", "My VPN drops, please help.").ticket if by_sms else called(town)
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"sla": "standard"}) and None)
    town.complete("agnes", number, "triage", TRIAGE | {"queue": "Service Desk"})
    town.complete("agnes", number, "work", ASK)
    clocks = town.see(number, lambda w, t: {c.kind: c for c in queries.clocks(w.session, t)})
    assert clocks["first_response"].stopped_at is not None


def test_an_answer_by_sms_goes_on_with_the_ticket(town: Town) -> None:
    number = text(town, "1", "My VPN drops all the time, please help.").ticket or ""
    ask(town, number)
    answer = text(town, "2", "The blue one, version 2.1")
    assert (answer.outcome, answer.ticket) == ("follow_up", number)
    assert town.steps(number) == ["work"]


def test_where_two_tickets_could_be_meant_it_is_a_new_one_unless_a_number_says(town: Town) -> None:
    first = text(town, "1", "My VPN drops all the time, please help.").ticket or ""
    second = town.see(first, lambda w, t: t.customer_id)

    def another(work):
        from engine.people.models import Person

        person = work.session.get_one(Person, second)
        new = NewTicket(title="Mouse", body="Broken", channel="sms", customer=person)
        return create_ticket(work, new).number

    other = town.desk.run(another)
    third = text(town, "2", "It is still broken!")
    assert third.outcome == "created"
    assert third.ticket not in (first, other)
    assert text(town, "3", f"About {first}: works again").ticket == first
    assert text(town, "4", f"Works too [Ticket#{other}]").ticket == other


def test_a_bare_number_gives_a_stranger_nothing(town: Town) -> None:
    first = text(town, "1", "My VPN drops all the time, please help.").ticket or ""
    receipt = text(town, "2", f"Let me in: {first}", "+491609999999")
    assert receipt.outcome == "created"
    assert receipt.ticket != first


def test_an_sms_to_an_ended_ticket_without_number_is_a_new_one(town: Town) -> None:
    first = text(town, "1", "My VPN drops all the time, please help.").ticket or ""
    town.do("agnes", first, lambda w, t: close_ticket(w, t))
    assert text(town, "2", "Now the printer is on fire").outcome == "created"


def test_what_the_customer_says_by_telephone_moves_the_process(town: Town) -> None:
    number = called(town)
    town.complete("agnes", number, "triage", TRIAGE | {"queue": "Service Desk"})
    town.complete("agnes", number, "work", ASK)
    assert town.steps(number) == []
    town.do("agnes", number, lambda w, t: answered_by_phone(w, t, "The blue one") and None)
    assert town.steps(number) == ["work"]
    last = town.see(
        number, lambda w, t: [a for a in queries.articles(w.session, w.actor, t) if a.visible][-1]
    )
    assert (last.channel, last.direction, last.sender) == ("phone", "in", "Nora")
    history = town.see(number, lambda w, t: queries.history(w.session, t))
    assert "Agnes Meier" in {h.actor for h in history if str(last.id) in h.after}


def test_who_calls_about_an_ended_ticket_opens_it_again(town: Town) -> None:
    number = town.report()
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    town.do("agnes", number, lambda w, t: answered_by_phone(w, t, "It is back") and None)
    assert town.see(number, lambda w, t: t.state.ended) is False
    assert town.steps(number)
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    with pytest.raises(Invalid):  # nothing said opens nothing
        town.do("agnes", number, lambda w, t: answered_by_phone(w, t, " "))
    assert town.see(number, lambda w, t: t.state.ended) is True


def test_only_who_may_reply_writes_an_answer_down(town: Town) -> None:
    number = town.report()
    for who, error in (("bruno", NotFound), ("clara", NotAllowed)):
        with pytest.raises(error):
            town.do(who, number, lambda w, t: answered_by_phone(w, t, "x"))
    with pytest.raises(Invalid):
        town.do("agnes", number, lambda w, t: answered_by_phone(w, t, " "))


def _finish(work, ticket, answers):
    from engine.commands.steps import complete_step

    return complete_step(work, queries.open_items(work.session, ticket)[0], answers)
