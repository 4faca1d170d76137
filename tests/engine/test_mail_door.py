"""What comes by pipe or mailbox is stored, or stays where it was; one bad mail stops no other."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine import mail_door
from engine.commands.intake import Receipt
from engine.errors import Unavailable
from engine.mail_door import deliver_spooled, poll, spool, spooled, take
from tests.town import Town


def raw(key: str) -> bytes:
    return (
        f"From: clara@example.org\r\nTo: desk@example.com\r\nSubject: {key}\r\n"
        f"Message-ID: <{key}@example.org>\r\n\r\nNothing works.\r\n"
    ).encode()


class FakeMailbox:
    """A mailbox in memory; what is done is gone."""

    waiting: dict[int, bytes]

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> "FakeMailbox":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def fetch(self) -> Iterator[tuple[int, bytes]]:
        yield from sorted(self.waiting.items())

    def done(self, uid: int) -> None:
        del self.waiting[uid]


@pytest.fixture
def mailbox(town: Town, monkeypatch: pytest.MonkeyPatch) -> dict[int, bytes]:
    waiting: dict[int, bytes] = {}
    monkeypatch.setattr(FakeMailbox, "waiting", waiting, raising=False)
    monkeypatch.setattr(mail_door, "Mailbox", FakeMailbox)
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
