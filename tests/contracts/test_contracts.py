"""The file formats that programs outside rely on: real output, held to the schemas beside this."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.cli.run import run
from engine.cli.tickets import described
from engine.commands.articles import reply
from engine.commands.tickets import close_ticket
from engine.mail_door import take

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MAIL = b"From: Clara <clara@example.org>\nTo: desk@example.com\nMessage-ID: <1@x>\nSubject: VPN\n\n"


def schema(name: str) -> Draft202012Validator:
    document = json.loads((HERE / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def held_to(name: str, document: Any) -> Any:
    """The document, once it is what the schema says."""
    errors = [error.message for error in schema(name).iter_errors(document)]
    assert errors == [], document
    return json.loads(json.dumps(document))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VORGANG_HOME", str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("kind", "name", "data", "code"),
    [
        ("process", "x.bpmn", None, 2),
        ("process", "x.bpmn", b"", 2),
        ("process", "x.bpmn", b"\x00\xff\xfe", 2),
        ("process", "x.bpmn", b"<a", 2),
        ("process", "x.bpmn", b"<a/>", 1),
        ("rules", "x.yaml", None, 2),
        ("rules", "x.yaml", b"", 2),
        ("rules", "x.yaml", b"\xff", 2),
        ("rules", "x.yaml", b"rules: [", 2),
        ("rules", "x.yaml", b"rules: 5", 1),
        ("rules", "slas.yaml", b"slas: {gold: {calendar: none}}", 1),
        ("rules", "calendars.yaml", b"calendars: {a: {hours: 5}}", 1),
    ],
)
def test_a_check_of_what_is_wrong(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    name: str,
    data: bytes | None,
    code: int,
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    assert run([kind, "check", "--json", str(tmp_path / name)]) == code
    (line,) = capsys.readouterr().out.splitlines()
    found = held_to("check", json.loads(line))
    assert (found["file"], found["ok"]) == (str(tmp_path / name), False)
    assert (code == 2) == any(p["code"] == "unreadable" for p in found["problems"])


@pytest.mark.parametrize("kind", ["process", "rules"])
def test_a_check_of_what_is_well_is_one_line_per_file(
    capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    folder = ROOT / {"process": "processes", "rules": "rules"}[kind]
    assert run([kind, "check", "--json", str(folder)]) == 0
    lines = [held_to("check", json.loads(o)) for o in capsys.readouterr().out.splitlines()]
    assert len({line["file"] for line in lines}) == len(lines) > 5


def test_a_check_of_good_and_bad_names_every_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    (folder / "routing.yaml").write_text("rules: 5", "utf-8")
    assert run(["rules", "check", "--json", str(folder)]) == 1
    lines = [held_to("check", json.loads(o)) for o in capsys.readouterr().out.splitlines()]
    bad = {Path(line["file"]).name for line in lines if not line["ok"]}
    assert bad == {"routing.yaml"}


def test_what_became_of_mails(town) -> None:
    def became(raw: bytes) -> Any:
        return held_to("deliver", take(town.desk, raw).as_dict())

    made = became(MAIL + b"It drops.\n")
    assert made["outcome"] == "created"
    assert became(MAIL + b"It drops.\n")["outcome"] == "duplicate"
    follow = MAIL.replace(b"1@x", b"2@x").replace(b"VPN", b"[Ticket#%s]" % made["ticket"].encode())
    assert became(follow + b"Still.\n") | {"article": 0} == {
        "outcome": "follow_up", "ticket": made["ticket"], "article": 0, "reason": "",
    }  # fmt: skip


def test_a_mail_that_is_none_or_cannot_be_stored(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for raw in (b"", MAIL):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        code = run(["mail", "deliver"])
        output = capsys.readouterr()
        for line in output.out.splitlines():
            held_to("deliver", json.loads(line))
        assert code in (0, 2, 75)
        assert "Traceback" not in output.err


def test_a_ticket_from_its_beginning_to_its_end(town) -> None:
    def shown() -> Any:
        return held_to("ticket", town.see(number, described))

    number = town.report(sla="standard")
    fresh = shown()
    assert fresh["number"] == number
    assert [clock["kind"] for clock in fresh["clocks"]] == ["first_response", "solution"]
    assert fresh["steps"]
    town.do("agnes", number, lambda w, t: reply(w, t, "We are on it.") and None)
    town.do("agnes", number, close_ticket)
    ended = shown()
    assert (ended["steps"], ended["process"]["status"]) == ([], "cancelled")
    assert ended["closed"]
    assert {article["direction"] for article in ended["articles"]} >= {"in", "out"}


def test_a_ticket_that_is_not_there_is_a_sentence_and_no_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["ticket", "show", "4711", "--json"]) != 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("vorgang: ")
