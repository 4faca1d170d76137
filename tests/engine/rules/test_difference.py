"""What differs between two releases is told by rule, in the words of the change."""

from __future__ import annotations

from engine.rules.difference import HEAD, difference, example_difference
from engine.rules.editing import arrange, drop_rule, new_text, put_head, put_rule


def rule(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "title": {"de": name, "en": name}, "then": [{"add_tag": name}], **more}


TEXT = new_text("routing", {"de": "Zuordnung", "en": "Routing"})
for _name in ("a", "b", "c", "d"):
    TEXT = put_rule(TEXT, rule(_name))


def told(after: str, before: str = TEXT) -> list[tuple[str, str, tuple[str, ...]]]:
    found = difference({"routing": before}, {"routing": after})
    return [(change.rule, change.kind, change.parts) for change in found]


def test_the_same_differs_in_nothing() -> None:
    assert told(TEXT) == []
    assert told("# Only a comment.\n" + TEXT) == []


def test_added_removed_and_changed_rules_are_named() -> None:
    text = put_rule(drop_rule(TEXT, "a"), rule("e"))
    text = put_rule(text, rule("c", stop=True), instead_of="c")
    assert told(text) == [("a", "removed", ()), ("c", "changed", ("stop",)), ("e", "added", ())]


def test_what_is_said_and_what_goes_without_saying_are_one() -> None:
    text = put_rule(TEXT, rule("c", stop=False, active=True, note=""), instead_of="c")
    assert told(text) == []


def test_of_moved_rules_as_few_as_can_be_are_told() -> None:
    assert told(arrange(TEXT, ["d", "a", "b", "c"])) == [("d", "moved", ("order",))]
    assert told(arrange(TEXT, ["b", "c", "d", "a"])) == [("a", "moved", ("order",))]


def test_other_numbers_for_the_same_order_are_no_difference() -> None:
    assert told(TEXT.replace("order: 10\n", "order: 3\n")) == []


def test_the_ruleset_itself_is_told_apart_from_its_rules() -> None:
    text = put_head(TEXT, "default", [{"set": {"queue": "Service Desk"}}])
    assert told(text) == [(HEAD, "changed", ("default",))]
    found = difference({}, {"routing": TEXT})
    assert [(change.rule, change.kind) for change in found][:2] == [(HEAD, "added"), ("a", "added")]
    found = difference({"routing": TEXT}, {})
    assert {change.kind for change in found} == {"removed"}


def test_examples_are_compared_by_name_and_by_what_they_say() -> None:
    before = "- {name: a, facts: {x: 1}, expect: {rules: [r]}}\n"
    same = "# as before\n- name: a\n  facts: {x: 1}\n  expect: {rules: [r]}\n"
    other = before.replace("[r]", "[s]") + before.replace("name: a", "name: b")

    def found(after: str | None) -> list[tuple[str, str]]:
        return [(one.name, one.kind) for one in example_difference(
            {"routing": before}, {} if after is None else {"routing": after})]  # fmt: skip

    assert found(same) == []
    assert found(other) == [("a", "changed"), ("b", "added")]
    assert found(None) == found("") == [("a", "removed")]
    assert found("- [") == [("a", "removed")], "what cannot be read says nothing"
