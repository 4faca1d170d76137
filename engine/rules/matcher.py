"""One ruleset ready to be asked: the index in front, oracle and core on what it finds.

The oracle has the last word. It is asked about the rules that the index finds, and about all of
them where that costs little, at the first question and now and then later: an index that leaves
out a rule is seen like a core that answers wrongly.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.rules.compiler import Plan
from engine.rules.facts import Facts
from engine.rules.index import Index
from engine.rules.operators import OPERATORS
from engine.rules.oracle import Oracle
from engine.rules.ruleset import Rule
from engine.rules.trace import atoms_of

log = logging.getLogger(__name__)
ALWAYS_ALL = 50  # rules: so few are all asked each time
ALL_ONCE_IN = 1000  # questions to a larger ruleset


@dataclass(frozen=True)
class Asking:
    """What of an evaluation decides which rules are asked at all, and which may do nothing."""

    event: str | None
    skip: frozenset[str]
    now: datetime

    def skips(self, ruleset: str, rule: str) -> bool:
        """Whether this rule led here itself."""
        return rule in self.skip or f"{ruleset}/{rule}" in self.skip


@dataclass(frozen=True)
class Outcome:
    """The rules that fire and those that hold but led here themselves, in order; who stopped."""

    fired: list[int]
    idle: list[int]
    stopped_by: str | None


class Matcher:
    """The active rules of a ruleset in order, and which of them match. Shared between threads."""

    def __init__(self, name: str, release: str, rules: Sequence[Rule], *, core: bool) -> None:
        self.name = name
        self.release = release
        self.rules = rules
        self.facts = frozenset(atom.fact for rule in rules for atom, _ in atoms_of(rule.when))
        self.beside = sorted({
            (atom.fact, what) for rule in rules for atom, _ in atoms_of(rule.when)
            if (what := OPERATORS[atom.op].beside)
        })  # fmt: skip
        self._oracle = Oracle(rules)
        self._index = Index(rules)
        self.plan = Plan(rules, self._index.order) if core else None
        self._turn = itertools.count()
        self._bound = frozenset(
            number for number, rule in enumerate(rules)
            if rule.changed or rule.valid_from is not None or rule.valid_until is not None
        )  # fmt: skip
        self._deaf = [number for number, rule in enumerate(rules) if not rule.events]
        self._hearing: dict[str, list[int]] = {}
        for event in {event for rule in rules for event in rule.events}:
            self._hearing[event] = [
                number for number, rule in enumerate(rules)
                if not rule.events or event in rule.events
            ]  # fmt: skip

    def asked(self, numbers: Iterable[int], asking: Asking, facts: Facts) -> Iterable[int]:
        """Those of these rules that are asked: they hear the event and are valid."""
        if not (self._bound or self._hearing):
            return numbers

        def told(number: int) -> bool:
            rule = self.rules[number]
            if rule.events and asking.event not in rule.events:
                return False
            if number not in self._bound:
                return True
            if not rule.valid_at(asking.now):
                return False
            return not rule.changed or any(facts.change(fact, "raw") for fact in rule.changed)

        return filter(told, numbers)

    def outcome(self, hits: Iterable[int], asking: Asking, facts: Facts) -> Outcome:
        """What comes of the rules whose conditions hold, up to the first that stops."""
        fired: list[int] = []
        idle: list[int] = []
        for number in sorted(self.asked(hits, asking, facts)):
            skipped = asking.skip and asking.skips(self.name, self.rules[number].id)
            (idle if skipped else fired).append(number)
            if self.rules[number].stop:
                return Outcome(fired, idle, self.rules[number].id)
        return Outcome(fired, idle, None)

    def hearing(self, event: str | None) -> Sequence[int]:
        """The rules that hear this event, in order."""
        return self._hearing.get(event or "", self._deaf)

    def matching(self, facts: Facts) -> tuple[set[int], bool]:
        """The rules whose conditions hold, and whether index or core said otherwise."""
        every = self._every()
        expected, asked, odd = self._by_oracle(facts, every=every)
        if self.plan is None:
            return expected, odd
        try:
            found = self.plan.match(facts, None if every else asked)
        except Exception:
            log.exception("rules core failed in %s of release %s", self.name, self.release)
            return expected, True
        return expected, self._differs("core", found ^ expected) or odd

    def plainly(self, facts: Facts) -> tuple[set[int], bool]:
        """The same without the core."""
        expected, _, odd = self._by_oracle(facts, every=self._every())
        return expected, odd

    def _every(self) -> bool:
        """Whether this time all rules are asked."""
        return len(self.rules) <= ALWAYS_ALL or next(self._turn) % ALL_ONCE_IN == 0

    def _by_oracle(self, facts: Facts, *, every: bool) -> tuple[set[int], set[int] | None, bool]:
        """What holds, which rules the index found (None where it failed), whether it was wrong."""
        try:
            among = self._index.candidates(facts)
        except Exception:
            log.exception("rules index failed in %s of release %s", self.name, self.release)
            return self._oracle.matching(facts), None, True
        expected = self._oracle.matching(facts, None if every else among)
        return expected, among, self._differs("index", expected - among)

    def _differs(self, part: str, numbers: set[int]) -> bool:
        """Log the rules about which a part was wrong, if there are any."""
        if numbers:
            odd = sorted(self.rules[number].id for number in numbers)
            log.error("rules %s differs in %s of release %s: %s",
                      part, self.name, self.release, odd)  # fmt: skip
        return bool(numbers)
