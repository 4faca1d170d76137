"""Saying when somebody is away; what is handed out passes them by in those days."""

from __future__ import annotations

from datetime import date

from engine.audit.trail import record_desk
from engine.commands.administering import admins_only
from engine.errors import Invalid
from engine.people.models import Absence, Person
from engine.people.queries import person_by_login
from engine.work import Work


def say_away(
    work: Work, person: Person, first_day: str, last_day: str, substitute: str = ""
) -> None:
    """Set the days (ISO, both included) and who stands in, by login; without days, nobody is away.

    Everybody says it of themselves, admins of all. Raises `Invalid` with the field.
    """
    if person.id != work.actor.id:
        admins_only(work)
    row = work.session.get(Absence, person.id)
    if not first_day and not last_day:
        if row is not None:
            work.session.delete(row)
            record_desk(work, "back again", login=person.login)
        return
    days = _day(first_day, "first_day"), _day(last_day, "last_day")
    if days[1] < days[0]:
        raise Invalid("The last day is before the first.", fields={"last_day": "days"})
    stands_in = _substitute(work, person, substitute.strip())
    if row is None:
        row = Absence(person_id=person.id)
        work.session.add(row)
    row.first_day, row.last_day = days
    row.substitute_id = stands_in.id if stands_in else None
    work.session.flush()
    said = stands_in.login if stands_in else ""
    record_desk(work, "away", login=person.login, first=first_day, last=last_day, substitute=said)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("Please give both days.", fields={field: "required"}) from None


def _substitute(work: Work, person: Person, login: str) -> Person | None:
    if not login:
        return None
    found = person_by_login(work.session, login)
    if found is None or not found.active or not found.is_agent or found.id == person.id:
        raise Invalid("Nobody can stand in by that name.", fields={"substitute": "enum"})
    return found
