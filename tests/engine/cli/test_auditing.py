"""`vorgang audit` says what is lost, where and how it is mended, and mends it when asked to."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.cli.run import run
from tests.engine.cli.conftest import Cli

MAIL = b"From: Clara <clara@example.org>\nTo: desk@example.com\nSubject: %s\n\nIt is loud.\n"


@pytest.fixture
def numbers(home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two tickets, the older one first."""
    monkeypatch.setenv("VORGANG_HOME", str(home))
    found = []
    for subject in (b"The first", b"The second"):
        done = cli("mail", "deliver", stdin=MAIL % subject)
        assert done.returncode == 0, done.stderr
        found.append(str(json.loads(done.stdout)["ticket"]))
    return found


def lose_steps(home: Path) -> None:
    """Take every open step off its list."""
    with sqlite3.connect(home / "vorgang.db") as database:
        database.execute("UPDATE work_item SET status = 'done'")
    database.close()


def told(capsys: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_desk_of_which_nothing_is_lost_says_so(numbers: list[str], capsys: Any) -> None:
    capsys.readouterr()
    assert run(["audit"]) == 0
    assert capsys.readouterr().out.startswith("0 findings;")


def test_what_is_lost_is_named_and_mended(numbers: list[str], home: Path, capsys: Any) -> None:
    lose_steps(home)
    capsys.readouterr()
    assert run(["audit", "--only", "step"]) == 1
    said = capsys.readouterr().out
    assert f"step.lost: ticket {numbers[0]}, process" in said
    assert "An open step is on no list." in said
    assert "2  step.lost" in said
    assert run(["audit", "--only", "step.lost", "--json"]) == 1
    *found, total = told(capsys)
    assert [one["ticket"] for one in found] == numbers
    assert {one["check"] for one in found} == {"step.lost"}
    assert (total["findings"], total["checks"], total["mended"]) == (2, {"step.lost": 2}, 0)
    assert run(["audit", "--only", "step", "--repair", "--json"]) == 1
    *mended, total = told(capsys)
    assert [one["mended"] for one in mended] == [True, True]
    assert total["mended"] == 2
    assert run(["audit", "--only", "step"]) == 0
    run(["ticket", "show", numbers[0], "--json"])
    history = json.loads(capsys.readouterr().out.splitlines()[-1])["history"]
    assert "audit" in {entry["cause"] for entry in history}


def test_what_is_not_asked_for_is_not_taken_for_gone(
    numbers: list[str], home: Path, capsys: Any
) -> None:
    with sqlite3.connect(home / "vorgang.db") as database:
        database.execute("DELETE FROM step_visit WHERE left_at IS NULL")
    database.close()
    lose_steps(home)
    capsys.readouterr()
    assert run(["audit", "--json"]) == 1
    *found, _ = told(capsys)
    assert run(["audit", "--only", "step.lost"]) == 1
    with sqlite3.connect(home / "vorgang.db") as database:
        standing = "SELECT DISTINCT code FROM audit_finding WHERE gone_at IS NULL"
        known = {code for (code,) in database.execute(standing)}
    database.close()
    assert known == {one["check"] for one in found} > {"step.lost", "stay.lost"}


def test_only_some_tickets_can_be_looked_at(numbers: list[str], home: Path, capsys: Any) -> None:
    lose_steps(home)
    capsys.readouterr()
    for given, expected in (
        (numbers[1], numbers[1:]),
        (f"{numbers[0]}..{numbers[0]}", numbers[:1]),
        (f"{numbers[0]}..{numbers[1]}", numbers),
        ("1..2", []),
    ):
        code = run(["audit", "--only", "step", "--tickets", given, "--json"])
        assert code == (1 if expected else 0)
        assert [one["ticket"] for one in told(capsys)[:-1]] == expected


def test_what_cannot_be_mended_is_said(numbers: list[str], home: Path, capsys: Any) -> None:
    for path in (home / "files").glob("??/*"):
        path.unlink()
    capsys.readouterr()
    assert run(["audit", "--only", "file", "--repair"]) == 1
    said = capsys.readouterr().out
    assert "not mended: Somebody has to mend this by hand." in said
    assert "Original is not where the files lie" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--only", "nothing"), "There is no check 'nothing'."),
        (("--tickets", "5..3"), "the first and the last number"),
        (("--tickets", ".."), "the first and the last number"),
        (("--only", "file.damaged"), "--deep"),
    ],
)
def test_what_was_mistyped_is_said(
    numbers: list[str], capsys: Any, arguments: tuple[str, ...], sentence: str
) -> None:
    capsys.readouterr()
    assert run(["audit", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_what_is_checked_can_be_listed(numbers: list[str], capsys: Any) -> None:
    capsys.readouterr()
    assert run(["audit", "--list"]) == 0
    said = capsys.readouterr().out
    assert "timer.orphan" in said
    assert "A file is gone" in said
