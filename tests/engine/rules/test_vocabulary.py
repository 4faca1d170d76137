"""The vocabulary is data: what it names may be spoken of, and its mistakes have lines."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.rules import Vocabulary, load_vocabulary

GOOD = """facts:
  s.one: {type: string, label: {de: a, en: b}}
actions:
  set: {value: mapping, label: {de: a, en: b}, fields: {queue: {type: string}}}
events:
  ticket.created: {label: {de: a, en: b}}
"""


def test_names_and_open_name_spaces(vocabulary: Vocabulary) -> None:
    assert vocabulary.fact("s.one") is not None
    assert vocabulary.fact("s.nine") is None
    assert vocabulary.fact("form.*") is None
    assert vocabulary.fact("form.") is None
    assert vocabulary.fact("form.a b") is None
    found = vocabulary.fact("form.impact")
    assert found is not None
    assert (found.kind, found.label["en"]) == ("any", "the answer “impact”")


@pytest.mark.parametrize(
    ("good", "bad", "line"),
    [
        ("type: string, label: {de: a, en: b}}\na", "type: strange, label: {de: a, en: b}}\na", 2),
        ("label: {de: a, en: b}}\nactions", "label: {de: a}}\nactions", 2),
        ("s.one", "S one", 2),
        ("value: mapping", "value: magic", 4),
        ("{queue: {type: string}}", "{queue: string}", 4),
        ("fields:", "required: [x], fields:", 4),
        ("events:", "event:", 1),
        ("ticket.created: {label: {de: a, en: b}}", "ticket.created: yes", 6),
    ],
)
def test_a_mistake_is_named_with_its_line(good: str, bad: str, line: int) -> None:
    assert good in GOOD
    with pytest.raises(Invalid) as caught:
        load_vocabulary(GOOD.replace(good, bad, 1))
    assert line in [problem.line for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["", "5", "facts: [", b"\xff", "facts: &a {x: *a}"])
def test_what_is_no_vocabulary(text: str | bytes) -> None:
    with pytest.raises(Invalid):
        load_vocabulary(text)
