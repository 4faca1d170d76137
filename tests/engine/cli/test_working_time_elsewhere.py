"""What other desks and libraries document about working time comes out the same here.

The weeks are those of their manuals: biz and business_time (Ruby), working_hours (Ruby),
businesstimedelta (Python), OTRS (`TimeWorkingHours`), Zammad's and Jira's calendars. The answers
are worked out by hand.
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from engine.cli.run import run

WEEKS = {
    "biz": """
timezone: America/Los_Angeles
hours:
  mon: ["09:00-17:00"]
  tue: ["00:00-24:00"]
  wed: ["09:00-17:00"]
  thu: ["09:00-12:00", "13:00-17:00"]
  sat: ["10:00-14:00"]
holidays: [2026-01-01, 2026-12-25]
""",
    "business_time": """
timezone: America/New_York
hours: {mon-fri: "09:00-17:00"}
holidays: {New Year: 01-01, Independence Day: 2026-07-03, Christmas: 12-25}
""",
    "working_hours": """
timezone: Europe/Paris
hours: {mon: ["09:00-12:00", "13:00-17:00"], tue: ["09:00-12:00", "13:00-17:00"],
        wed: ["09:00-12:00", "13:00-17:00"], thu: ["09:00-12:00", "13:00-17:00"],
        fri: ["09:00-12:00", "13:00-17:05:33"], sat: ["19:00-24:00"]}
holidays: ["2026-12-31"]
""",
    "otrs": """
timezone: Europe/Berlin
hours: {Mon-Fri: "08:00-21:00"}
holidays: [01-01, 05-01, 12-24, 12-25, 12-26, 12-31]
""",
    "zammad": """
timezone: Europe/Berlin
hours: {mon: ["09:00-12:00", "14:00-18:00"], tue-fri: ["08:00-20:00"], sat: [], sun: closed}
holidays: [{date: 2026-12-24, name: Heiligabend}, 2026-05-25]
""",
    "jira": """
timezone: Australia/Sydney
hours: {mon-fri: ["09:00-17:00"]}
holidays: [01-26]
""",
    "night": """
timezone: Europe/Berlin
hours: {mon-fri: ["22:00-06:00"]}
holidays: [2026-12-24]
""",
    "always": """
timezone: Europe/Berlin
hours: {mon-sun: ["00:00-24:00"]}
""",
    "new york": """
timezone: America/New_York
hours: {mon-sun: ["00:00-24:00"]}
""",
    "kathmandu": """
timezone: Asia/Kathmandu
hours: {sun-fri: ["10:00-17:00"]}
""",
    "lord howe": """
timezone: Australia/Lord_Howe
hours: {mon-sun: ["00:00-24:00"]}
""",
    "opening": """
timezone: Europe/Berlin
hours: {mon-fri: ["08:00-12:00", "13:00-17:00"]}
due: opening
""",
    "bavaria": """
calendars:
  munich:
    timezone: Europe/Berlin
    hours: {mon-fri: ["08:00-17:00"]}
    region: DE-BY
    holidays: {Heiligabend: 12-24}
    closed: [2026-12-28..2026-12-30]
    extra: {2026-12-19: ["10:00-14:00"], 2026-12-29: ["09:00-10:00"], 12-31: ["08:00-12:00"]}
