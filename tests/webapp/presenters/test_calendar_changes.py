"""A change of a calendar as it is said to whoever has to confirm it."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.i18n import Reader
from webapp.presenters.calendar_changes import calendar_changes

OFFICE: dict[str, Any] = {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["08:00-17:00"]}}
SPLIT = {"mon-tue": ["08:00-12:00", "14:00-17:00"], "wed-fri": ["08:00-17:00"]}
ROW = {"closed": [{"2026-12-28..2026-12-30": "Ferien"}]}


def said(before: dict[str, Any], after: dict[str, Any], language: str = "en") -> list[Any]:
    return calendar_changes("office", OFFICE | before, OFFICE | after, Reader(language))


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({}, {"hours": SPLIT},
         [("Monday–Tuesday", "08:00-17:00", "08:00-12:00, 14:00-17:00")]),
        ({}, {"hours": {"mon-thu": ["08:00-17:00"], "sat": "9:00-12:00"}},
         [("Friday", "08:00-17:00", ""), ("Saturday", "", "09:00-12:00")]),
        ({}, {"closed": ["12-24"]}, [("24 December of every year", "", "closed here")]),
        ({}, {"closed": [{"12-24": "<b>Eve"}]},
         [("24 December of every year", "", "closed here (<b>Eve)")]),
        ({}, {"closed": ["2026-12-24"]}, [("Thursday, 24 December 2026", "", "closed here")]),
        ({}, ROW, [("28 Dec 2026 – 30 Dec 2026", "", "closed here (Ferien)")]),
        ({"closed": ["12-24..12-31"]}, {},
         [("24 December – 31 December of every year", "closed here", "")]),
        (ROW, {"closed": [{"2026-12-28": "Ferien"}, {"2026-12-30": "Ferien"}]},
         [("Tuesday, 29 December 2026", "closed here (Ferien)", "")]),
        ({"holidays": ["12-24"]}, {"holidays": ["12-24"], "extra": {"12-24": "08:00-12:00"}},
         [("24 December of every year", "holiday", "08:00-12:00")]),
        ({"extra": {"2026-12-19": ["10:00-14:00"]}},
         {"extra": {"2026-12-19": {"hours": ["10:00-15:00"], "name": "Inventur"}}},
         [("Saturday, 19 December 2026", "10:00-14:00", "10:00-15:00 (Inventur)")]),
        ({"region": "DE"}, {"region": ["DE-BY", "AT"]},
         [("Public holidays of", "DE", "AT, DE-BY")]),
        ({}, {"timezone": "Europe/Vienna", "due": "opening"},
         [("Zone", "Europe/Berlin", "Europe/Vienna"),
          ("A time that runs out exactly at the end of work is due", "at the end of work",
           "when work begins again")]),
        ({}, {"title": {"de": "Büro", "en": "Office"}},
         [("Title in German", "office", "Büro"), ("Title in English", "office", "Office")]),
    ],
)  # fmt: skip
def test_what_differs_is_said_as_an_admin_would(
    before: dict[str, Any], after: dict[str, Any], wanted: list[Any]
) -> None:
    assert said(before, after) == wanted
    assert said(after, before) == [(what, new, old) for what, old, new in wanted]
    assert said(after, after) == []


def test_in_german() -> None:
    assert said({}, {"closed": ["12-24"], "hours": SPLIT, "holidays": ["2026-05-15"]}, "de") == [
        ("Montag–Dienstag", "08:00-17:00", "08:00-12:00, 14:00-17:00"),
        ("24. Dezember jedes Jahres", "", "hier geschlossen"),
        ("Freitag, 15. Mai 2026", "", "Feiertag"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"closed": "12-24"}, {"closed": [{"date": "12-24"}]}),
        ({"closed": ["2026-12-28..2026-12-30"]},
         {"closed": ["2026-12-28", "2026-12-29..2026-12-30"]}),
        ({"holidays": ["DE-BY"]}, {"region": {"country": "DE", "subdivision": "BY"}}),
        ({"hours": {"mon-tue": "8:00-9:00, 10:00-11:00"}},
         {"hours": {"tue": ["10:00-11:00", "08:00-09:00"], "mon": ["08:00-09:00", "10:00-11:00"]}}),
    ],
)  # fmt: skip
def test_what_is_only_written_in_another_way_is_no_difference(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert said(one, other) == []


def test_what_cannot_be_read_any_more_says_nothing() -> None:
    assert said({"hours": {"someday": "8:00-9:00"}}, {}) == []
    assert said({"holidays": {"Eve": "soon"}}, {}) == []
