"""M: what strangers send, and what leaves in our name because of it."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from engine.channels.mail_in import parse_mail
from engine.commands.articles import reply
from engine.commands.intake import deliver as take_in
from engine.commands.structure import FIELDS, create_queue
from engine.commands.tickets import close_ticket
from engine.errors import Invalid
from engine.outbox.models import OutboxRow
from engine.people.models import LoginSession, PasswordLink, Person
from engine.tickets import queries
from engine.tickets.models import Article, Ticket

CLARA = "Clara Huber <clara@example.org>"


def mail(sender=CLARA, subject="VPN drops", text="Every hour.", **headers):
    message = EmailMessage()
    message["From"], message["To"] = sender, headers.pop("to", "desk@example.com")
    message["Subject"], message["Message-ID"] = subject, headers.pop("id", "<one@example.org>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def send(town, raw, **more):
    return take_in(town.desk, parse_mail(raw), **more)


def bounce(original, sender="MAILER-DAEMON@evil.example", subject="Undelivered Mail"):
    return (
        f"From: {sender}\r\nReturn-Path: <>\r\nTo: desk@example.com\r\nSubject: {subject}\r\n"
        f"Message-ID: <bounce@evil.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nbounce-canary\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {original}\r\n"
        f"Subject: x\r\n\r\nhi\r\n--b--\r\n"
    ).encode()


def count(town, kind):
    return town.desk.read(lambda w: w.session.scalar(select(func.count()).select_from(kind)))


def replied(town, number):
    """An agent's reply; returns its sealed Message-ID."""
    return town.do("agnes", number, lambda w, t: reply(w, t, "We look into it.").message_id)


def last(town, number):
    return town.see(number, lambda w, t: queries.articles(w.session, w.actor, t)[-1])


def leaving(town):
    """How much waits to leave; that agents are told of a stranger is meant to be."""
    outside = select(func.count()).select_from(OutboxRow).where(OutboxRow.topic != "notice")
    return town.desk.read(lambda w: w.session.scalar(outside))


def standing(town, number):
    """What a stranger must not be able to move: state, steps, what waits to leave us."""
    state = town.see(number, lambda w, t: (t.state.name, t.queue.name, t.priority.rank))
    return state, town.steps(number), leaving(town)


def read_by(town, who, number):
    actor = town.actor(who)

    def bodies(work):
        ticket = work.session.scalars(select(Ticket).where(Ticket.number == number)).one()
        return [a.body for a in queries.articles(work.session, work.actor, ticket)]

    return " ".join(town.desk.read(bodies, actor))


def ask_back(town):
    """A ticket that waits for its customer; returns number and the id of the question's mail."""
    number = town.report()
    answers = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", number, "triage", answers)
    town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which client?"})
    sent = select(Article.message_id).where(Article.direction == "out").order_by(Article.id.desc())
    return number, town.see(number, lambda w, t: w.session.scalars(sent).first())


@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_m8_a_stranger_who_names_our_mail_moves_and_shows_nothing(town, header):
    number, sent = ask_back(town)
    before = standing(town, number)
    raw = mail("Eve <eve@evil.example>", "Re", "stranger-canary", id="<e@x>", **{header: sent})
    assert send(town, raw).ticket == number
    assert standing(town, number) == before
    assert last(town, number).verified is False
    assert "stranger-canary" not in read_by(town, "clara", number)


def test_m8_a_stranger_gets_no_access_and_no_answer(town):
    number = town.report()
    before = leaving(town)
    send(town, mail("Eve <eve@evil.example>", f"[Ticket#{number}]", "let me in", id="<e@x>"))
    assert leaving(town) == before
    assert count(town, PasswordLink) == count(town, LoginSession) == 0
    known = town.desk.read(
        lambda w: w.session.scalar(select(Person.id).where(Person.login == "eve@evil.example"))
    )
    assert known is None


def test_m8_a_stranger_opens_no_closed_ticket(town):
    number = town.report()
    sent = replied(town, number)
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    send(town, mail("Eve <eve@evil.example>", "Re", "wake up", id="<e@x>", In_Reply_To=sent))
    assert town.see(number, lambda w, t: t.state.ended) is True


@pytest.mark.parametrize("known", [True, False])
def test_m8_a_forged_bounce_moves_and_shows_nothing(town, known):
    number, sent = ask_back(town)
    before = standing(town, number)
    subject = "Undelivered" if known else f"Undelivered [Ticket#{number}]"
    receipt = send(town, bounce(sent if known else "<no-such@evil.example>", subject=subject))
    assert receipt.ticket == number
    assert standing(town, number) == before
    arrived = last(town, number)
    assert (arrived.visible, arrived.verified) == (False, known)
    assert "bounce-canary" not in read_by(town, "clara", number)


def test_m8_a_bounce_that_names_a_mail_to_us_is_no_bounce_of_ours(town):
    number = send(town, mail(id="<theirs@example.org>")).ticket
    send(town, bounce("<theirs@example.org>"))
    assert last(town, number).verified is False


