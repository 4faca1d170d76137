"""The life of a clock in words: what moved it, what it came to, and what is still to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.sla.clockwork import courses
from engine.sla.happenings import Happening, Mark, Promise
from engine.sla.working import Calendar
from webapp.i18n import Reader
from webapp.presenters.clock_band import Window
from webapp.presenters.clock_story import MOST_ROWS, Names, Said, Story, Teller, story_of

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar("office", "Europe/Berlin", {day: [(time(8), time(17))] for day in range(5)})
HOUR = 3600
GOLD = Promise("gold", OFFICE, solution=6 * HOUR, escalate_after=(HOUR,))
NAMES = Names(
    articles={7: Said("Max Lang", "/tickets/1#m7"), 8: Said("Agnes Meier", "/tickets/1#m8")},
    step=lambda step: {"incident/ask": "Waiting for the customer"}.get(step, step),
    state=str,
    sla=str.capitalize,
    calendar=lambda name: "Office hours" if name == "office" else name,
)


def at(text: str) -> datetime:
    day, clock = text.split()
    hour, minute = clock.split(":")
    return datetime(2026, 3, int(day), int(hour), int(minute), tzinfo=BERLIN).astimezone(UTC)


def tell(kind: str, happenings: list[Happening], now: datetime, language: str = "en") -> Story:
    mine = [course for course in courses(happenings, now) if course.kind == kind]
    window = Window(at("1 00:00"), at("31 00:00"))
    return story_of(mine, happenings, window, now, Teller(Reader(language), NAMES))


def lines(story: Story) -> list[str]:
    return [
        " | ".join(
            part
            for part in (f"{r.at.astimezone(BERLIN):%-d %H:%M}", r.cause, r.effect, r.note)
            if part
        )
        for r in story.rows
    ]


LIFE = [
    Happening(at("2 10:00"), "promised", GOLD),
    Happening(at("2 10:00"), "opened", article_id=7),
    Happening(at("2 11:30"), "rests", step="incident/ask", article_id=8),
    Happening(at("2 14:00"), "runs", step="incident/ask", article_id=7),
    Happening(at("2 15:00"), "closed"),
    Happening(at("3 08:00"), "reopened", article_id=7),
]


def test_what_moved_the_clock_is_said_in_order_with_what_was_used() -> None:
    story = tell("solution", LIFE, at("3 09:00"))
    assert lines(story) == [
        "2 10:00 | Ticket opened by Max Lang | begins",
        "2 11:30 | Step “Waiting for the customer” | rests | 1 h 30 min used",
        "2 14:00 | Step “Waiting for the customer” | runs on",
        "2 15:00 | Ticket closed | ends for now | 2 h 30 min used",
        "3 08:00 | Opened again by Max Lang | runs on",
        "3 10:00 | Warning, when 75% of the time is used",
        "3 11:30 | Due",
        "3 12:30 | Escalation, level 2",
    ]
    assert [row.href for row in story.rows][:2] == ["/tickets/1#m7", "/tickets/1#m8"]
    assert [row.ahead for row in story.rows][-4:] == [False, True, True, True]


def test_a_promise_kept_and_one_missed_say_by_how_much() -> None:
    end = Happening(at("3 10:00"), "closed")
    assert lines(tell("solution", [*LIFE, end], at("4 09:00")))[-1] == (
        "3 10:00 | Ticket closed | ends, kept with 1 h 30 min left | 4 h 30 min used"
    )
    end = Happening(at("3 13:00"), "closed")
    missed = lines(tell("solution", [*LIFE, end], at("4 09:00")))
    assert missed[-3:] == [
        "3 11:30 | The promise is broken",
        "3 12:30 | Escalation, level 2",
        "3 13:00 | Ticket closed | ends, missed by 1 h 30 min | 7 h 30 min used",
    ]


def test_a_change_of_promise_is_told_where_it_came() -> None:
    slow = replace(GOLD, sla="standard", solution=60 * HOUR)
    changed = [*LIFE, Happening(at("3 08:30"), "promised", slow)]
    assert "3 08:30 | “Standard” is promised (Office hours) | counts for its whole life" in lines(
        tell("solution", changed, at("3 09:00"))
    )
    gone = [
        *LIFE[:2],
        Happening(at("2 10:30"), "promised"),
        Happening(at("2 11:00"), "promised", GOLD),
    ]
    assert "2 10:30 | No SLA promises anything any more" in lines(
        tell("solution", gone, at("2 12:00"))
    )


def test_a_change_of_an_sla_or_its_calendar_is_told_as_one() -> None:
    for other, said in (
        (replace(GOLD, solution=60 * HOUR), "“Gold” promises something else from now on (Office"),
        (replace(GOLD, calendar=replace(OFFICE, zone="UTC"), version="2"),
         "The calendar of “Gold” was changed (Office hours) | counts for its whole life"),
    ):  # fmt: skip
        changed = [*LIFE, Happening(at("3 08:30"), "promised", other)]
        told = lines(tell("solution", changed, at("3 09:00")))
        assert any(line.startswith(f"3 08:30 | {said}") for line in told)


def test_what_was_told_late_says_when() -> None:
    breach = next(m for m in courses(LIFE, at("4 09:00"))[0].marks if m.level == 1)
    told = Happening(
        at("3 13:00"), "told", GOLD, kind="solution", begun=at("2 10:00"), mark=Mark(**vars(breach))
    )
    assert "3 11:30 | The promise is broken | told yesterday 13:00" in lines(
        tell("solution", [*LIFE, told], at("4 09:00"))
    )


def test_each_cycle_of_the_update_time_is_told() -> None:
    promise = Promise("gold", OFFICE, update=2 * HOUR, warn_percents=())
    happenings = [
        Happening(at("2 10:00"), "promised", promise),
        Happening(at("2 10:00"), "opened", article_id=7),
        Happening(at("2 11:00"), "answered", article_id=8),
        Happening(at("3 09:00"), "wrote", article_id=7),
    ]
    assert lines(tell("update", happenings, at("3 10:00"))) == [
        "2 10:00 | Ticket opened by Max Lang | begins",
        "2 11:00 | Answer of Agnes Meier | ends, kept with 1 h left | 1 h used",
        "3 09:00 | Message of Max Lang | begins",
        "3 11:00 | Due",
    ]


def test_of_a_long_life_the_latest_is_told_and_how_much_is_left_out() -> None:
    promise = Promise("gold", OFFICE, update=2 * HOUR, warn_percents=())
    told = [Happening(at("2 08:00"), "promised", promise), Happening(at("2 08:00"), "opened")]
    for number in range(100):
        moment = at("2 08:05") + timedelta(minutes=5 * number)
        told.append(Happening(moment, "wrote" if number % 2 else "answered"))
    story = tell("update", told, at("3 20:00"))
    assert story.left_out > 50
    assert len([row for row in story.rows if not row.ahead]) == MOST_ROWS


def test_it_is_told_in_german_too() -> None:
    said = lines(tell("solution", LIFE, at("3 09:00"), "de"))
    assert (
        said[1] == "2 11:30 | Schritt „Waiting for the customer“ | ruht | 1 Std. 30 Min. verbraucht"
    )
    assert said[-2:] == ["3 11:30 | Fällig", "3 12:30 | Eskalation, Stufe 2"]
