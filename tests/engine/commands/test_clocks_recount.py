"""Rows that do not say what history says are found, named and mended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from engine.commands.clocks_recount import differing, mend_clocks
from engine.commands.tickets import close_ticket
from engine.sla.models import TicketClock
from engine.tickets.models import Ticket
from engine.timers.models import Timer

LATER = datetime(2030, 1, 1, tzinfo=UTC)
DAMAGE: list[tuple[Any, tuple[str, str]]] = [
    (update(TicketClock).where(TicketClock.kind == "solution").values(left=1),
     ("solution", "left")),
    (update(TicketClock).where(TicketClock.kind == "solution").values(due_at=LATER),
     ("solution", "due_at")),
    (delete(Timer).where(Timer.kind == "clock", Timer.subject == "1"), ("first_response", "timer")),
    (update(Timer).where(Timer.kind == "clock", Timer.subject == "1").values(due_at=LATER),
     ("first_response", "timer")),
    (update(Ticket).values(due_at=LATER), ("", "nearest")),
    (delete(TicketClock).where(TicketClock.kind == "solution"), ("solution", "missing")),
    (update(TicketClock).where(TicketClock.kind == "solution").values(kind="update"),
     ("update", "extra")),
    (update(TicketClock).values(stopped_at=LATER), ("solution", "stopped_at")),
]  # fmt: skip


def found(town: Any) -> list[tuple[str, str]]:
    def look(work: Any) -> list[tuple[str, str]]:
        return [(one.kind, one.what) for one in differing(work.session).differing]

    return list(town.desk.read(look))


@pytest.mark.parametrize(("damage", "named"), DAMAGE)
def test_what_differs_is_named_and_mended(town: Any, damage: Any, named: tuple[str, str]) -> None:
    number = town.report(sla="gold")
    assert found(town) == []
    town.desk.run(lambda work: work.session.execute(damage) and None)
    assert named in found(town)
    town.desk.run(lambda work: mend_clocks(work, town_id(work, number)))
    assert found(town) == []


def town_id(work: Any, number: str) -> int:
    return int(work.session.scalars(select(Ticket.id).where(Ticket.number == number)).one())


def test_many_tickets_are_looked_at_in_parts(town: Any) -> None:
    numbers = [town.report(sla="standard", title=f"Number {one}") for one in range(5)]
    town.do("agnes", numbers[0], lambda w, t: close_ticket(w, t))
    town.desk.run(lambda work: work.session.execute(update(TicketClock).values(target=1)) and None)
    seen, after = [], 0
    while part := town.desk.read(lambda w, after=after: differing(w.session, after, 2)):
        if not part.seen:
            break
        seen += sorted({one.number for one in part.differing})
        after = part.last_id
    assert seen == numbers
    only = town.desk.read(lambda w: differing(w.session, only=town_id(w, numbers[3])))
    assert {one.number for one in only.differing} == {numbers[3]}