def test_m8_nobody_makes_anothers_mail_vanish_by_using_its_id_before(town):
    send(town, mail("Eve <eve@evil.example>", "first", id="<stolen@example.org>"))
    receipt = send(town, mail(subject="the real one", id="<stolen@example.org>"))
    assert receipt.outcome == "created"
    again = send(town, mail(subject="the real one", id="<stolen@example.org>"))
    assert (again.outcome, again.ticket) == ("duplicate", receipt.ticket)


def test_m8_who_forges_the_customer_learns_nothing_because_answers_go_to_the_customer(
    town, posted, deliver
):
    raw = mail(subject="What is my password?", Reply_To="eve@evil.example", Cc="eve@evil.example")
    number = send(town, raw).ticket
    town.do("ada", number, lambda w, t: reply(w, t, "Your answer.") and None)
    deliver()
    assert posted.messages
    assert {r for one in posted.messages for r in one.recipients} <= {
        "clara@example.org", "agnes@example.com", "ada@example.com",
    }  # fmt: skip
    assert all("evil" not in one.raw.decode() for one in posted.messages)


def test_m9_a_mail_in_our_own_name_starts_no_loop(town, posted, deliver):
    send(town, mail("Desk <desk@example.com>", "hello", id="<self@evil.example>"))
    for _ in range(5):
        deliver()
        for one in list(posted.messages):
            send(town, one.raw)
    assert count(town, Ticket) == 1
    assert len(posted.messages) <= 1


def test_m9_refusals_after_the_end_are_bounded_like_every_automatic_answer(town, posted, deliver):
    town.desk.settings = replace(town.desk.settings, auto_replies_per_day=3)
    number = town.report()
    sent = replied(town, number)
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    town.desk.run(
        lambda w: setattr(w.session.scalars(select(Ticket)).one().queue, "follow_up", "reject")
    )
    deliver()
    for n in range(8):
        send(town, mail(subject="Out of office", id=f"<ooo{n}@x>", In_Reply_To=sent))
        deliver()
    automatic = [m for m in posted.messages if m.message["Auto-Submitted"]]
    assert len([m for m in automatic if "clara@example.org" in m.recipients]) == 3


def test_m9_acknowledgements_of_mails_are_bounded(town, posted, deliver):
    town.desk.settings = replace(town.desk.settings, auto_replies_per_day=3)
    for n in range(6):
        send(town, mail(subject=f"Request {n}", id=f"<r{n}@x>"))
        deliver()
    assert len([m for m in posted.messages if "clara@example.org" in m.recipients]) == 3


def test_m10_five_hundred_recipients_make_one_contact(town):
    before = count(town, Person)
    many = ", ".join(f"u{n}@unknown{n}.example" for n in range(500))
    receipt = send(town, mail("New <new@else.example>", "to all", to=many))
    assert count(town, Person) == before + 1
    kept = town.see(receipt.ticket, lambda w, t: w.session.scalars(select(Article)).first())
    assert len(kept.recipients) <= 100


NAMES = (
    '"a@b.example, c@evil.example" <x@evil.example>',
    "Clara\r\nBcc: victim@evil.example\r\n\r\nbody",
    "<script>, victim@evil.example;",
    "=?utf-8?q?x=0D=0ABcc:_victim@evil.example?=",
)


@pytest.mark.parametrize("name", NAMES)
def test_m3_m4_names_and_titles_add_neither_header_nor_recipient(town, posted, deliver, name):
    number = town.report(title=name, queue="Service Desk")

    def rename(work):
        town.person(work, "clara").name = name[:200]

    town.desk.run(rename)
    town.do("agnes", number, lambda w, t: reply(w, t, "Yes.") and None)
    deliver()
    out = [m for m in posted.messages if "clara@example.org" in m.recipients]
    assert out
    for one in out:
        assert one.recipients == ("clara@example.org",)
        assert one.message["Bcc"] is None
        assert not one.message.defects
        assert len(one.message.get_all("To", [])) == 1


@pytest.mark.parametrize("name", ["Desk\r\nBcc: v@evil.example", "a\x00b", "x::y", " "])
def test_m3_a_queue_cannot_be_called_so_that_it_is_a_header(town, name):
    values = dict.fromkeys(FIELDS, "") | {"name": name, "group": "hr", "follow_up": "possible"}
    if "\r" in name:  # line ends become blanks before anything is looked at
        made = town.desk.run(lambda w: create_queue(w, values).name, town.actor("ada"))
        assert made == "Desk Bcc: v@evil.example"
        return
    with pytest.raises(Invalid):
        town.desk.run(lambda w: create_queue(w, values) and None, town.actor("ada"))


def test_who_has_been_put_away_gets_no_automatic_mail(town, posted, deliver):
    number = town.report(queue="Service Desk")
    deliver()
    sent = len([m for m in posted.messages if "clara@example.org" in m.recipients])
    town.desk.run(lambda w: setattr(town.person(w, "clara"), "active", False))
    from engine.commands.notices import tell_customer

    town.do("agnes", number, lambda w, t: tell_customer(w, t, "closed") and None)
    deliver()
    assert len([m for m in posted.messages if "clara@example.org" in m.recipients]) == sent == 1
