"""Organisations: made and changed by admins, each change written down."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.audit.trail import record_desk
from engine.errors import Invalid, NotAllowed
from engine.people.models import Organisation
from engine.work import Work


def save_organisation(
    work: Work,
    name: str,
    *,
    domain: str | None = None,
    internal: bool | None = None,
    vip: bool | None = None,
) -> Organisation:
    """Make an organisation, or change the one of this name; what is None stays as it is.

    `internal` says that its people belong to the house: they find internal offers.
    """
    if not work.actor.is_system and "admin" not in work.actor.roles:
        raise NotAllowed("Only admins do this.")
    name = " ".join(name.split())
    if not name or len(name) > 200 or not name.isprintable():
        raise Invalid("An organisation needs a name.", fields={"name": "required"})
    found = work.session.scalar(select(Organisation).where(Organisation.name == name))
    organisation = found or Organisation(name=name)
    if domain is not None:
        organisation.domain = _domain(work, organisation, domain)
    if internal is not None:
        organisation.internal = internal
    if vip is not None:
        organisation.vip = vip
    work.session.add(organisation)
    work.session.flush()
    what = "organisation changed" if found else "organisation created"
    record_desk(work, what, name=name, domain=organisation.domain, internal=organisation.internal)
    return organisation


def _domain(work: Work, organisation: Organisation, domain: str) -> str:
    domain = domain.strip().lower().removeprefix("@")
    if domain and ("@" in domain or " " in domain or "." not in domain or len(domain) > 200):
        raise Invalid(
            "%(domain)s is no mail domain.",
            values={"domain": domain},
            fields={"domain": "pattern"},
        )
    taken = select(Organisation.name).where(
        func.lower(Organisation.domain) == domain, Organisation.name != organisation.name
    )
    other = work.session.scalar(taken) if domain else None
    if other is not None:
        raise Invalid(
            "%(domain)s belongs to %(other)s already.",
            values={"domain": domain, "other": other},
            fields={"domain": "taken"},
        )
    return domain
