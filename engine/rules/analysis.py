"""What is wrong with rules that are well formed: those that can never fire, and doubles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from engine.rules.conditions import Findings
from engine.rules.ruleset import Atom, Group, Rule, Ruleset

Term = tuple[bool, Atom | Group]  # (wanted, condition)
_LOWER = {"gt": True, "gte": False, "after": True}  # operator: whether its bound is excluded
_UPPER = {"lt": True, "lte": False, "before": True}


def terms(group: Group | None, wanted: bool = True) -> Iterator[Term]:
    """The conditions that must hold together: each with whether it must be true or false."""
    if group is None:
        return
    for member in group.members:
        if group.mode == "none" and wanted:
            yield from _term(member, False)
        elif (group.mode == "all") is wanted and group.mode != "none":
            yield from _term(member, wanted)
        elif len(group.members) == 1:
            yield from _term(member, wanted is not (group.mode == "none"))
        else:
            yield (wanted, group)
            return


def _term(member: Atom | Group, wanted: bool) -> Iterator[Term]:
    if isinstance(member, Group):
        yield from terms(member, wanted)
    else:
        yield (wanted, member)


def analyse(ruleset: Ruleset, findings: Findings) -> None:
    """Add contradictions (errors), shadowed and doubled rules and dead validity (warnings)."""
    seen: dict[tuple[object, ...], Rule] = {}
    stops: dict[Term | None, list[tuple[Rule, frozenset[Term]]]] = defaultdict(list)
    for rule in ruleset.in_order():
        wanted = frozenset(terms(rule.when))
        if message := contradiction(wanted):
            findings.error("contradiction", rule.id, rule.line, f"can never fire: {message}",
                           "remove one of the conditions or write two rules")  # fmt: skip
            continue
        if _never_valid(rule):
            findings.error("validity", rule.id, rule.line,
                           "its validity ends before it begins",
                           "change one of the days")  # fmt: skip
        if earlier := _shadow(rule, wanted, stops):
            findings.warning("shadowed", rule.id, rule.line,
                             f"can never fire: rule {earlier.id!r} stops before it",
                             "put it first, or drop it")  # fmt: skip
        double = (wanted, repr(rule.then), rule.events, rule.changed, rule.valid_from,
                  rule.valid_until)  # fmt: skip
        if double in seen:
            findings.warning("duplicate", rule.id, rule.line,
                             f"says the same as rule {seen[double].id!r}", "drop one")  # fmt: skip
        seen.setdefault(double, rule)
        if rule.stop and rule.valid_from is None and rule.valid_until is None:
            rarest = min(wanted, key=lambda term: len(stops.get(term, ())), default=None)
            stops[rarest].append((rule, wanted))


def _never_valid(rule: Rule) -> bool:
    return (
        rule.valid_from is not None
        and rule.valid_until is not None
        and rule.valid_until <= rule.valid_from
    )


def _shadow(
    rule: Rule,
    wanted: frozenset[Term],
    stops: dict[Term | None, list[tuple[Rule, frozenset[Term]]]],
) -> Rule | None:
    """An earlier stop rule that fires whenever this one could; found by one of its conditions."""
    for key in (None, *wanted):
        for earlier, asked in stops.get(key, ()):
            hears = not earlier.events or (rule.events and rule.events <= earlier.events)
            moved = not earlier.changed or (rule.changed and rule.changed <= earlier.changed)
            if asked <= wanted and hears and moved:
                return earlier
    return None


def contradiction(wanted: frozenset[Term]) -> str | None:
    """Why these conditions cannot hold together, as far as it shows; None when they may."""
    facts: dict[tuple[str, str], list[tuple[bool, Atom]]] = defaultdict(list)
    for truth, condition in wanted:
        if (not truth, condition) in wanted:
            return "a condition is asked to be both true and false"
        if isinstance(condition, Atom):
            facts[(condition.fact, condition.kind)].append((truth, condition))
    for (fact, _), asked in facts.items():
        if _no_value(asked):
            return f"no value of {fact} satisfies all of its conditions"
        if _empty_range(asked):
            return f"no value of {fact} lies in the range"
    return None


def _no_value(asked: list[tuple[bool, Atom]]) -> bool:
    """Whether the equalities and inequalities leave no value over."""
    allowed: set[object] | None = None
    refused: set[object] = set()
    empty = False
    for truth, atom in asked:
        values = set(atom.literal) if atom.op in ("in", "not_in") else {atom.literal}
        if atom.op in (("is", "in") if truth else ("is_not", "not_in")):
            allowed = values if allowed is None else allowed & values
        elif atom.op in ("is", "in", "is_not", "not_in"):
            refused |= values
        elif atom.op == "is_empty":
            empty = empty or (truth is atom.literal)
    if allowed is None:
        return False
    return empty or not (allowed - refused) or not any(_in_range(v, asked) for v in allowed)


def _in_range(value: object, asked: list[tuple[bool, Atom]]) -> bool:
    return not _empty_range([*asked, (True, Atom("", "gte", None, "", value)),
                             (True, Atom("", "lte", None, "", value))])  # fmt: skip


def _empty_range(asked: list[tuple[bool, Atom]]) -> bool:
    lows = [(a.literal, _LOWER[a.op]) for truth, a in asked if truth and a.op in _LOWER]
    highs = [(a.literal, not _UPPER[a.op]) for truth, a in asked if truth and a.op in _UPPER]
    if not lows or not highs:
        return False
    (low, open_low), (high, closed_high) = max(lows), min(highs)
    return bool(low > high or (low == high and (open_low or not closed_high)))
