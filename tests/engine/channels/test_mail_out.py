"""Outgoing mails: readable again, and no way to slip in a header or a recipient."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from engine.channels.inbound import InboundFile
from engine.channels.mail_in import parse_mail
from engine.channels.mail_out import OutgoingMail, build_mail
from engine.errors import Invalid

MAIL = OutgoingMail(
    sender="desk@example.org",
    sender_name="Prüf-Desk",
    to=("a@example.com",),
    subject="Größe – " + "lang " * 30,
    text="Grüße\n.\nEnde\n" + "x" * 2000,
    message_id="<vorgang.1.a.0@example.org>",
    date=datetime(2026, 3, 1, tzinfo=UTC),
)
LONG_ID = "<" + "a" * 150 + "@eurprd01.prod.exchangelabs.com>"


def test_what_we_build_we_can_read():
    files = (
        InboundFile("ü.pdf", "application/pdf", b"%PDF"),
        InboundFile("l.png", "image/png", b"png", "logo", True),
        InboundFile("m.eml", "message/rfc822", b"From: x\n\n"),
    )
    out = replace(
        MAIL,
        html="<p>Grüße<img src=cid:logo></p>",
        files=files,
        cc=("c@example.com",),
        bcc=("hidden@example.com",),
        in_reply_to=LONG_ID,
        references=["<r@x>", "bad id"],
    )
    raw = build_mail(out)
    assert raw.isascii()
    assert b"hidden" not in raw
    assert max(map(len, raw.split(b"\r\n"))) < 998
    mail = parse_mail(raw)
    assert mail.subject == MAIL.subject.strip()
    assert mail.text.startswith("Grüße\n.\nEnde\n")
    assert mail.external_id == MAIL.message_id
    assert (mail.in_reply_to, mail.references) == (LONG_ID, ["<r@x>", LONG_ID])
    assert [one.name for one in mail.files] == ["l.png", "ü.pdf", "m.eml"]
    assert not mail.automatic
    assert out.envelope == ("a@example.com", "c@example.com", "hidden@example.com")


def test_the_same_mail_is_the_same_message_on_a_retry():
    first, second = (message_from_bytes(build_mail(MAIL), policy=policy.default) for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == MAIL.message_id


def test_m9_automatic_mails_say_so():
    mail = parse_mail(build_mail(replace(MAIL, automatic=True)))
    assert mail.automatic


EVIL = "x\r\nBcc: evil@example.net\r\n\r\nbody"


def test_m3_no_new_header():
    out = replace(
        MAIL,
        subject=EVIL,
        sender_name=EVIL,
        to_name=EVIL,
        references=[EVIL],
        in_reply_to="<a@b>\r\nBcc: evil@example.net",
        files=(InboundFile(EVIL, "text/plain\r\nBcc: evil@example.net", b"x"),),
    )
    message = message_from_bytes(build_mail(out), policy=policy.default)
    assert message["Bcc"] is None
    assert len(message.get_all("To")) == 1
    assert message["In-Reply-To"] is None


def test_m4_a_name_full_of_addresses_stays_a_name():
    raw = build_mail(replace(MAIL, to_name='a@b.de, "c" <evil@example.net>'))
    assert parse_mail(raw).recipients == ["a@example.com"]


@pytest.mark.parametrize(
    "to",
    ["", "a", "a@b, c@d.de", "a@b\nc@d", "a b@c.de", "<a@b.de>", "a@b;c@d.de", "ä@b.de", "a@-b.de",
     "a@b..de", "\x00@b.de", "a@b.de\r\nRCPT TO:<c@d.de>"],
)  # fmt: skip
def test_m4_bad_addresses_are_refused(to):
    with pytest.raises(Invalid):
        build_mail(replace(MAIL, to=(to,)))


def test_a_mail_needs_recipient_and_id():
    with pytest.raises(Invalid):
        build_mail(replace(MAIL, to=()))
    with pytest.raises(Invalid):
        build_mail(replace(MAIL, message_id="<a@b>\r\nX: y"))


def test_international_domains_travel_as_ascii():
    assert replace(MAIL, to=("a@bücher.example",)).envelope == ("a@xn--bcher-kva.example",)


@pytest.mark.parametrize("words", range(40, 75))
def test_a_subject_of_any_length_begins_on_its_own_line(words):
    subject = "[Ticket#2026112710000022] " + ("Access to folder " * 9)[:words].strip()
    raw = build_mail(replace(MAIL, subject=subject, text="Subject:\r\n x"))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert not [line for line in head.split(b"\r\n") if line.rstrip().endswith(b":")]
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
    assert max(map(len, head.split(b"\r\n"))) < 200
    assert body.startswith(b"Subject:\r\n x")
