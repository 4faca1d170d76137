"""What refuses rules that are well formed: conditions that no ticket can satisfy, dead days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from engine.rules.conditions import Findings
from engine.rules.lint.formula import variable_of
from engine.rules.lint.solver import CHANGED, Solver
from engine.rules.ruleset import Atom, Rule, Ruleset
from engine.rules.terms import Term, terms
from engine.rules.trace import atoms_of
from engine.rules.vocabulary import Vocabulary


def analyse(ruleset: Ruleset, vocabulary: Vocabulary, findings: Findings) -> None:
    """Add what refuses a ruleset: rules that no ticket could ever satisfy, and dead validity.

    What may be meant so, or needs other rules to be seen, is found by engine.rules.lint.
    """
    solver = Solver(vocabulary, (*ruleset.events, CHANGED))  # only the conditions are looked at
    for rule in ruleset.in_order():
        if message := _contradiction(solver, rule):
            findings.error("contradiction", rule.id, rule.line, f"can never fire: {message}",
                           "remove one of the conditions or write two rules",
                           _nearly(solver, rule))  # fmt: skip
        elif _never_valid(rule):
            findings.error("validity", rule.id, rule.line,
                           "its validity ends before it begins",
                           "change one of the days")  # fmt: skip


def _never_valid(rule: Rule) -> bool:
    return (
        rule.valid_from is not None
        and rule.valid_until is not None
        and rule.valid_until <= rule.valid_from
    )


def _contradiction(solver: Solver, rule: Rule) -> str | None:
    """Why the conditions cannot hold together; None when they can, or when it is not sure."""
    if rule.when is None:
        return None
    variables = [variable_of(atom) for atom, _ in atoms_of(rule.when)]
    if len(variables) == len(set(variables)) and not any(
        solver.always(fact) for fact, _ in variables
    ):
        return None  # conditions of different facts do not touch each other
    if solver.solve([(True, rule.when)]).possible is not False:
        return None
    by_fact: dict[str, list[Term]] = defaultdict(list)
    for truth, condition in terms(rule.when):
        if (not truth, condition) in by_fact[""]:
            return "a condition is asked to be both true and false"
        by_fact[""].append((truth, condition))
        if isinstance(condition, Atom):
            by_fact[condition.fact].append((truth, condition))
    for fact, asked in by_fact.items():
        if fact and solver.solve(asked).possible is False:
            return f"no value of {fact} satisfies all of its conditions"
    return "its conditions exclude each other"


def _nearly(solver: Solver, rule: Rule) -> Mapping[str, Any] | None:
    """A ticket that all conditions but one are true of: the one that shuts the others out."""
    asked = list(terms(rule.when))
    for place in reversed(range(len(asked))):
        model = solver.solve([*asked[:place], *asked[place + 1 :]]).model
        if model is not None:
            return model.witness()
    return None
