"""What is wrong with rules that can be read, each with a ticket that shows it.

A finding is told only when its ticket, evaluated, proves it: what the solver cannot decide within
its bounds is passed over. `Problem.witness` has the form of an example without its expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.errors import Problem
from engine.rules.lint.conflicts import conflicts
from engine.rules.lint.examined import Examined
from engine.rules.lint.expired import expired
from engine.rules.lint.formula import whole
from engine.rules.lint.gaps import gaps
from engine.rules.lint.loops import loops
from engine.rules.lint.messages import Awaited, messages
from engine.rules.lint.solver import Solver
from engine.rules.lint.swallowed import swallowed
from engine.rules.lint.unreachable import unreachable
from engine.rules.ruleset import Ruleset
from engine.rules.vocabulary import Vocabulary

__all__ = ["Awaited", "lint_rulesets", "ticket_for"]


def lint_rulesets(
    rulesets: Iterable[Ruleset],
    vocabulary: Vocabulary,
    *,
    now: datetime | None = None,
    values: Mapping[str, Sequence[Any]] | None = None,
    awaited: Sequence[Awaited] | None = None,
) -> dict[str, list[Problem]]:
    """The findings by ruleset, in the order of the lines; rulesets without any are left out.

    `now`: what is over by then is told. `values`: what facts can be at this desk, for gaps.
    `awaited`: what its processes wait for; without it nothing is said about messages.
    """
    sets = [Examined(ruleset, vocabulary, now) for ruleset in rulesets]
    sets.sort(key=lambda one: one.ruleset.name)
    for one in sets:
        if now is not None:
            expired(one, now)
        unreachable(one)
        conflicts(one)
        swallowed(one)
        gaps(one, values or {})
    loops(sets)
    if awaited is not None:
        messages(sets, awaited)
    for one in sets:
        one.problems.sort(key=lambda problem: problem.line or 0)
    return {one.ruleset.name: one.problems for one in sets if one.problems}


def ticket_for(ruleset: Ruleset, vocabulary: Vocabulary, rule: str) -> dict[str, Any] | None:
    """A ticket on which a rule fires, when none stops before; None where none is found."""
    for one in ruleset.rules:
        if one.id == rule:
            model = Solver(vocabulary, ruleset.events).solve([(True, whole(one))]).model
            return model.witness() if model else None
    return None
