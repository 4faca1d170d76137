"""Examples are played from the command line: of a folder, and of a process of the desk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.cli.run import run

ROOT = Path(__file__).parents[3]
RED = "\n- name: Red\n  steps:\n    - {expect: [triage]}\n    - {expect: [work]}\n"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VORGANG_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The incident with one example that goes another way, beside what it calls."""
    shutil.copytree(ROOT / "processes" / "shared", tmp_path / "shared")
    copy = Path(shutil.copytree(ROOT / "processes" / "incident", tmp_path / "incident"))
    with (copy / "examples.yaml").open("a") as file:
        file.write(RED)
    return copy


def told(capsys: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_examples_of_a_folder(capsys: Any) -> None:
    assert run(["process", "play", str(ROOT / "processes" / "incident"), "--json"]) == 0
    found = told(capsys)
    assert found["ok"]
    assert {one["ok"] for one in found["examples"]} == {True}
    assert found["flows"]["covered"] == found["flows"]["all"] > 10
    assert found["steps"]["uncovered"] == []


def test_a_red_one_says_where(folder: Path, capsys: Any) -> None:
    assert run(["process", "play", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "BAD Red" in out
    assert "step 2: waits at triage, expected work" in out
    assert "flows: 19 of 19 covered" in out


def test_one_example_alone(folder: Path, capsys: Any) -> None:
    args = ["process", "play", str(folder), "--json", "--example"]
    assert run([*args, "Asked, reminded, and never answered"]) == 0
    found = told(capsys)
    assert len(found["examples"]) == 1
    assert "lead_told" in found["steps"]["uncovered"]
    assert run([*args, "Red"]) == 1
    assert told(capsys)["examples"][0]["step"] == 2
    assert run([*args, "None of these"]) == 1


def test_what_cannot_be_read(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "process.bpmn").write_text("<x/>")
    assert run(["process", "play", str(tmp_path)]) == 2
    assert "not-bpmn" in capsys.readouterr().out


def test_a_process_of_the_desk_by_its_key(capsys: Any) -> None:
    assert run(["init"]) == 0
    capsys.readouterr()
    assert run(["process", "play", "incident", "--json"]) == 0
    assert told(capsys)["process"] == "incident"
    assert run(["process", "play", "nothing"]) == 1
    assert "nothing" in capsys.readouterr().err
