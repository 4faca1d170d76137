"""Whatever lies in a folder of rules, the check names it and goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rules import Vocabulary, check, check_folder, check_paths

GOOD = """ruleset: sample
title: {de: Probe, en: Sample}
events: [ticket.created]
rules:
  - id: one
    title: {de: Eins, en: One}
    when: {all: [{fact: s.one, op: is, value: x}]}
    then: [{set: {queue: Q}}]
"""
EXAMPLE = "- {name: one, facts: {s.one: x}, expect: {rules: [one], set: {queue: Q}}}\n"


@pytest.fixture
def folder(tmp_path: Path, vocabulary: Vocabulary) -> Path:
    (tmp_path / "vocabulary.yaml").write_text(vocabulary.text, "utf-8")
    (tmp_path / "sample.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples/sample.yaml").write_text(EXAMPLE, "utf-8")
    return tmp_path


def test_a_good_folder(folder: Path) -> None:
    results = check_folder(folder)
    assert [(Path(r["file"]).name, r["ok"], r["problems"]) for r in results] == [
        ("sample.yaml", True, []),
        ("sample.yaml", True, []),
        ("vocabulary.yaml", True, []),
    ]


def test_one_bad_file_does_not_hide_the_others(folder: Path) -> None:
    (folder / "bad.yaml").write_bytes(b"\xff\xfe\xfd")
    (folder / "worse.yaml").write_text(GOOD.replace("op: is", "op: si"), "utf-8")
    results = {Path(r["file"]).name: r for r in check_paths([folder])}
    assert results["bad.yaml"]["unreadable"] is True
    assert results["worse.yaml"]["problems"][0]["code"] == "unknown-operator"
    assert results["worse.yaml"]["problems"][0]["line"] == 7
    assert set(results["worse.yaml"]["problems"][0]) == {
        "code", "severity", "element", "line", "message", "mend"
    }  # fmt: skip
    assert "unreadable" not in results["worse.yaml"]
    assert results["vocabulary.yaml"]["ok"] is True
    assert json.loads(json.dumps(list(results.values())))


def test_what_belongs_to_the_clocks_is_left_out(folder: Path) -> None:
    (folder / "calendars.yaml").write_text("office: {}", "utf-8")
    assert "calendars.yaml" not in {Path(r["file"]).name for r in check_folder(folder)}


@pytest.mark.parametrize("name", ["nothing.yaml", "a\0b.yaml", "x" * 5000, "no/such/folder/f.yaml"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    (result,) = check_paths([tmp_path / name])
    assert result["ok"] is False
    assert result["unreadable"] is True


def test_an_empty_folder_cannot_be_read_as_rules(tmp_path: Path) -> None:
    (result,) = check_folder(tmp_path)
    assert result["unreadable"] is True


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_one_may_not_read(folder: Path) -> None:
    (folder / "sample.yaml").chmod(0)
    (result,) = check_paths([folder / "sample.yaml"])
    assert result["unreadable"] is True


def test_a_broken_vocabulary_is_named_from_each_file(folder: Path) -> None:
    (folder / "vocabulary.yaml").write_text("facts: 5", "utf-8")
    (result,) = check_paths([folder / "sample.yaml"])
    assert result["ok"] is False
    assert result["problems"][0]["code"] == "vocabulary"


@pytest.mark.parametrize(
    ("example", "code"),
    [
        (EXAMPLE.replace("queue: Q", "queue: R"), "example-failed"),
        (EXAMPLE.replace("rules: [one]", "rules: []"), "example-failed"),
        (EXAMPLE.replace("rules: [one]", "not_rules: [one]"), "example-failed"),
        (EXAMPLE.replace("s.one", "s.nine"), "unknown-fact"),
        (EXAMPLE.replace("facts:", "fact:"), "unknown-key"),
        (EXAMPLE.replace("rules: [one]", "rulez: [one]"), "unknown-key"),
        (EXAMPLE.replace("name: one", "nam: one"), "example"),
        (EXAMPLE.replace("facts: {s.one: x}", "facts: 5"), "example"),
        (EXAMPLE.replace("name: one", "name: one, event: ticket.changed"), "example"),
        (EXAMPLE.replace("name: one", "name: one, now: soon"), "example"),
        ("name: one", "example"),
        ("- 5", "example"),
    ],
)
def test_an_example_that_is_wrong(folder: Path, example: str, code: str) -> None:
    (folder / "examples/sample.yaml").write_text(example, "utf-8")
    (result,) = check_paths([folder / "examples/sample.yaml"])
    assert result["ok"] is False
    assert code in [problem["code"] for problem in result["problems"]]


def test_an_example_of_nothing(folder: Path) -> None:
    (folder / "examples/other.yaml").write_text(EXAMPLE, "utf-8")
    (result,) = check_paths([folder / "examples/other.yaml"])
    assert [p["code"] for p in result["problems"]] == ["example"]


def test_tests_inside_a_ruleset_run(folder: Path) -> None:
    inside = GOOD + "tests: [{name: t, facts: {s.one: y}, expect: {rules: [one]}}]\n"
    (folder / "sample.yaml").write_text(inside, "utf-8")
    (result,) = check_paths([folder / "sample.yaml"])
    assert [p["code"] for p in result["problems"]] == ["example-failed"]


def test_a_defect_of_ours_is_a_finding_not_a_traceback(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "parse_ruleset", lambda *given: 1 / 0)
    (result,) = check_paths([folder / "sample.yaml"])
    assert result["unreadable"] is True


def _documents() -> st.SearchStrategy[object]:
    words = st.sampled_from(["rules", "when", "all", "any", "id", "then", "set", "fact", "op", "is",
                             "value", "title", "s.one", "de", "en", "events", "name", "expect",
                             "facts", "ruleset", "default", "tests", "order", "x"])  # fmt: skip
    leaves = words | st.none() | st.booleans() | st.integers() | st.floats() | st.dates()
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
        max_leaves=25,
    )


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=_documents(), name=st.sampled_from(["a.yaml", "vocabulary.yaml", "examples/a.yaml"]))
def test_no_shape_of_a_document_raises(folder: Path, data: object, name: str) -> None:
    target = folder / "fuzz" if name == "vocabulary.yaml" else folder
    target.mkdir(exist_ok=True)
    (target / name).write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    (result,) = check_paths([target / name])
    assert result["ok"] is (not [p for p in result["problems"] if p["severity"] == "error"])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.binary(max_size=300), name=st.sampled_from(["a.yaml", "examples/sample.yaml"]))
def test_no_bytes_raise(folder: Path, raw: bytes, name: str) -> None:
    (folder / name).write_bytes(raw)
    (result,) = check_paths([folder / name])
    assert result["ok"] in (True, False)
