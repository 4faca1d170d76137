"""Finding people, and turning a person into the actor of a piece of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from engine.db.together import asked_once, writing_only
from engine.people.models import Group, Membership, Organisation, Person, PersonRole, TeamLead
from engine.work import Actor


def actor_of(session: Session, person: Person) -> Actor:
    """The actor that this person is now, with roles and group permissions as they stand."""
    groups: dict[int, set[str]] = defaultdict(set)
    if person.is_agent:
        rows = select(Membership.group_id, Membership.permission).where(
            Membership.person_id == person.id
        )
        for group_id, permission in session.execute(rows):
            groups[group_id].add(permission)
    return Actor(
        name=person.name,
        id=person.id,
        roles=person.roles,
        groups={group: frozenset(given) for group, given in groups.items()},
        language=person.language,
        zone=person.zone,
        organisation_id=person.organisation_id,
        company_view=person.company_view,
        internal=person.is_agent or bool(person.organisation and person.organisation.internal),
    )


def person_by_login(session: Session, login: str) -> Person | None:
    """The person with this login, however it was capitalised."""
    return session.scalar(select(Person).where(Person.login == login.strip().lower()))


def names_of(session: Session, logins: Iterable[str]) -> dict[str, str]:
    """What people are called, by their logins, active or not."""
    query = select(Person.login, Person.name).where(Person.login.in_(list(logins)))
    return {row.login: row.name for row in session.execute(query)}


def person_by_number(session: Session, number: str) -> Person | None:
    """The person with this telephone, mobile or fax number; None where it is not unique.

    Numbers are kept in one spelling (E.164), and `number` has to be given in it.
    """
    same = or_(Person.phone == number, Person.mobile == number, Person.fax == number)
    found = session.scalars(select(Person).where(same, Person.active).limit(2)).all()
    return found[0] if len(found) == 1 else None


def find_people(session: Session, text: str, *, limit: int = 12) -> list[Person]:
    """People whose name, address, number or company contains the text; for agents only."""
    text = text.strip()
    if not text:
        return []
    like = f"%{_escaped(text.lower())}%"
    digits = "".join(c for c in text if c.isdigit())
    tests = [
        func.lower(Person.name).like(like, escape="\\"),
        Person.login.like(like, escape="\\"),
        func.lower(Organisation.name).like(like, escape="\\"),
    ]
    if len(digits) >= 3:
        stripped = digits.lstrip("0") or digits
        for column in (Person.phone, Person.mobile, Person.fax):
            tests.append(func.replace(column, " ", "").like(f"%{stripped}%"))
    query = (
        select(Person)
        .outerjoin(Organisation)
        .where(Person.active, or_(*tests))
        .order_by(func.lower(Person.name), Person.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def agents_of_group(session: Session, group_id: int) -> list[Person]:
    """Active agents who may work in this group's queues."""
    return list(
        asked_once(
            session, ("agents", group_id), lambda: _members(session, group_id, ("rw", "owner"))
        )
    )


def readers_of_group(session: Session, group_id: int) -> list[Person]:
    """Active agents who may read the tickets of this group's queues."""
    return _members(session, group_id, ("rw", "ro"))


def _members(session: Session, group_id: int, permissions: Collection[str]) -> list[Person]:
    """The active agents among those who have one of these permissions in a group."""
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.group_id == group_id,
            Membership.permission.in_(permissions),
            Person.active,
        )
        .distinct()
        .order_by(Person.id)
        .options(selectinload(Person.role_rows))
    )
    with writing_only(session, Membership, Person, PersonRole):
        return [person for person in session.scalars(query) if person.is_agent]


def leads_of_group(session: Session, group_id: int) -> list[Person]:
    """Who leads this group, as long as they may read its tickets."""
    return list(asked_once(session, ("leads", group_id), lambda: _leads_of(session, group_id)))


def _leads_of(session: Session, group_id: int) -> list[Person]:
    with writing_only(session, TeamLead):
        query = select(TeamLead.person_id).where(TeamLead.group_id == group_id)
        leading = set(session.scalars(query))
    return (
        [one for one in readers_of_group(session, group_id) if one.id in leading] if leading else []
    )


def agents(session: Session) -> list[Person]:
    """All active agents by name."""
    query = (
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == "agent", Person.active)
        .order_by(func.lower(Person.name))
    )
    return list(session.scalars(query).unique())


def people_with_role(session: Session, role: str) -> list[Person]:
    """Active people who have the role."""
    query = (
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == role, Person.active)
        .order_by(Person.id)
    )
    return list(session.scalars(query).unique())


def groups(session: Session) -> list[Group]:
    """All groups by name."""
    return list(session.scalars(select(Group).order_by(Group.name)))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
