"""The file of examples keeps its comments when one is added, changed or taken out."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Conflict, Invalid, NotFound
from engine.workflow.examples import read_examples, with_example, without_example

TEXT = """\
# Played by the tests.
- name: One
  steps:
    - {expect: [a]}

# The second.
- name: Two
  steps: []
  effects: []
"""
NEW = {"name": "Three", "steps": [{"complete": "x", "answers": {"text": "Größe: 3\nyes"}}]}


def names(text: str) -> list[str]:
    examples, problems = read_examples(text.encode())
    assert problems == []
    return [one.name for one in examples]


@pytest.mark.parametrize("text", ["[" * 100_000, "- name: A\n  given: " + "{a: " * 500])
def test_what_nests_too_deeply_is_refused_and_not_read(text: str) -> None:
    examples, problems = read_examples(text.encode())
    assert examples == []
    assert ["nested too deeply" in one.message for one in problems] == [True]


def test_what_is_no_yaml_has_the_line_where_it_ends() -> None:
    _, (problem,) = read_examples(b"- name: A\n  steps: [\n")
    assert (problem.line, problem.severity) == (2, "error")


def test_one_more_stands_at_the_end() -> None:
    text = with_example(TEXT, NEW)
    assert text.startswith(TEXT.rstrip("\n"))
    assert names(text) == ["One", "Two", "Three"]
    assert read_examples(text.encode())[0][2].scenario == NEW


@pytest.mark.parametrize("text", ["", "# Only a comment.\n", "[]\n", "- {name: A, steps: []}"])
def test_it_can_be_the_first_or_follow_any_style(text: str) -> None:
    written = with_example(text, NEW)
    assert names(written)[-1] == "Three"
    assert ("# Only" in written) == ("# Only" in text)


def test_one_takes_the_place_of_another() -> None:
    text = with_example(TEXT, NEW, instead="One")
    assert names(text) == ["Three", "Two"]
    assert text.startswith("# Played by the tests.\n")
    assert "# The second." in text
    assert names(with_example(TEXT, NEW, instead="Two")) == ["One", "Three"]


def test_one_is_taken_out() -> None:
    text = without_example(TEXT, "One")
    assert names(text) == ["Two"]
    assert "# The second." in text
    assert "# Played" in text
    assert names(without_example(without_example(TEXT, "One"), "Two")) == []
    assert names(without_example("[{name: A}, {name: B}]", "A")) == ["B"]


def test_a_name_stands_once() -> None:
    with pytest.raises(Conflict):
        with_example(TEXT, {"name": "One"})
    with pytest.raises(Conflict):
        with_example(TEXT, {"name": "One"}, instead="Two")
    assert names(with_example(TEXT, {"name": "One"}, instead="One")) == ["One", "Two"]


@pytest.mark.parametrize("scenario", [{}, {"name": " "}, {"name": "x", "steps": 5}, {"name": 5}])
def test_what_is_no_example_is_not_kept(scenario: Any) -> None:
    with pytest.raises(Invalid):
        with_example(TEXT, scenario)


def test_what_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(NotFound):
        without_example(TEXT, "Four")
    with pytest.raises(NotFound):
        with_example(TEXT, NEW, instead="Four")


def test_a_broken_file_is_left_alone() -> None:
    with pytest.raises(Invalid):
        with_example("a: [", NEW)
