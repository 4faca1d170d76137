"""Whoever writes to us becomes a contact: a person who is known but cannot log in."""

from __future__ import annotations

import re

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from engine.channels.inbound import Inbound
from engine.channels.phone import sender_number
from engine.people.models import Organisation, Person, PersonRole
from engine.people.queries import person_by_login, person_by_number
from engine.work import Work

GERMAN = re.compile(r"\b(und|nicht|ich|wir|der|die|das|bitte|hallo|guten|grüße|danke)\b", re.I)
OPEN_DOMAINS = {"gmail.com", "gmx.de", "gmx.net", "web.de", "outlook.com", "t-online.de"}


def contact_for(work: Work, inbound: Inbound, *, create: bool) -> Person | None:
    """The person a message comes from; made when there is none and `create` is set.

    None for somebody who has been deactivated: what they write is kept, in nobody's name.
    """
    sender = inbound.writer.strip().lower()
    if not sender:
        return None
    by_mail = "@" in sender
    person = person_by_login(work.session, sender)
    if person is None and not by_mail:
        person = person_by_number(work.session, sender)
        person = person or person_by_login(work.session, f"{inbound.channel}:{sender}")
    if person is not None:
        return person if person.active else None
    if not create:
        return None
    contact = new_contact(
        work,
        name=inbound.writer_name or sender,
        email=sender if by_mail else "",
        number="" if by_mail else sender,
        channel=inbound.channel,
        language=language_of(inbound.text, work.desk.settings.default_language),
    )
    return contact if contact.active else None


def new_contact(
    work: Work,
    *,
    name: str,
    email: str = "",
    number: str = "",
    channel: str = "web",
    language: str = "en",
) -> Person:
    """Make a customer without a password; the organisation follows from the mail domain.

    Whoever came by the same address or number before is the same contact, active or not: a number
    that several people share stands for none of them and has one contact of its own.
    """
    number = number_of(work, number)
    login = (email or f"{channel}:{number}").lower()[:320]
    known = person_by_login(work.session, login)
    if known is not None:
        return known
    person = Person(
        login=login,
        name=" ".join(name.split())[:200] or email or number,
        email=email[:320],
        phone=number if channel not in ("sms", "fax") else "",
        mobile=number if channel == "sms" else "",
        fax=number if channel == "fax" else "",
        language=language,
        zone=work.desk.settings.default_zone,
        organisation=organisation_of(work, email),
        active=True,
        created_at=work.now,
        role_rows=[PersonRole(role="customer")],
    )
    try:
        with work.session.begin_nested():
            work.session.add(person)
    except IntegrityError:  # two who take down the same new caller at the same instant
        known = person_by_login(work.session, login)
        if known is None:
            raise
        return known
    return person


def number_of(work: Work, text: str) -> str:
    """A telephone number in the one spelling by which people are kept and found."""
    return sender_number(text, work.desk.settings.sms_country)[:40]


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
