"""Which rules of a ruleset fire on a ticket, in order, up to the first that stops.

The same answer as that of `Release.evaluate`, without what makes it an explanation: it is asked for
each rule of thousands.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.facts import Facts
from engine.rules.index import Index
from engine.rules.lint.solver import Model
from engine.rules.oracle import ready
from engine.rules.ruleset import Rule


class Firing:
    """The rules of a ruleset in order."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self._tests = [ready(rule.when) for rule in rules]
        self._index = Index(rules)

    def fires(self, place: int, model: Model, facts: Facts) -> bool:
        """Whether this rule fires, when none stops before it."""
        rule = self.rules[place]
        if not rule.valid_at(model.now) or (rule.events and model.event not in rule.events):
            return False
        if rule.changed and not any(facts.change(fact, "raw") for fact in rule.changed):
            return False
        return self._tests[place](facts)

    def matched(self, model: Model) -> list[int]:
        """The places of the rules that fire, up to the first that stops."""
        found = []
        facts = model.seen()
        for place in sorted(self._index.candidates(facts)):
            if self.fires(place, model, facts):
                found.append(place)
                if self.rules[place].stop:
                    break
        return found

    def first_stop(self, model: Model, before: int) -> int | None:
        """The place of the first rule before this one that fires and stops."""
        facts = model.seen()
        for place in sorted(self._index.candidates(facts)):
            if place >= before:
                return None
            if self.rules[place].stop and self.fires(place, model, facts):
                return place
        return None
