"""Who can do what: a language, a product, a craft. Small and capital letters make no difference."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people.models import Person, PersonSkill


def skills_of(session: Session, person: Person) -> list[str]:
    """What a person can do, by name."""
    rows = session.scalars(select(PersonSkill.skill).where(PersonSkill.person_id == person.id))
    return sorted(rows, key=str.casefold)


def all_skills(session: Session) -> list[str]:
    """Every skill that somebody has, by name."""
    return sorted(session.scalars(select(PersonSkill.skill).distinct()), key=str.casefold)


def with_skill(session: Session, skill: str, among: Collection[int]) -> set[int]:
    """Those of these people who have it."""
    rows = session.execute(
        select(PersonSkill.person_id, PersonSkill.skill).where(PersonSkill.person_id.in_(among))
    )
    wanted = skill.strip().casefold()
    return {row.person_id for row in rows if row.skill.casefold() == wanted}
