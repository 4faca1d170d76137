"""The starter rules do what their examples say, and say nothing odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.rules import (
    Release,
    build_checked,
    check_paths,
    compile_release,
    load_vocabulary,
    parse_ruleset,
)
from engine.rules.examples import read_examples, run_example

RULES = Path(__file__).resolve().parents[2] / "rules"
NAMES = [
    "assignment",
    "classification",
    "classification_service",
    "escalation",
    "forms",
    "mail_filter",
    "notification",
    "priority",
    "routing",
    "sla",
]
VOCABULARY = load_vocabulary((RULES / "vocabulary.yaml").read_text("utf-8"))


def starter() -> Release:
    parsed = []
    for name in NAMES:
        ruleset, problems = parse_ruleset(
            name, (RULES / f"{name}.yaml").read_text("utf-8"), VOCABULARY, f"{name}.yaml"
        )
        assert problems == []
        assert ruleset is not None
        parsed.append(ruleset)
    return compile_release(parsed, VOCABULARY)


def examples() -> list[tuple[str, dict[str, object]]]:
    found = []
    for name in NAMES:
        entries, problems = read_examples((RULES / f"examples/{name}.yaml").read_bytes())
        assert problems == []
        found.extend((name, entry) for entry in entries)
    return found


RELEASE = starter()


@pytest.mark.parametrize(("name", "example"), examples())
def test_example(name: str, example: dict[str, object]) -> None:
    assert run_example(RELEASE, name, example) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_active_rule_is_in_an_example(name: str) -> None:
    entries, _ = read_examples((RULES / f"examples/{name}.yaml").read_bytes())
    shown = {rule for entry in entries for rule in entry["expect"].get("rules", ())}
    assert {rule.id for rule in RELEASE.rulesets[name].in_order()} <= shown


def test_the_folder_checks_clean() -> None:
    results = check_paths([RULES])
    assert {Path(r["file"]).stem for r in results} >= {*NAMES, "vocabulary"}
    assert [r for r in results if r["problems"]] == []


def test_the_starter_rules_pass_the_way_every_release_takes() -> None:
    given = {
        name: read_examples((RULES / f"examples/{name}.yaml").read_bytes())[0] for name in NAMES
    }
    built = build_checked(RELEASE.rulesets.values(), VOCABULARY, given)
    assert built.digest == RELEASE.digest


def test_who_listens() -> None:
    assert RELEASE.listening("ticket.created") == ["assignment", "notification", "priority"]
    assert RELEASE.listening("clock.breached") == ["escalation"]
    assert RELEASE.listening("mail.received") == ["mail_filter"]
    assert RELEASE.listening("nothing") == []
