"""The worker looks over the desk every night, once over all workers, and goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.audit.findings import AuditFinding, AuditRun
from engine.audit.found_queries import standing
from engine.desk import Desk
from engine.errors import Invalid
from engine.invariant import looking, night
from engine.invariant.night import LOOKER, TOPIC, begin_when_due
from engine.notify.models import Notification
from engine.outbox.drain import drain
from engine.outbox.models import OutboxRow
from engine.outbox.queries import load
from tests.desks import MovableClock
from tests.engine.invariant.conftest import Audited
from tests.town import Town

NIGHT = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)  # half past two in Berlin


def work_off(desk: Desk, limit: int = 500) -> int:
    return drain(desk, {TOPIC: LOOKER}, only=TOPIC, limit=limit)


def runs(desk: Desk) -> list[AuditRun]:
    query = select(AuditRun).order_by(AuditRun.id)
    return desk.read(lambda work: list(work.session.scalars(query)))


def letters(desk: Desk) -> list[str]:
    query = select(Notification.payload).where(Notification.kind == "audit_findings")
    return desk.read(lambda work: [one["text"] for one in work.session.scalars(query)])


def lose_steps(work: Any) -> None:
    from engine.tickets.flow import WorkItem

    for item in work.session.query(WorkItem):
        item.status = "done"


def test_it_begins_at_night_once_over_all_workers(
    town: Town, clock: MovableClock, fresh_desk: Callable[[], Desk]
) -> None:
    other = fresh_desk()
    town.report()
    assert not begin_when_due(town.desk), "it is ten in the morning"
    clock.set(NIGHT)
    assert begin_when_due(town.desk)
    assert not begin_when_due(other), "another worker is at it"
    work_off(other)
    assert not begin_when_due(town.desk), "it was done this night"
    (run,) = runs(town.desk)
    assert (run.why, run.found, run.ended_at) == ("night", 0, NIGHT)
    assert run.looked["moving"]["rows"] == 1
    clock.move(hours=24)
    assert begin_when_due(town.desk)


def test_a_desk_that_is_off_at_night_is_looked_at_by_day(town: Town, clock: MovableClock) -> None:
    town.report()
    clock.move(hours=35)
    assert not begin_when_due(town.desk)
    clock.move(hours=2)
    assert begin_when_due(town.desk)
    work_off(town.desk)
    assert [run.why for run in runs(town.desk)] == ["day"]
    assert not begin_when_due(town.desk)


def test_it_goes_on_where_it_was_broken_off(
    town: Town, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "TURN", 0.0)
    town.report()
    town.desk.run(lose_steps)
    clock.set(NIGHT)
    begin_when_due(town.desk)
    work_off(town.desk, limit=3)
    place = runs(town.desk)[0].place
    assert place["look"]
    asked = []
    over = looking._over

    def spy(desk: Desk, look: Any, after: int, *more: Any) -> Any:
        asked.append((look.name, after))
        return over(desk, look, after, *more)

    monkeypatch.setattr(looking, "_over", spy)
    work_off(town.desk, limit=1)
    assert asked[0] == (place["look"], place["after"])
    work_off(town.desk)
    (run,) = runs(town.desk)
    assert run.ended_at is not None
    assert run.found == 2
    assert run.looked["standing"]["rows"] == 1, "no slice was counted twice"


def test_it_rests_when_the_night_is_over(
    town: Town, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "TURN", 0.0)
    town.report()
    clock.set(NIGHT)
    begin_when_due(town.desk)
    work_off(town.desk, limit=2)
    clock.set(NIGHT + timedelta(hours=3))
    assert work_off(town.desk) == 1, "it only asks for the next night"
    place = runs(town.desk)[0].place
    clock.move(hours=12)
    others = update(OutboxRow).where(OutboxRow.topic != TOPIC).values(status="done")
    town.desk.run(lambda work: work.session.execute(others) and None)
    box = town.desk.read(lambda work: load(work.session, work.now))
    assert (box.waiting, box.oldest) == (1, None), "it rests, and nobody waits for it"
    assert work_off(town.desk) == 0
    assert not begin_when_due(town.desk)
    clock.set(NIGHT + timedelta(days=1))
    assert not begin_when_due(town.desk), "the look of last night goes on"
    work_off(town.desk)
    (run,) = runs(town.desk)
    assert run.ended_at is not None
    assert place


def test_admins_are_told_of_what_nobody_knew(town: Town, clock: MovableClock) -> None:
    number = town.report()
    town.desk.run(lose_steps)
    for day in range(2):
        clock.set(NIGHT + timedelta(days=day))
        assert begin_when_due(town.desk)
        work_off(town.desk)
    assert letters(town.desk) == ["2"], "the one admin, and once"
    found = town.desk.read(lambda work: standing(work.session))
    assert found.kinds == {"step.lost": 1, "ticket.stuck": 1}

    def known(work: Any) -> Any:
        row = work.session.query(AuditFinding).filter_by(code="step.lost").one()
        return row.first_seen, row.last_seen, row.times, row.ticket_id

    first, last, times, ticket = town.desk.read(known)
    assert (first, last, times) == (NIGHT, NIGHT + timedelta(days=1), 1)
    assert ticket == town.see(number, lambda _, t: t.id)


def test_what_is_mended_is_gone_and_what_comes_back_is_news(
    town: Town, clock: MovableClock
) -> None:
    town.report()
    town.desk.run(lose_steps)
    desk = replace(town.desk, settings=replace(town.desk.settings, audit_repairs=True))
    clock.set(NIGHT)
    begin_when_due(desk)
    work_off(desk)
    assert desk.read(lambda work: standing(work.session)).count == 0
    assert letters(desk) == [], "it was mended at once"
    desk = town.desk
    town.desk.run(lose_steps)
    for day in (1, 2):
        clock.set(NIGHT + timedelta(days=day))
        begin_when_due(desk)
        work_off(desk)
        if day == 1:
            assert desk.read(lambda work: standing(work.session)).count == 2
            desk.run(_as_it_was)
    assert desk.read(lambda work: standing(work.session)).count == 0
    assert letters(desk) == ["2"]


def _as_it_was(work: Any) -> None:
    from engine.tickets.flow import WorkItem

    work.session.query(WorkItem).order_by(WorkItem.id.desc()).first().status = "open"


def test_files_are_read_bit_by_bit_from_night_to_night(
    audited: Audited, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "READING", 0.0)
    desk = audited.desk
    for path in desk.files.root.glob("??/*"):
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    seen, places = set(), []
    for day in range(4):
        clock.set(NIGHT + timedelta(days=day))
        begin_when_due(desk)
        work_off(desk)
        places.append(runs(desk)[-1].read.get("look", ""))
        seen.add(desk.read(lambda work: standing(work.session)).kinds.get("file.damaged", 0))
    assert places == ["bytes.articles", "bytes.originals", "", "bytes.articles"]
    assert max(seen) > min(seen)


@pytest.mark.by_turns
@pytest.mark.parametrize("text", ["2", "02:00", "25:00-26:00", "a-b"])
def test_a_night_that_is_none_is_refused(town: Town, text: str) -> None:
    settings = replace(town.desk.settings, audit_night=text)
    with pytest.raises(Invalid, match="audit_night"):
        night.night_of(settings)


def test_it_can_be_switched_off(town: Town, clock: MovableClock) -> None:
    town.report()
    desk = replace(town.desk, settings=replace(town.desk.settings, audit_night=""))
    clock.set(NIGHT + timedelta(days=9))
    assert not begin_when_due(desk)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("hours", "moment", "inside"),
    [
        ("22:00-04:00", datetime(2026, 3, 3, 22, 0, tzinfo=UTC), True),
        ("22:00-04:00", datetime(2026, 3, 4, 2, 30, tzinfo=UTC), True),
        ("22:00-04:00", datetime(2026, 3, 4, 3, 30, tzinfo=UTC), False),
        ("02:00-05:00", datetime(2026, 3, 29, 0, 30, tzinfo=UTC), False),
        ("02:00-05:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), True),
    ],
)
def test_the_night_is_that_of_the_desks_zone(
    town: Town, hours: str, moment: datetime, inside: bool
) -> None:
    settings = replace(town.desk.settings, audit_night=hours)
    asked = night.night_of(settings)
    assert asked is not None
    assert bool(night._night_around(moment, asked, "Europe/Berlin")) is inside


def test_a_clock_that_was_ahead_puts_off_no_night_and_keeps_no_finding(
    town: Town, clock: MovableClock
) -> None:
    town.report()
    clock.set(NIGHT + timedelta(days=7))
    town.desk.run(lose_steps)
    assert begin_when_due(town.desk)
    work_off(town.desk)
    assert town.desk.read(lambda work: standing(work.session).count) > 0
    clock.set(NIGHT)

    def find_steps(work: Any) -> None:
        from engine.tickets.flow import WorkItem

        for item in work.session.query(WorkItem):
            item.status = "open"

    town.desk.run(find_steps)
    assert begin_when_due(town.desk)
    work_off(town.desk)
    assert town.desk.read(lambda work: standing(work.session).count) == 0
