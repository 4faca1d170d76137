"""What people and the desk write leaves as mail: in its thread, in its queue's name, only once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.channels.inbound import Inbound
from engine.commands.articles import NewFile, forward, reply
from engine.commands.intake import deliver as take_in
from engine.commands.notices import tell_customer
from engine.outbox.models import OutboxRow
from engine.people.models import Attempt
from engine.tickets import queries
from engine.tickets.models import Article, Ticket
from engine.work import Work
from tests.desks import MovableClock
from tests.smtp_sink import SmtpSink
from tests.town import Town

Deliver = Callable[[], int]
Plain = Callable[[Any], str]


def answered(town: Town, text: str = "Please restart it.", **more: Any) -> str:
    number = town.report(queue="Service Desk")
    town.do("agnes", number, lambda work, ticket: reply(work, ticket, text, **more) and None)
    return number


def articles(town: Town, number: str) -> list[Article]:
    return list(town.see(number, lambda w, t: queries.articles(w.session, w.actor, t)))


def to_clara(sink: SmtpSink) -> list[Any]:
    return [one for one in sink.messages if "clara@example.org" in one.recipients]


def test_a_reply_arrives_with_its_file_and_is_marked(
    town: Town, posted: SmtpSink, deliver: Deliver, plain: Plain
) -> None:
    file = NewFile("plan.txt", "text/plain", b"Plan A")
    number = answered(town, files=[file])
    deliver()
    got = next(one for one in to_clara(posted) if "Please restart it." in plain(one))
    assert got.sender == "desk@example.com"
    assert f"[Ticket#{number}]" in got.message["Subject"]
    assert "Auto-Submitted" not in got.message
    files = [part.get_payload(decode=True) for part in got.message.walk() if part.get_filename()]
    assert files == [b"Plan A"]
    sent = next(a for a in articles(town, number) if a.body == "Please restart it.")
    assert (sent.delivery, sent.message_id) == ("sent", got.message["Message-ID"])


def test_mails_of_a_ticket_hang_together(town: Town, posted: SmtpSink, deliver: Deliver) -> None:
    number = answered(town)
    town.do("agnes", number, lambda work, ticket: reply(work, ticket, "And now?") and None)
    deliver()
    by_id = {one.message["Message-ID"]: one.message for one in to_clara(posted)}
    last = next(a.message_id for a in articles(town, number) if a.body == "And now?")
    earlier = set(by_id) - {last}
    assert by_id[last]["In-Reply-To"] in earlier
    assert earlier <= set(by_id[last]["References"].split())


def test_a_temporary_refusal_is_tried_again_with_the_same_id(
    town: Town, posted: SmtpSink, deliver: Deliver, clock: MovableClock
) -> None:
    number = answered(town)
    posted.answers.extend(["451 try later"] * 20)
    deliver()
    assert posted.messages == []
    posted.answers.clear()
    clock.move(seconds=10)
    deliver()
    ids = [one.message["Message-ID"] for one in to_clara(posted)]
    assert len(ids) == len(set(ids))
    assert {a.delivery for a in articles(town, number) if a.direction == "out"} == {"sent"}


def test_a_refusal_for_good_is_told_on_the_ticket(
    town: Town, posted: SmtpSink, deliver: Deliver
) -> None:
    number = answered(town)
    posted.answers.extend(["550 no such user"] * 20)
    deliver()
    failed = next(a for a in articles(town, number) if a.body == "Please restart it.")
    note = next(a for a in articles(town, number) if "Not delivered" in a.subject)
    assert (failed.delivery, note.visible) == ("failed", False)
    assert "550" in failed.problem
    assert "550" in note.body
    what = town.see(number, lambda w, t: [h.after for h in queries.history(w.session, t)])
    assert "failed" in what


def test_without_a_server_mail_is_written_to_files(town: Town, deliver: Deliver) -> None:
    answered(town)
    deliver()
    texts = [p.read_text() for p in (town.desk.settings.home / "sent").glob("*.eml")]
    assert any("Please restart it." in text for text in texts)


def test_a_machine_is_never_answered_automatically(
    town: Town, posted: SmtpSink, deliver: Deliver
) -> None:
    number = town.report(queue="Service Desk", article={"automatic": True}, channel="email")
    town.do("ada", number, lambda work, ticket: tell_customer(work, ticket, "closed") and None)
    deliver()
    assert to_clara(posted) == []
    (held,) = [a for a in articles(town, number) if a.subject.startswith("Abgeschlossen")]
    said = "The message it answers came from a machine or a mailing list."
    assert (held.delivery, held.problem) == ("", said)


def test_one_address_gets_only_so_many_automatic_mails_a_day(
    town: Town, posted: SmtpSink, deliver: Deliver, clock: MovableClock
) -> None:
    town.desk.settings = replace(town.desk.settings, auto_replies_per_day=2)
    for n in range(4):
        town.report(title=f"Request {n}", queue="Service Desk")
    deliver()
    assert len(to_clara(posted)) == 2
    clock.move(days=1, minutes=1)
    town.report(title="Next day", queue="Service Desk")
    deliver()
    assert len(to_clara(posted)) == 3
    assert town.desk.read(lambda work: work.session.query(Attempt).count()) == 3


def test_text_of_a_customer_adds_no_header_and_no_recipient(
    town: Town, posted: SmtpSink, deliver: Deliver
) -> None:
    title = "Hello\r\nBcc: victim@example.org\r\n\r\n{link} {number}"
    number = town.report(title=title, queue="Service Desk")
    town.do("agnes", number, lambda work, ticket: reply(work, ticket, "Yes.") and None)
    deliver()
    assert all(one.recipients == ("clara@example.org",) for one in to_clara(posted))
    assert all(one.message["Bcc"] is None for one in posted.messages)


def test_a_delivered_article_is_not_sent_again(
    town: Town, posted: SmtpSink, deliver: Deliver, clock: MovableClock
) -> None:
    answered(town)
    deliver()
    count = len(posted.messages)

    def again(work: Work) -> None:
        for row in work.session.query(OutboxRow).filter(OutboxRow.topic == "mail"):
            row.status, row.due_at = "waiting", work.now

    town.desk.run(again)
    clock.move(seconds=1)
    deliver()
    assert len(posted.messages) == count
    assert town.desk.read(lambda w: w.session.query(Ticket).count()) == 1


def test_who_is_refused_for_now_gets_the_same_mail_later_and_nobody_else_again(
    town: Town, posted: SmtpSink, deliver: Deliver, clock: MovableClock
) -> None:
    posted.refused = {"max@example.org": "450 greylisted"}
    number = answered(town, cc=["max@example.org"])
    deliver()

    def state() -> str:
        return next(a.delivery for a in articles(town, number) if a.body == "Please restart it.")

    assert state() == "waiting"
    posted.refused.clear()
    clock.move(minutes=1)
    deliver()
    mine = next(a.message_id for a in articles(town, number) if a.body == "Please restart it.")
    got = [one for one in posted.messages if one.message["Message-ID"] == mine]
    assert [one.recipients for one in got] == [("clara@example.org",), ("max@example.org",)]
    assert [one.message["To"] for one in got] == [got[0].message["To"]] * 2
    assert state() == "sent"


@pytest.mark.parametrize("answer", ["550 no such user", "450 always later"])
def test_a_note_names_only_who_did_not_get_it(
    town: Town, posted: SmtpSink, deliver: Deliver, clock: MovableClock, answer: str
) -> None:
    posted.refused = {"max@example.org": answer}
    number = answered(town, cc=["max@example.org"])
    for _ in range(town.desk.settings.delivery_days + 2):
        deliver()
        clock.move(days=1)
    (note,) = [a for a in articles(town, number) if "Not delivered" in a.subject]
    assert note.subject == "Not delivered to max@example.org"
    assert "clara" not in note.body
    assert answer in note.body
    assert len(to_clara(posted)) == len({one.message["Message-ID"] for one in to_clara(posted)})


def test_a_mail_to_the_customer_names_no_internal_mail(
    town: Town, posted: SmtpSink, deliver: Deliver
) -> None:
    number = answered(town)
    town.do("agnes", number, lambda w, t: forward(w, t, "lab@maker.example", "Look") and None)
    sent = next(
        a.message_id for a in articles(town, number) if a.recipients[:1] == ["lab@maker.example"]
    )
    vendor = Inbound(
        "email", "<secret@maker.example>", sender="lab@maker.example", text="Known bug",
        in_reply_to=sent,
    )  # fmt: skip
    take_in(town.desk, vendor)
    town.do("agnes", number, lambda w, t: reply(w, t, "And now?") and None)
    town.do("agnes", number, lambda w, t: forward(w, t, "lab@maker.example", "More") and None)
    deliver()
    last = to_clara(posted)[-1].message
    assert "secret@maker" not in str(last["References"]) + str(last["In-Reply-To"])
    assert sent not in str(last["References"])
    to_lab = [one.message for one in posted.messages if one.recipients == ("lab@maker.example",)]
    assert "<secret@maker.example>" in str(to_lab[-1]["References"])
