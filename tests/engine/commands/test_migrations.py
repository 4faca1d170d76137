"""Running tickets go to another version: one by one, whole or not at all, and back again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.audit.models import HistoryEntry
from engine.catalogue.published import ProcessInForce, ProcessVersion
from engine.commands import migrations
from engine.commands.dry_run import dry_run, version_of
from engine.commands.migrations import (
    continue_migration,
    move_ticket,
    pause_migration,
    start_migration,
    undo_migration,
    work_on,
)
from engine.commands.processes import send_message
from engine.commands.steps import claim, save_draft
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.housekeeping import tidy
from engine.outbox.drain import drain
from engine.outbox.models import OutboxRow
from engine.sla.models import TicketClock
from engine.tickets.flow import Incident, ProcessInstance, StepVisit, Subscription, WorkItem
from engine.tickets.moves import Migration, MigrationTicket, counts_of
from engine.tickets.queries import instance_of, open_items
from engine.timers.models import Timer
from tests.engine.commands.drawn import Pen, publish, take


def flow(
    *extra: str, late: str = "P3D", step: str = "work", lane: str = "", state: str = ""
) -> Pen:
    """start → work (reminder on its border) → … → rest → end."""
    p = Pen("small").start().user(*extra, "rest").end()
    ext = f"<spiffworkflow:ticketState>{state}</spiffworkflow:ticketState>" if state else ""
    p.node("userTask", step, ext=ext)
    if late:
        p.border("late", step, p.timer_event(late), False)
        p.service("say", "note", text="'late'").end("said").flow("late", "say", "said")
    p.border("asked", step, p.message_event("ask"), False).end("heard").flow("asked", "heard")
    if lane:
        p.lane("Others", step, assign=lane)
    return p.flow("start", step, *extra, "rest", "done")


def begin(town: Any, *pens: Pen, count: int = 1) -> list[str]:
    """Tickets on the first of these versions, then the others published."""
    publish(town, pens[0])
    numbers = [take(town, "small") for _ in range(count)]
    for pen in pens[1:]:
        publish(town, pen)
    return numbers


def start(town: Any, by: str = "olga", number: int | None = None, **more: Any) -> int:
    def command(work: Any) -> int:
        return start_migration(work, version_of(work, "small", number), **more).id

    return int(town.desk.run(command, town.actor(by)))


def finish(town: Any, migration_id: int) -> dict[str, int]:
    while work_on(town.desk, migration_id, 3):
        pass
    return counts(town, migration_id)


def counts(town: Any, migration_id: int) -> dict[str, int]:
    return town.desk.read(lambda w: counts_of(w.session, [migration_id])[migration_id])


def status(town: Any, migration_id: int) -> str:
    return town.desk.read(lambda w: w.session.get_one(Migration, migration_id).status)


def version(town: Any, number: str) -> int:
    return int(town.see(number, lambda w, t: instance_of(w.session, t).version.number))


def rows(town: Any, number: str) -> dict[str, Any]:
    """What the desk holds about where a ticket stands."""

    def look(work: Any, ticket: Any) -> dict[str, Any]:
        s = work.session
        item = open_items(s, ticket)[0]
        return {
            "item": (item.id, item.task_id, item.step_id, item.title, item.lane, item.person_id,
                     item.draft, item.due_at),
            "timer": s.scalars(select(Timer.due_at).where(
                Timer.ticket_id == ticket.id, Timer.kind == "step")).all(),
            "messages": s.scalars(select(Subscription.message).where(
                Subscription.instance_id == item.instance_id)).all(),
            "clocks": s.execute(select(TicketClock.kind, TicketClock.due_at)
                                .where(TicketClock.ticket_id == ticket.id)).all(),
            "visit": s.execute(select(StepVisit.step_id, StepVisit.entered_at).where(
                StepVisit.ticket_id == ticket.id, StepVisit.left_at.is_(None))).all(),
            "document": instance_of(s, ticket).document,
        }  # fmt: skip

    return dict(town.see(number, look))


def test_claims_drafts_clocks_and_due_times_survive(town: Any, clock: Any) -> None:
    [number] = begin(town, flow(), flow("check", late="P1D"))
    town.do("agnes", number, lambda w, t: claim(w, open_items(w.session, t)[0]))
    town.do(
        "agnes", number, lambda w, t: save_draft(w, open_items(w.session, t)[0], {"x": "typed"})
    )
    before = rows(town, number)
    clock.move(hours=5)
    assert finish(town, start(town, note="a step more")) == {"moved": 1}
    after = rows(town, number)
    assert {k: v for k, v in after.items() if k != "document"} == {
        k: v for k, v in before.items() if k != "document"
    }
    assert version(town, number) == 2
    entry = town.see(number, lambda w, t: w.session.scalars(
        select(HistoryEntry).where(HistoryEntry.ticket_id == t.id, HistoryEntry.what == "migrated")
    ).one())  # fmt: skip
    assert (entry.before, entry.after, entry.reason, entry.actor) == (
        "small v1", "small v2", "a step more", "Olga Brandt"
    )  # fmt: skip
    town.complete("agnes", number, "work", {})
    assert town.steps(number) == ["check"]


def test_the_dry_run_counts_by_place_and_changes_nothing(town: Any) -> None:
    numbers = begin(town, flow(), flow(step="do", lane="queue:Network"), count=4)
    town.complete("agnes", numbers[0], "work", {})

    def look(work: Any, **more: Any) -> Any:
        return dry_run(work, version_of(work, "small"), **more)

    found = town.desk.read(look, town.actor("olga"))
    assert (found.movable, found.stuck) == (1, 3)
    assert [(g.movable, [p.step for p in g.places], len(g.tickets)) for g in found.groups] == [
        (False, ["work"], 3), (True, ["rest"], 1)
    ]  # fmt: skip
    assert (found.unplaced["work"][0], found.suggested) == ("do", {"work": "do"})
    found = town.desk.read(lambda w: look(w, mapping={"work": "do"}), town.actor("olga"))
    assert (found.movable, found.stuck) == (4, 0)
    [place] = next(g for g in found.groups if len(g.tickets) == 3).places
    assert (place.step, place.target) == ("work", "do")
    assert ("lane", "Others (queue:Network)") in [(c.what, c.after) for c in place.changes]
    only = town.desk.read(lambda w: look(w, tickets=[numbers[0]]), town.actor("olga"))
    assert (only.movable, only.stuck) == (1, 0)
    none = town.desk.read(lambda w: look(w, numbers=[7]), town.actor("olga"))
    assert none.groups == []
    assert [version(town, n) for n in numbers] == [1] * 4


def test_refused_tickets_stay_whole_with_the_reason_and_go_with_a_mapping(town: Any) -> None:
    numbers = begin(town, flow(), flow(step="do"), count=3)
    town.complete("agnes", numbers[0], "work", {})
    before = rows(town, numbers[1])
    first = start(town)
    assert finish(town, first) == {"moved": 1, "refused": 2}
    assert (status(town, first), rows(town, numbers[1])) == ("done", before)
    refused = town.desk.read(lambda w: w.session.scalars(
        select(MigrationTicket).where(MigrationTicket.status == "refused")).first())  # fmt: skip
    assert refused.reasons[0]["steps"] == {"step": "work"}
    assert finish(town, start(town, mapping={"work": "do"})) == {"moved": 2}
    assert [town.steps(n) for n in numbers] == [["rest"], ["do"], ["do"]]
    assert rows(town, numbers[1])["visit"] == [("do", before["visit"][0][1])]
    town.complete("agnes", numbers[1], "do", {})
    town.complete("agnes", numbers[1], "rest", {})


def test_another_lane_gives_the_step_to_others_and_keeps_a_claim_that_may_stay(town: Any) -> None:
    one, two = begin(town, flow(), flow(lane="queue:Network"), count=2)
    town.do("agnes", one, lambda w, t: claim(w, open_items(w.session, t)[0]))
    finish(town, start(town))

    def whose(work: Any, ticket: Any) -> Any:
        item = open_items(work.session, ticket)[0]
        return item.queue.name, item.explicit, item.person.name if item.person else None, item.lane

    assert town.see(one, whose) == ("Network", True, "Agnes Meier", "Others")
    assert town.see(two, whose) == ("Network", True, None, "Others")
    publish(town, flow(lane="queue:HR"))
    finish(town, start(town))
    assert town.see(one, whose) == ("HR", True, None, "Others")


def test_a_new_timer_counts_from_the_move_and_one_gone_no_longer_fires(
    town: Any, clock: Any
) -> None:
    [number] = begin(town, flow(late=""), flow(late="P2D"))
    assert rows(town, number)["timer"] == []
    clock.move(days=10)
    finish(town, start(town))
    due = clock.now + timedelta(days=2)
    assert (rows(town, number)["timer"], rows(town, number)["item"][-1]) == ([due], due)
    publish(town, flow(late=""))
    finish(town, start(town))
    assert (rows(town, number)["timer"], rows(town, number)["item"][-1]) == ([], None)


def test_a_due_time_moved_by_hand_is_kept_beside_a_sooner_new_one(town: Any, clock: Any) -> None:
    second = flow()
    second.border("soon", "work", second.timer_event("PT1H"), False).end("e").flow("soon", "e")
    [number] = begin(town, flow(), second)
    later = clock.now + timedelta(days=9)
    town.desk.run(lambda w: setattr(w.session.scalars(
        select(Timer).where(Timer.kind == "step")).one(), "due_at", later))  # fmt: skip
    finish(town, start(town))
    tasks = rows(town, number)["document"]["trees"][0]["tasks"]
    dues = {task["s"]: task["in"]["due"] for task in tasks if "due" in task.get("in", {})}
    assert dues == {
        "late": later.isoformat(), "soon": (clock.now + timedelta(hours=1)).isoformat()
    }  # fmt: skip
    assert rows(town, number)["timer"] == [clock.now + timedelta(hours=1)]


def test_the_state_follows_the_step_only_where_the_step_says_another_one(town: Any) -> None:
    [number] = begin(town, flow(), flow("check"), flow(state="waiting for customer"))
    finish(town, start(town, number=2))
    assert town.see(number, lambda w, t: t.state.name) == "new"
    third = start(town)
    finish(town, third)
    assert town.see(number, lambda w, t: t.state.name) == "waiting for customer"
    town.desk.run(lambda w: undo_migration(w, third), town.actor("olga"))
    finish(town, third)
    assert town.see(number, lambda w, t: t.state.name) == "new"


def test_taking_back_puts_the_rows_back_unless_the_ticket_went_on(town: Any, clock: Any) -> None:
    numbers = begin(town, flow(), flow(step="do", late="P1D", lane="queue:Network"), count=3)
    before = [rows(town, n) for n in numbers]
    moved = start(town, mapping={"work": "do"})
    finish(town, moved)
    clock.move(hours=1)
    town.do("agnes", numbers[1], lambda w, t: save_draft(
        w, open_items(w.session, t)[0], {"x": "typed"}))  # fmt: skip
    town.complete("agnes", numbers[2], "do", {})
    town.desk.run(lambda w: undo_migration(w, moved), town.actor("olga"))
    assert finish(town, moved) == {"undone": 2, "kept": 1}
    assert status(town, moved) == "undone"
    assert rows(town, numbers[0]) == before[0]
    after = rows(town, numbers[1])
    assert after["item"][6] == {"x": "typed"}
    assert after["document"] == before[1]["document"]
    assert [version(town, n) for n in numbers] == [1, 1, 2]
    for number in numbers[:2]:
        town.complete("agnes", number, "work", {})
        assert town.steps(number) == ["rest"]
    with pytest.raises(Conflict):
        town.desk.run(lambda w: undo_migration(w, moved), town.actor("olga"))


def test_a_message_or_timer_since_the_move_keeps_the_ticket_there(town: Any, clock: Any) -> None:
    numbers = begin(town, flow(), flow("check"), count=2)
    moved = start(town)
    finish(town, moved)
    town.do("agnes", numbers[0], lambda w, t: send_message(w.as_desk(), t, "ask"))
    town.desk.run(lambda w: undo_migration(w, moved), town.actor("olga"))
    assert finish(town, moved) == {"undone": 1, "kept": 1}
    assert [version(town, n) for n in numbers] == [2, 1]


def test_it_can_be_paused_and_goes_on_where_it_was(town: Any) -> None:
    numbers = begin(town, flow(), flow("check"), count=5)
    moving, olga = start(town), town.actor("olga")
    assert work_on(town.desk, moving, 2) == 2
    town.desk.run(lambda w: pause_migration(w, moving), olga)
    assert work_on(town.desk, moving, 2) == 0
    assert counts(town, moving) == {"moved": 2, "waiting": 3}
    with pytest.raises(Conflict):
        town.desk.run(lambda w: pause_migration(w, moving), olga)
    with pytest.raises(Conflict):
        start(town)
    town.desk.run(lambda w: continue_migration(w, moving), olga)
    assert finish(town, moving) == {"moved": 5}
    assert {version(town, n) for n in numbers} == {2}


def test_the_outbox_drives_it_turn_by_turn_to_its_end(town: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(migrations, "TURN", 2)
    monkeypatch.setattr(migrations.work_on, "__defaults__", (2,))
    numbers = begin(town, flow(), flow("check"), count=5)
    town.desk.run(lambda w: [setattr(r, "status", "done") for r in w.session.scalars(
        select(OutboxRow))])  # fmt: skip
    moving = start(town)
    assert drain(town.desk, {migrations.TOPIC: migrations.MOVER}) == 4
    assert (status(town, moving), counts(town, moving)) == ("done", {"moved": 5})
    assert {version(town, n) for n in numbers} == {2}


def test_what_ended_or_was_moved_meanwhile_is_passed(town: Any) -> None:
    one, two = begin(town, flow(), flow("check"), flow("look"), count=2)
    moving = start(town)
    for step in ("work", "rest"):
        town.complete("agnes", one, step, {})
    assert finish(town, moving) == {"moved": 1, "passed": 1}
    assert version(town, two) == 3


def test_what_fails_is_tried_again_and_then_left_without_holding_others_up(
    town: Any, monkeypatch: Any
) -> None:
    numbers = begin(town, flow(), flow("check"), count=3)
    plain = migrations.migrate_one

    def broken(work: Any, row: Any, entry: Any) -> None:
        plain(work, row, entry)
        if work.session.get_one(ProcessInstance, entry.instance_id).ticket.number == numbers[0]:
            raise RuntimeError("no")

    monkeypatch.setattr(migrations, "migrate_one", broken)
    moving = start(town)
    assert finish(town, moving) == {"moved": 2, "refused": 1}
    assert [version(town, n) for n in numbers] == [1, 2, 2]


def test_an_agent_who_completes_the_step_at_the_same_time_loses_nothing(
    town: Any, monkeypatch: Any
) -> None:
    [number] = begin(town, flow(), flow("check"))
    plain, done = migrations.migrate_one, []

    def overtaken(work: Any, row: Any, entry: Any) -> None:
        """The agent commits between our reading and our writing, where the database lets them."""
        instance = work.session.get_one(ProcessInstance, entry.instance_id)
        assert instance.status == "running"
        if not done and work.session.get_bind().dialect.name == "postgresql":
            done.append(town.complete("agnes", number, "work", {}))
        plain(work, row, entry)

    monkeypatch.setattr(migrations, "migrate_one", overtaken)
    assert finish(town, start(town)) == {"moved": 1}
    assert version(town, number) == 2
    if done:
        assert town.steps(number) == ["rest"]
    else:
        town.complete("agnes", number, "work", {})
        assert town.steps(number) == ["check"]


def test_a_failed_step_goes_with_its_incident(town: Any) -> None:
    def failing(script: str, key: str) -> Pen:
        p = Pen("small").start().user("work").script(key, script).user("rest").end()
        return p.flow("start", "work", key, "rest", "done")

    publish(town, failing("x = nothing + 1", "sum"))
    number = take(town, "small")
    town.complete("agnes", number, "work", {})
    publish(town, failing("x = 1", "total"))
    finish(town, start(town, mapping={"sum": "total"}))
    incident = town.see(number, lambda w, t: w.session.scalars(
        select(Incident).where(Incident.ticket_id == t.id)).one())  # fmt: skip
    assert (incident.step_id, incident.resolved_at, incident.tries) == ("total", None, 1)


def test_one_ticket_is_moved_at_once(town: Any) -> None:
    one, two = begin(town, flow(), flow("check"), count=2)

    def command(work: Any, ticket: Any) -> str:
        return move_ticket(work, ticket, version_of(work, "small"), note="only this").status

    assert town.do("agnes", one, lambda w, t: t.number) == one
    olga = town.actor("olga")
    with pytest.raises(NotFound):
        town.do("olga", one, command)  # owners have no right to tickets by being owners
    del olga
    assert town.desk.run(lambda w: command(w, town_ticket(w, one)), town.actor("ada")) == "moved"
    assert [version(town, n) for n in (one, two)] == [2, 1]


def town_ticket(work: Any, number: str) -> Any:
    from engine.tickets.models import Ticket

    return work.session.scalars(select(Ticket).where(Ticket.number == number)).one()


@pytest.mark.parametrize("by", ["agnes", "clara"])
def test_only_owners_and_admins_move_tickets(town: Any, by: str) -> None:
    begin(town, flow(), flow("check"))
    with pytest.raises(NotAllowed):
        start(town, by)
    moving = start(town)
    for command in (pause_migration, continue_migration, undo_migration):
        with pytest.raises(NotAllowed):
            town.desk.run(lambda w, c=command: c(w, moving), town.actor(by))
    with pytest.raises(NotAllowed):
        town.desk.read(lambda w: dry_run(w, version_of(w, "small")), town.actor(by))


def test_what_is_not_there_is_not_found(town: Any) -> None:
    begin(town, flow())
    with pytest.raises(Invalid, match="No ticket is on another version"):
        start(town)
    for number in (7, -1):
        with pytest.raises(NotFound):
            start(town, number=number)
    for migration_id in (0, 99, 2**40):
        with pytest.raises(NotFound):
            town.desk.run(lambda w, i=migration_id: undo_migration(w, i), town.actor("olga"))


def test_moved_tickets_are_counted_once_however_many(town: Any) -> None:
    begin(town, flow(), flow("check"), count=3)
    moving = start(town)
    finish(town, moving)
    held = town.desk.read(lambda w: w.session.scalar(
        select(func.count(WorkItem.id)).where(WorkItem.status == "open")))  # fmt: skip
    assert held == 3
    in_force = town.desk.read(lambda w: w.session.get_one(ProcessInForce, "small").version.number)
    assert in_force == town.desk.read(
        lambda w: w.session.scalar(select(func.max(ProcessVersion.number)))
    )


def test_after_a_month_a_move_is_for_good(town: Any, clock: Any) -> None:
    [number] = begin(town, flow(late=""), flow("check", late=""))
    moving = start(town)
    finish(town, moving)
    clock.move(days=31)
    tidy(town.desk)
    town.desk.run(lambda w: undo_migration(w, moving), town.actor("olga"))
    assert finish(town, moving) == {"kept": 1}
    assert version(town, number) == 2


def test_the_dry_run_sees_who_went_on_since_it_looked(town: Any) -> None:
    numbers = begin(town, flow(), flow("check"), count=2)

    def places() -> list[tuple[list[str], int]]:
        found = town.desk.read(lambda w: dry_run(w, version_of(w, "small")), town.actor("olga"))
        return sorted(([p.step for p in g.places], len(g.tickets)) for g in found.groups)

    assert places() == places() == [(["work"], 2)]
    town.complete("agnes", numbers[0], "work", {})
    assert places() == [(["rest"], 1), (["work"], 1)]
