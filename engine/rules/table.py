"""The rules of a ruleset as a table, and back: lines for rules, columns for what they ask and do.

A column of conditions is a fact with an operator, one of actions a verb with its field. What says
more than columns can hold (groups in groups, any, none, the same question twice) is only read; the
other parts of such a rule are cells like any. A line that did not change leaves its rule untouched;
of one that did, only what stood in the changed cells is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Invalid
from engine.rules.cells import Notation, OddError, same
from engine.rules.editing import Rule, plain
from engine.rules.operators import OPERATORS
from engine.rules.vocabulary import LANGUAGES, Vocabulary

HEAD = ("id", "title de", "title en", "active", "stop")
FLAGS = {"active": True, "stop": False}  # what holds where nothing is said
SHOWN = frozenset({"id", "title", "active", "stop", "order", "when", "then"})
MOST_COLUMNS = 200
_TYPES = {"number": "number", "boolean": "boolean", "any": "any"}
_UNREADABLE = "This cannot be read."


@dataclass(frozen=True)
class Row:
    """A rule as a line: its cells by column, and the whole `rule` where not all of it fits them.

    `odd` names the parts that do not: when, then; with head among them no cell can be changed.
    `rest` is what it says beside: note, validity, events.
    """

    id: str
    cells: Mapping[str, str]
    rest: Mapping[str, Any] = field(default_factory=dict)
    rule: Mapping[str, Any] | None = None
    odd: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    """All lines in the order in which the rules are asked, and the columns that they use."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Line:
    """A line as it shall be: of the rule `was` unless that is empty; without `cells` as it was.

    `rule` is what a new line begins with, where not all of it fits columns.
    """

    was: str = ""
    cells: Mapping[str, str] | None = None
    rest: Mapping[str, Any] = field(default_factory=dict)
    rule: Mapping[str, Any] | None = None


def fits_a_table(rules: Sequence[Rule], count: int) -> bool:
    """Whether every one of these `count` entries is a rule that can be told from the others."""
    names = [rule.get("id") for rule in rules]
    told = all(isinstance(name, str) and name.strip() for name in names)
    return told and len(rules) == count == len(set(names))


def grid_of(rules: Sequence[Rule], vocabulary: Vocabulary, language: str = "en") -> Grid:
    """The table of rules that stand in their order."""
    rows = tuple(row_of(rule, vocabulary, language) for rule in rules)
    used = dict.fromkeys(key for row in rows for key in row.cells if key not in HEAD)
    when = [key for key in used if key.startswith("when ")]
    return Grid((*HEAD, *when, *(key for key in used if key.startswith("then "))), rows)


def row_of(rule: Rule, vocabulary: Vocabulary, language: str = "en") -> Row:
    """One rule as a line."""
    cells: dict[str, str] = {}
    odd = []
    for part, read in (("head", _exact_head), ("when", _when), ("then", _then)):
        try:
            cells |= read(rule, vocabulary, language)
        except OddError:
            odd.append(part)
    rest = {key: plain(value) for key, value in rule.items() if key not in SHOWN}
    if not odd:
        return Row(str(rule.get("id")), cells, rest)
    cells |= _head(rule, language) if "head" in odd else {}
    return Row(str(rule.get("id")), cells, rest, plain(rule), tuple(odd))


def part_of(key: str) -> str:
    """The part of a rule that a column is about."""
    part = key.partition(" ")[0]
    return part if part in ("when", "then") else "head"


def rules_from(
    rules: Iterable[Rule], lines: Sequence[Line], vocabulary: Vocabulary
) -> tuple[list[Rule], dict[str, str]]:
    """The rules that these lines make of the present ones, and under which id each stood before.

    Raises `Invalid` for lines that are none, and for an id that stands twice or is missing.
    """
    present = {str(rule.get("id")): rule for rule in rules}
    made: list[Rule] = []
    was: dict[str, str] = {}
    for line in lines:
        before = present.pop(line.was, None) if line.was else None
        if line.was and before is None:
            raise Invalid(_UNREADABLE)
        rule = _rule(before, line, vocabulary)
        made.append(rule)
        if before is not None and rule.get("id") != line.was:
            was[str(rule.get("id"))] = line.was
    if not fits_a_table(made, len(made)):
        raise Invalid("Each rule needs an id of its own; %(id)s does not have one.",
                      values={"id": _twice(made)})  # fmt: skip
    return made, was


def notation_of(key: str, vocabulary: Vocabulary) -> Notation:
    """How the cells of a column are read; raises OddError for what is no column."""
    part, _, name = key.partition(" ")
    if key in HEAD:
        return Notation("boolean" if key in FLAGS else "text")
    if part == "when":
        return _asked(name, vocabulary)
    if part == "then" and name:
        return _done(name, vocabulary)
    raise OddError


