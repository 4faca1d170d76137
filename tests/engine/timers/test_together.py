"""Timers that fire in one transaction ask for what they look at together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event, select

from engine.catalogue.models import Queue, Sla
from engine.commands.due import fire_timer
from engine.commands.reminders import remind
from engine.notify.models import Notification
from engine.timers.sweep import sweep
from engine.work import Work
from tests.desks import MovableClock
from tests.town import Town


@contextmanager
def asked(town: Town) -> Iterator[list[str]]:
    """Everything that the database is asked meanwhile."""
    said: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        said.append(statement)

    event.listen(town.desk.database.pool, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(town.desk.database.pool, "before_cursor_execute", hear)


def questions(town: Town, clock: MovableClock, tickets: int) -> int:
    """How often the database is asked when the clocks and reminders of so many are due at once."""

    def promise(work: Work) -> None:
        sla = work.session.scalar(select(Sla.id).where(Sla.name == "standard"))
        work.session.query(Queue).update({"sla_id": sla})

    town.desk.run(promise)
    for _ in range(tickets):
        number = town.report()
        at = clock.now + timedelta(days=9)
        town.do("agnes", number, lambda work, ticket, at=at: remind(work, ticket, at))  # type: ignore[misc]
    clock.move(days=10)
    with asked(town) as said:
        sweep(town.desk, fire_timer)
    return sum(one.startswith("SELECT") for one in said)


def test_ten_times_as_many_ask_little_more(town: Town, clock: MovableClock) -> None:
    few = questions(town, clock, 1)
    assert questions(town, clock, 10) < 3 * few
    told = town.desk.read(
        lambda work: work.session.scalars(
            select(Notification.ticket_id).where(Notification.kind == "remind_me")
        ).all()
    )
    assert len(told) == len(set(told)) == 11
