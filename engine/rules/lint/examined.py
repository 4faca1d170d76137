"""One ruleset under examination: its rules in order, what they ask, who fires, what was found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from engine.errors import Problem
from engine.rules.lint.boxes import Box, box_of
from engine.rules.lint.firing import Firing
from engine.rules.lint.formula import Term, whole
from engine.rules.lint.solver import Answer, Model, Solver
from engine.rules.ruleset import Group, Rule, Ruleset
from engine.rules.trace import atoms_of
from engine.rules.vocabulary import Vocabulary

MOST_ROUNDS = 250  # earlier rules that are gone round for one answer


class Examined:
    """What all checks of one ruleset share."""

    def __init__(
        self, ruleset: Ruleset, vocabulary: Vocabulary, since: datetime | None = None
    ) -> None:
        self.ruleset, self.vocabulary = ruleset, vocabulary
        self.rules: list[Rule] = ruleset.in_order()
        self.wholes: list[Group] = [whole(rule) for rule in self.rules]
        self.firing = Firing(self.rules)
        named = {atom.fact for rule in self.rules for atom, _ in atoms_of(rule.when)}
        self.facts = sorted(named)
        dated = any(rule.valid_from or rule.valid_until for rule in self.rules)
        self.solver = Solver(vocabulary, ruleset.events, since if dated else None, self.facts)
        self._boxes: dict[int, Box] = {}
        self._alone: dict[int, Answer] = {}
        self.problems: list[Problem] = []
        self.dead: set[int] = (
            set()
        )  # places of rules that never fire, of which nothing else is said

    def box(self, place: int) -> Box:
        """What the rule needs of each fact."""
        if place not in self._boxes:
            self._boxes[place] = box_of(self.wholes[place])
        return self._boxes[place]

    def alone(self, place: int) -> Answer:
        """A ticket that the rule fires on when no rule stops before it."""
        if place not in self._alone:
            self._alone[place] = self.solver.solve([(True, self.wholes[place])])
        return self._alone[place]

    def reaching(self, terms: Iterable[Term], before: int) -> tuple[Answer, list[int]]:
        """A ticket for the terms on which nothing stops before this place, and who was avoided.

        Earlier rules are only looked at when they stop a ticket that would do otherwise.
        """
        asked = list(terms)
        avoided: list[int] = []
        answer = self.solver.solve(asked)
        for _ in range(MOST_ROUNDS):
            if not answer.possible or answer.model is None:
                return answer, avoided
            stopped = self.firing.first_stop(answer.model, before)
            if stopped is None:
                return answer, avoided
            if stopped in avoided:
                break
            avoided.append(stopped)
            asked.append((False, self.wholes[stopped]))
            answer = self.solver.solve(asked)
        return Answer(None), avoided

    def found(
        self,
        code: str,
        severity: str,
        rule: Rule | None,
        message: str,
        mend: str,
        model: Model | None,
        line: int | None = None,
    ) -> None:
        """Keep a finding with the ticket that shows it."""
        element, line = (rule.id, line or rule.line) if rule else (None, line)
        witness = model.witness() if model else None
        self.problems.append(Problem(code, severity, element, line, message, mend, witness))


def named(rules: Collection[Any], limit: int = 3) -> str:
    """Some ids of rules, and how many more there are."""
    ids = [repr(rule.id) for rule in rules]
    more = f" … (+{len(ids) - limit})" if len(ids) > limit else ""
    return ", ".join(ids[:limit]) + more


Check = Callable[[Examined], None]