def _asked(name: str, vocabulary: Vocabulary) -> Notation:
    fact_name, _, op = name.partition(" ")
    operator = OPERATORS.get(op)
    if operator is None or not fact_name:
        raise OddError
    if operator.value == "flag":
        return Notation("boolean")
    if operator.value in ("minutes", "hours"):
        return Notation("number")
    if operator.value == "offset":
        return Notation("text")
    fact = vocabulary.fact(fact_name)
    kind = operator.takes or (fact.kind if fact else "any")
    if kind == "any" and not {"number", "boolean"} & operator.kinds:
        kind = "text"
    return Notation(_TYPES.get(kind, "text"), operator.value)


def _done(name: str, vocabulary: Vocabulary) -> Notation:
    verb_name, _, item = name.partition(" ")
    verb = vocabulary.actions.get(verb_name)
    if not item:
        kind = verb.value if verb else "any"
        return Notation(_TYPES.get(kind, "text"), "one" if kind == "text" else "some")
    space = item.partition(".")[0]
    known = verb and (verb.fields.get(item) or verb.fields.get(f"{space}.*"))
    return Notation(_TYPES.get(str(known["type"]) if known else "any", "text"))


def _head(rule: Rule, language: str) -> dict[str, str]:
    """What is shown of a rule that is only read."""
    title = rule.get("title")
    said = {f"title {lang}": title.get(lang) for lang in LANGUAGES} if isinstance(
        title, Mapping) else {}  # fmt: skip
    flags = {name: rule.get(name, default) for name, default in FLAGS.items()}
    shown = {"id": str(rule.get("id")), **{k: v for k, v in said.items() if isinstance(v, str)}}
    told = {name: value is not False for name, value in flags.items()}
    return shown | {name: _flag(name, value, language) for name, value in told.items()}


def _exact_head(rule: Rule, _: Vocabulary, language: str) -> dict[str, str]:
    text = Notation()
    cells = {"id": text.said(rule.get("id"))}
    title = rule.get("title", {})
    if not isinstance(title, Mapping):
        raise OddError
    cells |= {f"title {lang}": text.said(title[lang]) for lang in LANGUAGES if lang in title}
    for name, default in FLAGS.items():
        value = rule.get(name, default)
        cells[name] = _flag(name, value, language)
    return {key: cell for key, cell in cells.items() if cell}


def _flag(name: str, value: Any, language: str) -> str:
    """Active says yes or no, stop says yes or nothing."""
    return "" if name == "stop" and value is False else Notation("boolean").said(value, language)


def _when(rule: Rule, vocabulary: Vocabulary, language: str) -> dict[str, str]:
    if "when" not in rule:
        return {}
    when = rule["when"]
    if not isinstance(when, Mapping) or list(when) != ["all"] or not _listed(when["all"]):
        raise OddError
    cells: dict[str, str] = {}
    for atom in when["all"]:
        if not isinstance(atom, Mapping) or not {"fact", "op"} <= set(atom) <= {
            "fact", "op", "value"
        }:  # fmt: skip
            raise OddError
        key = f"when {_word(atom['fact'])} {_word(atom['op'])}"
        notation = notation_of(key, vocabulary)
        flag = OPERATORS[atom["op"]].value == "flag"
        if key in cells or ("value" not in atom and not flag):
            raise OddError
        cells[key] = notation.said(atom.get("value", True), language)
    return cells


def _then(rule: Rule, vocabulary: Vocabulary, language: str) -> dict[str, str]:
    values: dict[str, list[Any]] = {}
    then = rule.get("then", ())  # a line that was just begun does nothing yet
    if not isinstance(then, list | tuple):
        raise OddError
    for entry in then:
        if not isinstance(entry, Mapping) or len(entry) != 1:
            raise OddError
        ((verb, value),) = entry.items()
        known = vocabulary.actions.get(verb)
        if isinstance(value, Mapping):
            if not value or (known and known.required and any(
                key.startswith(f"then {verb} ") for key in values)):  # fmt: skip
                raise OddError
            for name, item in value.items():
                if not name.strip() or f"then {verb} {name}" in values:
                    raise OddError
                values[f"then {_word(verb)} {name}"] = [item]
        else:
            values.setdefault(f"then {_word(verb)}", []).append(value)
    return {key: _together(notation_of(key, vocabulary), found, language)
            for key, found in values.items()}  # fmt: skip


def _together(notation: Notation, found: list[Any], language: str) -> str:
    if any(isinstance(value, list | tuple) for value in found):
        raise OddError
    return notation.said(found[0] if len(found) == 1 else found, language)


