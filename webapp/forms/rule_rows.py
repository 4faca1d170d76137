"""A rule as rows of a form, and back: conditions with their depth, actions one below another.

A row that stays as it was gives exactly what it was made from, so that a form never changes what
nobody touched; what no row can say is carried along as it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from engine.errors import Problem
from engine.rules.conditions import DEEPEST, MODES
from engine.rules.operators import OPERATORS
from engine.rules.pieces import value_missing
from engine.rules.vocabulary import Fact, Vocabulary
from webapp.presenters.rule_choices import CUSTOM, NOT, RuleChoices, operator_of

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?\Z")
SCALARS = str | int | float | bool


@dataclass
class Row:
    """One line of the conditions: a group, a condition, or something only the text can say."""

    kind: str  # group, atom, odd
    depth: int
    mode: str = "all"
    fact: str = ""  # `form.*` where `name` says which
    name: str = ""
    op: str = ""
    values: list[str] = field(default_factory=list)
    odd: str = ""
    data: Any = field(default=None, compare=False)  # what it was made from
    errors: list[Any] = field(default_factory=list, compare=False)


@dataclass
class Act:
    """One thing to do: `verb` as it is chosen (`set.queue`), its values by field ("" if alone)."""

    verb: str = ""
    name: str = ""  # of what has a name of its own
    values: dict[str, str] = field(default_factory=dict)
    odd: str = ""
    data: Any = field(default=None, compare=False)
    errors: list[Any] = field(default_factory=list, compare=False)


class Rows:
    """Turns rules of one vocabulary into rows and back, with moments in the reader's zone."""

    def __init__(self, choices: RuleChoices, zone: tzinfo) -> None:
        self.choices, self.zone = choices, zone
        self.vocabulary: Vocabulary = choices.vocabulary

    def conditions(self, when: Any) -> list[Row]:
        """The rows of `when`; the first one is the group around all of them."""
        if when is None:
            return [Row("group", 0)]
        if isinstance(when, dict) and len(when) == 1 and _is_group(when):
            return self._group(when, 0)
        if isinstance(when, dict) and when and set(when) <= set(MODES):
            inside = [row for mode in when for row in self._group({mode: when[mode]}, 1)]
            return [Row("group", 0), *inside]
        return [Row("group", 0), _odd_row(when, 1)]

    def when(self, rows: Sequence[Row], before: Any = None) -> dict[str, Any] | None:
        """What the rows say; None where they ask nothing. `before` is what they were made from."""
        was = self.conditions(before)
        if list(map(_shape, rows)) == list(map(_shape, was)):
            return before if isinstance(before, dict) else None
        root, _ = self._members(rows, 0, [row for row in was if row.kind == "atom"])
        return root if root and next(iter(root.values())) else None

    def condition(self, row: Row) -> dict[str, Any]:
        """What one condition says."""
        name = self.named(row.fact, row.name)
        operator = operator_of(row.op)
        said: dict[str, Any] = {"fact": name, "op": row.op.removesuffix(NOT)}
        if operator is None:
            return said | {"value": row.values[0] if row.values else ""}
        if operator.value == "flag":
            return said | {"value": not row.op.endswith(NOT)}
        known = self.choices.fact(name)
        if operator.value in ("many", "some"):
            values = [self._typed(text, known, operator) for text in lines_of(row.values)]
            alone = operator.value == "some" and len(values) < 2
            return said | {"value": (values or [""])[0] if alone else values}
        return said | {"value": self._typed("".join(row.values[:1]), known, operator)}

    def missing(self, row: Row) -> list[Problem]:
        """That a condition was begun and says nothing to compare with."""
        operator = operator_of(row.op)
        asks = row.kind == "atom" and row.fact and (operator is None or operator.value != "flag")
        return value_missing() if asks and not lines_of(row.values) else []

    def actions(self, then: Any) -> list[Act]:
        """The rows of `then`; what sets several fields is as many rows."""
        listed = then if isinstance(then, list) else [] if then is None else [then]
        return [act for entry in listed for act in self._acts(entry)]

    def then(self, acts: Sequence[Act], before: Any = None) -> list[Any]:
        """What the rows do, neighbouring fields set together."""
        was = self.actions(before)
        if list(acts) == was and isinstance(before, list):
            return list(before)
        found: list[Any] = []
        for act in acts:
            same = [one.data for one in was if one == act]
            made = same[0] if same else self.action(act)
            if found and _joins(found[-1], made, self.vocabulary):
                ((verb, fields),) = made.items()
                found[-1] = {verb: {**found[-1][verb], **fields}}
            else:
                found.append(made)
        return found

    def action(self, act: Act) -> Any:
        """What one row does."""
        if act.odd:
            return json.loads(act.odd)
        name, dot, one = act.verb.partition(".")
        verb = self.vocabulary.actions.get(name)
        if dot:
            return {name: {one: self._value(name, one, act.values.get("", ""))}}
        if verb is None or verb.value != "mapping":
            text = act.values.get("", "")
            return {name: _number(text) if verb and verb.value == "number" else text}
        if verb.open and not verb.required:
            return {name: {act.name: _guessed(act.values.get("", ""))}}
        said = {key: text for key, text in act.values.items() if key and text}
        return {name: {key: self._value(name, key, text) for key, text in said.items()}}

    def named(self, fact: str, name: str) -> str:
        """The fact that is meant; a name of one's own takes the place of the star."""
        return fact[:-1] + name.strip() if fact.endswith(".*") else fact

    def moment(self, text: str) -> str:
        """A moment as it is kept, from one in the reader's zone; odd text stays as it is."""
        try:
            found = datetime.fromisoformat(text)
            return (found if found.utcoffset() else found.replace(tzinfo=self.zone)).isoformat()
        except ValueError:
            return text

    def local(self, text: Any) -> str:
        """A kept moment for a field that asks for one in the reader's zone."""
        try:
            found = datetime.fromisoformat(str(text))
            if found.utcoffset() is not None:
                found = found.astimezone(self.zone)
            return found.replace(tzinfo=None).isoformat(timespec="minutes")
        except (ValueError, OverflowError):
            return str(text)

    def _group(self, data: Mapping[str, Any], depth: int) -> list[Row]:
        ((mode, members),) = data.items()
        if not isinstance(members, list) or depth > DEEPEST:
            return [_odd_row(data, max(depth, 1))] if depth else [
                Row("group", 0), _odd_row(data, 1)
            ]  # fmt: skip
        rows = [Row("group", depth, mode)]
        for member in members:
            if isinstance(member, dict) and len(member) == 1 and _is_group(member):
                rows += self._group(member, depth + 1)
            else:
                rows.append(self._atom(member, depth + 1))
        return rows

    def _atom(self, data: Any, depth: int) -> Row:
        if not isinstance(data, dict) or not {"fact", "op"} <= set(data) <= {"fact", "op", "value"}:
            return _odd_row(data, depth)
        fact, op, value = data["fact"], data["op"], data.get("value")
        values = value if isinstance(value, list) else [] if value is None else [value]
        if not isinstance(fact, str) or op not in OPERATORS or not all(map(_fits_line, values)):
            return _odd_row(data, depth)
        operator, shown = OPERATORS[op], [_text(one) for one in values]
        if operator.value == "flag":
            op, shown = (op + NOT if value is False else op), []
        elif operator.value in ("one", "minutes", "hours", "offset") and len(shown) > 1:
            return _odd_row(data, depth)
        if operator.kinds == {"date"} and operator.value == "one":
            shown = [self.local(one) for one in shown]
        fact, name = self._open(fact)
        return Row("atom", depth, fact=fact, name=name, op=op, values=shown, data=data)

    def _open(self, fact: str) -> tuple[str, str]:
        space, dot, rest = fact.partition(".")
        own = {f"{CUSTOM}{row.name}" for row in self.choices.own_fields}
        known = fact in self.vocabulary.facts or fact in own
        star = f"{space}.*"
        return (star, rest) if dot and not known and star in self.vocabulary.facts else (fact, "")

    def _members(
        self, rows: Sequence[Row], at: int, known: Sequence[Row]
    ) -> tuple[dict[str, Any], int]:
        """The group at a place, and where the row after it stands; empty groups ask nothing."""
        group, members = rows[at], []
        at += 1
        while at < len(rows) and rows[at].depth > group.depth:
            row = rows[at]
            if row.kind == "group":
                inside, at = self._members(rows, at, known)
                members += [inside] if next(iter(inside.values())) else []
                continue
            at += 1
            if row.kind == "odd":
                members.append(json.loads(row.odd))
            elif row.fact:
                same = [one.data for one in known if _said(one) == _said(row)]
                members.append(same[0] if same else self.condition(row))
        return {group.mode: members}, at

    def _acts(self, entry: Any) -> list[Act]:
        odd = [Act(odd=_json(entry), data=entry)]
        if not isinstance(entry, dict) or len(entry) != 1:
            return odd
        ((name, value),) = entry.items()
        verb = self.vocabulary.actions.get(name)
        if verb is None:
            return odd
        if verb.value != "mapping":
            alone = Act(name, values={"": _text(value)}, data=entry)
            return [alone] if isinstance(value, SCALARS) else odd
        if not isinstance(value, dict):
            return odd
        lists = (
            {n for n, f in verb.fields.items() if f["type"] == "list"} if verb.required else set()
        )
        if not all(
            isinstance(one, SCALARS) or (name in lists and _is_lines(one))
            for name, one in value.items()
        ):
            return odd
        if verb.required:
            texts = {
                str(key): "\n".join(one) if isinstance(one, list) else _text(one)
                for key, one in value.items()
            }
            return [Act(name, values=texts, data=entry)] if set(texts) <= set(verb.fields) else odd
        return [
            Act(
                name if verb.open else f"{name}.{key}",
                str(key) if verb.open else "",
                {"": _text(one)},
                data={name: {key: one}},
            )
            for key, one in value.items()
        ]

    def _value(self, verb: str, name: str, text: str) -> Any:
        known = self.vocabulary.actions[verb].fields if verb in self.vocabulary.actions else {}
        own = self.choices.fact(name) if name.startswith(CUSTOM) else None
        kind = own.kind if own else known.get(name, {}).get("type", "string")
        if kind == "list":
            return lines_of([text])
        return _number(text) if kind == "number" else text

    def _typed(self, text: str, fact: Fact | None, operator: Any) -> Any:
        kind = fact.kind if fact else "string"
        hours = operator.value in ("minutes", "hours")
        if hours or operator.kinds == {"number"} or kind == "number":
            return _number(text)
        if operator.kinds == {"date"} and operator.value == "one":
            return self.moment(text)
        if kind == "boolean":
            return {"true": True, "false": False}.get(text, text)
        return text


