"""Messages become tickets or answers, each exactly once, and strangers see and steer nothing."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy import func, select

from engine.channels.limits import Limits
from engine.channels.mail_in import parse_mail
from engine.commands.articles import NewFile, forward, reply
from engine.commands.intake import deliver
from engine.commands.tickets import close_ticket
from engine.errors import Invalid
from engine.mail_door import take
from engine.notify.models import Notification
from engine.outbox.models import OutboxRow
from engine.tickets import queries
from engine.tickets.models import Article, InboundMessage, Ticket


def mail(
    sender="Clara Huber <clara@example.org>", subject="VPN drops", text="Every hour.", **headers
):
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "desk@example.com"
    message["Subject"] = subject
    message["Message-ID"] = headers.pop("id", "<one@example.org>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def send(town, raw, **more):
    return deliver(town.desk, parse_mail(raw), **more)


def count(town, kind):
    return town.desk.read(lambda w: w.session.scalar(select(func.count()).select_from(kind)))


def files(town, receipt):
    """Names and bytes of what is attached to the first article of a ticket."""
    digests = town.see(
        receipt.ticket,
        lambda w, t: {
            f.name: f.digest for f in queries.articles(w.session, w.actor, t)[0].attachments
        },
    )
    return {name: town.desk.files.get(digest) for name, digest in digests.items()}


def replied(town, number):
    """An agent's reply on the ticket; returns its Message-ID."""
    return town.do("agnes", number, lambda w, t: reply(w, t, "We look into it.").message_id)


def test_a_mail_becomes_a_ticket_of_its_sender_and_is_acknowledged(town):
    receipt = send(town, mail())
    assert receipt.outcome == "created"
    assert receipt.ticket
    ticket = town.see(receipt.ticket, lambda w, t: (t.customer.login, t.channel, t.queue.name))
    assert ticket == ("clara@example.org", "email", "Network::VPN")
    topics = town.desk.read(lambda w: w.session.scalars(select(OutboxRow.topic)).all())
    assert "mail" in topics


def test_the_same_message_twice_is_one_article(town):
    first, second = send(town, mail()), send(town, mail())
    assert (first.outcome, second.outcome) == ("created", "duplicate")
    assert (second.ticket, second.article) == (first.ticket, first.article)
    assert count(town, Ticket) == 1
    assert count(town, InboundMessage) == 1


def test_an_answer_by_reference_lands_on_its_ticket_and_wakes_the_process(town):
    number = town.report()
    town.complete(
        "agnes",
        number,
        "triage",
        {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"},
    )
    town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which client?"})
    sent = town.see(
        number,
        lambda w, t: w.session.scalars(
            select(Article.message_id).where(Article.direction == "out").order_by(Article.id.desc())
        ).first(),
    )
    receipt = send(town, mail(subject="Re: whatever", id="<two@x>", In_Reply_To=sent, text="V 2.1"))
    assert (receipt.outcome, receipt.ticket) == ("follow_up", number)
    assert town.steps(number) == ["work"]


def test_an_answer_by_number_of_the_customer_lands_on_the_ticket(town):
    number = town.report()
    receipt = send(town, mail(subject=f"AW: [Ticket#{number}] VPN", id="<three@x>"))
    assert (receipt.outcome, receipt.ticket) == ("follow_up", number)


def test_a_strangers_number_gives_the_stranger_nothing(town):
    number = town.report()
    raw = mail("Eve <eve@evil.example>", f"[Ticket#{number}]", "give me access", id="<eve@x>")
    receipt = send(town, raw)
    assert receipt.outcome == "follow_up"
    seen = town.desk.read(
        lambda w: [
            a.body
            for a in queries.articles(w.session, w.actor, w.session.get(Ticket, 1) or _first(w))
        ],
        town.actor("clara"),
    )
    assert not any("give me access" in body for body in seen)
    agent = town.see(
        number, lambda w, t: [a.verified for a in queries.articles(w.session, w.actor, t)]
    )
    assert agent[-1] is False


def _first(work):
    return work.session.scalars(select(Ticket)).first()


def test_the_answer_of_somebody_it_was_forwarded_to_is_internal(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: forward(w, t, "vendor@maker.example", "Please look."))
    raw = mail("Vendor <vendor@maker.example>", f"Re: [Ticket#{number}] x", "Known bug", id="<v@x>")
    send(town, raw)
    last = town.see(number, lambda w, t: queries.articles(w.session, w.actor, t)[-1])
    assert (last.direction, last.visible, last.body.strip()) == ("internal", False, "Known bug")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("name", "value"),
    [("X-OTRS-Priority", "urgent"), ("X-Vorgang-Queue", "Nowhere"), ("X-OTRS-Type", "thing")],
)
def test_a_wish_that_is_not_known_here_keeps_no_mail_out(town, name, value):
    raw = f"{name}: {value}\r\n".encode() + mail()
    receipt = take(town.desk, raw, trusted=True)
    assert receipt.outcome == "created"
    assert repr(value) in receipt.reason
    assert town.see(receipt.ticket, lambda w, t: t.queue.name) == "Network::VPN"


