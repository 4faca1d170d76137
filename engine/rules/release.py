"""A release: all rulesets of one state of the rules, compiled, immutable, ready to be asked."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import NotFound
from engine.rules import trace
from engine.rules.facts import Facts, Times
from engine.rules.matcher import Asking, Matcher, Outcome
from engine.rules.ruleset import Action, Rule, Ruleset
from engine.rules.source import uncollected
from engine.rules.vocabulary import Vocabulary

DEFAULT = "default"
HOURLY = "hour.passed"  # a default would be carried out every hour, for ever


@dataclass(frozen=True)
class Decision:
    """One thing that a rule decided; `rule` is "default" for the ruleset's default."""

    rule: str
    action: str
    value: Any


@dataclass(frozen=True)
class Evaluation:
    """The answer of a ruleset: decisions in order, ids of the matched rules, the JSON-able trace.

    `trace`: release, ruleset, event, now, facts, changed, rules, decisions, stopped_by, differs,
    micros (duration).
    """

    decisions: tuple[Decision, ...]
    matched: tuple[str, ...]
    trace: dict[str, Any]


class Release:
    """Compiled rulesets. Safe to share between threads; its memory in the core goes with it.

    Without `core` only the plain evaluator answers: for drafts, which the core has not been tried
    with, and which are asked about a thousand tickets while somebody types.
    """

    def __init__(
        self, rulesets: Iterable[Ruleset], vocabulary: Vocabulary, *, core: bool = True
    ) -> None:
        self.rulesets = {ruleset.name: ruleset for ruleset in rulesets}
        self.vocabulary = vocabulary
        self.names = tuple(sorted(self.rulesets))
        texts = {name: ruleset.text for name, ruleset in self.rulesets.items()}
        self.digest = digest_of(texts, vocabulary.text)
        with uncollected():
            self._matchers = {
                name: Matcher(name, self.digest, self.rulesets[name].in_order(), core=core)
                for name in self.names
            }

    def listening(self, event: str) -> list[str]:
        """The names of the rulesets that hear this event."""
        return [name for name in self.names if event in self.rulesets[name].events]

    def evaluate(
        self,
        ruleset: str,
        facts: Mapping[str, Any],
        *,
        event: str | None = None,
        changed: Mapping[str, Any] | None = None,
        skip: frozenset[str] = frozenset(),
        now: datetime,
        times: Times | None = None,
    ) -> Evaluation:
        """Ask one ruleset about these facts (flat, dotted names).

        `changed` maps a fact to (before, after). `skip` holds ids of rules ("id" or
        "ruleset/id") that led here themselves: one that still holds decides nothing again, but
        is there, so that it ends the asking where it stops, and keeps the default out.
        `times` are the calendars of the ticket; what they say of its dates is kept in the trace.
        NotFound when there is no such ruleset.
        """
        if ruleset not in self.rulesets:
            raise NotFound(f"there is no ruleset {ruleset!r} in force")
        started = time.perf_counter_ns()
        seen = Facts(facts, changed, now, times)
        matcher = self._matchers[ruleset]
        asking = Asking(event, skip, now)
        hits, differs = matcher.matching(seen)
        outcome = matcher.outcome(hits, asking, seen)
        decisions, ids = self._decided(ruleset, outcome, asking)
        record = {
            "release": self.digest,
            "ruleset": ruleset,
            "title": dict(self.rulesets[ruleset].title),
            "event": event,
            "now": now.isoformat(),
            "facts": trace.facts_seen(seen, matcher.facts, matcher.beside),
            "changed": trace.changes_seen(changed),
            "rules": trace.rule_entries(
                seen,
                matcher.rules,
                outcome.fired,
                outcome.idle,
                matcher.asked(matcher.hearing(event), asking, seen),
            ),
            "decisions": [
                {"rule": d.rule, "action": d.action, "value": d.value} for d in decisions
            ],
            "stopped_by": outcome.stopped_by,
            "differs": differs,
            "micros": (time.perf_counter_ns() - started) // 1000,
        }
        return Evaluation(decisions, ids, record)

    def answer(
        self,
        ruleset: str,
        facts: Facts,
        *,
        event: str | None = None,
        skip: frozenset[str] = frozenset(),
        now: datetime,
    ) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
        """Decisions and matched rules alone, by the plain evaluator and without a trace.

        For a ruleset asked about the past: a million times, and with `now` as the moment at which
        a rule is valid, while the facts have a time of their own.
        """
        matcher = self._matchers[ruleset]
        hits, _ = matcher.plainly(facts)
        asking = Asking(event, skip, now)
        return self._decided(ruleset, matcher.outcome(hits, asking, facts), asking)

    def _decided(
        self, ruleset: str, outcome: Outcome, asking: Asking
    ) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
        """What is decided, and the ids of the rules that fired."""
        fired = [self._matchers[ruleset].rules[number] for number in outcome.fired]
        otherwise: Sequence[Action] = ()
        if not outcome.idle and asking.event != HOURLY and not asking.skips(ruleset, DEFAULT):
            otherwise = self.rulesets[ruleset].default
        return _decisions(fired, otherwise), tuple(rule.id for rule in fired)

    def why(
        self,
        ruleset: str,
        rule: str,
        facts: Mapping[str, Any],
        *,
        changed: Mapping[str, Any] | None = None,
        now: datetime,
    ) -> list[dict[str, Any]]:
        """Each condition of one rule with its truth for these facts, fired or not."""
        for known in self._matchers[ruleset].rules if ruleset in self._matchers else ():
            if known.id == rule:
                return trace.conditions(Facts(facts, changed, now), known)
        raise NotFound(f"there is no rule {rule!r} in {ruleset!r} in force")

    def close(self) -> None:
        """Give back the core's memory now instead of with the last reference."""
        for matcher in self._matchers.values():
            if matcher.plan is not None:
                matcher.plan.core.close()


def compile_release(rulesets: Iterable[Ruleset], vocabulary: Vocabulary) -> Release:
    """Compile parsed rulesets in this process; use probe.build_checked for what is new."""
    return Release(rulesets, vocabulary)


def preview_release(rulesets: Iterable[Ruleset], vocabulary: Vocabulary) -> Release:
    """The same answers without the core: for what is not in force."""
    return Release(rulesets, vocabulary, core=False)


def digest_of(texts: Mapping[str, str], vocabulary: str) -> str:
    """The name of this state of the rules: the same texts give the same digest."""
    parts = [f"{name}:{_sha256(texts[name])}" for name in sorted(texts)]
    return _sha256("\n".join([vocabulary, *parts]))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _decisions(matched: Sequence[Rule], default: Sequence[Action]) -> tuple[Decision, ...]:
    """What the matched rules decide, in order; the default where none matched."""
    if not matched:
        return tuple(Decision(DEFAULT, action.verb, action.value) for action in default)
    return tuple(Decision(rule.id, act.verb, act.value) for rule in matched for act in rule.then)
