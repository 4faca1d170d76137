"""SMS in: real formats, and every way to forge or repeat one."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.channels.sms import (
    parse_twilio,
    parse_webhook,
    sign,
    twilio_fields,
    twilio_signature,
    verify,
    verify_twilio,
)
from engine.errors import Invalid, NotAllowed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
BODY = json.dumps(
    {
        "id": "m1",
        "from": "0170 1234567",
        "to": "+49891234",
        "text": "Hilfe\nbitte",
        "sent_at": "2026-03-02T10:00:00+01:00",
    }
).encode()
FORM = (
    b"ToCountry=DE&SmsMessageSid=SM0123456789abcdef0123456789abcdef&NumMedia=1&ToCity="
    b"&SmsStatus=received&Body=Drucker+brennt+%F0%9F%94%A5&FromCountry=DE&To=%2B4915112345678"
    b"&MediaUrl0=https%3A%2F%2Fapi.example.com%2Fm%2F1&MessageSid=SM0123456789abcdef0123456789abcdef"
    b"&AccountSid=AC0123456789abcdef&From=%2B491701234567&ApiVersion=2010-04-01"
)
URL = "https://desk.example.org/sms/twilio"


def test_signed_webhook():
    verify("s3cret", STAMP, sign("s3cret", STAMP, BODY), BODY, NOW)
    message = parse_webhook(BODY)
    assert (message.channel, message.external_id) == ("sms", "sms:m1")
    assert (message.sender, message.recipients) == ("+491701234567", ["+49891234"])
    assert message.text == "Hilfe\nbitte"
    assert message.subject == "Hilfe bitte"
    assert message.sent_at == NOW
    assert not message.automatic


@pytest.mark.parametrize(
    ("secret", "stamp", "signature", "body", "now"),
    [
        ("s3cret", STAMP, sign("other", STAMP, BODY), BODY, NOW),
        ("s3cret", STAMP, "", BODY, NOW),
        ("s3cret", STAMP, "sha256=ä", BODY, NOW),
        ("s3cret", STAMP, sign("s3cret", STAMP, BODY), BODY + b" ", NOW),
        ("s3cret", STAMP, sign("s3cret", STAMP, BODY), BODY, NOW + timedelta(minutes=6)),
        ("s3cret", STAMP, sign("s3cret", STAMP, BODY), BODY, NOW - timedelta(minutes=6)),
        ("s3cret", "9" + STAMP, sign("s3cret", STAMP, BODY), BODY, NOW),
        ("s3cret", "x", sign("s3cret", "x", BODY), BODY, NOW),
        ("", STAMP, sign("", STAMP, BODY), BODY, NOW),
    ],
)
def test_forged_repeated_and_old_are_refused(secret, stamp, signature, body, now):
    with pytest.raises(NotAllowed):
        verify(secret, stamp, signature, body, now)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"from": 1}', b"[" * 100_000, b"\xff"])
def test_what_is_no_message_is_refused(body):
    with pytest.raises(Invalid):
        parse_webhook(body)


@given(st.dictionaries(st.sampled_from(["id", "to", "text", "sent_at"]), st.text() | st.integers()))
def test_any_object_with_a_sender_is_a_message(data):
    body = json.dumps({**data, "from": "INFO"}).encode()
    message = parse_webhook(body)
    assert message.raw == body
    assert message.automatic  # a name cannot be answered


def test_twilio_form():
    fields = twilio_fields(FORM)
    verify_twilio("token", URL, fields, twilio_signature("token", URL, fields))
    message = parse_twilio(fields, FORM)
    assert message.external_id == "sms:SM0123456789abcdef0123456789abcdef"
    assert message.sender == "+491701234567"
    assert message.text == "Drucker brennt 🔥\nhttps://api.example.com/m/1"
    assert len(message.problems) == 1


def test_twilio_signature_as_published():
    # The worked example of Twilio's documentation on request validation.
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    assert twilio_signature("12345", url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_twilio_forgeries_are_refused():
    fields = twilio_fields(FORM)
    good = twilio_signature("token", URL, fields)
    for token, url, signature in [
        ("other", URL, good),
        ("token", URL + "?x", good),
        ("token", URL, ""),
        ("", URL, good),
    ]:
        with pytest.raises(NotAllowed):
            verify_twilio(token, url, fields, signature)
    with pytest.raises(NotAllowed):
        verify_twilio("token", URL, [*fields, ("Body", "changed")], good)


def test_form_floods_are_refused():
    for body in (b"a=1&" * 10_000, b"a=" + b"x" * 1_000_000, b"\xff=\xff"):
        with pytest.raises(Invalid):
            twilio_fields(body)
    with pytest.raises(Invalid):
        parse_twilio([("Body", "x")], b"")