def test_a_trusted_filter_may_put_a_mail_aside_and_nobody_else(town):
    raw = b"X-OTRS-Ignore: yes\r\n" + mail()
    assert take(town.desk, raw, trusted=True).outcome == "ignored"
    assert take(town.desk, raw + b" ").outcome == "duplicate"
    assert take(town.desk, b"X-OTRS-Ignore: yes\r\n" + mail(id="<two@x>")).outcome == "created"


def test_what_the_mail_filter_put_away_names_its_rule(town):
    receipt = send(
        town, mail(subject="Out of office: back on Monday", Auto_Submitted="auto-replied")
    )
    assert receipt.outcome == "ignored"
    assert "mail_filter: out-of-office (" in receipt.reason


def test_what_the_mail_filter_placed_stays_and_its_history_says_why(town):
    receipt = send(town, mail(subject="You have won a VPN"))
    number = receipt.ticket
    assert town.see(number, lambda w, t: (t.queue.name, t.priority.rank, t.tags)) == (
        "Postmaster",
        1,
        ["spam"],
    )
    line = town.see(
        number,
        lambda w, t: next(e for e in queries.history(w.session, t) if e.what == "mail filter"),
    )
    assert (line.cause, line.cause_ref["rules"]) == ("rule", ["spam"])
    assert len(line.cause_ref["release"]) == 12
    assert "queue = Postmaster" in line.after
    traces = town.see(number, lambda w, t: {t.id: t.event for t in queries.traces(w.session, t)})
    assert traces[line.trace_id] == "mail.received"


def test_an_account_with_a_queue_puts_its_mail_there(town):
    receipt = take(town.desk, mail(), queue="Service Desk")
    assert town.see(receipt.ticket, lambda w, t: t.queue.name) == "Service Desk"


def test_a_forged_steering_header_counts_only_on_a_trusted_account(town):
    raw = mail(subject="hello there", X_Vorgang_Queue="HR", id="<h1@x>")
    receipt = send(town, raw)
    assert town.see(receipt.ticket, lambda w, t: t.queue.name) != "HR"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Loop": "desk@example.com"},
    ],
)
def test_an_automatic_mail_is_never_answered(town, headers):
    receipt = send(town, mail(subject="A notice", **headers))
    assert receipt.outcome in ("created", "ignored")
    topics = town.desk.read(lambda w: w.session.scalars(select(OutboxRow.topic)).all())
    assert "mail" not in topics


def test_our_own_mail_that_comes_back_is_ignored(town):
    number = town.report()
    own = replied(town, number)
    receipt = send(town, mail("desk@example.com", "Re: x", id=own))
    assert receipt.outcome == "ignored"


def test_an_answer_after_the_end_opens_the_ticket_again(town):
    number = town.report()
    own = replied(town, number)
    town.do("agnes", number, lambda w, t: close_ticket(w, t))
    send(town, mail(subject="Re: x", In_Reply_To=own, id="<late@x>"))
    assert town.see(number, lambda w, t: t.state.ended) is False
    assert town.steps(number) == ["triage"]


@pytest.mark.parametrize(("follow_up", "tickets"), [("new ticket", 2), ("reject", 1)])
def test_a_queue_may_refuse_answers_after_the_end(town, follow_up, tickets):
    number = town.report()
    own = replied(town, number)
    town.do("agnes", number, lambda w, t: close_ticket(w, t))

    def strict(work):
        ticket = _first(work)
        ticket.queue.follow_up = follow_up

    town.desk.run(strict)
    send(town, mail(subject="Re: x", In_Reply_To=own, id="<late@x>"))
    assert count(town, Ticket) == tickets
    assert town.see(number, lambda w, t: t.state.ended) is True


def test_what_cannot_be_read_becomes_a_ticket_with_the_original(town):
    raw = b"\xff\xfe\x00 no mail at all \x00" * 20
    receipt = send(town, raw)
    assert receipt.outcome == "unreadable"
    assert files(town, receipt) == {"original-message.eml": raw}


