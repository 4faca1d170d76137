"""Running tickets are moved on the command line: tried, moved, taken back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.cli.run import run

ROOT = Path(__file__).parents[3]
MAIL = (
    b"From: Ana <ana@customers.example>\nTo: desk@example.com\nSubject: Printer\n"
    b"Message-ID: <m-%d@customers.example>\n\nIt is out of order.\n"
)


@pytest.fixture
def desk(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: object) -> Path:
    """A desk with two tickets on version 1, and a folder with the processes, to change."""
    monkeypatch.setenv("VORGANG_HOME", str(home))
    for number in range(2):
        done = cli("mail", "deliver", stdin=MAIL % number)  # type: ignore[operator]
        assert done.returncode == 0, done.stderr
    return Path(shutil.copytree(ROOT / "processes", tmp_path / "processes"))


def publish(folder: Path, old: str, new: str) -> None:
    for path in folder.glob("*/process.bpmn"):
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert run(["publish", str(folder)]) == 0


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["process", "migrate", *arguments]) == code
    return capsys.readouterr().out


def test_tickets_are_tried_moved_and_taken_back(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "incident"
    assert run(["ticket", "list"]) == 0
    publish(desk, "Sort the fault", "Sort out the fault")
    tried = json.loads(said(capsys, key, "--dry-run", "--json"))
    assert (tried["from"], tried["to"], tried["count"], tried["movable"]) == (1, 2, 2, True)
    assert "2 can move to v2, 0 cannot." in said(capsys, key, "--dry-run")
    done = json.loads(said(capsys, key, "--note", "a better word", "--json"))
    assert (done["status"], done["tickets"]) == ("done", {"moved": 2})
    said(capsys, key, code=1)  # nobody is left
    back = json.loads(said(capsys, "--undo", str(done["move"]), "--json"))
    assert (back["status"], back["tickets"]) == ("undone", {"undone": 2})
    one = json.loads(said(capsys, key, "--from", "1", "--json", "--ticket", first(capsys)))
    assert one["tickets"] == {"moved": 1}
    assert "undone" in said(capsys, "--undo", str(one["move"]))
    said(capsys, "--pause", str(one["move"]), code=75)
    said(capsys, "--continue", "99", code=1)


def first(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run(["ticket", "list", "--json"]) == 0
    return str(json.loads(capsys.readouterr().out.splitlines()[0])["number"])


@pytest.mark.parametrize(
    "arguments",
    [(), ("question", "--undo", "1"), ("--undo", "1", "--pause", "1"), ("absent",),
     ("question", "--map", "nothing"), ("question", "--to", "7")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.setenv("VORGANG_HOME", str(home))
    assert run(["process", "migrate", *arguments]) == 1
    assert capsys.readouterr().err.strip()
