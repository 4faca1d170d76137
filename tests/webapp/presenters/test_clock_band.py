"""A drawn clock says what the clock says: each piece where it was, and never more than fits."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sla.clockwork import courses
from engine.sla.happenings import Happening, Promise
from engine.sla.working import Calendar
from webapp.presenters.clock_band import Window, band_of, ticks

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar("office", "Europe/Berlin", {day: [(time(8), time(17))] for day in range(5)})
HOUR = 3600


def at(text: str) -> datetime:
    """A moment in Berlin of March 2026, whose second day is a Monday: `2 10:30`."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return datetime(2026, 3, int(day), int(hour), int(minute), tzinfo=BERLIN).astimezone(UTC)


def life(promise: Promise, *told: tuple[str, str]) -> list[Happening]:
    begin = [Happening(at(told[0][0]), "promised", promise)]
    return [*begin, *(Happening(at(when), what) for when, what in told)]


def shown(pieces: object) -> list[tuple[str, str, str]]:
    return [
        (p.kind, f"{p.begin.astimezone(BERLIN):%-d %H:%M}", f"{p.end.astimezone(BERLIN):%-d %H:%M}")
        for p in pieces  # type: ignore[attr-defined]
    ]


def test_work_rest_closed_hours_lateness_and_what_is_to_come_follow_each_other() -> None:
    gold = Promise("gold", OFFICE, solution=6 * HOUR)
    told = life(gold, ("2 10:00", "opened"), ("2 12:00", "rests"), ("2 14:00", "runs"))
    window = Window(at("2 10:00"), at("3 12:00"))
    band = band_of(courses(told, at("2 16:00")), window, at("2 16:00"))
    assert shown(band.pieces) == [
        ("worked", "2 10:00", "2 12:00"),
        ("rests", "2 12:00", "2 14:00"),
        ("worked", "2 14:00", "2 16:00"),
        ("ahead", "2 16:00", "2 17:00"),
        ("outside", "2 17:00", "3 08:00"),
        ("ahead", "3 08:00", "3 09:00"),
    ]
    late = band_of(courses(told, at("3 10:00")), window, at("3 10:00"))
    assert shown(late.pieces)[-2:] == [
        ("worked", "3 08:00", "3 09:00"),
        ("over", "3 09:00", "3 10:00"),
    ]
    assert [(f.kind, f.ahead) for f in band.flags] == [("warning", True), ("breached", True)]
    assert [(f.kind, f.ahead) for f in late.flags] == [("warning", False), ("breached", False)]


def test_what_lies_between_an_end_and_a_reopening_is_not_drawn() -> None:
    gold = Promise("gold", OFFICE, solution=6 * HOUR)
    told = life(gold, ("2 10:00", "opened"), ("2 11:00", "closed"), ("2 15:00", "reopened"))
    band = band_of(
        courses(told, at("2 16:00")), Window(at("2 10:00"), at("2 16:00")), at("2 16:00")
    )
    assert shown(band.pieces) == [
        ("worked", "2 10:00", "2 11:00"),
        ("worked", "2 15:00", "2 16:00"),
    ]
    assert [piece.x for piece in band.pieces] == [0, 83.333]


def test_cycles_stand_behind_each_other_with_a_line_between() -> None:
    promise = Promise("gold", OFFICE, update=2 * HOUR)
    told = life(promise, ("2 10:00", "opened"), ("2 11:00", "answered"), ("2 13:00", "wrote"))
    band = band_of(
        courses(told, at("2 14:00")), Window(at("2 10:00"), at("2 15:00")), at("2 14:00")
    )
    assert shown(band.pieces) == [
        ("worked", "2 10:00", "2 11:00"),
        ("worked", "2 13:00", "2 14:00"),
        ("ahead", "2 14:00", "2 15:00"),
    ]
    assert [flag.x for flag in band.flags if flag.kind == "turn"] == [60.0]


def test_a_life_of_years_with_thousands_of_cycles_stays_a_small_drawing() -> None:
    promise = Promise("gold", OFFICE, update=HOUR // 2, solution=400 * HOUR)
    begin = at("2 10:00")
    told = [Happening(begin, "promised", promise), Happening(begin, "opened")]
    for number in range(1, 2000):
        moment = begin + timedelta(hours=9 * number)
        told.append(Happening(moment, "wrote" if number % 2 else "answered"))
        told.append(Happening(moment + timedelta(hours=1), "rests" if number % 3 else "runs"))
    now = begin + timedelta(hours=9 * 2001)
    found = courses(told, now)
    assert len(found) > 900
    for kind in ("update", "solution"):
        mine = [course for course in found if course.kind == kind]
        band = band_of(mine, Window(begin, now), now)
        assert 0 < len(band.pieces) <= 1700
        assert len(band.flags) <= 360
        ends = [piece.x + piece.width for piece in band.pieces]
        assert max(ends) < 100.1


@settings(max_examples=60)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(min_value=1, max_value=60 * 60),
            st.sampled_from(["rests", "runs", "answered", "wrote", "closed", "reopened"]),
        ),
        max_size=25,
    ),
    window=st.tuples(st.integers(0, 50_000), st.integers(60, 50_000)),
)
def test_pieces_are_in_order_and_within_the_window(
    steps: list[tuple[int, str]], window: tuple[int, int]
) -> None:
    promise = Promise("gold", OFFICE, first_response=HOUR, update=2 * HOUR, solution=30 * HOUR)
    moment = begin = at("2 10:00")
    told = [Happening(begin, "promised", promise), Happening(begin, "opened")]
    for minutes, what in steps:
        moment += timedelta(minutes=minutes)
        told.append(Happening(moment, what))
    now = moment + timedelta(minutes=90)
    low = begin + timedelta(minutes=window[0])
    frame = Window(low, low + timedelta(minutes=window[1]))
    found = courses(told, now)
    for kind in ("first_response", "update", "solution"):
        pieces = band_of([c for c in found if c.kind == kind], frame, now).pieces
        assert all(frame.begin <= piece.begin < piece.end <= frame.end for piece in pieces)
        assert all(a.end <= b.begin for a, b in pairwise(pieces))


def test_the_scale_stands_at_round_times_of_the_reader() -> None:
    def local(moment: datetime) -> datetime:
        return moment.astimezone(BERLIN)

    def scale(begin: str, hours: float) -> list[str]:
        window = Window(at(begin), at(begin) + timedelta(hours=hours))
        return [f"{tick.at.astimezone(BERLIN):%-d.%-m. %H}" for tick in ticks(window, local)]

    assert scale("2 10:20", 6) == ["2.3. 11", "2.3. 12", "2.3. 13", "2.3. 14", "2.3. 15", "2.3. 16"]
    assert scale("2 10:20", 24 * 4)[0] == "2.3. 12"
    # The clock goes forward on the 29th: midnight stays midnight.
    assert scale("27 10:00", 24 * 5) == ["28.3. 00", "29.3. 00", "30.3. 00", "31.3. 00", "1.4. 00"]
    # A narrow page leaves all but the first rank out: what stays names the day.
    long = Window(at("2 10:20"), at("2 10:20") + timedelta(hours=24 * 4))
    assert {tick.by for tick in ticks(long, local) if not tick.rank} == {"day"}
    for hours in (0.02, 1, 50, 24 * 40, 24 * 400, 24 * 365 * 12, 24 * 365 * 90):
        assert len(scale("2 10:20", hours)) <= 12
