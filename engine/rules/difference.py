"""What differs between two states of the rules: by ruleset and rule, not by lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.rules.editing import content, growing, in_order, plain, rules_of
from engine.rules.examples import read_examples

HEAD = ""  # stands for the ruleset itself: its title, events, default and the like
_NOT_SAID = frozenset({"order", "id"})  # a rule's place is told by what it stands between
_DEFAULTS: dict[str, Any] = {"active": True, "stop": False}


@dataclass(frozen=True)
class RuleChange:
    """One rule that was added, removed, changed or moved; `parts` are the keys that differ.

    `rule` is HEAD for the ruleset itself, which is added, removed or changed.
    """

    ruleset: str
    rule: str
    kind: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExampleChange:
    """One example that was added, removed or changed; how it was and is, where it is readable."""

    ruleset: str
    name: str
    kind: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def example_difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[ExampleChange]:
    """The examples beside the rules that differ, given as ruleset → text."""
    found: list[ExampleChange] = []
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            was, now = _examples(before.get(name)), _examples(after.get(name))
            found += [
                ExampleChange(name, one, kind, was.get(one), now.get(one))
                for one in dict.fromkeys([*was, *now])
                if (kind := _kind(was.get(one), now.get(one)))
            ]
    return found


def _examples(text: str | None) -> dict[str, Mapping[str, Any]]:
    listed = read_examples(text)[0] if text and text.strip() else []
    return {str(one["name"]): plain(one) for one in listed}


def _kind(before: Any, after: Any) -> str:
    if before == after:
        return ""
    return "added" if before is None else "removed" if after is None else "changed"


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[RuleChange]:
    """All that differs between two releases, given as ruleset → text."""
    found: list[RuleChange] = []
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            found += _ruleset(name, before.get(name), after.get(name))
    return found


def _ruleset(name: str, before: str | None, after: str | None) -> list[RuleChange]:
    heads = [None if text is None else _head(text) for text in (before, after)]
    found = []
    if heads[0] is None or heads[1] is None:
        kind = "added" if heads[0] is None else "removed"
        found.append(RuleChange(name, HEAD, kind, heads[0], heads[1]))
    elif parts := parts_between(heads[0], heads[1]):
        found.append(RuleChange(name, HEAD, "changed", heads[0], heads[1], parts))
    return found + _rules(name, _asked(before or ""), _asked(after or ""))


def _rules(
    name: str, before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> list[RuleChange]:
    stayed = _in_place([one for one in before if one in after], [o for o in after if o in before])
    found = [RuleChange(name, rule, "removed", before[rule], None)
             for rule in before if rule not in after]  # fmt: skip
    for rule, data in after.items():
        if rule not in before:
            found.append(RuleChange(name, rule, "added", None, data))
            continue
        parts = parts_between(before[rule], data)
        if rule not in stayed:
            parts = (*parts, "order")
        if parts:
            kind = "moved" if parts == ("order",) else "changed"
            found.append(RuleChange(name, rule, kind, before[rule], data, parts))
    return found


def _asked(text: str) -> dict[str, Mapping[str, Any]]:
    return {str(rule.get("id")): rule for rule in in_order(rules_of(text))}


def _head(text: str) -> dict[str, Any]:
    return {key: value for key, value in content(text).items() if key != "rules"}


def parts_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a rule, or of a head, that say something else."""
    keys = [key for key in dict.fromkeys([*before, *after]) if key not in _NOT_SAID]
    return tuple(key for key in keys if _said(before, key) != _said(after, key))


def _said(data: Mapping[str, Any], key: str) -> Any:
    value = data.get(key)
    return _DEFAULTS.get(key, []) if value in (None, "") else value


def _in_place(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The rules that keep their place among the others: as many as can be."""
    ranks = {rule: place for place, rule in enumerate(before)}
    return {after[place] for place in growing([ranks[rule] for rule in after])}
