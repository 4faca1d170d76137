"""Clocks worked out from what happened: by hand, and against looking at every minute of a life."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sla.clockwork import courses, what_if
from engine.sla.happenings import EACH_CONTACT, UNANSWERED, Happening, Mark, Promise
from engine.sla.working import Calendar, open_spans, working_seconds

H = 3600
BERLIN = "Europe/Berlin"
OFFICE = Calendar("office", BERLIN, {day: [(time(8), time(17))] for day in range(5)})
ALWAYS = Calendar("always", "UTC", {day: [(time(), time())] for day in range(7)})
LUNCH = Calendar(
    "lunch", BERLIN, {day: [(time(8), time(12)), (time(12, 45), time(17))] for day in range(6)},
    frozenset({date(2026, 11, 25)}),
)  # fmt: skip
OPENING = replace(OFFICE, name="opening", ends_open=True)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # Monday, 10:00 in Berlin


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def life(*steps: tuple[float, str] | tuple[float, str, Promise | None]) -> list[Happening]:
    return [Happening(at(one[0]), one[1], one[2] if len(one) > 2 else None) for one in steps]


GOLD = Promise("gold", OFFICE, first_response=H, solution=8 * H, warn_percents=(50, 75),
               escalate_after=(H, 2 * H))  # fmt: skip
ROUND = Promise("round", ALWAYS, first_response=H, update=2 * H, solution=8 * H)
TOUCH = replace(ROUND, sla="touch", update_counts=EACH_CONTACT)


def kinds(happenings: list[Happening], now: float) -> list[tuple[str, str, int]]:
    return [(c.kind, c.phase, c.used) for c in courses(happenings, at(now))]


def told(course, mark: Mark, when: datetime) -> Happening:
    return Happening(when, "told", course.promise, kind=course.kind, begun=course.begun.at,
                     mark=mark)  # fmt: skip


def test_both_clocks_run_in_working_time_from_the_opening() -> None:
    first, solution = courses(life((0, "opened"), (0, "promised", GOLD)), at(0.5))
    assert (first.used, first.left, first.due_at) == (H / 2, H / 2, at(1))
    assert [(m.event, m.percent, m.level, m.at) for m in first.marks] == [
        ("clock.warning", 50, 0, at(0.5)),
        ("clock.warning", 75, 0, at(0.75)),
        ("clock.breached", 100, 1, at(1)),
        ("clock.escalated", 100, 2, at(2)),
        ("clock.escalated", 100, 3, at(3)),
    ]
    assert solution.due_at == at(23)  # seven hours today, one tomorrow from 8:00


def test_pauses_rest_the_solution_but_never_the_first_response() -> None:
    happened = life((0, "opened"), (0, "promised", GOLD), (1, "rests"), (3, "runs"))
    assert kinds(happened[:3], 2) == [
        ("first_response", "running", 2 * H),
        ("solution", "resting", H),
    ]
    solution = courses(happened, at(4))[1]
    assert (solution.used, [s.phase for s in solution.spans]) == (
        2 * H, ["running", "resting", "running"])  # fmt: skip
    resting = courses(happened[:3], at(2))[1]
    assert (resting.due_at, resting.next_mark, resting.running_since) == (None, None, None)


def test_the_time_between_an_end_and_a_reopening_is_nobodys() -> None:
    happened = life((0, "opened"), (0, "promised", ROUND), (1, "answered"), (2, "closed"),
                    (5, "reopened"))  # fmt: skip
    assert kinds(happened[:4], 4) == [("first_response", "ended", H), ("solution", "ended", 2 * H)]
    assert kinds(happened, 6)[1] == ("solution", "running", 3 * H)


def test_a_late_promise_counts_from_the_opening_and_keeps_the_pauses() -> None:
    happened = life((0, "opened"), (1, "rests"), (2, "runs"), (5, "promised", ROUND))
    assert kinds(happened, 6) == [("first_response", "running", 6 * H),
                                  ("solution", "running", 5 * H)]  # fmt: skip


def test_a_clock_that_has_ended_keeps_its_promise() -> None:
    happened = life((0, "opened"), (0, "promised", GOLD), (0.5, "answered"), (1, "promised", ROUND))
    first, solution = courses(happened, at(2))
    assert (first.promise.sla, solution.promise.sla, solution.used) == ("gold", "round", 2 * H)
    gone = [*happened, *life((3, "promised", None))]
    assert [c.kind for c in courses(gone, at(4))] == ["first_response"]
    again = [*gone, *life((5, "promised", GOLD))]
    assert [(c.kind, c.used) for c in courses(again, at(6))] == [
        ("first_response", H / 2), ("solution", 6 * H)]  # fmt: skip


def test_the_customers_oldest_unanswered_message_begins_the_update_time() -> None:
    happened = life((0, "opened"), (0, "promised", ROUND), (0.5, "wrote"), (1, "answered"),
                    (2, "wrote"), (3, "wrote"))  # fmt: skip
    (cycle,) = [c for c in courses(happened, at(3.5)) if c.kind == "update"]
    assert (cycle.begun.at, cycle.used, cycle.due_at) == (at(2), 1.5 * H, at(4))
    more = [*happened, *life((5, "answered"), (6, "wrote"))]
    cycles = [c for c in courses(more, at(6)) if c.kind == "update"]
    assert [(c.begun.at, c.ended and c.ended.at, c.breached_at) for c in cycles] == [
        (at(2), at(5), at(4)), (at(6), None, at(8))]  # fmt: skip


def test_by_each_contact_an_answer_begins_the_next_update() -> None:
    happened = life((0, "opened"), (0, "promised", TOUCH), (1, "answered"), (2, "wrote"),
                    (3, "wrote"), (3.5, "answered"))  # fmt: skip
    cycles = [c for c in courses(happened, at(4)) if c.kind == "update"]
    assert [(c.begun.at, c.used) for c in cycles] == [
        (at(1), H), (at(2), 1.5 * H), (at(3.5), H / 2)]  # fmt: skip


def test_without_a_first_response_the_update_time_runs_from_the_opening() -> None:
    happened = life((0, "opened"), (0, "promised", replace(ROUND, first_response=None)))
    assert kinds(happened, 1)[0] == ("update", "running", H)


def test_an_update_goes_on_with_the_ticket_and_what_was_never_answered_is_owed() -> None:
    begin = life((0, "opened"), (0, "promised", ROUND))
    waited = [*begin, *life((1, "answered"), (2, "wrote"), (3, "closed"), (5, "reopened"))]
    assert ("update", "running", 2 * H) in kinds(waited, 6)
    unanswered = [*begin, *life((1, "closed"), (5, "reopened"))]
    assert ("update", "running", H) in kinds(unanswered, 6)
    settled = [*begin, *life((1, "answered"), (2, "closed"), (5, "reopened"))]
    assert "update" not in [kind for kind, *_ in kinds(settled, 6)]


def test_what_was_told_is_not_next_and_comes_again_when_the_promise_moves_it() -> None:
    happened = life((0, "opened"), (0, "promised", GOLD))
    first = courses(happened, at(1))[0]
    for mark in first.marks[:3]:
        happened.append(told(first, mark, mark.at))
    first = courses(happened, at(1))[0]
    assert [m.told_at for m in first.marks] == [at(0.5), at(0.75), at(1), None, None]
    assert first.next_mark
    assert first.next_mark.level == 2
    longer = [*happened, *life((1.5, "promised", replace(GOLD, first_response=4 * H)))]
    first = courses(longer, at(1.5))[0]
    assert first.next_mark
    assert (first.next_mark.percent, first.next_mark.at) == (50, at(2))
    shorter = [*happened, *life((1.5, "promised", replace(GOLD, first_response=H // 2)))]
    first = courses(shorter, at(1.5))[0]  # it was known to be broken; the level was not
    assert first.next_mark
    assert (first.next_mark.level, first.next_mark.at) == (2, at(1.5))


def test_what_was_told_under_a_promise_that_was_taken_back_is_void() -> None:
    happened = life((0, "opened"), (0, "promised", GOLD), (0.1, "promised", ROUND))
    first = courses(happened, at(1))[0]
    happened.append(told(first, first.marks[-1], at(1)))
    undone = [one for one in happened if one.promise is not ROUND or one.what == "told"]
    found = courses(undone, at(1))[0]
    assert found.next_mark
    assert found.next_mark.percent == 50


def test_marks_that_were_missed_are_next_even_when_the_clock_has_ended() -> None:
    happened = life((0, "opened"), (0, "promised", GOLD), (0.8, "answered"))
    first = courses(happened, at(5))[0]
    assert [m.percent for m in first.marks] == [50, 75]
    assert first.next_mark == first.marks[0]


def test_what_ends_in_the_second_in_which_it_is_due_is_kept() -> None:
    opened = life((0, "opened"), (0, "promised", ROUND))
    just = Happening(at(1) + timedelta(seconds=0.7), "answered")
    first = courses([*opened, just], at(2))[0]
    assert (first.left, first.breached_at) == (0, None)
    late = Happening(at(1) + timedelta(seconds=1), "answered")
    assert courses([*opened, late], at(2))[0].breached_at == at(1)
    at_rest = courses([*opened, *life((8, "rests"), (8, "closed"))], at(9))[1]
    assert (at_rest.left, at_rest.breached_at) == (0, None)


def test_what_was_kept_to_the_last_second_is_due_as_soon_as_it_goes_on() -> None:
    happened = life((0, "opened"), (0, "promised", ROUND), (8, "closed"), (20, "reopened"))
    assert courses(happened, at(20))[-1].due_at == at(20)
    again = [*happened, *life((21, "closed"))]
    assert courses(again, at(22))[-1].breached_at == at(20)


def test_a_breach_is_told_when_its_second_is_over_and_a_warning_in_its_own() -> None:
    first = courses(life((0, "opened"), (0, "promised", GOLD)), at(0))[0]
    assert [m.tell_at - m.at for m in first.marks] == [
        timedelta(seconds=s) for s in (0, 0, 1, 0, 0)
    ]


def test_a_budget_used_up_at_closing_time_is_due_when_it_goes_on() -> None:
    seven = replace(GOLD, calendar=OPENING, solution=7 * H)
    happened = life((0, "opened"), (0, "promised", seven))
    assert courses(happened, at(8))[1].due_at == at(22)  # 8:00 next morning
    paused = [*happened, *life((8, "rests"), (23, "runs"))]
    assert courses(paused[:-1], at(9))[1].marks[-1].level == 0
    assert courses(paused, at(23))[1].due_at == at(23)


def test_what_if_counts_the_whole_life_by_another_promise() -> None:
    happened = life((0, "opened"), (0, "promised", GOLD), (0.5, "answered"), (1, "rests"),
                    (2, "runs"), (3, "promised", None))  # fmt: skip
    found = what_if(happened, ROUND, at(4))
    assert [(c.kind, c.used) for c in found] == [("first_response", H / 2), ("solution", 3 * H)]
    assert what_if([], ROUND, at(4)) == []


def test_working_hours_between_two_moments_can_be_drawn() -> None:
    monday, thursday = at(-9), at(63)
    assert open_spans(LUNCH, monday, at(3)) == [(at(-2), at(2)), (at(2.75), at(3))]
    drawn = open_spans(LUNCH, monday, thursday)
    assert sum((b - a).total_seconds() for a, b in drawn) == working_seconds(
        LUNCH, monday, thursday)  # fmt: skip
    assert open_spans(ALWAYS, at(0), at(24 * 400)) == [(at(0), at(24 * 400))]
    assert len(open_spans(OFFICE, at(0), at(24 * 4000), limit=10)) == 10
    assert open_spans(OFFICE, at(1), at(0)) == []


# Against looking at every minute of a life.

SPANS = {"first_response", "update", "solution"}
TARGETS = st.one_of(st.none(), st.integers(1, 900).map(lambda minutes: minutes * 60))
PROMISES = st.builds(
    Promise,
    sla=st.sampled_from(["one", "two", "three"]),
    calendar=st.sampled_from([OFFICE, ALWAYS, LUNCH]),
    first_response=TARGETS,
    update=TARGETS,
    update_counts=st.sampled_from([UNANSWERED, EACH_CONTACT]),
    solution=TARGETS,
    warn_percents=st.sampled_from([(75,), (50, 90)]),
    escalate_after=st.sampled_from([(), (600, 7200)]),
)
STEPS = ("wrote", "answered", "rests", "runs", "closed", "reopened", "promised")
LIVES = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(STEPS), PROMISES, st.booleans()), max_size=14
)


def lived(steps) -> tuple[list[Happening], int]:
    """A life in which nothing ends twice; how many minutes it took until its last happening."""
    minute, closed, found = 0, False, [Happening(START, "opened")]
    for gap, what, promise, none in steps:
        minute += gap
        if (what == "closed" and closed) or (what == "reopened" and not closed):
            continue
        closed = (closed or what == "closed") and what != "reopened"
        given_now = promise if what == "promised" and not none else None
        found.append(Happening(START + timedelta(minutes=minute), what, given_now))
    return found, minute


def looked(happened: list[Happening], promise: Promise, until: datetime, unit: int = 1):
    """Each clock under one promise by going through the minutes: begin, end, minutes worked.

    Where nothing begins or ends but on a multiple of `unit` minutes, only these are looked at.
    """
    zone = ZoneInfo(promise.calendar.zone)
    found: dict[tuple[str, int], dict] = {}
    running: dict[str, int] = {}  # kind → number of the happening that began it
    state = {"open": False, "rests": False, "turn": "", "answered": False, "over": False}
    begin = happened[0].at
    for minute in range(0, int((until - begin).total_seconds()) // 60 + 1, unit):
        moment = begin + timedelta(minutes=minute)
        for number, one in enumerate(happened):
            if one.at == moment:
                happen(found, running, state, promise, number, one)
        if moment >= until:
            break
        wall = moment.astimezone(zone)
        day = promise.calendar.hours.get(wall.weekday(), [])
        works = wall.date() not in promise.calendar.holidays and any(
            a <= wall.time() and (b == time() or wall.time() < b) for a, b in day
        )
        for kind, number in running.items():
            if not (state["rests"] and kind != "first_response"):
                found[kind, number]["going"].append(moment)
                if works:
                    found[kind, number]["minutes"].append(moment)
    return found


def broken(clock, target: int, unit: int = 1) -> datetime | None:
    """When a clock that was looked at went on though its time was used up; None where it did not.

    What begins or ends within the minute in which it is due is no matter: its first second counts.
    """
    if target > 60 * unit * len(clock["minutes"]):
        return None
    due = clock["minutes"][target // 60 // unit - 1] + timedelta(minutes=unit)
    return next((moment for moment in clock["going"] if moment >= due), None)


def happen(found, running, state, promise, number, one) -> None:
    def begin(kind) -> None:
        running[kind] = number
        found[kind, number] = {"begun": one, "ended": None, "minutes": [], "going": []}

    def end(kind) -> None:
        if kind in running:
            found[kind, running.pop(kind)]["ended"] = number

    what = one.what
    if what == "opened":
        state["open"], state["turn"] = True, "customer"
        begin("first_response")
        begin("solution")
        if promise.first_response is None:
            begin("update")
    elif what == "wrote":
        ours, state["turn"] = state["turn"] == "us", "customer"
        each = promise.update_counts == EACH_CONTACT
        watched = state["over"] or promise.first_response is None
        if state["open"] and watched and ("update" not in running or (each and ours)):
            end("update")
            begin("update")
    elif what == "answered":
        state["turn"], state["over"] = "us", True
        state.pop("kept", None)
        end("first_response")
        end("update")
        if state["open"] and promise.update_counts == EACH_CONTACT:
            begin("update")
    elif what in ("rests", "runs"):
        state["rests"] = what == "rests"
    elif what == "closed":
        state["open"], state["over"] = False, True
        if "update" in running:
            state["kept"] = running["update"]
        for kind in SPANS:
            end(kind)
    elif what == "reopened":
        state["open"], state["rests"] = True, False
        (whole,) = (key for key in found if key[0] == "solution")
        running["solution"] = whole[1]
        found[whole]["ended"] = None
        if "kept" in state:
            running["update"] = state.pop("kept")
            found["update", running["update"]]["ended"] = None
        elif state["turn"] == "customer" or promise.update_counts == EACH_CONTACT:
            begin("update")


def expected(happened: list[Happening], until: datetime, unit: int = 1):
    """What the clocks must be: of each promise those that ended while it held, or go on now."""
    held = [n for n, one in enumerate(happened) if one.what == "promised"]
    ends = [*held[1:], len(happened)]
    result = []
    for first, last in zip(held, ends, strict=False):
        promise = happened[first].promise
        if promise is None:
            continue
        for (kind, _), clock in looked(happened, promise, until, unit).items():
            target = promise.target(kind)
            ended = clock["ended"]
            ours = last == len(happened) if ended is None else first <= ended < last
            if target is not None and ours:
                result.append((kind, promise, clock, target))
    return sorted(result, key=lambda one: (one[0], one[2]["begun"].at))


@settings(max_examples=60, deadline=None)
@given(LIVES, PROMISES, st.integers(1, 600))
def test_a_life_agrees_with_looking_at_each_minute(steps, promise, later) -> None:
    happened, minutes = lived(steps)
    happened.insert(1, Happening(START, "promised", promise))
    minutes += later
    now = START + timedelta(minutes=minutes)
    found = sorted(courses(happened, now), key=lambda one: (one.kind, one.begun.at))
    wanted = expected(happened, now)
    assert [(c.kind, c.begun.at, c.promise, c.used) for c in found] == [
        (kind, clock["begun"].at, promise, 60 * len(clock["minutes"]))
        for kind, promise, clock, _ in wanted
    ]
    for course, (_, promise, clock, target) in zip(found, wanted, strict=True):
        for share in promise.warn_percents:
            used = target * share // 100
            if used % 60 == 0 and 0 < used <= course.used:
                reached = clock["minutes"][used // 60 - 1] + timedelta(minutes=1)
                mark = next(m for m in course.marks if (m.percent, m.level) == (share, 0))
                assert mark.at == reached
        come = [m.at for m in course.marks if m.level == 1 and m.tell_at <= now]
        assert come == [at for at in [broken(clock, target)] if at is not None]
        assert [m.at for m in course.marks] == sorted(m.at for m in course.marks)


@settings(max_examples=60, deadline=None)
@given(LIVES, PROMISES, st.integers(0, 600))
def test_what_is_told_in_time_is_told_once(steps, promise, later) -> None:
    """Whoever tells each mark when it comes has nothing left to tell, and never tells one twice."""
    happened, minutes = lived(steps)
    happened.insert(1, Happening(START, "promised", promise))
    now = START + timedelta(minutes=minutes + later)
    said: list[tuple] = []
    heard: list[Happening] = []
    for number, one in enumerate([*happened, Happening(now, "noticed")]):
        tell(heard, said, one.at)
        if number < len(happened):
            heard.append(one)
    tell(heard, said, now)
    assert len(said) == len(set(said))


def tell(heard: list[Happening], said: list[tuple], now: datetime) -> None:
    while True:
        due = [
            (c.next_mark.tell_at, c.next_mark.rank, c) for c in courses(heard, now) if c.next_mark
        ]
        due = [one for one in due if one[0] <= now]
        if not due:
            return
        when, _, course = min(due, key=lambda one: one[:2])
        assert course.next_mark is not None
        changes = sum(h.what == "promised" for h in heard)
        said.append((changes, course.kind, course.begun.at, course.next_mark.rank))
        heard.append(told(course, course.next_mark, max(when, heard[-1].at)))


def test_hostile_promises_do_not_stop_the_clocks() -> None:
    tiny = Calendar("tiny", "UTC", {0: [(time(8), time(8, 1))]})
    never = replace(ROUND, calendar=tiny, solution=10**9)
    found = courses(life((0, "opened"), (0, "promised", never)), at(1))
    assert [(c.kind, c.due_at is None) for c in found] == [
        ("first_response", False), ("solution", True)]  # fmt: skip


@pytest.mark.parametrize("what", ["rests", "wrote", "closed", "noticed"])
def test_a_life_without_a_beginning_has_no_clocks(what: str) -> None:
    assert courses(life((0, "promised", ROUND), (0, what)), at(1)) == []
