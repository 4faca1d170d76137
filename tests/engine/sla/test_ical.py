"""Calendars of elsewhere: which days they name, and files that were made to do harm."""

from __future__ import annotations

from datetime import date

import pytest

from engine.errors import Invalid
from engine.sla.ical import read_ical

BERLIN = "Europe/Berlin"
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)


def ics(*events: str) -> bytes:
    inner = "".join(f"BEGIN:VEVENT\r\n{event.replace(chr(10), chr(13) + chr(10))}\r\nEND:VEVENT\r\n"
                    for event in events)  # fmt: skip
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inner}END:VCALENDAR\r\n".encode()


def days(*events: str, zone: str = BERLIN) -> list[str]:
    return [str(day.date) for day in read_ical(ics(*events), zone, FIRST, LAST).days]


def test_days_names_and_hours() -> None:
    found = read_ical(
        ics(
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Weihnachten\\, alle",
            "DTSTART;VALUE=DATE:20260501\nSUMMARY;LANGUAGE=de:Tag der \n Arbeit",
            "DTSTART;TZID=Europe/Berlin:20260703T120000\nDTEND;TZID=Europe/Berlin:20260703T180000\n"
            "SUMMARY:Sommerfest",
            "DTSTART:20260831T220000Z\nDURATION:PT24H\nSUMMARY:Umzug",
        ),
        BERLIN, FIRST, LAST,
    )  # fmt: skip
    assert [(str(day.date), day.name, day.hours) for day in found.days] == [
        ("2026-05-01", "Tag der Arbeit", ""),
        ("2026-07-03", "Sommerfest", "12:00-18:00"),
        ("2026-09-01", "Umzug", ""),  # midnight in Berlin
        ("2026-12-24", "Weihnachten, alle", ""),
        ("2026-12-25", "Weihnachten, alle", ""),
        ("2026-12-26", "Weihnachten, alle", ""),
    ]
    assert (found.events, found.unread) == (4, 0)


OUTLOOK = "DTSTART;TZID=W. Europe Standard Time:20261224T000000\n"
ELECTION = (
    "DTSTART;VALUE=DATE:20261102\nRRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=TU;"
    "BYMONTHDAY=2,3,4,5,6,7,8"
)


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ("DTSTART;VALUE=DATE:20260403\nRDATE;VALUE=DATE:20270326,20280414,19990101",
         ["2026-04-03", "2027-03-26", "2028-04-14"]),
        ("DTSTART;VALUE=DATE:20270101\nRRULE:FREQ=YEARLY", ["2027-01-01", "2028-01-01"]),
        (OUTLOOK + "DTEND;TZID=W. Europe Standard Time:20261226T000000",
         ["2026-12-24", "2026-12-25"]),
        (OUTLOOK + "DTEND;TZID=W. Europe Standard Time:20261224T120000", []),
        (OUTLOOK + "DURATION:P1D\nRRULE:FREQ=DAILY;UNTIL=20261225T230000Z",
         ["2026-12-24", "2026-12-25", "2026-12-26"]),
        ("DTSTART;VALUE=DATE:20250101\nRRULE:FREQ=YEARLY;COUNT=2", ["2026-01-01"]),
        ("DTSTART;VALUE=DATE:20250101\nRRULE:FREQ=YEARLY;UNTIL=20270101T000000Z",
         ["2026-01-01", "2027-01-01"]),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", ["2028-02-29"]),
        ("DTSTART;VALUE=DATE:20001123\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
         ["2026-11-26", "2027-11-25", "2028-11-23"]),
        ("DTSTART;VALUE=DATE:20000529\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO",
         ["2026-05-25", "2027-05-31", "2028-05-29"]),
        (ELECTION, ["2026-11-03", "2028-11-07"]),
        ("DTSTART;VALUE=DATE:20281001\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1",
         ["2028-10-31", "2028-11-30", "2028-12-31"]),
        ("DTSTART;VALUE=DATE:20281001\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
         ["2028-10-31", "2028-11-30", "2028-12-29"]),
        ("DTSTART;VALUE=DATE:20281211\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
         ["2028-12-11", "2028-12-15", "2028-12-25", "2028-12-29"]),
        ("DTSTART;VALUE=DATE:20281228\nRRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20281230",
         ["2028-12-28", "2028-12-29", "2028-12-31"]),
        ("DTSTART;VALUE=DATE:20251231\nDTEND;VALUE=DATE:20260103\nRRULE:FREQ=YEARLY;COUNT=1",
         ["2026-01-01", "2026-01-02"]),
        ("DTSTART;VALUE=DATE:20260501\nSTATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:20360501", []),
        ("BEGIN:VALARM\nDTSTART;VALUE=DATE:20260101\nEND:VALARM\nDTSTART;VALUE=DATE:20260501",
         ["2026-05-01"]),
        ('DTSTART;X="a:b;c";VALUE=DATE:20260501', ["2026-05-01"]),
    ],
)  # fmt: skip
def test_what_comes_again_and_what_does_not(event: str, wanted: list[str]) -> None:
    assert days(event) == wanted


