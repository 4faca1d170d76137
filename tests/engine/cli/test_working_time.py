"""Working time on the command line: one calendar file, exact answers as JSON, plain refusals."""

import json
from pathlib import Path

import pytest

from engine.cli.run import run

SHIPPED = Path(__file__).parents[3] / "rules" / "calendars.yaml"
OFFICE = """
timezone: Europe/Berlin
hours: {mon: ["08:00-12:00", "14:00-17:00"], tue: ["08:00-12:00"], wed: [], thu: ,
        sun: ["01:00-04:00"]}
holidays: [2026-11-30, "12-24"]
region: DE-BY
"""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("VORGANG_HOME", str(tmp_path / "no-home"))
    path = tmp_path / "office.yaml"
    path.write_text(OFFICE, encoding="utf-8")
    return str(path)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert run(["sla", *words]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-23T08:00:00+01:00", "240", "2026-11-23T12:00:00+01:00"),
        ("2026-11-23T08:00", "241", "2026-11-23T14:01:00+01:00"),
        ("2026-11-23T07:00:00Z", "60", "2026-11-23T09:00:00+01:00"),
        ("2026-11-24T10:00", "180", "2026-11-29T02:00:00+01:00"),
        ("2026-11-29T03:00", "61", "2026-12-01T08:01:00+01:00"),  # over a closed Monday
        ("2026-03-29T00:00", "120", "2026-03-29T04:00:00+02:00"),  # 2:00 to 3:00 did not happen
        ("2026-10-25T00:00", "150", "2026-10-25T02:30:00+01:00"),  # and here it came twice
        ("2026-11-23T14:30", "-60", "2026-11-23T11:30:00+01:00"),
        ("2026-11-23T14:30", "-30", "2026-11-23T14:00:00+01:00"),
        ("2026-11-23T09:00", "0.5", "2026-11-23T09:00:30+01:00"),
        ("2026-11-22T24:00", "60", "2026-11-23T09:00:00+01:00"),  # the end of a day
        ("2026-11-22T24:00:00Z", "60", "2026-11-23T09:00:00+01:00"),
        ("2026-11-23t07:00:00z", "60", "2026-11-23T09:00:00+01:00"),
    ],
)
def test_due(
    office: str, capsys: pytest.CaptureFixture[str], start: str, minutes: str, due: str
) -> None:
    words = ("due", "--calendar", office, "--start", start, "--minutes", minutes)
    assert answer(capsys, *words) == {"due": due, "seconds": float(minutes) * 60}


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-11-23T00:00", "2026-11-24T00:00", 7 * 3600),
        ("2026-11-24T00:00", "2026-11-23T00:00", -7 * 3600),
        ("2026-10-25T00:00", "2026-10-26T00:00", 4 * 3600),
        ("2026-03-29T00:00", "2026-03-30T00:00", 2 * 3600),
        ("2026-12-21T00:00", "2026-12-28T00:00", 14 * 3600),
    ],
)
def test_elapsed(
    office: str, capsys: pytest.CaptureFixture[str], start: str, end: str, seconds: int
) -> None:
    found = answer(capsys, "elapsed", "--calendar", office, "--from", start, "--to", end)
    assert found["seconds"] == seconds


def test_at_closing_time_or_when_work_begins_again(
    office: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(office).write_text(OFFICE + "due: opening\n", encoding="utf-8")
    words = ("due", "--calendar", office, "--start", "2026-11-23T08:00", "--minutes", "240")
    assert answer(capsys, *words)["due"] == "2026-11-23T14:00:00+01:00"


def test_what_cannot_be_read_is_one_finding(
    office: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(office).write_text("hours: {mon: &a [8:00-9:00], tue: *a}", encoding="utf-8")
    words = ["--calendar", office, "--from", "2026-11-23", "--to", "2026-11-24"]
    assert run(["sla", "elapsed", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "References (*name) are not allowed here. Write it out." in line


def test_one_of_several_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("due", "--calendar", str(SHIPPED), "--start", "2026-11-20T16:30", "--minutes", "60")
    assert answer(capsys, *words, "--name", "standard")["due"] == "2026-11-23T08:30:00+01:00"
    assert run(["sla", *words, "--name", "nights"]) == 2
    assert "only always, extended, standard" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--start", "yesterday", "--minutes", "1"), "is no moment"),
        (("--start", "2026-11-23T24:01", "--minutes", "1"), "is no moment"),
        (("--start", "9999-12-31T24:00", "--minutes", "1"), "is no moment"),
        (("--start", "2026-11-23T08:00", "--minutes", "nan"), "no number"),
        (("--start", "2026-11-23T08:00", "--minutes", "1e14"), "too little working time"),
        (("--start", "9999-12-31T08:00", "--minutes", "1e5"), "beyond what a calendar can count"),
        (("--start", "0001-01-01T00:00+14:00", "--minutes", "1"), "beyond what a calendar"),
    ],
)
def test_odd_questions_are_refused_plainly(
    office: str, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], said: str
) -> None:
    assert run(["sla", "due", "--calendar", office, *more]) in (1, 2)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "hours: {mon: 8-9}", "\x00", "hours: {mon: 8:00-9:00}\nx: 1"])
def test_files_that_hold_no_calendar_say_what_to_mend(
    office: str, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    Path(office).write_text(text, encoding="utf-8")
    words = ["--calendar", office, "--from", "2026-11-23", "--to", "2026-11-24"]
    assert run(["sla", "elapsed", *words]) == 2
    assert "office.yaml" in capsys.readouterr().err
    assert run(["sla", "elapsed", *words[:1], office + ".not", *words[2:]]) == 2
    assert "cannot be read" in capsys.readouterr().err
