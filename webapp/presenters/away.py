"""The days on which somebody is away, for the two pages on which they are said."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from engine.people.absence import absence_of
from engine.people.models import Person
from engine.people.queries import agents

FIELDS = ("first_day", "last_day", "substitute")


def days_of(request: Request, person: Person) -> dict[str, Any]:
    """The days as they stand, who could stand in, and whether the person is away today."""
    row = absence_of(request.db, person)
    others = {one.id: one for one in agents(request.db) if one.id != person.id}
    stands_in = others.get(row.substitute_id or 0) if row else None
    today = request.work.now.astimezone(ZoneInfo(person.zone)).date()
    return {
        "first_day": row.first_day.isoformat() if row else "",
        "last_day": row.last_day.isoformat() if row else "",
        "substitute": stands_in.login if stands_in else "",
        "others": [(one.login, one.name) for one in others.values()],
        "now": row is not None and row.first_day <= today <= row.last_day,
        "said": row is not None,
    }


def days_typed(request: Request) -> dict[str, str]:
    """What was typed; the button that says somebody is back types nothing."""
    post = request.POST
    back = "back" in post
    return {name: "" if back else str(post.get(name, ""))[:320].strip() for name in FIELDS}