@pytest.mark.parametrize(
    "event",
    [
        "SUMMARY:without a day",
        "DTSTART;VALUE=DATE:20261340",
        "DTSTART;TZID=Mars/Olympus:20260101T080000",
        "DTSTART;TZID=../../etc/passwd:20260101T080000",
        "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20500101",
        "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260101",
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SECONDLY",
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;BYHOUR=1",
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;INTERVAL=999999999999",
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYDAY=XX",
        "DTSTART;VALUE=DATE:20260101\nRRULE:",
        "DTSTART;VALUE=DATE:20260101\nDURATION:forever",
    ],
)
def test_an_event_that_cannot_be_read_is_counted_and_the_others_come(event: str) -> None:
    found = read_ical(ics(event, "DTSTART;VALUE=DATE:20260501"), BERLIN, FIRST, LAST)
    assert (len(found.days), found.events, found.unread) == (1, 2, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xfe\x00", b"<html>", b"BEGIN:VCARD\r\nEND:VCARD",
        b"BEGIN:VCALENDAR\r\n" + b"X" * 2**20,
        ics(*["DTSTART;VALUE=DATE:20260501"] * 5001),
        ics(*["DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY;COUNT=9999;BYMONTH=2;BYMONTHDAY=30"]
            * 100),
        ics(*["DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=YEARLY;COUNT=9999;BYDAY=53MO"] * 200),
    ],
)  # fmt: skip
def test_a_file_that_is_none_or_costs_too_much_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_ical(data, BERLIN, FIRST, LAST)


def test_a_rule_that_never_comes_true_costs_as_little_as_one_that_does() -> None:
    assert days("DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30") == []
    assert days("DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30") == []


def test_names_are_one_printable_line_and_lines_and_nesting_have_an_end() -> None:
    long = "x" * 100_000
    found = read_ical(
        ics(f"DTSTART;VALUE=DATE:20260501\nSUMMARY:<b>\\nA\u202e {long}", "BEGIN:VALARM\n" * 5000),
        BERLIN, FIRST, LAST,
    )  # fmt: skip
    assert found.days[0].name.startswith("<b> A x")
    assert len(found.days[0].name) == 120


def test_a_long_event_that_begins_anew_each_day_is_refused_and_not_drawn_out() -> None:
    each = "DTSTART;VALUE=DATE:20260101\nDURATION:P366D\nRRULE:FREQ=DAILY"
    with pytest.raises(Invalid, match="too long to work out"):
        read_ical(ics(*[each] * 20), BERLIN, FIRST, LAST)


def test_what_comes_each_year_without_an_end_is_named_once() -> None:
    """Else the holidays of a file would be over with the years that are looked at."""
    found = read_ical(
        ics(
            "DTSTART;VALUE=DATE:20101224\nDTEND;VALUE=DATE:20101226\nRRULE:FREQ=YEARLY\nSUMMARY:X",
            "DTSTART;VALUE=DATE:20201231\nDTEND;VALUE=DATE:20210102\nRRULE:FREQ=YEARLY;BYMONTH=12;"
            "BYMONTHDAY=31\nSUMMARY:Y",
            "DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20270601\nSUMMARY:Z",
            "DTSTART;VALUE=DATE:20200601\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270601",
        ),
        BERLIN, FIRST, LAST,
    )  # fmt: skip
    assert [(str(day.date), day.name, day.every) for day in found.days] == [
        ("2026-01-01", "Y", True),
        ("2026-05-01", "Z", False),
        ("2026-06-01", "", False),
        ("2026-12-24", "X", True),
        ("2026-12-25", "X", True),
        ("2026-12-31", "Y", True),
        ("2027-05-01", "Z", False),
        ("2028-06-01", "", False),
    ]


def test_a_day_that_was_moved_stands_only_where_it_is_now() -> None:
    party = "UID:party\nDTSTART;VALUE=DATE:20260703\nRRULE:FREQ=YEARLY;COUNT=9"
    moved = "UID:party\nRECURRENCE-ID;VALUE=DATE:20270703\nDTSTART;VALUE=DATE:20270705"
    gone = "UID:party\nRECURRENCE-ID;VALUE=DATE:20280703\nSTATUS:CANCELLED"
    odd = "UID:party\nRECURRENCE-ID:never\nDTSTART:never"
    assert days(party, moved, gone, odd) == ["2026-07-03", "2027-07-05"]