""",
}

# week, start, minutes, due; both by the clock of the week's zone unless they say otherwise
DUE = [
    # biz: an open Tuesday around the clock, a lunch break, a Saturday
    ("biz", "2026-11-23T09:00", "480", "2026-11-23T17:00:00-08:00"),
    ("biz", "2026-11-23T09:00", "481", "2026-11-24T00:01:00-08:00"),
    ("biz", "2026-11-23T16:30", "60", "2026-11-24T00:30:00-08:00"),
    ("biz", "2026-11-24T00:00", "1440", "2026-11-25T00:00:00-08:00"),
    ("biz", "2026-11-24T23:59", "2", "2026-11-25T09:01:00-08:00"),
    ("biz", "2026-11-26T11:30", "60", "2026-11-26T13:30:00-08:00"),
    ("biz", "2026-11-26T11:30", "30", "2026-11-26T12:00:00-08:00"),
    ("biz", "2026-11-26T12:15", "1", "2026-11-26T13:01:00-08:00"),
    ("biz", "2026-11-26T16:59", "2", "2026-11-28T10:01:00-08:00"),
    ("biz", "2026-11-27T12:00", "240", "2026-11-28T14:00:00-08:00"),
    ("biz", "2026-11-28T14:00", "30", "2026-11-30T09:30:00-08:00"),
    ("biz", "2025-12-31T16:00", "120", "2026-01-03T11:00:00-08:00"),
    ("biz", "2026-11-23T17:00:00Z", "60", "2026-11-23T10:00:00-08:00"),
    ("biz", "2026-11-23T10:00", "-90", "2026-11-21T13:30:00-08:00"),
    ("biz", "2026-11-26T13:30", "-60", "2026-11-26T11:30:00-08:00"),
    ("biz", "2026-11-27T12:00", "-30", "2026-11-26T16:30:00-08:00"),
    ("biz", "2026-11-25T09:00", "-60", "2026-11-24T23:00:00-08:00"),
    # business_time: hours and days after and before
    ("business_time", "2026-11-27T12:00", "60", "2026-11-27T13:00:00-05:00"),
    ("business_time", "2026-11-27T16:30", "60", "2026-11-30T09:30:00-05:00"),
    ("business_time", "2026-11-28T10:00", "60", "2026-11-30T10:00:00-05:00"),
    ("business_time", "2026-11-27T08:00", "60", "2026-11-27T10:00:00-05:00"),
    ("business_time", "2026-11-27T18:00", "60", "2026-11-30T10:00:00-05:00"),
    ("business_time", "2026-07-02T16:00", "120", "2026-07-06T10:00:00-04:00"),
    ("business_time", "2026-07-03T10:00", "0", "2026-07-03T10:00:00-04:00"),
    ("business_time", "2026-12-24T16:59:59", "1", "2026-12-28T09:00:59-05:00"),
    ("business_time", "2026-11-30T09:30", "-60", "2026-11-27T16:30:00-05:00"),
    ("business_time", "2026-11-29T12:00", "-60", "2026-11-27T16:00:00-05:00"),
    ("business_time", "2026-07-06T10:00", "-120", "2026-07-02T16:00:00-04:00"),
    ("business_time", "2026-11-27T09:00", "2400", "2026-12-03T17:00:00-05:00"),
    ("business_time", "2026-03-06T16:30", "60", "2026-03-09T09:30:00-04:00"),
    ("business_time", "2026-10-30T16:30", "60", "2026-11-02T09:30:00-05:00"),
    ("business_time", "2025-12-31T16:00", "120", "2026-01-02T10:00:00-05:00"),
    # working_hours: seconds in the week, a Saturday night, a closed last day of the year
    ("working_hours", "2026-11-27T16:55", "15", "2026-11-28T19:04:27+01:00"),
    ("working_hours", "2026-11-27T17:05:33", "1", "2026-11-28T19:01:00+01:00"),
    ("working_hours", "2026-11-28T23:59", "1", "2026-11-29T00:00:00+01:00"),
    ("working_hours", "2026-11-28T23:59", "2", "2026-11-30T09:01:00+01:00"),
    ("working_hours", "2026-11-23T11:59", "2", "2026-11-23T13:01:00+01:00"),
    ("working_hours", "2026-11-23T12:30", "0", "2026-11-23T12:30:00+01:00"),
    ("working_hours", "2026-12-30T16:00", "120", "2027-01-01T10:00:00+01:00"),
    ("working_hours", "2026-11-30T09:00", "-300", "2026-11-28T19:00:00+01:00"),
    ("working_hours", "2026-11-30T09:00", "-301", "2026-11-27T17:04:33+01:00"),
    ("working_hours", "2026-11-23T13:00", "-60", "2026-11-23T11:00:00+01:00"),
    ("working_hours", "2026-03-28T23:00", "61", "2026-03-30T09:01:00+02:00"),
    # OTRS: destination times over Christmas and at the turns of the clock
    ("otrs", "2026-12-23T20:00", "120", "2026-12-28T09:00:00+01:00"),
    ("otrs", "2026-12-30T20:30", "60", "2027-01-04T08:30:00+01:00"),
    ("otrs", "2026-12-24T10:00", "1", "2026-12-28T08:01:00+01:00"),
    ("otrs", "2026-04-30T20:59", "2", "2026-05-04T08:01:00+02:00"),
    ("otrs", "2026-03-27T20:00", "780", "2026-03-30T20:00:00+02:00"),
    ("otrs", "2026-10-23T20:00", "780", "2026-10-26T20:00:00+01:00"),
    ("otrs", "2026-11-23T08:00", "780", "2026-11-23T21:00:00+01:00"),
    ("otrs", "2026-11-23T08:00", "780.5", "2026-11-24T08:00:30+01:00"),
    ("otrs", "2024-02-28T20:30", "60", "2024-02-29T08:30:00+01:00"),
    ("otrs", "2024-02-29T20:30", "60", "2024-03-01T08:30:00+01:00"),
    ("otrs", "2026-12-28T09:00", "-120", "2026-12-23T20:00:00+01:00"),
    # Zammad: two spans on a Monday, named holidays
    ("zammad", "2026-11-23T11:30", "60", "2026-11-23T14:30:00+01:00"),
    ("zammad", "2026-11-23T17:59", "2", "2026-11-24T08:01:00+01:00"),
    ("zammad", "2026-11-23T07:00Z", "30", "2026-11-23T09:30:00+01:00"),
    ("zammad", "2026-05-22T19:00", "120", "2026-05-26T09:00:00+02:00"),
    ("zammad", "2026-12-23T19:30", "60", "2026-12-25T08:30:00+01:00"),
    ("zammad", "2026-11-23T12:00:00+01:00", "240", "2026-11-23T18:00:00+01:00"),
    ("zammad", "2026-11-23T03:00:00-08:00", "30", "2026-11-23T14:30:00+01:00"),
    ("zammad", "2026-11-22 12:00", "420", "2026-11-23T18:00:00+01:00"),
    ("zammad", "2026-11-22", "1", "2026-11-23T09:01:00+01:00"),
    ("zammad", "2026-11-24T08:00", "-1", "2026-11-23T17:59:00+01:00"),
    # Jira: the other side of the world, where summer begins in October
    ("jira", "2026-10-02T16:30", "60", "2026-10-05T09:30:00+11:00"),
    ("jira", "2026-04-03T16:30", "60", "2026-04-06T09:30:00+10:00"),
    ("jira", "2026-01-23T16:00", "120", "2026-01-27T10:00:00+11:00"),
    ("jira", "2026-11-22T22:00:00Z", "60", "2026-11-23T10:00:00+11:00"),
    ("jira", "2026-11-23T09:00", "2400", "2026-11-27T17:00:00+11:00"),
    # nights belong to the day on which they begin
    ("night", "2026-11-23T22:00", "480", "2026-11-24T06:00:00+01:00"),
    ("night", "2026-11-24T05:30", "60", "2026-11-24T22:30:00+01:00"),
    ("night", "2026-11-28T05:00", "90", "2026-11-30T22:30:00+01:00"),
    ("night", "2026-12-23T23:00", "480", "2026-12-25T23:00:00+01:00"),
    ("night", "2026-11-23T12:00", "-60", "2026-11-21T05:00:00+01:00"),
    ("night", "2026-11-23T23:59:59", "0.05", "2026-11-24T00:00:02+01:00"),
    # the clock goes forward: an hour that was not
    ("always", "2026-03-29T01:30", "60", "2026-03-29T03:30:00+02:00"),
    ("always", "2026-03-29T02:30", "30", "2026-03-29T04:00:00+02:00"),
    ("always", "2026-03-28T12:00", "1440", "2026-03-29T13:00:00+02:00"),
    ("always", "2026-03-29T03:30", "-60", "2026-03-29T01:30:00+01:00"),
    ("always", "2026-03-29T12:00", "-1440", "2026-03-28T11:00:00+01:00"),
    ("new york", "2026-03-08T01:59", "2", "2026-03-08T03:01:00-04:00"),
    ("new york", "2026-03-08T03:00", "-1", "2026-03-08T01:59:00-05:00"),
    # and back: one that came twice
    ("always", "2026-10-25T01:30", "60", "2026-10-25T02:30:00+02:00"),
    ("always", "2026-10-25T01:30", "120", "2026-10-25T02:30:00+01:00"),
    ("always", "2026-10-25T02:30:00+01:00", "30", "2026-10-25T03:00:00+01:00"),
    ("always", "2026-10-25T00:30Z", "60", "2026-10-25T02:30:00+01:00"),
    ("always", "2026-10-24T12:00", "1440", "2026-10-25T11:00:00+01:00"),
    ("always", "2026-10-25T03:00", "-120", "2026-10-25T02:00:00+02:00"),
    ("new york", "2026-11-01T00:30", "120", "2026-11-01T01:30:00-05:00"),
    ("lord howe", "2026-10-04T01:59", "2", "2026-10-04T02:31:00+11:00"),
    ("lord howe", "2026-04-05T01:29", "31", "2026-04-05T01:30:00+10:30"),
    ("lord howe", "2026-04-05T01:29", "61", "2026-04-05T02:00:00+10:30"),
    # a zone three quarters of an hour off, a week that begins on Sunday
    ("kathmandu", "2026-11-20T16:30", "60", "2026-11-22T10:30:00+05:45"),
    ("kathmandu", "2026-11-23T04:15Z", "15", "2026-11-23T10:15:00+05:45"),
    # due at closing time, or at the next opening
    ("opening", "2026-11-23T08:00", "240", "2026-11-23T13:00:00+01:00"),
    ("opening", "2026-11-23T13:00", "240", "2026-11-24T08:00:00+01:00"),
    ("opening", "2026-11-27T16:00", "60", "2026-11-30T08:00:00+01:00"),
    ("opening", "2026-11-27T16:00", "59", "2026-11-27T16:59:00+01:00"),
    ("opening", "2026-11-28T16:00", "0", "2026-11-30T08:00:00+01:00"),
    ("opening", "2026-11-27T16:00", "0", "2026-11-27T16:00:00+01:00"),
    # country and part of it, own closed days, a Saturday with work, a short New Year's Eve
    ("bavaria", "2026-12-18T16:30", "60", "2026-12-19T10:30:00+01:00"),
    ("bavaria", "2026-12-18T16:30", "300", "2026-12-21T08:30:00+01:00"),
    ("bavaria", "2026-12-23T16:00", "120", "2026-12-29T10:00:00+01:00"),
    ("bavaria", "2026-12-23T16:00", "360", "2026-12-31T12:00:00+01:00"),
    ("bavaria", "2026-12-31T11:00", "120", "2027-01-04T09:00:00+01:00"),
    ("bavaria", "2027-01-05T16:00", "120", "2027-01-07T09:00:00+01:00"),
    ("bavaria", "2026-06-03T16:00", "120", "2026-06-05T09:00:00+02:00"),
    # fractions of seconds and of minutes
    ("otrs", "2026-11-23T10:00:00.250", "1", "2026-11-23T10:01:00.250000+01:00"),
    ("otrs", "2026-11-23T20:59:59.500", "1", "2026-11-24T08:00:59.500000+01:00"),
    ("otrs", "2026-11-24T08:00:00.500", "-1", "2026-11-23T20:59:00.500000+01:00"),
    ("otrs", "2026-11-23T07:00:00.500", "1", "2026-11-23T08:01:00+01:00"),
    ("otrs", "2026-11-23T07:00:00.500", "0", "2026-11-23T07:00:00.500000+01:00"),
    ("otrs", "2026-11-23T10:00", "1.5", "2026-11-23T10:01:30+01:00"),
    ("otrs", "2026-11-23T10:00", "0.016666666666666666", "2026-11-23T10:00:01+01:00"),
    ("otrs", "2026-11-23T10:00", "+90", "2026-11-23T11:30:00+01:00"),
    ("otrs", "2026-11-23T10:00", "1e2", "2026-11-23T11:40:00+01:00"),
]

# week, from, to, seconds
ELAPSED = [
    ("biz", "2026-11-23T00:00", "2026-11-30T00:00", (8 + 24 + 8 + 7 + 4) * 3600),
    ("biz", "2026-11-24T00:00", "2026-11-25T00:00", 24 * 3600),
    ("biz", "2026-11-26T11:59:59", "2026-11-26T13:00:01", 2),
    ("business_time", "2026-11-27T12:00", "2026-11-30T12:00", 8 * 3600),
    ("business_time", "2026-11-28T00:00", "2026-11-29T23:59:59", 0),
    ("business_time", "2026-07-01T00:00", "2026-08-01T00:00", 22 * 8 * 3600),
    ("business_time", "2026-11-30T12:00", "2026-11-27T12:00", -8 * 3600),
    ("business_time", "2026-11-27T17:00Z", "2026-11-27T18:30Z", 5400),
    ("working_hours", "2026-11-27T17:00", "2026-11-28T20:00", 333 + 3600),
    ("otrs", "2026-12-23T08:00", "2027-01-01T00:00", (1 + 3) * 13 * 3600),
    ("otrs", "2026-03-27T00:00", "2026-03-31T00:00", 2 * 13 * 3600),
    ("zammad", "2026-11-23T00:00", "2026-11-30T00:00", (7 + 48) * 3600),
    ("zammad", "2026-12-24T00:00", "2026-12-25T00:00", 0),
    ("jira", "2026-10-02T00:00", "2026-10-06T00:00", 2 * 8 * 3600),
    ("night", "2026-11-23T00:00", "2026-11-24T00:00", 2 * 3600),
    ("night", "2026-03-27T12:00", "2026-03-28T12:00", 8 * 3600),
    ("always", "2026-03-29T00:00", "2026-03-30T00:00", 23 * 3600),
    ("always", "2026-10-25T00:00", "2026-10-26T00:00", 25 * 3600),
    ("always", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", 3600),
    ("always", "2026-01-01", "2027-01-01", 365 * 86_400),
    ("always", "2024-01-01", "2025-01-01", 366 * 86_400),
    ("new york", "2026-03-08", "2026-03-09", 23 * 3600),
    ("lord howe", "2026-10-04", "2026-10-05", 23 * 3600 + 1800),
    ("lord howe", "2026-04-05", "2026-04-06", 24 * 3600 + 1800),
    ("kathmandu", "2026-11-22", "2026-11-29", 6 * 7 * 3600),
    ("opening", "2026-11-23T12:00", "2026-11-23T13:00", 0),
    ("bavaria", "2026-12-19", "2026-12-20", 4 * 3600),
    ("bavaria", "2026-12-24", "2027-01-04", (1 + 4) * 3600),
    ("otrs", "2026-11-23T10:00:00.250", "2026-11-23T10:00:01.750", 1.5),
    ("otrs", "2026-11-23T20:59:59.750", "2026-11-24T08:00:00.250", 0.5),
    ("otrs", "2026-11-23T07:00:00.250", "2026-11-23T08:00:01", 1),
    ("otrs", "2026-11-23T10:00:00.5", "2026-11-23T10:00:00.5", 0),
]


def told(capsys: pytest.CaptureFixture[str], home: Path, week: str, *words: str) -> dict[str, str]:
    path = home / "week.yaml"
    path.write_text(WEEKS[week], encoding="utf-8")
    assert run(["sla", words[0], "--calendar", str(path), *words[1:]]) == 0
    found: dict[str, str] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(("week", "start", "minutes", "due"), DUE)
def test_due_as_elsewhere(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    week: str,
    start: str,
    minutes: str,
    due: str,
) -> None:
    found = told(capsys, tmp_path, week, "due", "--start", start, "--minutes", minutes)
    assert found["due"] == due
    assert datetime.fromisoformat(found["due"]).tzinfo is not None


@pytest.mark.parametrize(("week", "start", "end", "seconds"), ELAPSED)
def test_elapsed_as_elsewhere(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    week: str,
    start: str,
    end: str,
    seconds: float,
) -> None:
    found = told(capsys, tmp_path, week, "elapsed", "--from", start, "--to", end)
    assert found["seconds"] == seconds
    assert isinstance(found["seconds"], float) == bool(seconds % 1)


def test_one_of_several_has_to_be_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(
        "calendars: {a: {hours: {mon: 8:00-9:00}}, b: {hours: {mon: 8:00-9:00}}}", "utf-8"
    )
    words = [
        "sla",
        "elapsed",
        "--calendar",
        str(path),
        "--from",
        "2026-11-23",
        "--to",
        "2026-11-24",
    ]
    assert run(words) == 2
    assert "--name: a, b" in capsys.readouterr().err
    assert run([*words, "--name", "b"]) == 0


def test_a_mistake_is_told_with_its_line_and_what_to_write(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "week.yaml"
    path.write_text("hours:\n  mon: 8am-5pm\nholidays: [24.12.2026]\n", "utf-8")
    words = ["--calendar", str(path), "--start", "2026-11-23", "--minutes", "1"]
    assert run(["sla", "due", *words]) == 2
    said = capsys.readouterr().err
    assert "week.yaml:2: '8am-5pm' is no frame of hours. 08:00-17:00" in said
    assert "week.yaml:3: '24.12.2026'" in said
    assert "2026-12-24" in said
