"""A draft that others overtook: what was changed here is put on top of what is in force now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.rules.difference import HEAD, RuleChange, difference
from engine.rules.editing import arrange, content, drop_rule, in_order, put_head, put_rule, rules_of


def merged(base: str, mine: str, theirs: str) -> tuple[str, list[str]]:
    """The text with the changes of both, and the ids of rules that both changed differently.

    Of those the draft's own form stays, since it is the one that has not been put in force yet. An
    empty id stands for the ruleset itself. All three are texts of one ruleset.
    """
    text, both = theirs, []
    theirs_changed = {change.rule: change for change in difference({"x": base}, {"x": theirs})}
    placed = False
    for change in difference({"x": base}, {"x": mine}):
        other = theirs_changed.get(change.rule)
        if other is not None and not _agree(change, other):
            both.append(change.rule)
        text = _applied(text, change, mine)
        placed = placed or change.kind in ("added", "moved") or "order" in change.parts
    return (arrange(text, _together(text, mine)) if placed else text), both


def _agree(mine: RuleChange, theirs: RuleChange) -> bool:
    if mine.kind == "moved" or theirs.kind == "moved":
        return True
    return bool(_said(mine.after) == _said(theirs.after))


def _said(rule: Mapping[str, Any] | None) -> Any:
    return rule and {key: value for key, value in rule.items() if key != "order"}


def _applied(text: str, change: RuleChange, mine: str) -> str:
    if change.rule == HEAD:
        head = content(mine)
        for key in change.parts:
            text = put_head(text, key, head.get(key))
        return text
    there = {str(rule.get("id")): rule for rule in rules_of(text)}
    if change.kind == "removed":
        return drop_rule(text, change.rule)
    if change.kind == "moved" or change.after is None:
        return text
    own = dict(change.after)
    if change.rule in there:
        own["order"] = there[change.rule].get("order")
        return put_rule(text, own, instead_of=change.rule)
    return put_rule(text, own)


def _together(text: str, mine: str) -> list[str]:
    """The order of the draft, with the others' new rules behind what they stood behind."""
    wanted = [str(rule.get("id")) for rule in in_order(rules_of(mine))]
    before = ""
    for rule in in_order(rules_of(text)):
        name = str(rule.get("id"))
        if name not in wanted:
            wanted.insert(wanted.index(before) + 1 if before in wanted else 0, name)
        before = name
    return wanted
