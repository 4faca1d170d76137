"""A step that somebody took and does not touch is free again when its queue says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.catalogue.models import Queue
from engine.commands import steps
from engine.commands.articles import add_note
from engine.commands.due import fire_timer
from engine.commands.pending import set_pending
from engine.commands.reminders import remind
from engine.commands.steps import claim, hand_over, unclaim
from engine.commands.structure import change_queue
from engine.commands.visits import visit
from engine.errors import Invalid
from engine.notify.models import Notification
from engine.people.models import Person
from engine.tickets.flow import WorkItem
from engine.tickets.models import Ticket
from engine.tickets.queries import open_items
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from engine.work import Work
from tests.desks import MovableClock
from tests.town import Town

MINUTES = 60
TRIAGE = {"queue": "Network", "impact": "person", "priority": "3 normal"}


@pytest.fixture
def watched(town: Town) -> Town:
    """A town whose queues take steps back after an hour of working time."""
    town.desk.run(lambda work: work.session.execute(update(Queue).values(unlock_minutes=MINUTES)))
    return town


def take(town: Town, number: str, who: str = "agnes") -> None:
    town.do(who, number, lambda work, t: claim(work, open_items(work.session, t)[0]))


def holder(town: Town, number: str) -> str:
    """Who has the step of a ticket."""

    def question(work: Work, ticket: Ticket) -> str:
        item = open_items(work.session, ticket)[0]
        return item.person.login.partition("@")[0] if item.person else ""

    return str(town.see(number, question))


def told(town: Town) -> int:
    query = select(Notification.id).where(Notification.kind == "taken_back")
    return len(town.desk.read(lambda work: work.session.scalars(query).all()))


def later(town: Town, clock: MovableClock, **by: float) -> None:
    clock.move(**by)
    sweep(town.desk, fire_timer)


def test_what_nobody_touches_is_free_again_and_its_holder_is_told(
    watched: Town, clock: MovableClock
) -> None:
    number = watched.report()
    take(watched, number)
    later(watched, clock, minutes=59)
    assert holder(watched, number) == "agnes"
    later(watched, clock, minutes=2)
    assert holder(watched, number) == ""
    assert told(watched) == 1
    take(watched, number, "ada")
    assert holder(watched, number) == "ada"


@pytest.mark.parametrize("touch", ["note", "look", "aside", "put off"])
def test_whoever_touches_it_keeps_it(watched: Town, clock: MovableClock, touch: str) -> None:
    number = watched.report()
    take(watched, number)
    clock.move(minutes=40)
    later_on = clock.now + timedelta(minutes=20)
    touches: dict[str, Any] = {
        "note": lambda work, ticket: add_note(work, ticket, "Looking into it."),
        "look": lambda work, ticket: visit(work, ticket),
        "aside": lambda work, ticket: set_pending(work, ticket, later_on),
        "put off": lambda work, ticket: remind(work, ticket, later_on, hides=True),
    }
    watched.do("agnes", number, touches[touch])
    later(watched, clock, minutes=21)
    assert holder(watched, number) == "agnes"
    later(watched, clock, minutes=90)
    assert holder(watched, number) == ""


def test_what_others_do_is_no_touch(watched: Town, clock: MovableClock) -> None:
    number = watched.report()
    take(watched, number)
    clock.move(minutes=40)
    watched.do("ada", number, lambda work, ticket: add_note(work, ticket, "Anybody there?"))
    later(watched, clock, minutes=21)
    assert holder(watched, number) == ""


def test_nights_do_not_count(watched: Town, clock: MovableClock) -> None:
    clock.set(datetime(2026, 3, 2, 15, 50, tzinfo=UTC))  # ten minutes before five in Berlin
    number = watched.report()
    take(watched, number)
    later(watched, clock, hours=12)
    assert holder(watched, number) == "agnes"
    later(watched, clock, hours=8)
    assert holder(watched, number) == ""


def test_a_step_handed_over_is_the_other_s_for_as_long(watched: Town, clock: MovableClock) -> None:
    number = watched.report()
    take(watched, number)
    clock.move(minutes=50)

    def give(work: Work, ticket: Ticket) -> None:
        hand_over(work, open_items(work.session, ticket)[0], watched.person(work, "ada"))

    watched.do("agnes", number, give)
    later(watched, clock, minutes=30)
    assert holder(watched, number) == "ada"


def test_what_was_given_back_or_finished_leaves_nothing_to_do(
    watched: Town, clock: MovableClock
) -> None:
    number = watched.report()
    take(watched, number)
    watched.do("agnes", number, lambda w, t: unclaim(w, open_items(w.session, t)[0]))
    later(watched, clock, hours=3)
    assert told(watched) == 0
    assert watched.desk.read(
        lambda w: w.session.scalars(select(Timer).where(Timer.kind == "unlock")).all()
    ) == []  # fmt: skip


def test_a_queue_that_says_so_later_also_reaches_what_is_taken_already(
    town: Town, clock: MovableClock
) -> None:
    number = town.report()
    take(town, number)

    def say(minutes: Any) -> None:
        def command(work: Work) -> None:
            item = work.session.scalars(select(WorkItem).where(WorkItem.status == "open")).one()
            queue = item.queue
            values = {
                "name": queue.short_name, "parent": queue.name.rpartition("::")[0],
                "group": queue.group.name, "unlock": minutes, "active": True,
            }  # fmt: skip
            change_queue(work, queue, values)

        town.desk.run(command, town.actor("ada"))

    later(town, clock, hours=2)
    assert holder(town, number) == "agnes"
    for wrong in ("-5", "1e3", "x", "9999999", "٣"):
        with pytest.raises(Invalid):
            say(wrong)
    say("30")
    later(town, clock, seconds=1)
    later(town, clock, seconds=1)
    assert holder(town, number) == ""


@pytest.mark.both_databases
def test_who_finishes_a_step_at_the_moment_at_which_it_goes_back_has_done_it(
    watched: Town, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    if watched.desk.database.sqlite:
        pytest.skip("one after the other is all that it can")
    number = watched.report()
    take(watched, number)
    clock.move(minutes=61)
    usual, finished = steps.take_up, []

    def meanwhile(work: Work, ticket: Ticket) -> None:
        if not finished:
            finished.extend(item.id for item in open_items(work.session, ticket))
            sweep(watched.desk, fire_timer)
            assert told(watched) == 1
        usual(work, ticket)

    monkeypatch.setattr(steps, "take_up", meanwhile)
    watched.complete("agnes", number, "triage", TRIAGE)
    query = select(WorkItem.status, Person.login).outerjoin(WorkItem.person)
    done = query.where(WorkItem.id.in_(finished))
    rows = watched.desk.read(lambda work: work.session.execute(done).all())
    assert [tuple(row) for row in rows] == [("done", "agnes@example.com")]
