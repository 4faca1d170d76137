"""What is late is told to whoever watches the desk from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from engine.cli.escalations import escalations, late_or_due
from engine.commands.due import fire_timer
from engine.errors import Invalid
from engine.timers.sweep import sweep
from tests.town import Town


def test_what_is_late_comes_first_with_how_far_it_has_come(town: Town, clock: Any) -> None:
    late = town.report(title="Late", sla="gold", queue="Network")
    soon = town.report(title="Soon", sla="standard", queue="HR")
    clock.move(minutes=80)
    for _ in range(3):
        sweep(town.desk, fire_timer)
    rows = town.desk.read(lambda work: late_or_due(work, "", 8))
    assert [(row["number"], row["kind"], row["level"]) for row in rows] == [
        (late, "first_response", 1),
        (soon, "first_response", 0),
    ]
    assert rows[0]["left_seconds"] == -20 * 60
    assert (rows[1]["next"], rows[1]["sla"]) == ("warning", "standard")
    assert town.desk.read(lambda work: late_or_due(work, "queue:hr", 1)) == []
    with pytest.raises(Invalid):
        town.desk.read(lambda work: late_or_due(work, "queue:nowhere", 1))


def test_it_prints_lines_or_good_news(town: Town, clock: Any, monkeypatch: Any) -> None:
    from contextlib import nullcontext

    monkeypatch.setattr("engine.cli.escalations.settings_of", lambda context: None)
    monkeypatch.setattr("engine.cli.escalations.opened", lambda settings: nullcontext(town.desk))
    assert "Every promise holds." in CliRunner().invoke(escalations, []).output
    number = town.report(title="=1+1\x1b[31m", sla="gold", queue="Network")
    clock.move(hours=2)
    said = CliRunner().invoke(escalations, ["--json"]).output
    assert json.loads(said)["number"] == number
    assert number in CliRunner().invoke(escalations, []).output
