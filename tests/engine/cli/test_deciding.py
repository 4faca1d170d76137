"""Rules answer on the command line as they do on the desk, and their examples can be run."""

import json
import shutil
from pathlib import Path

import pytest

from engine.cli.run import run

ROOT = Path(__file__).parents[3]
RULES = str(ROOT / "rules")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VORGANG_HOME", str(tmp_path / "home"))


def facts(tmp_path: Path, text: str) -> str:
    path = tmp_path / "facts.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def decided(
    capsys: pytest.CaptureFixture[str], file: str, *more: str, ruleset: str = "routing"
) -> dict[str, object]:
    capsys.readouterr()
    assert run(["rules", "decide", ruleset, "--facts", file, "--json", *more]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_decision_is_told_with_its_rules_and_its_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = facts(tmp_path, "ticket.title: VPN drops\nticket.queue: Service Desk\nticket.odd: 1\n")
    found = decided(capsys, file)
    assert found["decisions"] == [
        {"rule": "vpn", "action": "set", "value": {"queue": "Network::VPN"}},
        {"rule": "vpn", "action": "set", "value": {"service": "Network access"}},
    ]
    assert found["matched"] == ["vpn"]
    assert found["stopped_by"] == "vpn"
    assert found["unknown_facts"] == ["ticket.odd"]
    trace = found["trace"]
    assert isinstance(trace, dict)
    assert trace["facts"]["ticket.title"] == "VPN drops"
    assert len(str(found["release"])) == 64
    assert decided(capsys, file, "--rules", RULES) | {"trace": 0} == found | {"trace": 0}


def test_facts_may_be_nested_and_come_with_what_happened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nested = facts(tmp_path, '{"ticket": {"title": "VPN drops"}}')
    assert decided(capsys, nested)["matched"] == ["vpn"]
    whole = facts(tmp_path, "facts: {ticket.owner: agnes}\nevent: ticket.changed\n"
                            "changed: {ticket.owner: ['', agnes]}\n"
                            "now: 2026-05-03T12:00:00+02:00\n")  # fmt: skip
    found = decided(capsys, whole, ruleset="notification")
    assert found["matched"] == ["owner-changed"]
    assert decided(capsys, whole, "--event", "ticket.created", ruleset="notification")[
        "matched"
    ] == ["acknowledge"]


def test_people_read_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = facts(tmp_path, "ticket.title: VPN drops\n")
    assert run(["rules", "decide", "routing", "--facts", file]) == 0
    assert "because the subject contains" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["- a", "a: [", "", "a: &x 1", "facts: {}\nchanged: 5\n",
                                  "facts: {}\nnow: yesterday\n", "a: " * 40])  # fmt: skip
def test_what_holds_no_facts_is_unreadable(tmp_path: Path, text: str) -> None:
    assert run(["rules", "decide", "routing", "--facts", facts(tmp_path, text)]) == 2


def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = facts(tmp_path, "ticket.title: x\n")
    assert run(["rules", "decide", "nothing", "--facts", file]) == 1
    assert "there are" in capsys.readouterr().err
    assert run(["rules", "decide", "routing", "--facts", file, "--event", "no.event"]) == 1
    assert run(["rules", "decide", "routing", "--facts", str(tmp_path / "none")]) == 2
    assert run(["rules", "decide", "routing", "--facts", file, "--rules", str(tmp_path)]) == 1
    both = ["--rules", RULES, "--draft"]
    assert run(["rules", "decide", "routing", "--facts", file, *both]) == 1


def test_examples_are_run_and_the_wrong_ones_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "test", "--rules", RULES]) == 0
    assert "come out as expected" in capsys.readouterr().out
    folder = Path(shutil.copytree(RULES, tmp_path / "rules"))
    assert run(["rules", "test", "routing", "escalation", "--rules", str(folder), "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["ruleset"] for one in found} == {"routing", "escalation"}
    assert all(one["ok"] for one in found)
    assert run(["rules", "test", "nothing", "--rules", str(folder)]) == 1


def test_the_desk_is_asked_as_it_is_as_it_was_and_as_it_is_drafted(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VORGANG_HOME", str(home))
    file = facts(tmp_path, "ticket.title: VPN drops\n")
    found = decided(capsys, file)
    assert found["matched"] == ["vpn"]
    assert decided(capsys, file, "--release", "1")["release"] == found["release"]
    assert decided(capsys, file, "--draft")["matched"] == ["vpn"]
    assert run(["rules", "decide", "routing", "--facts", file, "--release", "99"]) == 1
    assert run(["rules", "test", "routing", "--draft"]) == 0
