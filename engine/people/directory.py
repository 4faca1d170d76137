"""The lists of people and of organisations for admins: searched, filtered, in pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.errors import NotFound
from engine.people.models import PERMISSIONS, Group, Membership, Organisation, Person, PersonRole

PAGE = 50


@dataclass(frozen=True)
class Page:
    """One page of people; `total` counts all that were found."""

    people: list[Person]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // PAGE))


def people_page(session: Session, *, text: str = "", role: str = "", number: int = 1) -> Page:
    """People by name, also those put out of use."""
    query = _filtered(select(Person), text, role)
    total = session.scalar(_filtered(select(func.count(Person.id)), text, role)) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    query = (
        query.options(joinedload(Person.organisation), selectinload(Person.role_rows))
        .order_by(Person.active.desc(), func.lower(Person.name), Person.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return Page(list(session.scalars(query)), total, number)


@dataclass(frozen=True)
class OrganisationPage:
    """One page of organisations, each with the number of its active people."""

    rows: list[tuple[Organisation, int]]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // PAGE))


def organisations_page(session: Session, *, text: str = "", number: int = 1) -> OrganisationPage:
    """Organisations by name, found by a part of name or mail domain; those out of use last."""
    found = select(Organisation.id)
    text = text.strip().lower()[:200]
    if text:
        tests = [
            func.lower(column).contains(text, autoescape=True)
            for column in (Organisation.name, Organisation.domain)
        ]
        found = found.where(or_(*tests))
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    number = min(max(1, number), max(1, -(-total // PAGE)))
    people = (
        select(func.count(Person.id))
        .where(Person.organisation_id == Organisation.id, Person.active)
        .scalar_subquery()
    )
    query = (
        select(Organisation, people)
        .where(Organisation.id.in_(found))
        .order_by(Organisation.active.desc(), func.lower(Organisation.name), Organisation.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return OrganisationPage([(one, n) for one, n in session.execute(query)], total, number)


def organisation_with(session: Session, organisation_id: int) -> Organisation:
    """The organisation with this id; raises `NotFound`."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("There is no such organisation.")
    return organisation


def people_of(session: Session, organisation: Organisation) -> tuple[list[Person], int]:
    """The first people of an organisation by name, and how many it has."""
    own = Person.organisation_id == organisation.id
    query = (
        select(Person)
        .where(own)
        .order_by(Person.active.desc(), func.lower(Person.name), Person.id)
        .limit(PAGE)
    )
    total = session.scalar(select(func.count(Person.id)).where(own)) or 0
    return list(session.scalars(query)), total


def homeless(session: Session, organisation: Organisation, *, limit: int = 500) -> list[Person]:
    """Customers who write from an organisation's mail domain and belong to none."""
    domain = organisation.domain.lower()
    if not domain:
        return []
    query = (
        select(Person)
        .where(
            Person.organisation_id.is_(None),
            Person.active,
            func.lower(Person.email).endswith("@" + domain, autoescape=True),
            Person.id.in_(select(PersonRole.person_id).where(PersonRole.role == "customer")),
        )
        .options(selectinload(Person.role_rows))
        .order_by(Person.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def counts_by_role(session: Session) -> dict[str, int]:
    """How many people have each role."""
    query = select(PersonRole.role, func.count()).group_by(PersonRole.role)
    return dict(session.execute(query).all())


def person_with(session: Session, person_id: int) -> Person:
    """The person with this id; raises `NotFound`."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person


def permissions_of(session: Session, person_id: int) -> dict[str, set[str]]:
    """Group name → permissions of one person."""
    query = (
        select(Group.name, Membership.permission)
        .join(Membership, Membership.group_id == Group.id)
        .where(Membership.person_id == person_id)
    )
    found: dict[str, set[str]] = {}
    for group, permission in session.execute(query):
        found.setdefault(group, set()).add(permission)
    return found


def organisations(session: Session, also: Organisation | None = None) -> list[Organisation]:
    """All organisations in use, by name; `also` one that somebody belongs to, in use or not."""
    wanted = or_(Organisation.active, Organisation.id == (also.id if also is not None else None))
    query = select(Organisation).where(wanted).order_by(func.lower(Organisation.name))
    return list(session.scalars(query))


def members(session: Session) -> dict[int, int]:
    """How many active people have a permission in each group, by the group's id."""
    query = (
        select(Membership.group_id, func.count(func.distinct(Membership.person_id)))
        .join(Person, Person.id == Membership.person_id)
        .where(Person.active)
        .group_by(Membership.group_id)
    )
    return dict(session.execute(query).all())


def members_of(session: Session, group: Group) -> list[tuple[Person, list[str]]]:
    """Who is active and may do something in a group's queues, by name, with what they may."""
    query = (
        select(Person, Membership.permission)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.group_id == group.id, Person.active)
        .order_by(func.lower(Person.name), Person.id)
    )
    found: dict[int, tuple[Person, list[str]]] = {}
    for one, permission in session.execute(query):
        found.setdefault(one.id, (one, []))[1].append(permission)
    return [(one, [p for p in PERMISSIONS if p in given]) for one, given in found.values()]


def _filtered(query: Select[Any], text: str, role: str) -> Select[Any]:
    text = text.strip().lower()[:200]
    if text:
        like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        companies = select(Organisation.id).where(
            func.lower(Organisation.name).like(like, escape="\\")
        )
        query = query.where(
            or_(
                func.lower(Person.name).like(like, escape="\\"),
                Person.login.like(like, escape="\\"),
                Person.organisation_id.in_(companies),
            )
        )
    if role:
        query = query.where(
            Person.id.in_(select(PersonRole.person_id).where(PersonRole.role == role))
        )
    return query
