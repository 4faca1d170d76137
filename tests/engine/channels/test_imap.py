"""The mailbox against a real IMAP server: nothing leaves it before it is stored."""

from dataclasses import replace

import pytest
from imapclient import IMAPClient

from engine.channels.imap import Mailbox
from engine.channels.limits import Limits
from engine.errors import Invalid, Unavailable

RAW = b"From: a@example.com\r\nSubject: one\r\n\r\n"


@pytest.fixture
def inbox(imap_server):
    """An own connection to the server, and the url; the inbox holds three mails of ours."""
    host, port = imap_server
    client = IMAPClient(host, port=port, ssl=False)
    client.login("demouser", "demopass")
    for _, _, folder in client.list_folders():
        if folder in ("Archive", "Oversize"):  # an earlier test's
            client.delete_folder(folder)
    client.select_folder("INBOX")
    client.delete_messages(client.search())
    client.expunge()
    for number in range(3):
        client.append("INBOX", RAW + b"%d" % number)
    yield client, f"imap://demouser:demopass@{host}:{port}/INBOX"
    client.shutdown()


def count(client, folder):
    client.select_folder(folder)
    return len(client.search(["NOT", "DELETED"]))


def test_mails_stay_until_done(inbox):
    client, url = inbox
    with Mailbox(url) as mailbox:
        assert [raw[-1:] for _, raw in mailbox.fetch()] == [b"0", b"1", b"2"]
        first, raw = next(mailbox.fetch())
        assert raw == RAW + b"0"
        mailbox.done(first)
        mailbox.done(first)
    assert count(client, "INBOX") == 2


def test_read_elsewhere_is_still_undone(inbox):
    client, url = inbox
    client.add_flags(client.search(), [b"\\Seen"])
    with Mailbox(url) as mailbox:
        assert len(list(mailbox.fetch())) == 3


def test_done_moves_to_a_folder(inbox):
    client, url = inbox
    with Mailbox(url + "?done=Archive") as mailbox:
        for uid, _ in mailbox.fetch():
            mailbox.done(uid)
    assert count(client, "INBOX") == 0
    assert count(client, "Archive") == 3


def test_an_oversize_mail_is_never_deleted(inbox):
    client, url = inbox
    client.append("INBOX", RAW + b"x" * 5000)
    with Mailbox(url, replace(Limits(), mail_bytes=1000)) as mailbox:
        for uid, raw in mailbox.fetch():
            assert uid.complete or b"xxxx" not in raw
            mailbox.done(uid)
    assert count(client, "INBOX") == 0
    assert count(client, "Oversize") == 1


def test_another_life_of_the_folder(inbox):
    client, url = inbox
    with Mailbox(url) as mailbox:
        uid, _ = next(mailbox.fetch())
        with pytest.raises(Unavailable):
            mailbox.done(replace(uid, validity=uid.validity + 1))
    assert count(client, "INBOX") == 3


def test_after_a_broken_connection_the_next_call_connects_anew(inbox):
    _, url = inbox
    mailbox = Mailbox(url)
    list(mailbox.fetch())
    mailbox._client.shutdown()
    with pytest.raises(Unavailable):
        list(mailbox.fetch())
    assert len(list(mailbox.fetch())) == 3
    mailbox.close()


def test_wrong_password_and_nobody_there(inbox):
    _, url = inbox
    with pytest.raises(Unavailable):
        list(Mailbox(url.replace("demopass", "wrong")).fetch())
    with pytest.raises(Unavailable):
        list(Mailbox("imap://u:p@127.0.0.1:1/", timeout=2).fetch())


@pytest.mark.parametrize(
    "url", ["", "http://x", "imap://", "imap://mail.example.com/", "imap://[x"]
)
def test_bad_or_plain_addresses_are_refused(url):
    with pytest.raises(Invalid):
        Mailbox(url)
