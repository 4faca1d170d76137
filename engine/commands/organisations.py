"""Organisations: made and changed by admins, each change written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from engine.audit.trail import record_desk
from engine.commands.administering import admins_only, record_change
from engine.commands.contacts import OPEN_DOMAINS
from engine.commands.customer_changes import customer_changed, facts_changed
from engine.commands.people import change_person
from engine.errors import Invalid
from engine.people.models import Organisation, Person
from engine.work import Work

FIELDS = ("name", "domain", "internal", "vip", "active")
LONGEST = 200


def create_organisation(work: Work, values: Mapping[str, Any]) -> Organisation:
    """Make an organisation of `FIELDS`; raises `Invalid` with what is wrong at which field."""
    admins_only(work)
    organisation = Organisation(name="", domain="", internal=False, vip=False, active=True)
    _fill(work, organisation, values)
    work.session.add(organisation)
    work.session.flush()
    record_desk(work, "organisation created", **_state(organisation))
    return organisation


def change_organisation(work: Work, organisation: Organisation, values: Mapping[str, Any]) -> None:
    """Change what is given of `FIELDS`; its people and their tickets stay with it.

    Its open tickets hear of what rules go by.

    `internal` says that its people belong to the house: they find internal offers. One that is not
    active is offered for nobody any more, and its mail domain brings nobody to it.
    """
    admins_only(work)
    before = _state(organisation)
    with work.session.no_autoflush:
        _fill(work, organisation, {**before, **values})
    work.session.flush()
    after = _state(organisation)
    record_change(work, "organisation changed", organisation.name, before, after)
    customer_changed(work, organisation, facts_changed(organisation, before, after))


def take_in(work: Work, organisation: Organisation, people: Iterable[Person]) -> int:
    """Let people belong to an organisation; returns how many did not before.

    Their tickets keep the organisation that they were reported for.
    """
    admins_only(work)
    if not organisation.active:
        raise Invalid("This organisation is out of use.")
    taken = 0
    for person in people:
        if person.organisation is not organisation:
            change_person(work, person, {"organisation": organisation})
            taken += 1
    return taken


def save_organisation(
    work: Work,
    name: str,
    *,
    domain: str | None = None,
    internal: bool | None = None,
    vip: bool | None = None,
) -> Organisation:
    """Make an organisation, or change the one of this name; what is None stays as it is."""
    name = " ".join(name.split())
    given = {"domain": domain, "internal": internal, "vip": vip}
    values = {field: value for field, value in given.items() if value is not None}
    same = select(Organisation).where(Organisation.name == name)
    # A name with signs that nobody can read is none, and PostgreSQL cannot even be asked for some.
    found = work.session.scalar(same) if name.isprintable() else None
    if found is None:
        return create_organisation(work, {"name": name} | values)
    change_organisation(work, found, values)
    return found


def _fill(work: Work, organisation: Organisation, values: Mapping[str, Any]) -> None:
    """Set what was given, after all of it has been found to be right."""
    wrong: dict[str, str] = {}
    name = _name(work, organisation, str(values.get("name") or ""), wrong)
    domain = str(values.get("domain") or "").strip().lower().removeprefix("@")
    other = _at_domain(work, organisation, domain, wrong)
    if other:
        text = "%(domain)s belongs to %(other)s already."
        raise Invalid(text, values={"domain": domain, "other": other}, fields=wrong)
    if wrong.get("domain"):
        text = "%(domain)s is no mail domain of one organisation."
        raise Invalid(text, values={"domain": domain}, fields=wrong)
    if wrong:
        raise Invalid("An organisation needs a name that no other has.", fields=wrong)
    organisation.name, organisation.domain = name, domain
    for flag, standard in (("internal", False), ("vip", False), ("active", True)):
        setattr(organisation, flag, bool(values.get(flag, standard)))


def _name(work: Work, organisation: Organisation, name: str, wrong: dict[str, str]) -> str:
    name = " ".join(name.split())
    same = select(Organisation.id).where(func.lower(Organisation.name) == name.lower())
    if not name or not name.isprintable():
        wrong["name"] = "required"
    elif len(name) > LONGEST:
        wrong["name"] = "maxLength"
    elif any(one != organisation.id for one in work.session.scalars(same)):
        wrong["name"] = "taken"
    return name


def _at_domain(
    work: Work, organisation: Organisation, domain: str, wrong: dict[str, str]
) -> str | None:
    """Whose domain it is already, if somebody else's."""
    if not domain:
        return None
    odd = any(c.isspace() or c in "@,;<>\"'" for c in domain) or not domain.isprintable()
    if odd or "." not in domain.strip(".") or len(domain) > LONGEST:
        wrong["domain"] = "domain"
        return None
    if domain in OPEN_DOMAINS:
        wrong["domain"] = "open_domain"
        return None
    taken = select(Organisation).where(func.lower(Organisation.domain) == domain)
    others = [one for one in work.session.scalars(taken) if one.id != organisation.id]
    if others:
        wrong["domain"] = "taken"
    return others[0].name if others else None


def _state(organisation: Organisation) -> dict[str, Any]:
    return {field: getattr(organisation, field) for field in FIELDS}