def insert(rows: list[Row], group: int, row: Row) -> int:
    """Put a row last into a group; returns its place, or the group's where it cannot go in."""
    if not 0 <= group < len(rows) or rows[group].kind != "group":
        return 0
    end = end_of(rows, group)
    row.depth = rows[group].depth + 1
    if row.kind == "group" and row.depth > DEEPEST - 1:
        return group
    rows.insert(end, row)
    return end


def remove(rows: list[Row], at: int) -> None:
    """Take a row away, and with a group all that is in it; the outermost group stays."""
    if 0 < at < len(rows):
        del rows[at : end_of(rows, at)]


def end_of(rows: Sequence[Row], at: int) -> int:
    """Where what stands in this row ends."""
    end = at + 1
    while end < len(rows) and rows[end].depth > rows[at].depth:
        end += 1
    return end


def lines_of(values: Sequence[str]) -> list[str]:
    """Several values, typed one per line or chosen one by one."""
    found = [line.strip() for text in values for line in text.splitlines()]
    return [line for line in found if line]


def _said(row: Row) -> tuple[Any, ...]:
    """What a condition says, whatever the order in which its values are chosen."""
    operator = operator_of(row.op)
    if operator is not None and operator.value in ("many", "some"):
        return (row.fact, row.name, row.op, sorted(lines_of(row.values)))
    return (row.fact, row.name, row.op, "".join(row.values[:1]))


