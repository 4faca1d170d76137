"""Tickets that stand still are listed and helped along on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli.run import run
from engine.commands.hooks import DeskHooks


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rulesets that cannot be asked; whoever empties the list has mended the cause."""
    gone = ["routing"]
    decide = DeskHooks.decide

    def asked(self: Any, ruleset: str, data: Any, step: Any) -> Any:
        if ruleset in gone:
            raise RuntimeError("The rules are away.")
        return decide(self, ruleset, data, step)

    monkeypatch.setattr(DeskHooks, "decide", asked)
    return gone


@pytest.fixture
def numbers(home: Path, monkeypatch: pytest.MonkeyPatch, away: list[str], capsys: Any) -> list[str]:
    """Two tickets that stand still at the same step, the older one first."""
    from engine.cli.context import opened
    from engine.commands.tickets import NewTicket, create_ticket
    from engine.settings import load_settings

    monkeypatch.setenv("VORGANG_HOME", str(home))
    with opened(load_settings({})) as desk:
        return [
            desk.run(
                lambda w, n=n: (
                    create_ticket(  # type: ignore[misc]
                        w,
                        NewTicket(title=f"Printer {n}", body="x", channel="phone", type="incident"),
                    ).number
                )
            )
            for n in range(2)
        ]


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["process", *arguments]) == code
    found = capsys.readouterr()
    return found.out + found.err


def listed(capsys: pytest.CaptureFixture[str], code: int = 1) -> list[dict[str, Any]]:
    lines = said(capsys, "incidents", "--json", code=code).splitlines()
    return [json.loads(line) for line in lines]


def test_they_are_listed_with_their_reason(numbers: list[str], capsys: Any) -> None:
    rows = listed(capsys)
    assert [row["ticket"] for row in rows] == numbers[::-1]
    one = rows[0]
    told = (one["process"], one["version"], one["step"], one["message"], one["tries"])
    assert told == ("incident", 1, "route", "The rules are away.", 1)
    assert "The rules are away." in said(capsys, "incidents", "incident", code=1)
    assert "No step has failed." in said(capsys, "incidents", "question")


def test_they_are_tried_again_skipped_and_moved(
    numbers: list[str], away: list[str], capsys: Any
) -> None:
    stopped = said(capsys, "retry", *numbers, code=1)
    assert "0 of 2 go on." in stopped
    assert f"{numbers[0]}  stopped again: The rules are away." in stopped
    assert "1 of 1 go on." in said(capsys, "skip", numbers[0], "--reason", "known")
    assert "1 of 1 go on." in said(
        capsys, "move", "--process", "incident", "--to", "work", "--reason", "by telephone"
    )
    assert listed(capsys, code=0) == []
    away.clear()
    back = ("move", numbers[1], "--to", "triage", "--reason", "after all")
    assert "1 of 1 go on." in said(capsys, *back)
    assert "cannot be moved" in said(
        capsys, "move", numbers[1], "--to", "nowhere", "--reason", "x", code=1
    )


def test_what_is_wrong_is_told(numbers: list[str], capsys: Any) -> None:
    assert "Name tickets" in said(capsys, "retry", code=1)
    assert "Name tickets" in said(capsys, "retry", numbers[0], "--process", "incident", code=1)
    assert "0 of 0 go on." in said(capsys, "retry", "--process", "question")
    assert "has failed" in said(capsys, "skip", "4711", "--reason", "x", code=1)
    said(capsys, "skip", numbers[0], code=2)  # without a reason
    said(capsys, "move", numbers[0], "--reason", "x", code=2)  # without a step
    assert "Say why" in said(capsys, "skip", numbers[0], "--reason", " ", code=1)
    assert "no such ticket" in said(capsys, "move", "1", "--to", "x", "--reason", "x", code=1)