def test_a_mail_with_an_odd_date_and_no_text_is_read_all_the_same(town):
    raw = (
        b"From: clara@example.org\r\nTo: desk@example.com\r\nSubject: Help\r\n"
        b"Date: yesterday\r\nMessage-ID: <odd@x>\r\n\r\n"
    )
    receipt = send(town, raw)
    assert (receipt.outcome, receipt.reason) == ("created", "The date of the mail makes no sense.")
    assert files(town, receipt) == {"original-message.eml": raw}


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_a_mail_may_be_larger_than_an_upload(town, headers):
    town.desk.settings = replace(town.desk.settings, max_upload_bytes=1000)
    message = message_from_bytes(mail(**headers), policy=SMTP)
    message.add_attachment(b"x" * 1001, "application", "zip", filename="log.zip")
    raw = message.as_bytes()
    receipt = take(town.desk, raw)
    assert receipt.outcome == "created"
    found = files(town, receipt)
    assert found.pop("log.zip") == b"x" * 1001
    assert found == ({"original-message.eml": raw} if headers else {})


def test_a_mail_beyond_every_limit_is_a_ticket_that_says_so(town):
    raw = mail(text="") + b"x" * Limits().mail_bytes
    receipt = take(town.desk, raw)
    assert receipt.outcome == "created"
    body = town.see(receipt.ticket, lambda w, t: queries.articles(w.session, w.actor, t)[0].body)
    assert "only its header was read" in body
    assert list(files(town, receipt)) == ["original-message.eml"]


def test_an_upload_stays_bounded(town):
    town.desk.settings = replace(town.desk.settings, max_upload_bytes=1000)
    number = town.report()
    with pytest.raises(Invalid):
        town.do(
            "agnes",
            number,
            lambda w, t: reply(w, t, "x", files=[NewFile("a", "text/plain", b"x" * 1001)]),
        )


def bounce(own, to="clara@example.org", action="failed"):
    """A report of a mail server about one of our mails."""
    return (
        f"From: MAILER-DAEMON@example.org\r\nReturn-Path: <>\r\nTo: desk@example.com\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <b@x>\r\n"
        f"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nuser unknown\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 user unknown\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {own}\r\n"
        f"Subject: x\r\n\r\nhi\r\n--b--\r\n"
    ).encode()


def test_a_bounce_lands_on_its_ticket_and_is_not_shown_to_the_customer(town):
    number = town.report()
    own = replied(town, number)
    raw = bounce(own)
    receipt = send(town, raw)
    assert (receipt.outcome, receipt.ticket) == ("follow_up", number)
    last = town.see(number, lambda w, t: queries.articles(w.session, w.actor, t)[-1])
    assert last.visible is False


def sent_article(town, own):
    found = select(Article).where(Article.message_id == own)
    return town.desk.read(lambda w: w.session.scalars(found).one())


def notices(town):
    return list(town.desk.read(lambda w: w.session.scalars(select(Notification)).all()))


def test_a_mail_that_came_back_counts_as_failed_and_its_agent_is_told(town):
    number = town.report()
    own = replied(town, number)
    send(town, bounce(own, to="Clara@Example.org"))
    article = sent_article(town, own)
    assert article.delivery == "failed"
    assert "clara@example.org: 550 user unknown" in article.problem
    agnes = town.actor("agnes").id
    told = [p.person_id for p in notices(town) if p.kind == "delivery_failed"]
    assert told == [agnes]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "report", [{"to": "somebody.else@example.org"}, {"action": "delayed"}, {"own": "<no@x>"}]
)
def test_a_report_about_somebody_else_or_a_delay_marks_nothing(town, report):
    number = town.report()
    own = replied(town, number)
    send(town, bounce(**({"own": own} | report)))
    assert sent_article(town, own).delivery == "waiting"
    assert [p for p in notices(town) if p.kind == "delivery_failed"] == []


def test_an_answer_by_the_number_of_a_former_desk_finds_the_ticket_taken_over(town):
    def take_over(work):
        ticket = work.session.scalars(select(Ticket)).one()
        ticket.number = "2011010177000013"

    town.report()
    town.desk.run(take_over)
    answer = mail(subject="AW: [Case:2011010177000013] VPN drops", id="<two@example.org>")
    assert send(town, answer).outcome == "created"
    town.desk.settings = replace(
        town.desk.settings, former_hooks="Case:, Vorfall#", former_system_ids="76, 77"
    )
    again = mail(subject="AW: [Case:2011010177000013] VPN drops", id="<three@example.org>")
    assert send(town, again).ticket == "2011010177000013"
    fresh = send(town, mail(subject="[Vorfall#2011010176000099] Other", id="<four@example.org>"))
    assert fresh.outcome == "created"
    assert town.see(fresh.ticket, lambda w, t: t.title) == "Other"
