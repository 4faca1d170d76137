"""Who is away on a day, as the calendar on their own wall says, and who stands in for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.db.together import writing_only
from engine.people.models import Absence, Person


def absence_of(session: Session, person: Person) -> Absence | None:
    """The days that somebody has said, past or to come."""
    return session.get(Absence, person.id)


def away(session: Session, people: Iterable[Person], now: datetime) -> dict[int, int | None]:
    """Those of these people who are away now, each with the id of who stands in, if anybody."""
    zones = {person.id: person.zone for person in people}
    query = select(Absence).where(Absence.person_id.in_(zones))
    with writing_only(session, Absence):
        rows = session.scalars(query).all()
    return {
        row.person_id: row.substitute_id
        for row in rows
        if row.first_day <= now.astimezone(ZoneInfo(zones[row.person_id])).date() <= row.last_day
    }
