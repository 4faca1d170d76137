"""Patterns and words of one rule that another of the same condition finds already."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rules.lint.examined import Examined
from engine.rules.lint.formula import Split, Term, split
from engine.rules.lint.texts import PARTS, implies
from engine.rules.operators import TEXTUAL
from engine.rules.ruleset import Atom, Group, Rule

MOST_WORDS = 60  # of one choice that are compared with each other
Word = tuple[str, str, Atom]  # (operator, value, the condition it stands in)


def swallowed(examined: Examined) -> None:
    """Add patterns (warning) and words (information) that change nothing."""
    for place, rule in enumerate(examined.rules):
        if place in examined.dead or rule.when is None:
            continue
        for words in _choices(rule.when):
            _compare(examined, place, rule, words[:MOST_WORDS])


def _choices(group: Group, wanted: bool = True) -> Iterator[list[Word]]:
    """Words of one fact of which it is enough that one is found."""
    open_terms: list[Term] = [(wanted, group)]
    while open_terms:
        parts = split([open_terms.pop()])
        if parts is None:
            continue
        yield from _alone(parts)
        for choice in parts.choices:
            together: dict[str, list[Word]] = {}
            for truth, member in choice:
                if isinstance(member, Atom) and truth:
                    together.setdefault(member.fact, []).extend(_words(member))
                elif isinstance(member, Group):
                    open_terms.append((truth, member))
            yield from together.values()


def _alone(parts: Split) -> Iterator[list[Word]]:
    for _, atom in parts.literals:
        yield list(_words(atom))


def _words(atom: Atom) -> Iterator[Word]:
    if atom.op in PARTS:
        yield from ((atom.op, value, atom) for value in atom.literal)
    elif atom.op == "matches":
        yield (atom.op, atom.literal, atom)
    elif atom.op in ("is", "in") and atom.kind in TEXTUAL:
        values = atom.literal if atom.op == "in" else (atom.literal,)
        yield from (("is", value, atom) for value in values)


def _compare(examined: Examined, place: int, rule: Rule, words: list[Word]) -> None:
    for number, (op, value, atom) in enumerate(words):
        for other, (wanted, more, where) in enumerate(words):
            if other == number or not _covers(op, value, wanted, more):
                continue
            if _covers(wanted, more, op, value) and other > number:
                continue  # both say the same: the later one is told
            _tell(examined, place, rule, (op, value, atom), (wanted, more, where))
            break


def _covers(op: str, value: str, wanted: str, more: str) -> bool:
    if op == "is":
        return wanted in PARTS - {"domain_is"} and _stands_in(value, wanted, more)
    return implies((op, value), (wanted, more))


def _stands_in(value: str, wanted: str, more: str) -> bool:
    tests = {"contains": more in value, "starts_with": value.startswith(more),
             "ends_with": value.endswith(more)}  # fmt: skip
    return tests.get(wanted, False)


def _tell(examined: Examined, place: int, rule: Rule, word: Word, other: Word) -> None:
    op, value, atom = word
    alone = Atom(atom.fact, op, value, atom.kind, value if op in ("is", "matches") else (value,))
    model = examined.solver.solve([(True, examined.wholes[place]), (True, alone)]).model
    if model is None or not examined.firing.fires(place, model, model.seen()):
        return
    pattern = op == "matches"
    said = f"{value!r} finds nothing that {other[1]!r} does not find"
    examined.found("pattern" if pattern else "word", "warning" if pattern else "info", rule,
                   said, "drop it", model, atom.line)  # fmt: skip
