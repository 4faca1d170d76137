"""`vorgang rules dry-run` says what the page says, for people and for machines."""

import json
from typing import Any

import click
import pytest

from engine.cli import trying
from tests.engine.commands.test_rules_dry_run import draft, in_the_background


@pytest.fixture
def call(town: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command on the desk of the town; its exit code and what it said."""

    class Opened:
        def __enter__(self) -> Any:
            return town.desk

        def __exit__(self, *error: Any) -> None:
            pass

    monkeypatch.setattr(trying, "settings_of", lambda context: None)
    monkeypatch.setattr(trying, "opened", lambda settings: Opened())

    def asked(*arguments: str) -> tuple[int, str]:
        context = click.Context(click.Group())
        context.obj = None
        code = trying.dry_run.main(list(arguments), standalone_mode=False)
        return code, capsys.readouterr().out

    return asked


def test_it_counts_and_names_examples(town: Any, call: Any, monkeypatch: Any) -> None:
    number = town.report(title="An old telex")
    town.report(title="VPN drops")
    draft(town)
    in_the_background(monkeypatch, batch=1)
    code, said = call("--days", "5")
    assert code == 1
    assert "1 of 2 tickets would be otherwise" in said
    assert "→ Purchasing: 1" in said
    assert number in said
    assert "routing/telex: fired on 0, would fire on 1" in said
    code, said = call("--search", "telex state:all", "--json")
    found = json.loads(said)
    assert code == 1
    assert (found["tickets"], found["different"], found["status"]) == (1, 1, "done")
    assert found["fields"]["queue"]["changes"][0]["examples"] == [number]


def test_nothing_otherwise_is_success(town: Any, call: Any) -> None:
    town.report(title="VPN drops")
    draft(town)
    assert call()[0] == 0
