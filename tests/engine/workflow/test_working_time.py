"""Timers that count working time: by the calendar of the desk, counted anew when that changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.workflow.definition import check_files
from engine.workflow.instance import Instance
from engine.workflow.scenario import run_scenario

WORK = "<spiffworkflow:timerBasis>working</spiffworkflow:timerBasis>"
FRIDAY = datetime(2030, 1, 4, 17, 0, tzinfo=UTC)


def due(run: Any) -> list[str]:
    return [f"{t.step_id} {t.due_at:%a %H:%M}" for t in run.instance.timers]


def catching(pen: Any, text: str) -> Any:
    return pen().start().catch("late", pen.timer_event(text), WORK).end().flow(
        "start", "late", "done"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "when"), [("PT2H", "Mon 09:00"), ("P1D", "Mon 17:00"), ("P1DT4H", "Tue 11:00")]
)
def test_hours_and_days_of_work_leave_out_the_night_and_the_weekend(
    begin: Any, pen: Any, now: datetime, text: str, when: str
) -> None:
    run = begin(catching(pen, text))
    run.instance, _ = Instance.start(run.definition, {}, run.desk, FRIDAY)
    assert due(run) == [f"late {when}"]


def test_a_repetition_counts_working_time_from_its_last_time(begin: Any, pen: Any) -> None:
    p = pen().start().user("work").end().end("told")
    p.border("again", "work", pen.timer_event("R3/PT6H", "timeCycle"), False, WORK)
    run = begin(p.flow("start", "work", "done").flow("again", "told"))
    seen = []
    for hours in (24, 3, 24):
        seen += due(run)
        run.wait(hours=hours)
    assert seen == ["again Mon 14:00", "again Tue 10:00", "again Tue 16:00"]
    assert due(run) == []


def test_a_changed_calendar_counts_anew_what_nobody_moved_by_hand(begin: Any, pen: Any) -> None:
    p = pen().start().gate("parallel", "fork").gate("eventBased", "which")
    p.catch("arm", pen.timer_event("PT4H"), WORK).catch("plain", pen.timer_event("PT5H"))
    p.catch("alone", pen.timer_event("PT3H"), WORK).catch("moved", pen.timer_event("PT2H"), WORK)
    p.end().flow("start", "fork", "which", "arm", "done").flow("which", "plain", "done")
    run = begin(p.flow("fork", "alone", "done").flow("fork", "moved", "done"))
    moved = next(t for t in run.instance.timers if t.step_id == "moved")
    run.instance.set_due(moved.task_id, run.now + timedelta(hours=9))
    run.desk.calendar = lambda start, days, seconds: start + timedelta(days=1, seconds=seconds)
    run.reload()
    assert run.instance.recount(run.now)
    run.reload()
    assert due(run) == ["plain Mon 13:00", "moved Mon 17:00", "alone Tue 11:00", "arm Tue 12:00"]
    assert not run.instance.recount(run.now)
    assert json.loads(run.text)["v"] == 1


def test_a_desk_that_cannot_say_when_it_works_makes_a_failure_to_retry(
    begin: Any, pen: Any
) -> None:
    p = pen().start().user("first").catch("late", pen.timer_event("PT2H"), WORK).end()
    run = begin(p.flow("start", "first", "late", "done"))

    def broken(start: datetime, days: int, seconds: int) -> datetime:
        raise RuntimeError("no calendar")

    sound, run.desk.calendar = run.desk.calendar, broken
    run.do("first")
    assert [f.message for f in run.last.failures] == ["no calendar"]
    run.desk.calendar = sound
    run.retry()
    assert due(run) == ["late Mon 10:00"]


def test_an_example_counts_monday_to_friday(define: Any, pen: Any) -> None:
    steps = [{"advance": "P1D"}, {"expect": "late"}, {"advance": "PT2H"}, {"expect_end": "done"}]
    example = {"name": "Late", "steps": steps}
    assert run_scenario(define(catching(pen, "PT12H")), example) == []


def basis(pen: Any, text: str, said: str = "working", kind: str = "timeDuration") -> list[str]:
    ext = f"<spiffworkflow:timerBasis>{said}</spiffworkflow:timerBasis>"
    p = pen().start().catch("late", pen.timer_event(text, kind), ext).end()
    files = {"process.bpmn": p.flow("start", "late", "done").xml()}
    return [x.message for x in check_files("sample", files, {}) if x.code == "timer-basis"]


def test_what_cannot_be_counted_in_working_time_is_said_before_publishing(pen: Any) -> None:
    assert basis(pen, "PT2H") == basis(pen, "P2D") == basis(pen, "P1W", "calendar") == []
    assert "hours and whole days" in basis(pen, "P1W")[0]
    assert "hours and whole days" in basis(pen, "P0.5D")[0]
    assert "fixed moment" in basis(pen, "2030-01-31T09:00:00", kind="timeDate")[0]
    assert '"lunar"' in basis(pen, "PT2H", "lunar")[0]
    p = pen().start().node("userTask", "work", ext=WORK).end().flow("start", "work", "done")
    found = check_files("sample", {"process.bpmn": p.xml()}, {})
    assert [x.message for x in found if x.code == "timer-basis"] == ['"work" is no timer']
