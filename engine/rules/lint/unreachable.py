"""Rules that say what another says already, and those that can never fire since others stop."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from engine.rules.lint.boxes import apart
from engine.rules.lint.examined import Examined, named
from engine.rules.lint.formula import plain, split
from engine.rules.lint.solver import Model
from engine.rules.ruleset import Atom, Group, Rule

MOST_ALIKE = 5  # rules before one that do the same, whose conditions are compared with its own
MOST_DROPPED = 12  # rules that stop together for which the fewest are looked for


def unreachable(examined: Examined) -> None:
    """Add doubles and rules that others keep from ever firing."""
    seen: dict[Any, int] = {}
    alike: dict[Any, list[int]] = defaultdict(list)
    for place, rule in enumerate(examined.rules):
        asked, *rest = _said(rule)
        first = seen.setdefault((asked, *rest), place)
        others = alike[tuple(rest)]
        if first == place:
            first = next((o for o in others[-MOST_ALIKE:] if _same(examined, o, place)), place)
            others.append(place)
        if first != place and _double(examined, first, place):
            continue
        _shadowed(examined, place)


def _same(examined: Examined, one: int, other: int) -> bool:
    """Whether two rules that do the same fire on the same tickets, as far as that can be seen."""
    if apart(examined.box(one), examined.box(other)):
        return False
    for a, b in ((one, other), (other, one)):
        model = examined.alone(a).model
        if model is not None and not examined.firing.fires(b, model, model.seen()):
            return False
    wholes = examined.wholes
    return all(
        examined.solver.solve([(True, wholes[a]), (False, wholes[b])]).possible is False
        for a, b in ((one, other), (other, one))
    )


def _said(rule: Rule) -> Any:
    """What a rule says, however it is written down: its conditions, and the rest."""
    parts = split([(True, rule.when)] if rule.when else [])
    asked: Any = None
    if parts is not None:
        asked = (
            frozenset(_literal(*literal) for literal in parts.literals),
            frozenset(frozenset(map(_term, choice)) for choice in parts.choices),
        )
    done = json.dumps([[act.verb, act.value] for act in rule.then], sort_keys=True, default=str)
    return asked, done, rule.events, rule.changed, rule.valid_from, rule.valid_until


def _literal(truth: bool, atom: Atom) -> Any:
    values = atom.literal
    if atom.op == "is":
        return truth, atom.fact, "in", atom.kind, (values,)
    return truth, atom.fact, atom.op, atom.kind, values


def _term(term: tuple[bool, Atom | Group]) -> Any:
    truth, condition = term
    return _literal(*plain(truth, condition)) if isinstance(condition, Atom) else term


def _double(examined: Examined, first: int, place: int) -> bool:
    rules = examined.rules
    reached = first if rules[first].stop else place
    answer, _ = examined.reaching([(True, examined.wholes[first])], reached)
    if not answer.possible or answer.model is None:
        return False
    matched = examined.firing.matched(answer.model)
    if first not in matched or (place not in matched and not rules[first].stop):
        return False
    examined.dead.add(place)
    examined.found("duplicate", "warning", rules[place],
                   f"says the same as rule {rules[first].id!r}", "drop one",
                   answer.model)  # fmt: skip
    return True


def _shadowed(examined: Examined, place: int) -> None:
    """Whether every ticket that this rule would fire on is stopped before."""
    rule = examined.rules[place]
    alone = examined.alone(place)
    if not alone.possible or alone.model is None:
        return
    if examined.firing.first_stop(alone.model, place) is None:
        return
    answer, stoppers = examined.reaching([(True, examined.wholes[place])], place)
    if answer.possible is not False:
        return
    fewest = _fewest(examined, place, sorted(stoppers))
    model = alone.model
    if examined.firing.first_stop(model, place) not in fewest:
        model = _shown(examined, place, fewest) or model
    facts = model.seen()
    stopped = examined.firing.matched(model)
    if not examined.firing.fires(place, model, facts) or not stopped or stopped[-1] >= place:
        return
    examined.dead.add(place)
    rules = [examined.rules[one] for one in fewest]
    if len(rules) == 1:
        said = f"can never fire: rule {rules[0].id!r} stops before it"
    else:
        said = f"can never fire: the rules {named(rules)} together stop before it"
    examined.found("shadowed", "warning", rule, said, "put it first, or drop it", model)


def _fewest(examined: Examined, place: int, stoppers: list[int]) -> list[int]:
    """Of the rules that stop together those that are enough."""
    if len(stoppers) > MOST_DROPPED:
        return stoppers
    kept = list(stoppers)
    for one in reversed(stoppers):
        rest = [other for other in kept if other != one]
        terms = [(True, examined.wholes[place]), *((False, examined.wholes[o]) for o in rest)]
        if rest and examined.solver.solve(terms).possible is False:
            kept = rest
    return kept


def _shown(examined: Examined, place: int, stoppers: list[int]) -> Model | None:
    """A ticket of the rule on which one of those that are named is the one that stops."""
    terms = [(True, examined.wholes[place]), (True, examined.wholes[stoppers[0]])]
    answer, _ = examined.reaching(terms, stoppers[0])
    return answer.model
