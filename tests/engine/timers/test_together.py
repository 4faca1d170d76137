"""Timers that fire in one transaction ask for what they look at together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import delete, event, select

from engine.catalogue.models import Queue, Sla
from engine.commands.due import fire_timer
from engine.commands.reminders import remind
from engine.notify.models import Notification
from engine.tickets.flow import StepLog, StepVisit, Subscription, WorkItem
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from engine.work import Work
from tests.desks import MovableClock
from tests.engine.commands.test_processes import TRIAGE
from tests.town import Town

SOLVED = {"work_result": "solved", "message": "The driver was renewed."}
ASK = {"work_result": "ask", "message": "Which driver?"}


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


def test_reminders_that_fire_together_are_done_with_in_a_few_words(
    town: Town, clock: MovableClock
) -> None:
    at = clock.now + timedelta(days=1)
    for _ in range(8):
        number = town.report()
        town.do("agnes", number, lambda work, ticket: remind(work, ticket, at))
    town.desk.run(lambda work: work.session.execute(delete(Timer).where(Timer.kind != "reminder")))
    clock.move(days=2)
    with asked(town) as said:
        assert sweep(town.desk, fire_timer) == 8
    assert sum(one.startswith("DELETE FROM timer") for one in said) == 1
    assert sum(one.startswith("INSERT INTO notification") for one in said) == 1
    assert not any("ticket_tag" in one for one in said)  # nothing happens to the tickets

    def left(work: Work) -> tuple[int, int]:
        told = work.session.query(Notification).filter_by(kind="remind_me").count()
        return work.session.query(Timer).count(), told

    assert town.desk.read(left) == (0, 8)


def worked_on(town: Town, tickets: int, answers: dict[str, str]) -> list[str]:
    """So many tickets that now wait for a time of their process, and for nothing else."""
    numbers = [town.report() for _ in range(tickets)]
    for number in numbers:
        town.complete("agnes", number, "triage", TRIAGE)
        town.complete("agnes", number, "work", answers)
    town.desk.run(lambda work: work.session.execute(delete(Timer).where(Timer.kind != "step")))
    return numbers


def states(town: Town, numbers: list[str]) -> list[str]:
    return [town.see(number, lambda work, ticket: ticket.state.name) for number in numbers]


def said_by_steps(town: Town, clock: MovableClock, tickets: int) -> int:
    """How much is said to the database when that many solved tickets have been silent for days."""
    numbers = worked_on(town, tickets, SOLVED)
    clock.move(days=6)
    with asked(town) as said:
        assert sweep(town.desk, fire_timer) == tickets
    assert states(town, numbers) == ["closed successful"] * tickets
    return len(said)


def test_each_further_step_says_only_what_is_its_own(town: Town, clock: MovableClock) -> None:
    few = said_by_steps(town, clock, 2)
    assert said_by_steps(town, clock, 8) - few < 4 * 6


def test_steps_that_fire_together_leave_behind_what_each_alone_would(
    town: Town, clock: MovableClock
) -> None:
    numbers = worked_on(town, 3, ASK)
    clock.move(days=30)
    assert sweep(town.desk, fire_timer) == 3  # each customer is asked again, and waited for anew
    assert states(town, numbers) == ["waiting for customer"] * 3
    clock.move(days=8)
    sweep(town.desk, fire_timer)
    assert states(town, numbers) == ["closed unsuccessful"] * 3

    def left(work: Work) -> list[object]:
        open_ones = (
            select(StepVisit.id).where(StepVisit.left_at.is_(None)),
            select(WorkItem.id).where(WorkItem.status == "open"),
            select(Subscription.task_id),
            select(Timer.id).where(Timer.kind == "step"),
        )
        return [found for one in open_ones for found in work.session.scalars(one)]

    assert town.desk.read(left) == []
    paths = {
        tuple(town.see(number, lambda work, ticket: _path(work, ticket.id))) for number in numbers
    }
    assert len(paths) == 1


def _path(work: Work, ticket_id: int) -> list[tuple[str, str]]:
    rows = select(StepLog).where(StepLog.ticket_id == ticket_id).order_by(StepLog.id)
    return [(row.step_id, row.outcome) for row in work.session.scalars(rows)]
