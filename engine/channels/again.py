"""A message that lies stored is read once more, with what the door knew when it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.channels import sms
from engine.channels.fax import from_bytes
from engine.channels.inbound import Inbound
from engine.channels.mail_in import parse_mail
from engine.errors import Invalid


def read_again(
    channel: str, raw: bytes, arrival: Mapping[str, Any], *, country: str = "+49"
) -> Inbound:
    """The message in `raw` as the door read it that wrote down `arrival`; never raises."""
    if channel == "fax":
        number, name = str(arrival.get("number", "")), str(arrival.get("name", ""))
        return from_bytes(number, raw, name=name, country=country)
    if channel == "sms":
        return _sms(raw, arrival, country)
    missing = str(arrival.get("missing", ""))
    mail = parse_mail(raw, trusted=bool(arrival.get("trusted")), missing=missing)
    return steered(mail, str(arrival.get("queue", "")))


def steered(mail: Inbound, queue: str) -> Inbound:
    """The same mail, wanted in a queue by the account it came through."""
    if queue:
        mail.headers["queue"] = mail.arrival["queue"] = queue
    return mail


def _sms(raw: bytes, arrival: Mapping[str, Any], country: str) -> Inbound:
    try:
        if arrival.get("form") == "twilio":
            return sms.parse_twilio(sms.twilio_fields(raw), raw, country=country)
        return sms.parse_webhook(raw, country=country)
    except Invalid:
        return sms.unreadable(raw)