def _shape(row: Row) -> tuple[Any, ...]:
    return (row.kind, row.depth, row.mode, row.odd, _said(row))


def _is_group(data: Any) -> bool:
    return isinstance(data, dict) and bool(set(data) & set(MODES))


def _joins(last: Any, made: Any, vocabulary: Vocabulary) -> bool:
    """Whether an action goes into the one before it, as one that sets more fields."""
    if not isinstance(last, dict) or not isinstance(made, dict) or list(last) != list(made):
        return False
    ((name, fields),) = made.items()
    verb = vocabulary.actions.get(name)
    split = verb is not None and verb.value == "mapping" and not verb.required
    both = isinstance(fields, dict) and isinstance(last[name], dict)
    return split and both and not set(fields) & set(last[name])


def _odd_row(data: Any, depth: int) -> Row:
    return Row("odd", depth, odd=_json(data))


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)


def _fits_line(value: Any) -> bool:
    return isinstance(value, SCALARS) and "\n" not in str(value) and "\r" not in str(value)


def _is_lines(value: Any) -> bool:
    """Whether this is a list that lines of text can say."""
    return isinstance(value, list) and all(
        isinstance(one, str) and one == one.strip() and one and _fits_line(one) for one in value
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(text: str) -> Any:
    said = text.strip().replace(",", ".")
    if not _NUMBER.match(said):
        return text
    return float(said) if "." in said else int(said)


def _guessed(text: str) -> Any:
    """A value of which nobody says the type: a number or yes-no where it looks like one."""
    return {"true": True, "false": False}.get(text, _number(text))
