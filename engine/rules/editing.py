"""Changing the text of a ruleset rule by rule, so that comments and all the rest stay as they are.

The text is the one form in which rules are kept; forms, tables and files only lead to another text.
What the surgery gives is read again, and where it does not say what was meant (odd layouts), the
whole is written anew: right always, with its comments nearly always.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from engine.rules.layout import written
from engine.rules.source import Mapped, nodes, read_yaml, uncollected

STEP = 10  # between the orders of two rules, so that one can be put between them
RULE_KEYS = ("id", "title", "order", "active", "valid_from", "valid_until", "events", "changed",
             "when", "then", "stop", "note")  # fmt: skip
HEAD_KEYS = ("ruleset", "title", "events", "default", "note", "rules", "tests")
SHAPES: dict[str, type] = {"title": dict, "events": list, "default": list, "rules": list}
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class _Block:
    """The lines of one rule, `start` to before `end`; `body` is where its own first line stands."""

    start: int
    body: int
    end: int


@dataclass(frozen=True)
class _Page:
    """A text with the lines of its keys and of its rules, where these stand one below another."""

    lines: list[str]
    spans: dict[str, tuple[int, int]]
    blocks: list[_Block]
    indent: int = 2


def plain(value: Any) -> Any:
    """Data without the lines it was read from."""
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    return value


@lru_cache(maxsize=16)
def content(text: str) -> dict[str, Any]:
    """What the text of a ruleset says, as plain data, not to be changed; empty if unreadable.

    What stands where a list or a mapping belongs is left out: any text may be kept as a draft.
    """
    data, _ = read_yaml(text)
    found = plain(data) if isinstance(data, Mapped) else {}
    return {
        key: value for key, value in found.items() if isinstance(value, SHAPES.get(key, object))
    }


def rules_of(text: str) -> list[dict[str, Any]]:
    """Its rules as plain data, as written; entries that are no mappings are left out."""
    return _rules(content(text))


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """Rules as they are asked: by order, and those without one at their place in the list."""
    placed = [(_order(rule, place), place, rule) for place, rule in enumerate(rules)]
    return [rule for _, _, rule in sorted(placed, key=lambda one: one[:2])]


def put_rule(text: str, rule: Rule, *, instead_of: str = "", before: str = "") -> str:
    """The text with this rule: in the place of one (also under another id), or as a new one.

    A new one is asked last, or right before another.
    """
    rules = in_order(rules_of(text))
    ids = [str(one.get("id")) for one in rules]
    if instead_of in ids:
        rules[ids.index(instead_of)] = rule
        return with_rules(text, rules, was={str(rule.get("id")): instead_of})
    place = ids.index(before) if before in ids else len(rules)
    fresh = {key: value for key, value in rule.items() if key != "order"}
    return with_rules(text, [*rules[:place], fresh, *rules[place:]])


def drop_rule(text: str, rule_id: str) -> str:
    """The text without a rule, and without the comment right above it."""
    return with_rules(text, [r for r in in_order(rules_of(text)) if r.get("id") != rule_id])


def arrange(text: str, ids: Sequence[str]) -> str:
    """The text with its rules asked in this order; those not named come after, as they were."""
    known = {str(rule.get("id")): rule for rule in in_order(rules_of(text))}
    first = [name for name in dict.fromkeys(ids) if name in known]
    rest = [name for name in known if name not in set(first)]
    return with_rules(text, [known[name] for name in (*first, *rest)])


def with_rules(text: str, rules: Sequence[Rule], was: Mapping[str, str] | None = None) -> str:
    """The text with exactly these rules, asked in this order; what did not change stays as written.

    `was` says under which id a rule stood before, where that differs. Orders are given anew only
    where they must be.
    """
    with uncollected():
        return _with_rules(text, rules, was or {})


def _with_rules(text: str, rules: Sequence[Rule], was: Mapping[str, str]) -> str:
    wanted, said = _ordered(rules), content(text)
    expected = said | {"rules": wanted}
    page = _page(text)
    if not page.blocks or not wanted:
        return _part_replaced(text, "rules", wanted, expected)
    first, last = page.blocks[0].start, page.blocks[-1].end
    apart = len(page.blocks) == 1 or any(not page.lines[b.end - 1].strip() for b in page.blocks)
    known = {str(rule.get("id")): one for rule, one in zip(_rules(said), page.blocks, strict=False)}
    before = {str(rule.get("id")): rule for rule in _rules(said)}
    made = page.lines[:first]
    for rule in wanted:
        own = str(rule.get("id"))
        old = was.get(own, own)
        made += [""] if apart and len(made) > first else []
        made += _lines_of(page, known.get(old), rule, before.get(old))
    after = page.lines[last:]
    made += ["", *after] if after and after[0].strip() else after
    found = "\n".join(made) + "\n"
    return found if content(found) == expected else text_of(expected)


def put_head(text: str, key: str, value: Any) -> str:
    """The text with another title, events, default, note or examples; None takes the key away."""
    expected = {name: member for name, member in content(text).items() if name != key}
    if value is not None:
        expected[key] = plain(value)
    return _part_replaced(text, key, plain(value), expected)


def new_text(name: str, title: Mapping[str, str], events: Sequence[str] = ()) -> str:
    """The text of a ruleset without rules."""
    return text_of({"ruleset": name, "title": dict(title), "events": list(events), "rules": []})


def text_of(data: Mapping[str, Any]) -> str:
    """A whole ruleset in the layout of the house."""
    lines: list[str] = []
    for key, value in _tidy(data, HEAD_KEYS).items():
        lines += _part(key, value)
    return "\n".join(lines) + "\n"


def _part(key: str, value: Any) -> list[str]:
    """One key of a ruleset; its rules with a line between them."""
    if key != "rules" or not isinstance(value, list) or not value:
        return written({key: value})
    lines = [line for rule in value for line in ("", *_item(rule, 2))]
    return ["rules:", *lines[1:]]


def _item(rule: Any, indent: int) -> list[str]:
    """One entry of the list of rules."""
    return written([_tidy(rule, RULE_KEYS) if isinstance(rule, Mapping) else rule], indent)


def _tidy(data: Rule, keys: Sequence[str]) -> dict[str, Any]:
    """The keys in the order of the house; what is not said is left out, what is odd comes last."""
    known = {key: plain(data[key]) for key in keys if key in data and data[key] is not None}
    return known | {key: plain(value) for key, value in data.items() if key not in keys}


def _rules(data: Rule) -> list[dict[str, Any]]:
    rules = data.get("rules")
    return [one for one in rules if isinstance(one, dict)] if isinstance(rules, list) else []


def _ordered(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """The rules in the layout of the house, each with an order that says its place."""
    orders = _orders([_order(rule, None) for rule in rules])
    return [
        _tidy({**rule, "order": order}, RULE_KEYS)
        for rule, order in zip(rules, orders, strict=True)
    ]


def _order(rule: Rule, otherwise: Any) -> Any:
    order = rule.get("order")
    return order if isinstance(order, int) and not isinstance(order, bool) else otherwise


def _orders(given: Sequence[int | None]) -> list[int]:
    """Growing numbers, of which as many as can be stay as they are."""
    kept = growing(given)
    found: list[int] = []
    for place, following in zip([-1, *kept], [*kept, len(given)], strict=True):
        count = following - place - 1
        high = given[following] if following < len(given) else None
        low = (given[place] if place >= 0 else None) or 0
        if place < 0 and high is not None and high <= count:
            low = high - STEP * (count + 1)
        step = STEP if high is None else (high - low) // (count + 1)
        if count and step < 1:
            return [STEP * number for number in range(1, len(given) + 1)]
        found += [low + step * number for number in range(1, count + 1)]
        found += [] if high is None else [high]
    return found


def growing(given: Sequence[int | None]) -> list[int]:
    """The places of the longest row of growing numbers, found by patience sorting."""
    tops: list[int] = []  # the smallest number at which a row of this length ends
    ends: list[int] = []
    before = [-1] * len(given)
    for place, number in enumerate(given):
        if number is None:
            continue
        length = bisect_left(tops, number)
        before[place] = ends[length - 1] if length else -1
        tops[length : length + 1] = [number]
        ends[length : length + 1] = [place]
    row: list[int] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        row.append(place)
        place = before[place]
    return row[::-1]


def _lines_of(page: _Page, block: _Block | None, rule: Rule, before: Rule | None) -> list[str]:
    """A rule's lines: as they were where it says the same, else anew below its comment."""
    if block is None:
        return _item(rule, page.indent)
    if before == rule:
        return page.lines[block.start : _last(page.lines, block.body, block.end)]
    return [*page.lines[block.start : block.body], *_item(rule, page.indent)]


