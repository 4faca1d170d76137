"""Calendars changed by admins: written down, taken back, told before, and safe from folders."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.catalogue.models import CalendarRow, Sla
from engine.commands import calendars as commands
from engine.commands import promise_rows as rows
from engine.commands.candidates import read_rules
from engine.commands.consequences import consequences
from engine.commands.due import fire_timer
from engine.commands.promise_files import DESK, FOLDER, kept_promises
from engine.commands.promise_uses import calendar_uses, sla_uses
from engine.commands.publish import publish_rules
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.timers.sweep import sweep
from tests.engine.commands.test_promises import promise

ROOT = Path(__file__).parents[3]
NIGHTS = {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["22:00-06:00"]}}


@pytest.fixture(scope="module")
def starter() -> Any:
    return read_rules(ROOT / "rules")


def standing(town: Any, name: str = "standard") -> dict[str, Any] | None:
    def look(work: Any) -> dict[str, Any] | None:
        row = work.session.get(CalendarRow, name)
        return None if row is None else copy.deepcopy(row.document)

    found: dict[str, Any] | None = town.desk.read(look)
    return found


def change(town: Any, why: str = "", **more: Any) -> dict[str, Any]:
    """Let Ada change the calendar `standard`."""
    document = (standing(town) or {}) | more

    def command(work: Any) -> None:
        commands.change_calendar(work, rows.calendar_row(work, "standard"), document, why)

    town.desk.run(command, town.actor("ada"))
    return document


def publish(town: Any, starter: Any, promises: str = "", **calendars: Any) -> list[str]:
    candidate = replace(starter, calendars={**starter.calendars, **calendars})
    kept: list[str] = town.desk.read(
        lambda w: kept_promises(w, candidate.calendars, candidate.slas)
    )
    town.desk.run(lambda w: publish_rules(w, candidate, "", promises) and None)
    return kept


def test_a_change_is_written_down_and_can_be_taken_back(town: Any) -> None:
    before = standing(town)
    changed = change(town, "works outing", closed=["2026-12-21"])
    assert standing(town) == changed

    def look(work: Any) -> list[Any]:
        return [(e.id, e.what, e.actor, e.detail["why"]) for e in
                rows.changes_of(work, "calendar", "standard")]  # fmt: skip

    (entry, what, actor, why), *_ = town.desk.read(look)
    assert (what, actor, why) == ("calendar changed", "Ada Vogt", "works outing")
    assert town.desk.read(lambda w: rows.stood_before(w, "calendar", "standard", entry)) == before
    with pytest.raises(NotFound):
        town.desk.read(lambda w: rows.stood_before(w, "calendar", "extended", entry))
    assert change(town) == changed  # nothing new, nothing written
    assert len(town.desk.read(look)) == len(town.desk.read(look))
    assert [e[1] for e in town.desk.read(look)].count("calendar changed") == 1


def test_only_admins_change_calendars(town: Any) -> None:
    for name in ("olga", "agnes", "clara"):
        for command in (
            lambda w: commands.create_calendar(w, "nights", NIGHTS) and None,
            lambda w: commands.change_calendar(w, rows.calendar_row(w, "standard"), NIGHTS),
            lambda w: commands.remove_calendar(w, rows.calendar_row(w, "extended")),
        ):
            with pytest.raises(NotAllowed):
                town.desk.run(command, town.actor(name))


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("name", "code"),
    [("", "required"), ("  ", "required"), ("standard", "taken"), ("a/b", "calendar_name"),
     ("..", "calendar_name"), ("x" * 81, "calendar_name"), ("a\x00b", "calendar_name")],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(town: Any, name: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        town.desk.run(lambda w: commands.create_calendar(w, name, NIGHTS) and None,
                      town.actor("ada"))  # fmt: skip
    assert caught.value.fields == {"name": code}


def test_what_cannot_be_counted_by_is_refused_with_its_place(town: Any) -> None:
    for document in ({}, NIGHTS | {"hours": {}}, NIGHTS | {"extra": {"12-24": "soon"}}):
        with pytest.raises(Invalid) as caught:
            town.desk.run(lambda w, d=document: commands.create_calendar(w, "odd", d) and None,
                          town.actor("ada"))  # fmt: skip
        assert caught.value.problems
    assert standing(town, "odd") is None


def test_a_calendar_stays_while_anything_counts_by_it(town: Any) -> None:
    def remove(name: str) -> None:
        town.desk.run(lambda w: commands.remove_calendar(w, rows.calendar_row(w, name)),
                      town.actor("ada"))  # fmt: skip

    town.desk.run(lambda w: commands.create_calendar(w, "nights", NIGHTS) and None,
                  town.actor("ada"))  # fmt: skip
    remove("nights")
    assert standing(town, "nights") is None
    for name in ("standard", "extended"):
        with pytest.raises(Conflict):
            remove(name)


def test_uses_name_slas_queues_rules_and_what_has_no_sla(town: Any) -> None:
    def look(work: Any) -> Any:
        found = calendar_uses(work)
        return {name: ([sla.name for sla in uses.slas], uses.standard) for name, uses in
                found.items()}, {sla.name: len(uses.queues) for sla, uses in
                                 sla_uses(work).items()}  # fmt: skip

    promise(town, "HR", "standard")
    calendars, slas = town.desk.read(look)
    assert calendars["standard"] == (["standard"], True)
    assert calendars["extended"] == (["gold"], False)
    assert slas["standard"] == 1


def test_what_a_change_means_is_told_and_nothing_of_it_stays(town: Any) -> None:
    number = town.report(sla="standard")
    before = town.see(number, lambda w, t: t.due_at)

    def look(work: Any) -> Any:
        document = standing(town) | {"hours": {"mon-fri": ["10:00-11:00"]}}
        ids = [sla.id for sla in work.session.scalars(select(Sla))]
        return consequences(work, ids, lambda w: rows.put_calendar(w, "standard", document))

    found = town.desk.run(look, town.actor("ada"))
    assert (found.concerned, found.looked_at, found.changed) == (1, 1, 1)
    assert [(one.number, one.before) for one in found.nearest] == [(number, before)]
    assert found.nearest[0].after > before
    assert standing(town)["hours"] == {"mon-fri": ["08:00-17:00"]}
    assert town.see(number, lambda w, t: t.due_at) == before
    unread = town.desk.run(look, town.actor("bruno"))
    assert (unread.changed, unread.nearest) == (1, ())
    change(town, hours={"mon-fri": ["10:00-11:00"]})
    sweep(town.desk, fire_timer)
    assert town.see(number, lambda w, t: t.due_at) == found.nearest[0].after


def test_a_folder_does_not_overwrite_what_was_changed_here(town: Any, starter: Any) -> None:
    mine = change(town, closed=["2026-12-21"])
    assert publish(town, starter) == ["calendar standard"]
    assert standing(town) == mine
    theirs = starter.calendars["standard"] | {"closed": ["2026-12-22"]}
    with pytest.raises(Conflict, match="standard"):
        publish(town, starter, standard=theirs)
    assert standing(town) == mine
    publish(town, starter, DESK, standard=theirs)
    assert standing(town) == mine
    assert publish(town, starter, standard=theirs) == ["calendar standard"]  # decided
    publish(town, starter, FOLDER, standard=theirs)
    assert standing(town) == theirs
    newer = starter.calendars["standard"] | {"closed": ["2026-12-23"]}
    assert publish(town, starter, standard=newer) == []  # nobody has changed it here since
    assert standing(town) == newer


def test_what_came_to_both_alike_is_no_conflict_later(town: Any, starter: Any) -> None:
    mine = change(town, closed=["2026-12-21"])
    publish(town, starter, standard=mine)  # exported, and published again
    newer = mine | {"closed": ["2026-12-22"]}
    publish(town, starter, standard=newer)
    assert standing(town) == newer


def test_one_that_was_removed_or_made_here_is_not_brought_back_unseen(
    town: Any, starter: Any
) -> None:
    publish(town, starter, nights=NIGHTS)
    town.desk.run(lambda w: commands.remove_calendar(w, rows.calendar_row(w, "nights")),
                  town.actor("ada"))  # fmt: skip
    assert publish(town, starter, nights=NIGHTS) == ["calendar nights"]
    assert standing(town, "nights") is None
    town.desk.run(lambda w: commands.create_calendar(w, "mine", NIGHTS) and None,
                  town.actor("ada"))  # fmt: skip
    with pytest.raises(Conflict, match="mine"):
        publish(town, starter, mine=NIGHTS | {"due": "opening"})
    assert publish(town, starter, DESK, mine=NIGHTS | {"due": "opening"}) == ["calendar mine"]
