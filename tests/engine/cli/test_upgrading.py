"""What a new version brings is listed, looked at, taken or declined on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.cli.run import run

ROOT = Path(__file__).parents[3]
NAME = "rules/routing.yaml"


@pytest.fixture
def came(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rules of another version, as a desk in `home` finds them."""
    rules = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    monkeypatch.setenv("VORGANG_HOME", str(home))
    monkeypatch.setenv("VORGANG_RULES_DIR", str(rules))
    return rules


def test_nothing_came_anew_after_the_start(came: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["upgrade"]) == 0
    assert "Nothing came anew" in capsys.readouterr().out


def test_an_offer_is_listed_shown_and_taken(came: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (came / "routing.yaml").read_text("utf-8")
    (came / "routing.yaml").write_text(text.replace("Routing to a queue", "Where to"), "utf-8")
    assert run(["upgrade", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["kind"]) == (NAME, "offer")
    assert any("Where to" in line for line in found["difference"])
    assert run(["upgrade", "--diff", NAME]) == 0
    assert "+title" in capsys.readouterr().out
    assert run(["upgrade", "--decline"]) == 1
    assert run(["upgrade", "--take", "--decline", NAME]) == 1
    assert run(["upgrade", "--take", "rules/absent.yaml"]) == 1
    capsys.readouterr()
    assert run(["upgrade", "--take"]) == 0
    assert capsys.readouterr().out.split() == ["taken", NAME]
    assert run(["upgrade"]) == 0
    assert "Nothing came anew" in capsys.readouterr().out
