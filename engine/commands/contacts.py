"""Whoever writes to us becomes a contact: a person who is known but cannot log in."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from engine.channels.inbound import Inbound
from engine.people.models import Organisation, Person, PersonRole
from engine.people.queries import person_by_login, person_by_number
from engine.work import Work

GERMAN = re.compile(r"\b(und|nicht|ich|wir|der|die|das|bitte|hallo|guten|grüße|danke)\b", re.I)
OPEN_DOMAINS = {"gmail.com", "gmx.de", "gmx.net", "web.de", "outlook.com", "t-online.de"}


def contact_for(work: Work, inbound: Inbound, *, create: bool) -> Person | None:
    """The person a message comes from; made when there is none and `create` is set."""
    sender = inbound.sender.strip().lower()
    if not sender:
        return None
    by_mail = "@" in sender
    person = person_by_login(work.session, sender)
    if person is None and not by_mail:
        person = person_by_number(work.session, sender)
    if person is not None:
        return person if person.active else None
    if not create:
        return None
    return new_contact(
        work,
        name=inbound.sender_name or sender,
        email=sender if by_mail else "",
        number="" if by_mail else sender,
        channel=inbound.channel,
        language=language_of(inbound.text, work.desk.settings.default_language),
    )


def new_contact(
    work: Work,
    *,
    name: str,
    email: str = "",
    number: str = "",
    channel: str = "web",
    language: str = "en",
) -> Person:
    """Make a customer without a password; the organisation follows from the mail domain."""
    organisation = organisation_of(work, email)
    person = Person(
        login=(email or f"{channel}:{number}").lower()[:320],
        name=" ".join(name.split())[:200] or email or number,
        email=email[:320],
        mobile=number[:40] if channel in ("sms", "phone") else "",
        fax=number[:40] if channel == "fax" else "",
        language=language,
        zone=work.desk.settings.default_zone,
        organisation=organisation,
        active=True,
        created_at=work.now,
        role_rows=[PersonRole(role="customer")],
    )
    work.session.add(person)
    work.session.flush()
    return person


def organisation_of(work: Work, email: str) -> Organisation | None:
    """The organisation that a mail domain belongs to; public mail services belong to nobody."""
    domain = email.rpartition("@")[2].lower()
    if not domain or domain in OPEN_DOMAINS:
        return None
    query = select(Organisation).where(
        func.lower(Organisation.domain) == domain, Organisation.active
    )
    return work.session.scalars(query).first()


def language_of(text: str, default: str) -> str:
    """German or English, by a handful of frequent words; the default where neither is plain."""
    words = len(text[:2000].split())
    if words < 3:
        return default
    return "de" if len(GERMAN.findall(text[:2000])) >= max(1, words // 25) else default
