"""A reminder and what one puts off are one's own: nobody else sees or loses anything by them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.models import HistoryEntry
from engine.commands.articles import add_note
from engine.commands.changes import apply_changes
from engine.commands.due import fire_timer
from engine.commands.reminders import drop_reminder, remind
from engine.errors import Invalid, NotAllowed, NotFound, VorgangError
from engine.notify.models import Notification
from engine.tickets.models import Reminder, Ticket
from engine.tickets.reminders import reminders_due, reminders_page
from engine.tickets.task_lists import my_count, my_load, my_tasks
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from engine.work import Work
from tests.desks import MovableClock
from tests.town import Town

HOUR = timedelta(hours=1)


def told(town: Town) -> list[tuple[str, str]]:
    """Who was told by which message."""
    query = select(Notification.kind, Notification.person_id)
    rows = town.desk.read(lambda work: work.session.execute(query).all())
    return [(kind, str(person)) for kind, person in rows if kind == "remind_me"]


def mine(town: Town, clock: MovableClock, who: str = "agnes") -> list[str]:
    """The tickets on which somebody has tasks in their list."""

    def question(work: Work) -> list[str]:
        actor, now = town.actor(who), clock.now
        found = [item.ticket.number for item in my_tasks(work.session, actor, now=now)]
        assert my_count(work.session, actor, "", now) == len(found)
        assert my_load(work.session, actor, now, now + HOUR).all == len(found)
        return found

    return town.desk.read(question)


def taken(town: Town) -> str:
    """A ticket whose step agnes has taken."""
    from engine.commands.steps import claim
    from engine.tickets.queries import open_items

    number = town.report()
    town.do("agnes", number, lambda work, t: claim(work, open_items(work.session, t)[0]))
    return number


def put(town: Town, who: str, number: str, at: datetime, note: str = "", **more: Any) -> int:
    """A reminder of somebody on a ticket; its id."""

    def command(work: Work, ticket: Ticket) -> int:
        return remind(work, ticket, at, note, **more).id

    return int(town.do(who, number, command))


def test_one_is_reminded_once_with_one_s_own_words(town: Town, clock: MovableClock) -> None:
    number = town.report()
    before = town.see(number, lambda work, ticket: (ticket.version, ticket.changed_at))
    put(town, "agnes", number, clock.now + HOUR, "ask   for the serial number")
    clock.move(minutes=59)
    sweep(town.desk, fire_timer)
    assert told(town) == []
    clock.move(minutes=2)
    sweep(town.desk, fire_timer)
    sweep(town.desk, fire_timer)
    assert len(told(town)) == 1
    after = town.see(number, lambda work, ticket: (ticket.version, ticket.changed_at))
    assert after == before

    def words(work: Work) -> list[Any]:
        rows = work.session.scalars(select(Notification).where(Notification.kind == "remind_me"))
        return [row.payload.get("text") for row in rows]

    assert town.desk.read(words) == ["ask for the serial number"]
    agnes = town.actor("agnes")
    due = town.desk.read(lambda w: reminders_due(w.session, agnes, clock.now, 9))
    assert [row.note for row in due] == ["ask for the serial number"]


def test_no_history_tells_others_of_it(town: Town, clock: MovableClock) -> None:
    number = town.report()
    put(town, "agnes", number, clock.now + HOUR)
    clock.move(hours=2)
    sweep(town.desk, fire_timer)
    what = select(HistoryEntry.after).where(HistoryEntry.after.contains("remind_me"))
    assert town.desk.read(lambda work: work.session.scalars(what).all()) == []


def test_a_notice_after_an_outage_says_when_it_was_due(town: Town, clock: MovableClock) -> None:
    number = town.report()
    at = clock.now + HOUR
    put(town, "agnes", number, at)
    clock.move(hours=9)
    sweep(town.desk, fire_timer)

    def due(work: Work) -> list[Any]:
        rows = work.session.scalars(select(Notification).where(Notification.kind == "remind_me"))
        return [row.payload.get("due") for row in rows]

    assert town.desk.read(due) == [at.isoformat()]


def test_tasks_put_off_come_back_at_their_moment_whether_or_not_a_worker_runs(
    town: Town, clock: MovableClock
) -> None:
    number = taken(town)
    put(town, "agnes", number, clock.now + HOUR, hides=True)
    assert mine(town, clock) == []
    clock.move(hours=1)
    assert mine(town, clock) == [number]
    clock.move(seconds=1)
    sweep(town.desk, fire_timer)
    assert mine(town, clock) == [number]
    assert town.desk.read(lambda work: work.session.scalars(select(Reminder)).all()) == []
    assert told(town) == []


def test_tasks_put_off_come_back_when_something_happens(town: Town, clock: MovableClock) -> None:
    number = taken(town)
    put(town, "agnes", number, clock.now + HOUR, hides=True)
    clock.move(minutes=5)
    town.do("ada", number, lambda work, ticket: add_note(work, ticket, "The part is here."))
    assert mine(town, clock) == [number]


def test_another_moment_takes_the_place_of_the_first(town: Town, clock: MovableClock) -> None:
    number = town.report()
    first = put(town, "agnes", number, clock.now + HOUR)
    assert put(town, "agnes", number, clock.now + 3 * HOUR) == first
    clock.move(hours=2)
    sweep(town.desk, fire_timer)
    assert told(town) == []
    clock.move(hours=2)
    sweep(town.desk, fire_timer)
    assert len(told(town)) == 1


def test_who_may_not_read_the_ticket_any_more_hears_nothing_of_it(
    town: Town, clock: MovableClock
) -> None:
    number = town.report()
    put(town, "agnes", number, clock.now + HOUR)
    town.do("ada", number, lambda work, ticket: apply_changes(work, ticket, {"queue": "HR"}))
    clock.move(hours=2)
    sweep(town.desk, fire_timer)
    assert told(town) == []
    agnes = town.actor("agnes")
    assert town.desk.read(lambda w: list(reminders_page(w.session, agnes).rows)) == []


def test_only_one_s_own_can_be_ticked_off(town: Town, clock: MovableClock) -> None:
    number = town.report()
    one = put(town, "agnes", number, clock.now + HOUR)
    for who in ("ada", "bruno", "clara"):
        with pytest.raises(NotFound):
            town.desk.run(lambda work: drop_reminder(work, one), town.actor(who))
    town.desk.run(lambda work: drop_reminder(work, one), town.actor("agnes"))
    query = select(Timer).where(Timer.kind == "reminder")
    assert town.desk.read(lambda work: work.session.scalars(query).all()) == []


def test_customers_foreign_tickets_and_the_past_are_refused(
    town: Town, clock: MovableClock
) -> None:
    number = town.report()

    def try_it(who: str, at: datetime) -> type[VorgangError] | None:
        try:
            put(town, who, number, at)
        except VorgangError as error:
            return type(error)
        return None

    assert try_it("clara", clock.now + HOUR) is NotAllowed
    assert try_it("bruno", clock.now + HOUR) is NotFound
    assert try_it("agnes", clock.now) is Invalid
    with pytest.raises(Invalid):
        put(town, "agnes", number, clock.now - HOUR)


def test_there_is_a_bound(town: Town, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.commands.reminders.MOST", 2)
    first, second, third = (town.report(title=f"Screen {n}") for n in range(3))
    for number in (first, second, first):
        put(town, "agnes", number, clock.now + HOUR)
    with pytest.raises(Invalid):
        put(town, "agnes", third, clock.now + HOUR)
    put(town, "ada", third, clock.now + HOUR)
