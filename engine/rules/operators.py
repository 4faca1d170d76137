"""The one table of operators, from which compiler, oracle, checker and explanation are made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import patterns
from engine.rules import spoken
from engine.rules.facts import OPEN, WORKED, Facts

if TYPE_CHECKING:
    from engine.rules.ruleset import Atom

TEXTUAL = frozenset({"string", "text", "enum"})
SCALAR = TEXTUAL | {"number", "boolean"}
ORDERED = frozenset({"number"})
DATED = frozenset({"date"})
ANY = SCALAR | {"date", "list"}
MINUTE = 60_000_000
_BESIDE = re.compile(r"\W")  # neither letter, digit nor underscore


@dataclass(frozen=True)
class Operator:
    """One operator: on which kinds of facts, with what value, how it is tested and said.

    `value` is "one" (a scalar), "many" (a list), "some" (either), "minutes", "hours", "offset" (how
    far from now: -3d) or "flag" (true when left out). `native` names the comparison of the core
    that answers it, if there is one. `words` are (is so, is not so) per language with {fact},
    {value}.
    """

    name: str
    kinds: frozenset[str]
    value: str
    test: Callable[[Facts, Atom], bool]
    words: dict[str, tuple[str, str]]
    native: str | None = None
    reads: str | None = None  # the kind as which the fact is read, when not its own
    takes: str | None = None  # the kind of the value, when not that of the fact
    beside: str | None = None  # what the calendars say of the date, when it asks for that


def holds(facts: Facts, atom: Atom) -> bool:
    """Whether the condition is true of these facts: the only definition there is."""
    return OPERATORS[atom.op].test(facts, atom)


def _seen(test: Callable[[Any, Any], bool], missing: bool = False) -> Callable[..., bool]:
    """A test of the value seen against the literal; a missing fact answers `missing`."""

    def run(facts: Facts, atom: Atom) -> bool:
        value = facts.seen(atom.fact, atom.kind)
        if value is None:
            return missing
        return test(value, atom.literal)

    return run


def has_word(text: str, word: str) -> bool:
    """Whether `word` stands in `text` with no letter, digit or underscore at its sides."""
    start = text.find(word)
    while start >= 0:
        if _inside(text, start - 1):
            # Within a word none begins: of seventy thousand letters in a row each would be tried.
            beyond = _BESIDE.search(text, start)
            if beyond is None:
                return False
            start = text.find(word, beyond.end())
            continue
        if not _inside(text, start + len(word)):
            return True
        start = text.find(word, start + 1)
    return False


def _inside(text: str, index: int) -> bool:
    if not 0 <= index < len(text):
        return False
    return text[index].isalnum() or text[index] == "_"


def _domain(address: str) -> str:
    return address.rsplit("@", 1)[-1].strip("<> .")


def _within_domain(domain: str, wanted: Any) -> bool:
    return any(domain == one or domain.endswith(f".{one}") for one in wanted)


def _changed(facts: Facts, atom: Atom) -> bool:
    return (facts.change(atom.fact, atom.kind) is not None) is atom.literal


def _changed_from(facts: Facts, atom: Atom) -> bool:
    change = facts.change(atom.fact, atom.kind)
    return change is not None and change[0] is not None and change[0] in atom.literal


def _changed_to(facts: Facts, atom: Atom) -> bool:
    change = facts.change(atom.fact, atom.kind)
    return change is not None and change[1] is not None and change[1] in atom.literal


def _older(facts: Facts, atom: Atom) -> bool:
    moment: Any = facts.seen(atom.fact, "date")
    return moment is not None and facts.now - moment > atom.literal * MINUTE


def _before_now(facts: Facts, atom: Atom) -> bool:
    moment: Any = facts.seen(atom.fact, "date")
    return moment is not None and moment < facts.now + atom.literal * MINUTE


def _after_now(facts: Facts, atom: Atom) -> bool:
    moment: Any = facts.seen(atom.fact, "date")
    return moment is not None and moment > facts.now + atom.literal * MINUTE


def _older_working(facts: Facts, atom: Atom) -> bool:
    minutes: Any = facts.beside(atom.fact, WORKED)
    return minutes is not None and minutes > atom.literal


def _younger_working(facts: Facts, atom: Atom) -> bool:
    minutes: Any = facts.beside(atom.fact, WORKED)
    return minutes is not None and 0 <= minutes < atom.literal


def _due_working(facts: Facts, atom: Atom) -> bool:
    minutes: Any = facts.beside(atom.fact, WORKED)
    return minutes is not None and -atom.literal <= minutes < 0


def _within(facts: Facts, atom: Atom) -> bool:
    names: Any = facts.beside(atom.fact, OPEN)
    return names is not None and not names.isdisjoint(atom.literal)


def _written_in(facts: Facts, atom: Atom) -> bool:
    text: Any = facts.seen(atom.fact, "string")
    return text is not None and spoken.language_of(text) in atom.literal


def _empty(facts: Facts, atom: Atom) -> bool:
    return (facts.seen(atom.fact, atom.kind) is None) is atom.literal


def _pattern(facts: Facts, atom: Atom) -> bool:
    text: Any = facts.seen(atom.fact, "pattern")
    return text is not None and patterns.compiled(atom.literal).search(text) is not None


def _words(en: str, en_not: str, de: str, de_not: str) -> dict[str, tuple[str, str]]:
    return {"en": (en, en_not), "de": (de, de_not)}


_TABLE = (
    Operator("is", SCALAR, "one", _seen(lambda s, v: s == v),
             _words("{fact} is {value}", "{fact} is not {value}",
                    "{fact} {value} ist", "{fact} nicht {value} ist"), "eq"),
    Operator("is_not", SCALAR, "one", _seen(lambda s, v: s != v, missing=True),
             _words("{fact} is not {value}", "{fact} is {value}",
                    "{fact} nicht {value} ist", "{fact} {value} ist")),
    Operator("in", SCALAR, "many", _seen(lambda s, v: s in v),
             _words("{fact} is one of {value}", "{fact} is none of {value}",
                    "{fact} eines von {value} ist", "{fact} keines von {value} ist"), "in"),
    Operator("not_in", SCALAR, "many", _seen(lambda s, v: s not in v, missing=True),
             _words("{fact} is none of {value}", "{fact} is one of {value}",
                    "{fact} keines von {value} ist", "{fact} eines von {value} ist")),
    Operator("contains", TEXTUAL, "some", _seen(lambda s, v: any(x in s for x in v)),
             _words("{fact} contains {value}", "{fact} does not contain {value}",
                    "{fact} {value} enthält", "{fact} {value} nicht enthält")),
    Operator("not_contains", TEXTUAL, "some",
             _seen(lambda s, v: not any(x in s for x in v), missing=True),
             _words("{fact} does not contain {value}", "{fact} contains {value}",
                    "{fact} {value} nicht enthält", "{fact} {value} enthält")),
    Operator("contains_word", TEXTUAL, "some", _seen(lambda s, v: any(has_word(s, x) for x in v)),
             _words("{fact} contains the word {value}", "{fact} does not contain the word {value}",
                    "{fact} das Wort {value} enthält", "{fact} das Wort {value} nicht enthält")),
    Operator("starts_with", TEXTUAL, "some", _seen(lambda s, v: any(map(s.startswith, v))),
             _words("{fact} starts with {value}", "{fact} does not start with {value}",
                    "{fact} mit {value} beginnt", "{fact} nicht mit {value} beginnt")),
    Operator("ends_with", TEXTUAL, "some", _seen(lambda s, v: any(map(s.endswith, v))),
             _words("{fact} ends with {value}", "{fact} does not end with {value}",
                    "{fact} mit {value} endet", "{fact} nicht mit {value} endet")),
    Operator("matches", TEXTUAL, "one", _pattern,
             _words("{fact} matches {value}", "{fact} does not match {value}",
                    "{fact} dem Muster {value} entspricht",
                    "{fact} dem Muster {value} nicht entspricht"), reads="pattern"),
    Operator("lt", ORDERED, "one", _seen(lambda s, v: s < v),
             _words("{fact} is less than {value}", "{fact} is not less than {value}",
                    "{fact} kleiner als {value} ist", "{fact} nicht kleiner als {value} ist"),
             "lt"),
    Operator("lte", ORDERED, "one", _seen(lambda s, v: s <= v),
             _words("{fact} is at most {value}", "{fact} is more than {value}",
                    "{fact} höchstens {value} ist", "{fact} größer als {value} ist"), "lte"),
    Operator("gt", ORDERED, "one", _seen(lambda s, v: s > v),
             _words("{fact} is more than {value}", "{fact} is not more than {value}",
                    "{fact} größer als {value} ist", "{fact} nicht größer als {value} ist"),
             "gt"),
    Operator("gte", ORDERED, "one", _seen(lambda s, v: s >= v),
             _words("{fact} is at least {value}", "{fact} is less than {value}",
                    "{fact} mindestens {value} ist", "{fact} kleiner als {value} ist"), "gte"),
    Operator("before", DATED, "one", _seen(lambda s, v: s < v),
             _words("{fact} is before {value}", "{fact} is not before {value}",
                    "{fact} vor {value} liegt", "{fact} nicht vor {value} liegt"), "lt"),
    Operator("after", DATED, "one", _seen(lambda s, v: s > v),
             _words("{fact} is after {value}", "{fact} is not after {value}",
                    "{fact} nach {value} liegt", "{fact} nicht nach {value} liegt"), "gt"),
    Operator("older_than_minutes", DATED, "minutes", _older,
             _words("{fact} is more than {value} minutes ago",
                    "{fact} is not more than {value} minutes ago",
                    "{fact} mehr als {value} Minuten her ist",
                    "{fact} nicht mehr als {value} Minuten her ist"), reads="date"),
    Operator("before_now", DATED, "offset", _before_now,
             _words("{fact} is earlier than {value}", "{fact} is not earlier than {value}",
                    "{fact} früher als {value} liegt", "{fact} nicht früher als {value} liegt"),
             reads="date"),
    Operator("after_now", DATED, "offset", _after_now,
             _words("{fact} is later than {value}", "{fact} is not later than {value}",
                    "{fact} später als {value} liegt", "{fact} nicht später als {value} liegt"),
             reads="date"),
    Operator("older_than_working_hours", DATED, "hours", _older_working,
             _words("{fact} is more than {value} working hours ago",
                    "{fact} is not more than {value} working hours ago",
                    "{fact} mehr als {value} Arbeitsstunden her ist",
                    "{fact} nicht mehr als {value} Arbeitsstunden her ist"),
             reads="number", beside=WORKED),
    Operator("younger_than_working_hours", DATED, "hours", _younger_working,
             _words("{fact} is less than {value} working hours ago",
                    "{fact} is not less than {value} working hours ago",
                    "{fact} weniger als {value} Arbeitsstunden her ist",
                    "{fact} nicht weniger als {value} Arbeitsstunden her ist"),
             reads="number", beside=WORKED),
    Operator("due_in_working_hours", DATED, "hours", _due_working,
             _words("{fact} is at most {value} working hours ahead",
                    "{fact} is not at most {value} working hours ahead",
                    "{fact} höchstens {value} Arbeitsstunden entfernt ist",
                    "{fact} nicht höchstens {value} Arbeitsstunden entfernt ist"),
             reads="number", beside=WORKED),
    Operator("within_calendar", DATED, "some", _within,
             _words("{fact} lies in the working time {value}",
                    "{fact} does not lie in the working time {value}",
                    "{fact} in der Arbeitszeit {value} liegt",
                    "{fact} nicht in der Arbeitszeit {value} liegt"),
             reads="list", takes="list", beside=OPEN),
    Operator("is_empty", ANY, "flag", _empty,
             _words("{fact} is empty", "{fact} is not empty",
                    "{fact} leer ist", "{fact} nicht leer ist")),
    Operator("has", frozenset({"list"}), "one", _seen(lambda s, v: v in s),
             _words("{fact} include {value}", "{fact} do not include {value}",
                    "{fact} {value} enthalten", "{fact} {value} nicht enthalten"), reads="list"),
    Operator("has_any", frozenset({"list"}), "many", _seen(lambda s, v: not v.isdisjoint(s)),
             _words("{fact} include one of {value}", "{fact} include none of {value}",
                    "{fact} eines von {value} enthalten", "{fact} keines von {value} enthalten"),
             reads="list"),
    Operator("has_none", frozenset({"list"}), "many",
             _seen(lambda s, v: v.isdisjoint(s), missing=True),
             _words("{fact} include none of {value}", "{fact} include one of {value}",
                    "{fact} keines von {value} enthalten", "{fact} eines von {value} enthalten"),
             reads="list"),
    Operator("domain_is", TEXTUAL, "some", _seen(lambda s, v: _domain(s) in v),
             _words("the domain of {fact} is {value}", "the domain of {fact} is not {value}",
                    "bei {fact} die Domain {value} ist", "bei {fact} die Domain nicht {value} ist"),
             reads="string"),
    Operator("domain_within", TEXTUAL, "some", _seen(lambda s, v: _within_domain(_domain(s), v)),
             _words("the domain of {fact} is {value} or below it",
                    "the domain of {fact} is neither {value} nor below it",
                    "bei {fact} die Domain {value} oder eine darunter ist",
                    "bei {fact} die Domain weder {value} noch eine darunter ist"),
             reads="string"),
    Operator("written_in", TEXTUAL, "some", _written_in,
             _words("{fact} is written in {value}", "{fact} is not written in {value}",
                    "{fact} auf {value} geschrieben ist",
                    "{fact} nicht auf {value} geschrieben ist"), reads="string"),
    Operator("changed", ANY, "flag", _changed,
             _words("{fact} changed", "{fact} did not change",
                    "{fact} geändert wurde", "{fact} nicht geändert wurde")),
    Operator("changed_from", SCALAR, "some", _changed_from,
             _words("{fact} was {value} before", "{fact} was not {value} before",
                    "{fact} vorher {value} war", "{fact} vorher nicht {value} war")),
    Operator("changed_to", SCALAR, "some", _changed_to,
             _words("{fact} became {value}", "{fact} did not become {value}",
                    "{fact} zu {value} wurde", "{fact} nicht zu {value} wurde")),
)  # fmt: skip


def in_words(operator: Operator, value: Any, language: str) -> Any:
    """The value as one says it: “3 days ago” for -3d; the value itself where it says that."""
    if operator.value == "offset":
        return spoken.offset(value, language)
    if operator.name != "written_in":
        return value
    if isinstance(value, list | tuple):
        return [spoken.tongue(one, language) for one in value]
    return spoken.tongue(value, language)


OPERATORS = {operator.name: operator for operator in _TABLE}
