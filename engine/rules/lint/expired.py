"""Rules whose validity is over: they stand there and never fire again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine.rules.lint.examined import Examined
from engine.rules.lint.solver import Solver
from engine.rules.ruleset import Rule


def is_over(rule: Rule, now: datetime) -> bool:
    """Whether the rule can never be valid any more."""
    return rule.valid_until is not None and rule.valid_until <= now


def expired(examined: Examined, now: datetime) -> None:
    """Add what is over; the ticket is one of today that the rule would have fired on before."""
    solver = Solver(examined.vocabulary, examined.ruleset.events, None, examined.facts)
    for place, rule in enumerate(examined.rules):
        if not is_over(rule, now):
            continue
        examined.dead.add(place)
        model = solver.solve([(True, examined.wholes[place])]).model
        if model is None or not examined.firing.fires(place, model, model.seen()):
            continue
        today = replace(model, now=now)
        day = rule.valid_until.date().isoformat() if rule.valid_until else ""
        examined.found("expired", "warning", rule, f"is valid no longer, since {day}",
                       "drop it, or change the day", today)  # fmt: skip