def _listed(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value)


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value or any(one.isspace() for one in value):
        raise OddError
    return value


def _rule(before: Rule | None, line: Line, vocabulary: Vocabulary) -> Rule:
    begun = before if before is not None else line.rule
    if line.cells is None:
        if begun is None:
            raise Invalid(_UNREADABLE)
        return before if before is not None else plain(begun)
    row = row_of(begun, vocabulary) if begun is not None else Row("", {})
    if "head" in row.odd or len(line.cells) > MOST_COLUMNS:
        raise Invalid(_UNREADABLE)
    rule: dict[str, Any] = plain(begun) if begun is not None else {
        "id": "", "title": {}, "then": [],
        **{key: plain(value) for key, value in line.rest.items() if key not in SHOWN},
    }  # fmt: skip
    for key in dict.fromkeys([*row.cells, *line.cells]):
        old, new = row.cells.get(key, ""), line.cells.get(key, "").strip()
        if old != new and part_of(key) in row.odd:
            raise Invalid(_UNREADABLE)
        if old != new:
            _put(rule, key, old, new, vocabulary)
    if begun is None:
        _name_in_both(rule)
    return rule


def _put(rule: dict[str, Any], key: str, old: str, new: str, vocabulary: Vocabulary) -> None:
    """Make a rule say what a cell does, unless it says the same in other words."""
    try:
        notation = notation_of(key, vocabulary)
    except OddError:
        raise Invalid(_UNREADABLE) from None
    before, value = (_value(notation, cell) for cell in (old, new))
    if same(before, value):
        return
    part, _, name = key.partition(" ")
    if part == "title":
        rule["title"] = {**rule.get("title", {}), name: value or ""}
    elif part in FLAGS:
        _put_flag(rule, part, value)
    elif part == "when":
        fact, _, op = name.partition(" ")
        _put_condition(rule, fact, op, value)
    elif part == "then":
        verb, _, item = name.partition(" ")
        _put_field(rule, verb, item, value) if item else _put_actions(rule, verb, value)
    else:
        rule["id"] = value or ""


def _value(notation: Notation, cell: str) -> Any:
    """What a cell says; None for one with nothing, or nothing but semicolons, in it."""
    value = notation.read(cell) if cell else None
    return None if value == [] else value


def _put_flag(rule: dict[str, Any], name: str, value: Any) -> None:
    if value is None or value is FLAGS[name]:
        rule.pop(name, None)
    else:
        rule[name] = value


def _put_condition(rule: dict[str, Any], fact: str, op: str, value: Any) -> None:
    members = list(rule.get("when", {}).get("all", ()))
    place = next((n for n, atom in enumerate(members)
                  if (atom["fact"], atom["op"]) == (fact, op)), len(members))  # fmt: skip
    atom = {"fact": fact, "op": op}
    if OPERATORS[op].value != "flag" or value is not True:
        atom["value"] = value
    members[place : place + 1] = [] if value is None else [atom]
    if members:
        rule["when"] = {"all": members}
    else:
        rule.pop("when", None)


def _put_field(rule: dict[str, Any], verb: str, item: str, value: Any) -> None:
    entries = [dict(entry) for entry in rule.get("then", ())]
    mine = [entry for entry in entries if isinstance(entry.get(verb), dict)]
    holder = next((entry for entry in mine if item in entry[verb]), mine[-1] if mine else None)
    if holder is None:
        holder = {verb: {}}
        entries.append(holder)
    fields = {name: one for name, one in holder[verb].items() if name != item or value is not None}
    holder[verb] = fields if value is None else {**fields, item: value}
    rule["then"] = [entry for entry in entries if entry.get(verb) != {}]


def _put_actions(rule: dict[str, Any], verb: str, value: Any) -> None:
    values = [] if value is None else value if isinstance(value, list) else [value]
    left, entries = list(values), []
    for entry in rule.get("then", ()):
        if verb not in entry or isinstance(entry[verb], dict):
            entries.append(entry)
        elif left:
            entries.append({verb: left.pop(0)})
    rule["then"] = [*entries, *({verb: one} for one in left)]


def _name_in_both(rule: dict[str, Any]) -> None:
    """A new rule that is named in one language, or not at all, is called the same in both."""
    title = rule["title"]
    named = next((title[lang] for lang in LANGUAGES if title.get(lang)), rule["id"])
    rule["title"] = {lang: title.get(lang) or named for lang in LANGUAGES}


def _twice(rules: Sequence[Rule]) -> str:
    seen: set[Any] = set()
    for place, rule in enumerate(rules, 1):
        name = rule.get("id")
        if not isinstance(name, str) or not name.strip() or name in seen:
            return str(name or place)
        seen.add(name)
    return ""
