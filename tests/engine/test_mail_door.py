"""What comes by pipe or mailbox is stored, or stays where it was; one bad mail stops no other."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import mail_door
from engine.channels.imap import Uid
from engine.commands.intake import Receipt
from engine.errors import Conflict, Unavailable
from engine.health import report
from engine.mail_door import (
    MailboxState,
    deliver_spooled,
    mailbox_state,
    poll,
    spool,
    spooled,
    take,
)
from engine.tickets.models import Article, Ticket
from tests.desks import MovableClock
from tests.town import Town


def raw(key: str) -> bytes:
    return (
        f"From: clara@example.org\r\nTo: desk@example.com\r\nSubject: {key}\r\n"
        f"Message-ID: <{key}@example.org>\r\n\r\nNothing works.\r\n"
    ).encode()


class FakeMailbox:
    """A mailbox in memory; what is done is gone."""

    waiting: dict[int, bytes]
    limit = 1000
    folder, oversize_folder = "INBOX", "Oversize"

    def __init__(self, url: str) -> None:
        if "gone" in url:
            raise Unavailable("The mailbox cannot be read: nobody answers")

    def __enter__(self) -> "FakeMailbox":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def fetch(self) -> Iterator[tuple[Uid, bytes]]:
        for number, raw in sorted(self.waiting.items()):
            whole = len(raw) <= self.limit
            what = raw if whole else raw[: raw.index(b"\r\n\r\n") + 4]
            yield Uid(1, number, len(raw) * 2**20, whole), what

    def done(self, uid: Uid) -> None:
        del self.waiting[uid.number]


@pytest.fixture
def mailbox(town: Town, monkeypatch: pytest.MonkeyPatch) -> dict[int, bytes]:
    waiting: dict[int, bytes] = {}
    monkeypatch.setattr(FakeMailbox, "waiting", waiting, raising=False)
    monkeypatch.setattr("engine.channels.imap.Mailbox", FakeMailbox)
    town.desk.settings = replace(town.desk.settings, imap_url="imap://localhost")
    return waiting


def test_a_mailbox_is_emptied(town: Town, mailbox: dict[int, bytes]) -> None:
    mailbox.update({1: raw("a"), 2: raw("b")})
    assert (poll(town.desk), poll(town.desk)) == (2, 0)
    assert mailbox == {}


def test_a_mail_that_came_before_is_taken_out_as_well(
    town: Town, mailbox: dict[int, bytes]
) -> None:
    mailbox.update({1: raw("a"), 2: raw("a")})
    assert poll(town.desk) == 2
    assert take(town.desk, raw("a")).outcome == "duplicate"


def test_without_a_database_everything_stays(
    town: Town, mailbox: dict[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Receipt:
        raise Unavailable("the database is away")

    mailbox[1] = raw("a")
    monkeypatch.setattr(mail_door, "deliver", away)
    with pytest.raises(Unavailable):
        poll(town.desk)
    assert list(mailbox) == [1]
    assert spooled(town.desk.settings) == []


def test_one_that_nothing_can_be_made_of_goes_to_the_spool_and_comes_in_later(
    town: Town, mailbox: dict[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mail_door.deliver

    def choosy(desk: Any, inbound: Any, **more: Any) -> Receipt:
        if inbound.subject == "poison":
            raise ZeroDivisionError
        return real(desk, inbound, **more)

    mailbox.update({1: raw("poison"), 2: raw("b")})
    monkeypatch.setattr(mail_door, "deliver", choosy)
    assert poll(town.desk) == 2
    assert mailbox == {}
    assert [path.read_bytes() for path in spooled(town.desk.settings)] == [raw("poison")]
    assert deliver_spooled(town.desk) == (0, 1)
    monkeypatch.setattr(mail_door, "deliver", real)
    assert deliver_spooled(town.desk) == (1, 0)
    assert spooled(town.desk.settings) == []


def test_what_others_change_meanwhile_stays_in_the_mailbox_and_stops_no_other(
    town: Town, mailbox: dict[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mail_door.deliver

    def choosy(desk: Any, inbound: Any, **more: Any) -> Receipt:
        if inbound.subject == "busy":
            raise Conflict("somebody else")
        return real(desk, inbound, **more)

    mailbox.update({1: raw("busy"), 2: raw("b")})
    monkeypatch.setattr(mail_door, "deliver", choosy)
    assert poll(town.desk) == 1
    assert list(mailbox) == [1]
    assert spooled(town.desk.settings) == []


def test_a_mail_too_large_to_fetch_says_so_on_its_ticket(
    town: Town, mailbox: dict[int, bytes]
) -> None:
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    mailbox[7] = head + raw("huge") + b"x" * 2000
    poll(town.desk)
    body = town.desk.read(
        lambda work: work.session.scalar(select(Article.body).order_by(Article.id))
    )
    assert "only its header was read" in body
    assert "folder Oversize" in body
    assert "boundary" not in body


def test_a_mailbox_that_does_not_answer_is_noticed(
    town: Town, mailbox: dict[int, bytes], clock: MovableClock
) -> None:
    def complaints() -> list[str]:
        return [one for one in report(town.desk)["problems"] if "mailbox" in one]

    assert poll(town.desk) == 0
    good = clock.now
    assert complaints() == []
    town.desk.settings = replace(town.desk.settings, imap_url="imap://gone")
    for _ in range(2):
        clock.move(minutes=1)
        with pytest.raises(Unavailable):
            poll(town.desk)
    state = mailbox_state(town.desk.settings)
    assert state == MailboxState(good, good + timedelta(minutes=1), state.error if state else "")
    assert "nobody answers" in complaints()[0]
    town.desk.settings = replace(town.desk.settings, imap_url="imap://localhost")
    poll(town.desk)
    assert complaints() == []
    clock.move(minutes=11)
    assert "has not been read" in complaints()[0]


def test_spooled_sms_and_fax_come_in_as_what_they_were(town: Town) -> None:
    settings = town.desk.settings
    text = b'{"id": "1", "from": "+491701234567", "text": "VPN is down"}'
    spool(settings, text, ".sms.json", channel="sms")
    form = b"From=%2B491701234567&Body=Printer&MessageSid=SM1"
    spool(settings, form, ".sms.json", channel="sms", arrival={"form": "twilio"})
    fax = b"%PDF-1.4\n1 0 obj<</Type /Page>>endobj\n%%EOF\n"
    spool(settings, fax, ".pdf", channel="fax", arrival={"number": "+4989123456", "name": "a.pdf"})
    assert len(spooled(settings)) == 3
    assert deliver_spooled(town.desk) == (3, 0)
    assert list(settings.spool_dir.iterdir()) == []
    query = select(Ticket.title, Ticket.channel).order_by(Ticket.title)
    found = town.desk.read(lambda work: work.session.execute(query).all())
    assert [tuple(row) for row in found] == [
        ("Fax from +4989123456 (1 page)", "fax"),
        ("Printer", "sms"),
        ("VPN is down", "sms"),
    ]


def test_a_spooled_mail_keeps_queue_and_trust(town: Town) -> None:
    text = b"X-Vorgang-Priority: 5 very high\r\n" + raw("a")
    spool(town.desk.settings, text, arrival={"trusted": True, "queue": "HR"})
    assert deliver_spooled(town.desk) == (1, 0)
    ticket = town.desk.read(
        lambda work: [
            (ticket.queue.name, ticket.priority.name)
            for ticket in work.session.scalars(select(Ticket))
        ]
    )
    assert ticket == [("HR", "5 very high")]


def test_without_a_mailbox_nothing_is_asked(town: Town) -> None:
    assert poll(town.desk) == 0


def test_the_same_message_lies_in_the_spool_once(town: Town) -> None:
    first, second = spool(town.desk.settings, b"x"), spool(town.desk.settings, b"x")
    assert first == second
    assert len(spooled(town.desk.settings)) == 1


def test_headers_steer_only_where_the_account_is_trusted(town: Town) -> None:
    def queue(key: str, **more: Any) -> str:
        text = b"X-Vorgang-Priority: 5 very high\r\n" + raw(key)
        number = take(town.desk, text, **more).ticket or ""
        return str(town.see(number, lambda work, ticket: ticket.priority.name))

    assert queue("a") != "5 very high"
    assert queue("b", queue="HR") != "5 very high"
    assert queue("c", trusted=True) == "5 very high"


def test_what_goes_to_the_spool_is_on_disk_with_its_name(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.fsync, set()

    def watch(handle: int) -> None:
        seen.add(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", watch)
    folder = spool(town.desk.settings, b"x").parent
    assert {folder.stat().st_ino, folder.parent.stat().st_ino} <= seen
