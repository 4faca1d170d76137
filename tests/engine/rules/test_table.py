"""Rules as a table: what is read into it comes back the same, and what changed is all that does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.rules import load_vocabulary
from engine.rules.cells import Notation, OddError, same
from engine.rules.editing import in_order, rules_of, text_of, with_rules
from engine.rules.operators import OPERATORS
from engine.rules.table import Line, fits_a_table, grid_of, row_of, rules_from

VOCABULARY = load_vocabulary(Path("rules/vocabulary.yaml").read_text(encoding="utf-8"))
FILES = sorted(
    path for path in Path("rules").glob("*.yaml")
    if path.stem not in ("vocabulary", "calendars", "slas")
)  # fmt: skip
RULE: dict[str, Any] = {
    "id": "vpn",
    "title": {"de": "VPN", "en": "VPN"},
    "order": 10,
    "valid_from": "2026-01-01",
    "when": {
        "all": [
            {"fact": "ticket.title", "op": "contains", "value": ["vpn", "a; b"]},
            {"fact": "ticket.priority", "op": "gte", "value": 3},
            {"fact": "customer.vip", "op": "is", "value": True},
            {"fact": "ticket.owner", "op": "is_empty"},
        ]
    },
    "then": [{"add_tag": "x"}, {"set": {"queue": "Network", "priority": 4}}, {"add_tag": "y"}],
    "stop": True,
    "note": "Why so.",
}


def changed(rule: dict[str, Any], **cells: str) -> dict[str, Any]:
    """The rule after some of its cells were typed over."""
    line = Line(rule["id"], {**row_of(rule, VOCABULARY).cells, **cells})
    return dict(rules_from([rule], [line], VOCABULARY)[0][0])


def test_a_rule_as_a_line() -> None:
    row = row_of(RULE, VOCABULARY, "de")
    assert row.cells == {
        "id": "vpn", "title de": "VPN", "title en": "VPN", "active": "ja", "stop": "ja",
        "when ticket.title contains": 'vpn; "a; b"', "when ticket.priority gte": "3",
        "when customer.vip is": "ja", "when ticket.owner is_empty": "ja",
        "then add_tag": "x; y", "then set queue": "Network", "then set priority": "4",
    }  # fmt: skip
    assert row.rest == {"valid_from": "2026-01-01", "note": "Why so."}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_rules_of_the_house_come_back_as_they_were(path: Path, language: str) -> None:
    text = path.read_text(encoding="utf-8")
    rules = in_order(rules_of(text))
    rows = grid_of(rules, VOCABULARY, language).rows
    lines = [Line(row.id, None if row.rule else row.cells) for row in rows]
    made, was = rules_from(rules, lines, VOCABULARY)
    assert (made, was) == (rules, {})
    assert with_rules(text, made, was) == text
    assert [row.id for row in rows] == [rule["id"] for rule in rules]


def test_only_what_was_changed_is() -> None:
    cells = {"when ticket.priority gte": "2,5", "then set queue": "Desk", "then add_tag": "x; z; w"}
    made = changed(RULE, **cells, **{"when ticket.owner is_empty": "", "stop": ""})
    assert made["when"]["all"] == [
        RULE["when"]["all"][0], {**RULE["when"]["all"][1], "value": 2.5}, RULE["when"]["all"][2]
    ]  # fmt: skip
    assert made["then"] == [
        {"add_tag": "x"}, {"set": {"queue": "Desk", "priority": 4}}, {"add_tag": "z"},
        {"add_tag": "w"},
    ]  # fmt: skip
    assert (made["note"], made["order"], "stop" in made) == ("Why so.", 10, False)


def test_what_is_said_in_other_words_is_no_change() -> None:
    cells = {"customer.vip is": "JA", "ticket.title contains": '"vpn" ;"a; b";'}
    made = changed(RULE, **{f"when {key}": cell for key, cell in cells.items()})
    assert made == RULE


def test_conditions_and_actions_come_and_go() -> None:
    bare = {"id": "a", "title": {"de": "A", "en": "A"}, "then": [{"set": {"queue": "Desk"}}]}
    made = changed(bare, **{"when ticket.channel in": "email", "then set queue": "",
                            "then notify to": "owner", "then notify template": "new"})  # fmt: skip
    assert made["when"] == {"all": [{"fact": "ticket.channel", "op": "in", "value": ["email"]}]}
    assert made["then"] == [{"notify": {"to": "owner", "template": "new"}}]
    assert "when" not in changed(made, **{"when ticket.channel in": " ; "})


def test_a_line_that_was_just_begun_is_gone_on_with() -> None:
    (begun,), _ = rules_from([], [Line(cells={"id": "a"})], VOCABULARY)
    assert changed(dict(begun), **{"then add_tag": "x"})["then"] == [{"add_tag": "x"}]
    bare = {key: value for key, value in begun.items() if key != "then"}
    assert changed(bare, **{"then set queue": "x"})["then"] == [{"set": {"queue": "x"}}]
    assert changed(bare, stop="yes") == {**bare, "stop": True}


ATOM = RULE["when"]["all"][0]
ODD: list[tuple[str, dict[str, Any]]] = [
    ("when", {"when": {"any": [ATOM]}}), ("when", {"when": {"all": [ATOM], "none": [ATOM]}}),
    ("when", {"when": None}), ("when", {"when": {"all": [{"any": [ATOM]}]}}),
    ("when", {"when": {"all": [ATOM, ATOM]}}), ("when", {"when": {"all": [{**ATOM, "op": "odd"}]}}),
    ("when", {"when": {"all": [{**ATOM, "value": 5}]}}),
    ("then", {"then": [{"notify": {"to": "a"}}, {"notify": {"to": "b"}}]}),
    ("then", {"then": None}), ("then", {"then": [{"set": {"queue": ["a"]}}]}),
    ("then", {"then": [{"add_tag": ["a"]}]}), ("head", {"title": "VPN"}),
    ("then", {"then": [{"set": {"queue": "a"}}, {"set": {"queue": "b"}}]}),
]  # fmt: skip


@pytest.mark.parametrize(("part", "more"), ODD, ids=range(len(ODD)))
def test_what_fits_no_columns_is_only_read(part: str, more: dict[str, Any]) -> None:
    rule = {**RULE, **more}
    row = row_of(rule, VOCABULARY)
    assert (row.rule, row.odd) == (rule, (part,))
    assert not any(key.startswith(part) for key in row.cells)
    assert rules_from([rule], [Line("vpn")], VOCABULARY)[0] == [rule]
    asked = {"head": "title en", "when": "when ticket.title contains", "then": "then add_tag"}
    with pytest.raises(Invalid):
        rules_from([rule], [Line("vpn", {**row.cells, asked[part]: "z"})], VOCABULARY)


def test_the_other_parts_of_such_a_rule_are_changed_like_any() -> None:
    rule = {**RULE, "when": {"any": [ATOM, {"none": [ATOM]}]}}
    cells = {"title en": "Tunnel", "then set queue": "HR", "stop": "no"}
    made = changed(rule, **cells)
    assert (made["when"], made["note"], made["order"]) == (rule["when"], "Why so.", 10)
    assert (made["title"]["en"], made["then"][1]["set"]["queue"]) == ("Tunnel", "HR")
    assert "stop" not in made
    copied = {**row_of(rule, VOCABULARY).cells, "id": "copy", "then add_tag": ""}
    (again,), _ = rules_from([], [Line(cells=copied, rule={**rule, "id": "copy"})], VOCABULARY)
    assert (again["id"], again["when"], again["note"]) == ("copy", rule["when"], "Why so.")
    assert again["then"] == [{"set": {"queue": "Network", "priority": 4}}]
    whole = Line(cells={"id": "x"}, rule={"id": "x", "title": "y", "then": []})
    with pytest.raises(Invalid):
        rules_from([], [whole], VOCABULARY)


def test_new_lines_and_what_was_taken_away_and_put_back() -> None:
    row = row_of(RULE, VOCABULARY)
    lines = [Line(cells={"id": "new", "title de": "Neu", "then add_tag": "5"}),
             Line(cells=row.cells, rest=row.rest), Line(rule={**RULE, "id": "whole"})]  # fmt: skip
    made, _ = rules_from([], lines, VOCABULARY)
    assert made[0] == {"id": "new", "title": {"de": "Neu", "en": "Neu"}, "then": [{"add_tag": "5"}]}
    assert row_of(made[1], VOCABULARY) == row
    assert made[2]["note"] == "Why so."


def test_another_id_is_told_and_ids_are_there_once() -> None:
    line = Line("vpn", {**row_of(RULE, VOCABULARY).cells, "id": "tunnel"})
    made, was = rules_from([RULE], [line], VOCABULARY)
    assert (made[0]["id"], was) == ("tunnel", {"tunnel": "vpn"})
    for lines in (
        [line, Line(cells={"id": "tunnel"})], [Line(cells={})], [Line("vpn"), Line("vpn")],
        [Line("gone")], [Line(rule={"title": "x"})], [Line()],
        [Line(cells={"id": "x", "when ticket.title odd": "1"})],
        [Line(cells={"id": "x", "odd": "1"})],
    ):  # fmt: skip
        with pytest.raises(Invalid):
            rules_from([RULE], lines, VOCABULARY)
    assert not fits_a_table([RULE, RULE], 2)
    assert not fits_a_table([RULE], 2)


SCALARS = st.one_of(
    st.text(max_size=12), st.booleans(), st.integers(), st.floats(allow_nan=False), st.none(),
    st.sampled_from(["yes", "nein", "5", "1,5", '"a"', '"', "a;b", ";", " a", "a\n", '";"', ""]),
)  # fmt: skip
VALUES = SCALARS | st.lists(SCALARS, max_size=4)
NOTATIONS = st.builds(
    Notation,
    st.sampled_from(["text", "number", "boolean", "any"]),
    st.sampled_from(["one", "some", "many"]),
)


@given(NOTATIONS, VALUES, st.sampled_from(["de", "en"]))
def test_a_cell_says_a_value_exactly_or_not_at_all(
    notation: Notation, value: Any, language: str
) -> None:
    try:
        cell = notation.said(value, language)
    except OddError:
        return
    again = notation.read(cell.strip())
    single = isinstance(value, list) and len(value) == 1 and notation.many == "some"
    assert same(again, value[0] if single else value)


@given(NOTATIONS, st.text(alphabet='a";, \n1.-yesno', max_size=30))
def test_whatever_is_typed_is_read_and_said_again(notation: Notation, cell: str) -> None:
    value = notation.read(cell)
    if value not in ("", []):
        assert same(notation.read(notation.said(value).strip()), value)


ATOMS = st.fixed_dictionaries(
    {"fact": st.sampled_from([*VOCABULARY.facts, "custom.site", "odd"]),
     "op": st.sampled_from(sorted(OPERATORS))},
    optional={"value": VALUES},
)  # fmt: skip
ACTIONS = st.one_of(
    st.fixed_dictionaries({"add_tag": SCALARS}),
    st.dictionaries(st.sampled_from(["set", "notify", "variable", "note", "odd"]), VALUES
                    | st.dictionaries(st.sampled_from(["queue", "priority", "to", "a b"]), SCALARS),
                    max_size=2),
)  # fmt: skip
PARTS = st.fixed_dictionaries(
    {"title": st.just({"de": "x", "en": "y"}), "then": st.lists(ACTIONS, max_size=3)},
    optional={
        "when": st.fixed_dictionaries({"all": st.lists(ATOMS | st.just({"any": []}), max_size=3)}),
        "stop": SCALARS, "active": SCALARS, "note": SCALARS, "events": VALUES,
    },
)  # fmt: skip


@example([{"title": {"de": "x", "en": "y"}, "then": [{"add_tag": ""}, {"add_tag": 1e30}]}], "de")
@given(st.lists(PARTS, max_size=4), st.sampled_from(["de", "en"]))
def test_any_rules_become_a_table_and_the_same_rules_again(
    parts: list[dict[str, Any]], language: str
) -> None:
    rules = [{"id": f"r{number}", **part} for number, part in enumerate(parts)]
    rows = grid_of(rules, VOCABULARY, language).rows
    lines = [Line(row.id, None if row.rule else row.cells) for row in rows]
    assert rules_from(rules, lines, VOCABULARY) == (rules, {})
    text = text_of({"ruleset": "x", "rules": [{**r, "order": n} for n, r in enumerate(rules, 1)]})
    stand = in_order(rules_of(text))
    assert with_rules(text, rules_from(stand, lines, VOCABULARY)[0]) == text
    fresh, _ = rules_from([], [Line(cells=r.cells, rest=r.rest, rule=r.rule) if not r.rule
                               else Line(rule=r.rule) for r in rows], VOCABULARY)  # fmt: skip
    assert [row.cells for row in grid_of(fresh, VOCABULARY, language).rows] == [
        row.cells for row in rows
    ]
