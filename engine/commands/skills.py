"""Saying what somebody can do; rules hand tickets out by it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete

from engine.audit.trail import record_desk
from engine.commands.administering import admins_only
from engine.errors import Invalid
from engine.people.models import Person, PersonSkill
from engine.people.skills import all_skills, skills_of
from engine.work import Work

MOST = 50
LONGEST = 60


def set_skills(work: Work, person: Person, names: Iterable[str]) -> None:
    """Say all that a person can do; a skill that somebody has already is spelled like theirs.

    Raises `Invalid` with the field.
    """
    admins_only(work)
    known = {name.casefold(): name for name in all_skills(work.session)}
    wanted: dict[str, str] = {}
    for name in names:
        said = " ".join(name.split())
        if len(said) > LONGEST or not said.isprintable():
            raise _wrong("maxLength")
        if said:
            wanted.setdefault(said.casefold(), known.get(said.casefold(), said))
    if len(wanted) > MOST:
        raise _wrong("maxItems")
    if wanted and not person.is_agent:
        raise Invalid("Only agents have skills.", fields={"skills": "enum"})
    before, after = skills_of(work.session, person), sorted(wanted.values(), key=str.casefold)
    if before == after:
        return
    work.session.execute(delete(PersonSkill).where(PersonSkill.person_id == person.id))
    work.session.add_all(PersonSkill(person_id=person.id, skill=name) for name in after)
    work.session.flush()
    record_desk(work, "skills changed", login=person.login, before=before, after=after)


def _wrong(code: str) -> Invalid:
    return Invalid(
        "At most %(number)s skills of %(length)s characters each.",
        fields={"skills": code},
        values={"number": MOST, "length": LONGEST},
    )
