"""SMS in: signed webhooks, ours and Twilio's, checked before a byte of them is believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from engine.channels.characters import one_line, plain
from engine.channels.inbound import Inbound, InboundFile, digest_id
from engine.channels.limits import DEFAULT_LIMITS, Limits
from engine.channels.phone import sender_number
from engine.errors import Invalid, NotAllowed

SIGNATURE_HEADER = "X-Vorgang-Signature"  # sha256=<hex of HMAC over "<timestamp>." + body>
TIMESTAMP_HEADER = "X-Vorgang-Timestamp"  # seconds since 1970, UTC
TWILIO_HEADER = "X-Twilio-Signature"


def sign(secret: str, timestamp: int | str, body: bytes) -> str:
    """The value of `X-Vorgang-Signature` for `body` sent at `timestamp`."""
    sealed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return "sha256=" + sealed.hexdigest()


def verify(
    secret: str,
    timestamp: str,
    signature: str,
    body: bytes,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Raises `NotAllowed` unless `body` was signed with `secret` near `now` (replay window)."""
    if not secret:
        raise NotAllowed("The SMS door has no secret and is closed.")
    if len(body) > limits.webhook_bytes:
        raise Invalid("The message is too large.")
    sealed = sign(secret, timestamp[:20], body)
    if not hmac.compare_digest(sealed.encode(), signature.strip().encode("utf-8", "replace")):
        raise NotAllowed("The signature is wrong.")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotAllowed("The time of the message is missing.")
    if abs(now.timestamp() - int(timestamp)) > limits.replay_seconds:
        raise NotAllowed("The message is too old or from the future.")


def parse_webhook(body: bytes, *, country: str = "+49", limits: Limits = DEFAULT_LIMITS) -> Inbound:
    """The JSON `{"id", "from", "to", "text", "sent_at"?}` as Inbound; `Invalid` if it is not.

    Call `verify` before.
    """
    try:
        data: Any = json.loads(body[: limits.webhook_bytes + 1])
    except (ValueError, RecursionError) as error:
        raise Invalid("The message is no JSON.") from error
    if not isinstance(data, dict) or not isinstance(data.get("from"), str):
        raise Invalid('The message must be an object with "from" and "text".')
    fields = {key: one if isinstance(one, str) else "" for key, one in data.items()}
    sent_at = None
    try:
        sent_at = datetime.fromisoformat(fields.get("sent_at", ""))
        sent_at = sent_at.astimezone(UTC) if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        sent_at = None
    return _inbound(
        fields.get("id", ""), fields["from"], fields.get("to", ""), fields.get("text", ""), body,
        country, limits, sent_at,
    )  # fmt: skip


def twilio_fields(body: bytes, limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, str]]:
    """The form fields of a Twilio request; `Invalid` when there are too many or too much."""
    if len(body) > limits.webhook_bytes:
        raise Invalid("The message is too large.")
    try:
        return parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=limits.webhook_fields
        )
    except ValueError as error:
        raise Invalid("The form cannot be read.") from error


def twilio_signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Twilio's signature: base64 of HMAC-SHA1 over the full url and the sorted fields."""
    words = url + "".join(key + value for key, value in sorted(set(fields)))
    sealed = hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()
    return base64.b64encode(sealed).decode("ascii")


def verify_twilio(token: str, url: str, fields: Iterable[tuple[str, str]], signature: str) -> None:
    """Raises `NotAllowed` unless Twilio signed this form for `url` (as the public reaches it).

    Twilio signs no time; a repeated message is known by its MessageSid.
    """
    if not token:
        raise NotAllowed("The SMS door has no token and is closed.")
    sealed = twilio_signature(token, url, fields)
    if not hmac.compare_digest(sealed.encode(), signature.strip().encode("utf-8", "replace")):
        raise NotAllowed("The signature is wrong.")


def parse_twilio(
    fields: Iterable[tuple[str, str]],
    body: bytes,
    *,
    country: str = "+49",
    limits: Limits = DEFAULT_LIMITS,
) -> Inbound:
    """A Twilio message as Inbound. Call `verify_twilio` before.

    Media stay with the provider: their addresses stand in the text, nothing is fetched.
    """
    form = dict(fields)
    if not form.get("From"):
        raise Invalid("The form names no sender.")
    count = form.get("NumMedia", "0")
    media = [
        one_line(form[f"MediaUrl{number}"], 2_000)
        for number in range(min(int(count), 10) if count.isdecimal() and len(count) < 5 else 0)
        if form.get(f"MediaUrl{number}")
    ]
    text = "\n".join([form.get("Body", ""), *media])
    message = _inbound(
        form.get("MessageSid") or form.get("SmsSid", ""), form["From"], form.get("To", ""), text,
        body, country, limits, None,
    )  # fmt: skip
    message.arrival = {"form": "twilio"}
    if media:
        message.problems.append(f"{len(media)} file(s) lie with the provider and were not fetched.")
    return message


def unreadable(raw: bytes) -> Inbound:
    """A message that is none: no sender, no text, but the bytes as a file and one sentence."""
    return Inbound(
        "sms",
        digest_id(raw),
        files=[InboundFile("original.txt", "application/octet-stream", raw)],
        raw=raw,
        automatic=True,
        problems=["This message could not be read; the original is attached."],
        unreadable=True,
    )


def _inbound(
    key: str, sender: str, to: str, text: str, raw: bytes, country: str, limits: Limits,
    sent_at: datetime | None,
) -> Inbound:  # fmt: skip
    problems = []
    text = plain(text).strip("\n")
    if len(text) > limits.sms_chars:
        text = text[: limits.sms_chars]
        problems.append("The text is too long; what is missing is in the original.")
    number = sender_number(sender, country)
    key = one_line(key, 200)
    return Inbound(
        "sms",
        f"sms:{key}" if key else digest_id(raw),
        sender=number,
        recipients=[sender_number(to, country)] if to.strip() else [],
        subject=one_line(text, 60) or f"SMS from {number}",
        text=text,
        raw=raw,
        sent_at=sent_at,
        # A short code or a name is a machine: an answer would cost money and reach nobody.
        automatic=not number.startswith("+"),
        problems=problems,
    )