def _part_replaced(text: str, key: str, value: Any, expected: Rule) -> str:
    page = _page(text)
    lines = list(page.lines)
    new = [] if value is None else _part(key, value)
    if key in page.spans:
        start, end = page.spans[key]
        lines[start:end] = new
    else:
        at = page.spans["rules"][0] if "rules" in page.spans else len(lines)
        lines[at:at] = new
    found = "\n".join(lines) + "\n"
    return found if content(found) == expected else text_of(expected)


def _page(text: str) -> _Page:
    lines = text.splitlines()
    if not content(text):  # also what would cost too much to look at
        return _Page(lines, {}, [])
    root = nodes(text)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return _Page(lines, {}, [])
    starts = [key.start_mark.line for key, _ in root.value] + [len(lines)]
    spans = {
        str(key.value): (start, _last(lines, start, following, comments=True))
        for (key, _), start, following in zip(root.value, starts, starts[1:], strict=False)
    }
    rules = next((value for key, value in root.value if key.value == "rules"), None)
    if not isinstance(rules, yaml.SequenceNode) or rules.flow_style or not rules.value:
        return _Page(lines, spans, [])
    if not all(isinstance(one, yaml.MappingNode) for one in rules.value):
        return _Page(lines, spans, [])
    bodies = [node.start_mark.line for node in rules.value]
    begins = [_above(lines, body, spans["rules"][0]) for body in bodies]
    ends = [*begins[1:], spans["rules"][1]]
    blocks = [_Block(s, b, e) for s, b, e in zip(begins, bodies, ends, strict=True)]
    return _Page(lines, spans, blocks, rules.start_mark.column)


def _above(lines: Sequence[str], body: int, top: int) -> int:
    """Where the comment right above a rule begins."""
    start = body
    while start - 1 > top and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start


def _last(lines: Sequence[str], start: int, end: int, *, comments: bool = False) -> int:
    """Where what begins at `start` ends, without the empty lines (and comments) behind it."""
    while end > start + 1:
        line = lines[end - 1]
        if line.strip() and not (comments and line.startswith("#")):
            break
        end -= 1
    return end
