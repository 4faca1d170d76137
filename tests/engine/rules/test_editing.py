"""A ruleset changed rule by rule: what was meant is said, and what was not touched stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.editing import (
    arrange,
    content,
    drop_rule,
    in_order,
    new_text,
    put_head,
    put_rule,
    rules_of,
    text_of,
    with_rules,
)
from engine.rules.layout import scalar, written
from engine.rules.source import read_yaml

RULES = sorted(
    path for path in Path("rules").glob("*.yaml")
    if path.stem not in ("vocabulary", "calendars", "slas")
)  # fmt: skip
TEXT = """\
# Who is told of what.
ruleset: routing
title: {de: Zuordnung, en: Routing}
rules:
  # The first rule.
  - id: a
    title: {de: A, en: A}  # beside it
    order: 10
    then:
      - add_tag: a

  # About b,
  # in two lines.
  - id: b
    title: {de: B, en: B}
    order: 20
    then:
      - add_tag: b

  - {id: c, title: {de: C, en: C}, order: 30, then: [{add_tag: c}]}

# Examples of the whole.
tests: []
"""
NEW = {"id": "n", "title": {"de": "N", "en": "N"}, "then": [{"add_tag": "n"}]}


def ids(text: str) -> list[str]:
    return [rule["id"] for rule in in_order(rules_of(text))]


def test_a_changed_rule_leaves_all_others_as_they_were_written() -> None:
    rule = rules_of(TEXT)[1] | {"stop": True}
    made = put_rule(TEXT, rule, instead_of="b")
    assert rules_of(made)[1]["stop"] is True
    assert made == TEXT.replace("      - add_tag: b\n", "      - add_tag: b\n    stop: true\n")


def test_what_says_the_same_stays_as_it_was_written() -> None:
    for rule in rules_of(TEXT):
        assert put_rule(TEXT, rule, instead_of=rule["id"]) == TEXT


def test_a_rule_under_another_id_keeps_its_comment() -> None:
    made = put_rule(TEXT, rules_of(TEXT)[1] | {"id": "bee"}, instead_of="b")
    assert ids(made) == ["a", "bee", "c"]
    assert "# in two lines.\n  - id: bee" in made


def test_a_new_rule_is_asked_last_or_before_another() -> None:
    assert ids(put_rule(TEXT, NEW)) == ["a", "b", "c", "n"]
    made = put_rule(TEXT, NEW, before="b")
    assert ids(made) == ["a", "n", "b", "c"]
    assert [rule["order"] for rule in rules_of(made)] == [10, 15, 20, 30]


def test_a_rule_goes_with_the_comment_above_it() -> None:
    made = drop_rule(TEXT, "b")
    assert ids(made) == ["a", "c"]
    assert "in two lines" not in made
    assert "# The first rule." in made
    assert "# Examples of the whole." in made


def test_the_last_rule_can_go_and_the_first_come() -> None:
    text = drop_rule(new_text("x", {"de": "X", "en": "X"}), "nothing")
    one = put_rule(text, NEW)
    assert ids(one) == ["n"]
    assert ids(drop_rule(one, "n")) == []


def test_another_order_changes_as_few_rules_as_it_can() -> None:
    made = arrange(TEXT, ["c", "a", "b"])
    assert ids(made) == ["c", "a", "b"]
    assert [rule["order"] for rule in rules_of(made)] == [5, 10, 20]
    assert "# The first rule.\n  - id: a\n    title: {de: A, en: A}  # beside it" in made


def test_where_there_is_no_room_all_orders_are_given_anew() -> None:
    text = TEXT.replace("order: 20", "order: 11").replace("order: 30", "order: 12")
    made = put_rule(text, NEW, before="b")
    assert [rule["order"] for rule in rules_of(made)] == [10, 20, 30, 40]


def test_rules_without_an_order_stand_where_they_are_written() -> None:
    text = "\n".join(line for line in TEXT.splitlines() if "order:" not in line)
    assert ids(arrange(text, ["b"]))[0] == "b"


def test_the_head_can_be_changed_and_what_stands_around_it_stays() -> None:
    made = put_head(TEXT, "title", {"de": "Wohin", "en": "Where to"})
    assert "title: {de: Wohin, en: Where to}" in made
    assert made.startswith("# Who is told of what.\n")
    more = put_head(made, "default", [{"set": {"queue": "Service Desk"}}])
    assert content(more)["default"] == [{"set": {"queue": "Service Desk"}}]
    assert "# About b," in more
    assert "default" not in content(put_head(more, "default", None))


@pytest.mark.parametrize(
    "text", ["", "rules: [", "- a\n- b", "{ruleset: x, rules: []}", "rules: x"]
)
def test_odd_texts_are_written_anew(text: str) -> None:
    assert rules_of(put_rule(text, NEW))[0]["id"] == "n"


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_the_rules_of_the_house_survive_every_operation(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    asked = ids(text)
    for rule in rules_of(text):
        assert content(put_rule(text, rule, instead_of=rule["id"])) == content(text)
    assert ids(arrange(text, asked[::-1])) == asked[::-1]
    assert ids(drop_rule(text, asked[0])) == asked[1:]
    assert content(text_of(content(text))) == content(text)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), st.text(max_size=40),
    st.sampled_from(["yes", "On", "~", "null", "1e3", "0x1f", "2026-01-01", "a: b", "a #b", "- a",
                     "'", '"', " a", "a ", "\u0085", "\u2028", "\ufeff", "\x07", "&a", "*a", "!x",
                     "%", "@", "`", "[", "{", "|", ">", "12:30", "=", "<<", "y"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(
        lambda key: key not in ("on", "no", "off", "yes", "true", "false", "null")), inner,
        max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_whatever_is_written_reads_as_it_was(value: Any) -> None:
    data, problems = read_yaml("\n".join(written({"value": value})) + "\n")
    assert not problems
    assert data == {"value": value}


@given(SCALARS)
def test_a_scalar_stays_itself_in_one_line(value: Any) -> None:
    assert "\n" not in scalar(value)
    assert read_yaml(f"[{scalar(value)}]")[0] == [value]


@given(st.lists(st.integers(0, 60).map(lambda n: f"r{n}"), unique=True, max_size=12), st.data())
def test_any_arrangement_can_be_made(names: list[str], data: st.DataObject) -> None:
    orders = data.draw(st.lists(st.none() | st.integers(-5, 40), min_size=len(names),
                                max_size=len(names)))  # fmt: skip
    rules = [
        {**NEW, "id": name} | ({} if order is None else {"order": order})
        for name, order in zip(names, orders, strict=True)
    ]
    text = text_of({"ruleset": "x", "rules": rules})
    wanted = data.draw(st.permutations(names))
    assert ids(with_rules(text, [r for n in wanted for r in rules if r["id"] == n])) == wanted
    assert ids(arrange(text, wanted)) == wanted
