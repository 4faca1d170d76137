"""What each answer of a mail server means for the mail: sent, later, or never."""

from __future__ import annotations

import pytest
from aiosmtpd.controller import Controller

from engine.channels.failures import Permanent, Temporary
from engine.channels.smtp import Refused, SmtpSettings, send_smtp
from engine.errors import Invalid

RAW = b"Message-ID: <a@b>\r\nSubject: x\r\n\r\nhello\r\n"


class Sink:
    """Takes mails and answers as a test wants."""

    def __init__(self) -> None:
        self.mails: list = []
        self.rcpt = self.data = "250 OK"
        self.refuse: set[str] = set()
        self.refusal = "550 unknown"
        self.drop = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.rcpt.startswith("250") and address not in self.refuse:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return self.rcpt if not self.rcpt.startswith("250") else self.refusal

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(envelope)
        if self.drop:
            server.transport.abort()
        return self.data


@pytest.fixture
def sink(free_port):
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port)
    controller.start()
    handler.settings = SmtpSettings(f"smtp://127.0.0.1:{free_port}", "desk@example.org", 5)
    yield handler
    controller.stop()


def test_a_mail_arrives(sink):
    assert send_smtp(sink.settings, RAW, ["a@example.com", "b@example.com"]) == Refused()
    assert sink.mails[0].rcpt_tos == ["a@example.com", "b@example.com"]
    assert b"hello" in sink.mails[0].content


def test_one_refused_recipient_is_named(sink):
    sink.refuse = {"b@example.com"}
    refused = send_smtp(sink.settings, RAW, ["a@example.com", "b@example.com"])
    assert refused == Refused(never={"b@example.com": "550 unknown"})


def test_one_who_shall_be_tried_later_is_told_apart(sink):
    sink.refuse, sink.refusal = {"b@example.com"}, "450 greylisted"
    refused = send_smtp(sink.settings, RAW, ["a@example.com", "b@example.com"])
    assert refused == Refused(later={"b@example.com": "450 greylisted"})


@pytest.mark.parametrize(
    ("stage", "answer", "kind"),
    [
        ("rcpt", "450 later", Temporary),
        ("rcpt", "550 never", Permanent),
        ("data", "451 later", Temporary),
        ("data", "554 never", Permanent),
    ],
)
def test_answers_of_the_server(sink, stage, answer, kind):
    setattr(sink, stage, answer)
    with pytest.raises(kind, match=answer):
        send_smtp(sink.settings, RAW, ["a@example.com"])


def test_a_drop_after_data_is_tried_again_with_the_same_id(sink):
    sink.drop = True
    with pytest.raises(Temporary):
        send_smtp(sink.settings, RAW, ["a@example.com"])
    sink.drop = False
    send_smtp(sink.settings, RAW, ["a@example.com"])
    assert [b"Message-ID: <a@b>" in one.content for one in sink.mails] == [True, True]


def test_nobody_there_is_temporary(sink):
    with pytest.raises(Temporary):
        send_smtp(SmtpSettings("smtp://127.0.0.1:1", timeout=2), RAW, ["a@example.com"])


def test_starttls_is_never_silently_left_out(sink):
    settings = SmtpSettings(sink.settings.url + "?starttls=1", "desk@example.org", 5)
    with pytest.raises(Temporary):
        send_smtp(settings, RAW, ["a@example.com"])
    assert sink.mails == []


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "smtp://h:99999999", "smtp://[x"])
def test_bad_settings(url):
    with pytest.raises(Invalid):
        send_smtp(SmtpSettings(url), RAW, ["a@example.com"])


def test_m4_recipients_are_checked_before_anything_is_sent(sink):
    with pytest.raises(Invalid):
        send_smtp(sink.settings, RAW, ["a@example.com>\r\nRCPT TO:<evil@example.net"])
    assert sink.mails == []


def test_the_password_stays_out_of_logs():
    assert "geheim" not in repr(SmtpSettings("smtp://u:geheim@h"))
