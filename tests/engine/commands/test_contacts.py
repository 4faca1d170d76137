"""Whoever comes again is the same contact, however the number is written and whoever shares it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from engine.channels.fax import from_bytes
from engine.channels.sms import parse_webhook
from engine.commands import contacts
from engine.commands.contacts import new_contact
from engine.commands.intake import deliver
from engine.commands.people import change_person, create_person
from engine.people.models import Person
from engine.people.queries import person_by_login
from tests.town import Town

SHARED = "+49711555000"


def text(town: Town, key: str, sender: str = SHARED, body: str = "Nothing works here.") -> str:
    """A text message comes in; returns the number of the ticket that it became."""
    raw = json.dumps({"id": key, "from": sender, "to": "+49301", "text": body}).encode()
    return deliver(town.desk, parse_webhook(raw)).ticket or ""


def customer(town: Town, number: str) -> str | None:
    return town.see(number, lambda w, t: t.customer.login if t.customer else None)


def give(town: Town, name: str, **numbers: str) -> None:
    town.desk.run(
        lambda w: change_person(w, town.person(w, name), numbers), town.actor("ada")
    )  # the one way in which numbers of people are changed


def test_every_message_from_a_number_that_two_share_comes_in(town: Town) -> None:
    give(town, "clara", phone=SHARED)
    give(town, "max", phone=SHARED)
    numbers = [text(town, key) for key in ("1", "2", "3")]
    assert all(numbers)
    assert {customer(town, number) for number in numbers} == {f"sms:{SHARED}"}


def test_faxes_from_a_shared_number_come_in_too(town: Town) -> None:
    give(town, "clara", fax=SHARED)
    give(town, "max", fax=SHARED)
    for page in (b"%PDF-1.4 one %%EOF", b"%PDF-1.4 two %%EOF"):
        assert deliver(town.desk, from_bytes(SHARED, page)).outcome == "created"


def test_the_message_of_a_deactivated_contact_is_kept_in_nobodys_name(town: Town) -> None:
    first = text(town, "1", "+491601")
    assert customer(town, first) == "sms:+491601"
    town.desk.run(lambda w: change_person(w, town.person(w, "sms:"), {"active": False}))
    second = text(town, "2", "+491601")
    assert second != first
    assert customer(town, second) is None


@pytest.mark.parametrize("typed", ["0170 222 33 44", "0049 (170) 2223344", "+49 170/222-3344"])
def test_a_number_is_known_however_it_was_typed_in(town: Town, typed: str) -> None:
    give(town, "max", mobile=typed)
    assert customer(town, text(town, "1", "+491702223344")) == "max@example.org"


def test_a_national_number_belongs_to_the_country_that_is_set(town: Town) -> None:
    town.desk.settings = replace(town.desk.settings, sms_country="+43")

    def make(work):
        create_person(
            work, login="vera@example.net", name="Vera", roles=["customer"], phone="01 234567"
        )

    town.desk.run(make)
    phone = select(Person.phone).where(Person.login == "vera@example.net")
    assert town.desk.read(lambda w: w.session.scalar(phone)) == "+431234567"


def test_two_who_take_down_the_same_new_caller_at_once_have_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one looked before the first one was there, and finds out when saving."""
    first = town.desk.run(lambda w: new_contact(w, name="Nora", number="+4930777").id)
    asked: list[str] = []

    def too_early(session, login):
        asked.append(login)
        return person_by_login(session, login) if len(asked) > 1 else None

    monkeypatch.setattr(contacts, "person_by_login", too_early)
    second = town.desk.run(lambda w: new_contact(w, name="Nora N.", number="+4930777").id)
    assert second == first
