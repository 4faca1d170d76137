"""A draft that was overtaken keeps what was changed here and takes what others changed."""

from __future__ import annotations

from engine.rules.editing import (
    arrange,
    content,
    drop_rule,
    in_order,
    new_text,
    put_head,
    put_rule,
    rules_of,
)
from engine.rules.merging import merged


def rule(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "title": {"de": name, "en": name}, "then": [{"add_tag": name}], **more}


BASE = "# What goes where.\n" + new_text("routing", {"de": "Zuordnung", "en": "Routing"})
for _name in ("a", "b", "c", "d"):
    BASE = put_rule(BASE, rule(_name))


def ids(text: str) -> list[str]:
    return [str(one["id"]) for one in in_order(rules_of(text))]


def the(text: str, name: str) -> dict[str, object]:
    return next(one for one in rules_of(text) if one["id"] == name)


def test_changes_of_different_rules_are_both_there() -> None:
    mine = put_rule(drop_rule(BASE, "a"), rule("b", stop=True), instead_of="b")
    theirs = put_rule(put_rule(BASE, rule("c", note="theirs"), instead_of="c"), rule("e"))
    text, both = merged(BASE, mine, theirs)
    assert both == []
    assert ids(text) == ["b", "c", "d", "e"]
    assert the(text, "b")["stop"] is True
    assert the(text, "c")["note"] == "theirs"
    assert text.startswith("# What goes where.\n")


def test_of_a_rule_that_both_changed_the_draft_stays_and_it_is_said() -> None:
    mine = put_rule(BASE, rule("b", note="mine"), instead_of="b")
    theirs = put_rule(drop_rule(BASE, "c"), rule("b", note="theirs"), instead_of="b")
    text, both = merged(BASE, mine, theirs)
    assert both == ["b"]
    assert the(text, "b")["note"] == "mine"
    assert ids(text) == ["a", "b", "d"]


def test_the_same_change_by_both_is_no_conflict() -> None:
    same = put_rule(BASE, rule("b", note="same"), instead_of="b")
    assert merged(BASE, same, same) == (same, [])


def test_a_rule_that_one_drops_and_the_other_changes_is_named() -> None:
    changed = put_rule(BASE, rule("b", note="x"), instead_of="b")
    dropped = drop_rule(BASE, "b")
    text, both = merged(BASE, dropped, changed)
    assert (ids(text), both) == (["a", "c", "d"], ["b"])
    text, both = merged(BASE, changed, dropped)
    assert both == ["b"]
    assert the(text, "b")["note"] == "x"


def test_new_and_moved_rules_stand_where_the_draft_has_them() -> None:
    mine = put_rule(arrange(BASE, ["d", "a", "b", "c"]), rule("n"), before="b")
    theirs = put_rule(BASE, rule("e"), before="c")
    text, both = merged(BASE, mine, theirs)
    assert both == []
    assert ids(text) == ["d", "a", "n", "b", "e", "c"]


def test_the_head_goes_with_its_rules() -> None:
    mine = put_head(BASE, "default", [{"set": {"queue": "X"}}])
    theirs = put_head(BASE, "note", "theirs")
    text, both = merged(BASE, mine, theirs)
    assert content(text)["note"] == "theirs"
    assert content(text)["default"] == [{"set": {"queue": "X"}}]
    assert both == [""]
