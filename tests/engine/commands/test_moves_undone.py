"""Moves of tickets taken back one after the other, and begun by two at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.dry_run import version_of
from engine.commands.due import fire_timer
from engine.commands.migrations import (
    continue_migration,
    start_migration,
    undo_migration,
    work_on,
)
from engine.commands.tickets import close_ticket
from engine.errors import Conflict
from engine.tickets import queries
from engine.tickets.models import Ticket, TicketLink
from engine.tickets.moves import Migration
from engine.tickets.queries import instance_of
from engine.timers.sweep import sweep
from tests.engine.commands.drawn import Pen, publish, take
from tests.engine.commands.test_at_once import at_once
from tests.engine.commands.test_migrations import (
    begin,
    finish,
    flow,
    rows,
    start,
    status,
    version,
)


def take_back(town: Any, migration_id: int) -> dict[str, int]:
    town.desk.run(lambda w: undo_migration(w, migration_id), town.actor("olga"))
    return finish(town, migration_id)


def last_outcomes(town: Any, number: str) -> dict[str, str]:
    """What the path says of each step at last."""
    log = town.see(number, lambda w, t: queries.step_log(w.session, instance_of(w.session, t)))
    return {entry.step_id: entry.outcome for entry in log}


def test_two_moves_are_taken_back_the_later_one_first(town: Any) -> None:
    [number] = begin(town, flow(), flow("check"), flow("check", "more", late="P1D"))
    before = rows(town, number)
    first = start(town, number=2)
    finish(town, first)
    second = start(town)
    finish(town, second)
    with pytest.raises(Conflict, match="moved again"):
        take_back(town, first)
    assert (version(town, number), status(town, first)) == (3, "done")
    assert take_back(town, second) == {"undone": 1}
    assert take_back(town, first) == {"undone": 1}
    assert version(town, number) == 1
    assert rows(town, number) == before


def test_what_was_moved_to_and_fro_is_taken_back_to_where_it_was(town: Any) -> None:
    [number] = begin(town, flow(), flow("check"), flow("check", "more"))
    there = start(town, number=2)
    finish(town, there)
    back = start(town, number=1)
    finish(town, back)
    assert [take_back(town, one) for one in (back, there)] == [{"undone": 1}] * 2
    assert version(town, number) == 1


def test_taking_back_that_was_broken_off_goes_on_as_such(town: Any) -> None:
    numbers = begin(town, flow(), flow("check"), count=3)
    moved = start(town)
    finish(town, moved)
    town.desk.run(lambda w: undo_migration(w, moved), town.actor("olga"))
    work_on(town.desk, moved, 1)
    town.desk.run(lambda w: setattr(w.session.get_one(Migration, moved), "status", "failed"))
    town.desk.run(lambda w: continue_migration(w, moved), town.actor("olga"))
    assert finish(town, moved) == {"undone": 3}
    assert [version(town, number) for number in numbers] == [1] * 3


def test_the_path_follows_a_renamed_step_there_and_back(town: Any) -> None:
    [number] = begin(town, flow(), flow(step="do"))
    moved = start(town, mapping={"work": "do"})
    finish(town, moved)
    assert last_outcomes(town, number)["do"] == "entered"
    take_back(town, moved)
    found = last_outcomes(town, number)
    assert (found["work"], found["do"]) == ("entered", "cancelled")


def test_who_is_moved_to_where_the_end_of_subtasks_is_awaited_hears_that_they_have(
    town: Any,
) -> None:
    def family(message: str) -> Pen:
        pen = Pen("family").start().user("work").end().end("heard")
        pen.service("make", "create_child", title="'part'", queue="'Network'")
        pen.border("ear", "work", pen.message_event(message))
        return pen.flow("start", "make", "work", "done").flow("ear", "heard")

    publish(town, family("something else"))
    parent = take(town, "family")
    child = select(Ticket.number).join(TicketLink, TicketLink.target_id == Ticket.id)
    number = town.desk.read(lambda w: w.session.scalar(child.where(TicketLink.kind == "child")))
    town.do("ada", number, lambda w, t: close_ticket(w, t))
    while sweep(town.desk, fire_timer):
        pass
    publish(town, family("children_done"))
    moving = town.desk.run(
        lambda w: start_migration(w, version_of(w, "family")).id, town.actor("olga")
    )
    assert finish(town, moving) == {"moved": 1}
    while sweep(town.desk, fire_timer):
        pass
    assert town.see(parent, lambda w, t: t.state.name) == "closed successful"


def test_two_owners_who_begin_or_go_on_at_the_same_moment_have_one_move(
    town: Any, fresh_desk: Any
) -> None:
    begin(town, flow(), flow("check"), count=2)
    olga = town.actor("olga")

    def command(desk: Any) -> int:
        return int(desk.run(lambda w: start_migration(w, version_of(w, "small")).id, olga))

    came = at_once(fresh_desk, *[command] * 4)
    assert sum(isinstance(one, Conflict) for one in came) == 3
    [first] = [one for one in came if not isinstance(one, Conflict)]
    town.desk.run(lambda w: setattr(w.session.get_one(Migration, first), "status", "failed"))
    again = [lambda desk: desk.run(lambda w: continue_migration(w, first).id, olga), command]
    came = at_once(fresh_desk, *again)
    assert sum(isinstance(one, Conflict) for one in came) == 1
