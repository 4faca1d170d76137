"""Who may move what by mail: machines nothing, others than the customer are told to the agents."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.commands.articles import forward
from engine.commands.notices import tell_customer
from engine.commands.people import make_password_link
from engine.commands.tickets import change_ticket, close_ticket
from engine.mail_door import take
from engine.notify.models import Notification
from engine.outbox.drain import drain
from engine.outbox.handlers import handlers
from engine.tickets import queries
from engine.tickets.models import Article, Ticket, TicketLink
from tests.engine.commands.test_intake import mail, replied


def notices(town):
    """Kind, reader and payload of all notices, in order."""
    query = select(Notification).order_by(Notification.id)
    return town.desk.read(
        lambda w: [(row.kind, row.person.login, row.payload) for row in w.session.scalars(query)]
    )


def told(town):
    """(template, name) of every notice to somebody."""
    return {(kind, login.split("@")[0]) for kind, login, _ in notices(town)}


def waiting_for_customer(town):
    """A ticket that waits for Clara, and the Message-ID of the question to her."""
    number = town.report()
    place = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", number, "triage", place)
    town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which client?"})
    return number, replied(town, number)


def last(town, number):
    return town.see(number, lambda w, t: queries.articles(w.session, w.actor, t)[-1])


def tickets(town):
    return town.desk.read(
        lambda w: list(w.session.scalars(select(Ticket.number).order_by(Ticket.id)))
    )


MACHINES = [
    {"Auto_Submitted": "auto-replied"},
    {"Precedence": "bulk"},
    {"X_Autoreply": "yes"},
    {"Return_Path": "<>"},
]


@pytest.mark.by_turns
@pytest.mark.parametrize("headers", MACHINES)
def test_an_out_of_office_note_is_no_answer(town, headers):
    number, asked = waiting_for_customer(town)
    before = town.steps(number)
    raw = mail(subject="Away", id="<away@x>", In_Reply_To=asked, text="Back on Monday", **headers)
    receipt = take(town.desk, raw)
    assert (receipt.outcome, receipt.ticket) == ("follow_up", number)
    assert "automatic" in receipt.reason
    assert town.steps(number) == before
    assert last(town, number).automatic is True
    assert not any(template == "customer_wrote" for template, _ in told(town))


def test_an_out_of_office_note_opens_no_closed_ticket(town):
    number = town.report()
    own = replied(town, number)
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    raw = mail(subject="Away", id="<away@x>", In_Reply_To=own, Auto_Submitted="auto-replied")
    assert take(town.desk, raw).ticket == number
    assert town.see(number, lambda w, t: t.state.ended) is True
    assert tickets(town) == [number]


def test_what_comes_through_a_list_was_written_by_a_person(town):
    number, asked = waiting_for_customer(town)
    take(town.desk, mail(id="<l@x>", In_Reply_To=asked, List_Id="<all.example.org>", text="2.1"))
    assert town.steps(number) == ["work"]
    assert last(town, number).automatic is False


def test_a_list_gets_no_acknowledgement_whatever_the_rules_say(town):
    receipt = take(town.desk, mail(id="<l@x>", List_Id="<all.example.org>", text="My VPN drops."))
    said = town.see(receipt.ticket, lambda w, t: queries.articles(w.session, w.actor, t))
    assert [(a.direction, a.automatic) for a in said] == [("in", False)]
    town.do("agnes", receipt.ticket, lambda w, t: tell_customer(w, t, "closed") and None)
    drain(town.desk, handlers(make_password_link))
    held = last(town, receipt.ticket)
    assert (held.delivery, "mailing list" in held.problem) == ("", True)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("vendor@maker.example", "from a participant"),
        ("eve@evil.example", "from a stranger"),
        ("bruno@example.com", "from an agent"),
    ],
)
def test_the_owner_hears_of_everybody_else(town, sender, reason):
    number = town.report()
    replied(town, number)
    town.do("agnes", number, lambda w, t: forward(w, t, "vendor@maker.example", "Please look."))
    receipt = take(town.desk, mail(sender, f"Re: [Ticket#{number}]", id="<v@x>"))
    assert (receipt.ticket, receipt.reason) == (number, reason)
    assert ("others_wrote", "agnes") in told(town)


def test_without_an_owner_the_queue_hears(town):
    number = town.report()
    take(town.desk, mail("eve@evil.example", f"[Ticket#{number}]", id="<v@x>"))
    assert {("others_wrote", "agnes"), ("others_wrote", "ada")} <= told(town)


def test_an_owner_is_not_told_of_the_own_mail(town):
    number = town.report()
    replied(town, number)
    take(town.desk, mail("agnes@example.com", f"[Ticket#{number}]", id="<a@x>"))
    assert not any(template == "others_wrote" for template, _ in told(town))


@pytest.mark.parametrize(
    "sender", ["vendor@maker.example", "eve@evil.example", "bruno@example.com"]
)
def test_whoever_else_writes_after_the_end_gets_a_ticket_that_somebody_sees(town, sender):
    number = town.report()
    town.do("agnes", number, lambda w, t: forward(w, t, "vendor@maker.example", "Please look."))
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    receipt = take(town.desk, mail(sender, f"Re: [Ticket#{number}]", id="<v@x>", text="A secret"))
    assert receipt.outcome == "created"
    assert number in receipt.reason
    assert town.steps(receipt.ticket) == ["triage"]
    assert town.see(number, lambda w, t: t.state.ended) is True
    links = town.desk.read(lambda w: [one.kind for one in w.session.scalars(select(TicketLink))])
    assert links == ["follows"]
    seen = town.desk.read(
        lambda w: queries.articles(w.session, w.actor, w.session.scalar(
            select(Ticket).where(Ticket.number == number)
        )),
        town.actor("clara"),
    )  # fmt: skip
    assert not any("A secret" in article.body for article in seen)


def test_an_answer_to_a_removed_ticket_is_a_new_one(town):
    number = town.report()
    own = replied(town, number)
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"state": "removed"}))
    receipt = take(town.desk, mail(id="<late@x>", In_Reply_To=own))
    assert receipt.outcome == "created"
    assert receipt.ticket != number


def test_in_reply_to_comes_before_references(town):
    first, second = town.report(title="VPN one"), town.report(title="VPN two")
    a, b = replied(town, first), replied(town, second)
    raw = mail(subject="Re:", id="<r@x>", In_Reply_To=a, References=f"{b} {a}")
    assert take(town.desk, raw).ticket == first
    raw = mail(subject="Re:", id="<s@x>", In_Reply_To="<gone@x>", References=f"{a} {b} <gone@x>")
    assert take(town.desk, raw).ticket == second


def test_an_answer_to_a_notice_finds_its_ticket_by_the_seal(town):
    number = town.report()
    replied(town, number)
    take(town.desk, mail("eve@evil.example", f"[Ticket#{number}]", id="<v@x>"))
    notice = notices(town)[-1][2]["message_id"]
    receipt = take(town.desk, mail("agnes@example.com", "Re: no number", In_Reply_To=notice))
    assert (receipt.outcome, receipt.ticket) == ("follow_up", number)
    forged = notice.replace(f".{number}.", f".{number[:-1]}9.")
    other = mail("agnes@example.com", "Re: no number", In_Reply_To=forged, id="<f@x>")
    assert take(town.desk, other).outcome == "created"


def test_a_notice_that_comes_back_starts_no_round(town):
    number = town.report()
    replied(town, number)
    take(town.desk, mail("eve@evil.example", f"[Ticket#{number}]", id="<v@x>"))
    before = notices(town)
    raw = mail(
        "MAILER-DAEMON@example.com", "Undelivered", id="<b@x>", Return_Path="<>",
        X_Failed_Recipients="agnes@example.com", text=f"Message-ID: {before[-1][2]['message_id']}",
    )  # fmt: skip
    assert take(town.desk, raw).ticket == number
    assert notices(town) == before


@pytest.mark.parametrize(
    ("failed", "template"),
    [("clara@example.org", "delivery_failed"), ("other@example.org", "came_back")],
)
def test_a_reply_that_comes_back_is_told_once(town, failed, template):
    number = town.report()
    own = replied(town, number)
    raw = mail(
        "MAILER-DAEMON@example.org", "Undelivered", id="<b@x>", Return_Path="<>",
        X_Failed_Recipients=failed, text=f"Message-ID: {own}",
    )  # fmt: skip
    take(town.desk, raw)
    assert [kind for kind, _, _ in notices(town)] == [template]


def test_a_form_writes_for_whom_it_names(town):
    raw = mail("Form <noreply@shop.example>", Reply_To="Sam Carter <sam@example.net>")
    receipt = take(town.desk, raw)
    login = town.see(receipt.ticket, lambda w, t: t.customer.login)
    article = town.see(receipt.ticket, lambda w, t: queries.articles(w.session, w.actor, t)[0])
    assert (login, article.sender) == ("sam@example.net", "Sam Carter")
    sent = town.desk.read(
        lambda w: w.session.scalar(select(Article).where(Article.direction == "out"))
    )
    assert sent.recipients == ["sam@example.net"]


def test_a_person_who_wants_answers_elsewhere_stays_who_they_are(town):
    receipt = take(town.desk, mail(Reply_To="sam@example.net"))
    assert town.see(receipt.ticket, lambda w, t: t.customer.login) == "clara@example.org"


def test_where_answers_are_wanted_proves_nobody(town):
    number = town.report()
    raw = mail("noreply@evil.example", f"[Ticket#{number}]", Reply_To="clara@example.org")
    assert take(town.desk, raw).reason == "from a stranger"
    assert last(town, number).verified is False
