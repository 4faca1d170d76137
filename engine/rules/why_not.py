"""Why a rule did not fire: what an evaluation left behind is asked again, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.rules.facts import Facts
from engine.rules.operators import holds
from engine.rules.oracle import ready
from engine.rules.ruleset import Atom, Group, Rule, Ruleset
from engine.rules.trace import LONGEST, MOST_MEMBERS, atoms_of, conditions


@dataclass(frozen=True)
class WhyNot:
    """The first reason, and each condition with its truth.

    `kind`: fired, absent (no such rule then), off, early, late (its validity), event, unchanged
    (what it waits for did not change), conditions, caused (it led here itself, so it did nothing),
    caused-stop (so it did, and ended the asking all the same), stopped (by the rule `stopped_by`),
    stopped-idle (by one that led here itself), unclear (what was kept of a long value does not
    show it).
    A condition that spoke against the rule is marked `failed`, one whose value was kept shortened
    `shortened`.
    """

    kind: str
    rule: Rule | None = None
    conditions: list[dict[str, Any]] = field(default_factory=list)
    stopped_by: str = ""


class Asked:
    """One recorded evaluation, with the ruleset as it was then.

    `whole` gives facts that are known in full where the trace kept only their beginning.
    """

    def __init__(
        self, ruleset: Ruleset, trace: Mapping[str, Any], whole: Mapping[str, Any] | None = None
    ) -> None:
        self.ruleset = ruleset
        self.event = trace.get("event")
        self.changed = trace.get("changed") or {}
        self.caused = frozenset(map(str, trace.get("caused") or ()))
        self.stopped_by = str(trace.get("stopped_by") or "")
        self.fired = {str(one.get("id")) for one in trace.get("rules") or () if one.get("matched")}
        self.now = _moment(trace.get("now"))
        kept = dict(trace.get("facts") or {})
        self.shortened = set()
        for name, value in kept.items():
            if not shortened(value):
                continue
            full = (whole or {}).get(name)
            if isinstance(full, str) and isinstance(value, str) and full.startswith(value[:-1]):
                kept[name] = full
            else:
                self.shortened.add(name)
        self.facts = Facts(kept, self.changed, self.now)
        order = [rule.id for rule in ruleset.in_order()]
        self._place = {rule: place for place, rule in enumerate(order)}

    def rules(self) -> list[Rule]:
        """All rules of the set in the order asked, those out of use too."""
        return sorted(self.ruleset.rules, key=lambda rule: rule.order)

    def why_not(self, rule_id: str) -> WhyNot:
        """Why this rule did not fire, or that it did."""
        rule = next((one for one in self.ruleset.rules if one.id == rule_id), None)
        if rule is None:
            return WhyNot("fired" if rule_id in self.fired else "absent")
        kind = "fired" if rule_id in self.fired else self._kind(rule)
        stopped = self.stopped_by if kind.startswith("stopped") else ""
        return WhyNot(kind, rule, self._conditions(rule), stopped)

    def _kind(self, rule: Rule) -> str:
        if not rule.active:
            return "off"
        if rule.valid_from is not None and self.now < rule.valid_from:
            return "early"
        if not rule.valid_at(self.now):
            return "late"
        if rule.events and self.event not in rule.events:
            return "event"
        if rule.changed and not any(self.facts.change(fact, "raw") for fact in rule.changed):
            return "unchanged"
        if not ready(rule.when)(self.facts):
            return "conditions"
        if self._led(rule.id):
            return "caused-stop" if self.stopped_by == rule.id else "caused"
        place = self._place.get(self.stopped_by)
        if place is None or place >= self._place[rule.id]:
            return "unclear"
        return "stopped-idle" if self._led(self.stopped_by) else "stopped"

    def _led(self, rule_id: str) -> bool:
        """Whether the rule led here itself."""
        return rule_id in self.caused or f"{self.ruleset.name}/{rule_id}" in self.caused

    def _conditions(self, rule: Rule) -> list[dict[str, Any]]:
        against = {id(atom) for atom in _against(self.facts, rule.when)}
        atoms = [atom for atom, _ in atoms_of(rule.when)]
        return [
            {**entry, "failed": id(atom) in against, "shortened": atom.fact in self.shortened}
            for atom, entry in zip(atoms, conditions(self.facts, rule), strict=True)
        ]


def shortened(value: Any) -> bool:
    """Whether a value looks as if the trace had kept only its beginning."""
    if isinstance(value, str):
        return len(value) == LONGEST and value.endswith("…")
    return isinstance(value, Sequence) and len(value) >= MOST_MEMBERS


def _against(facts: Facts, node: Atom | Group | None, wanted: bool = True) -> Iterator[Atom]:
    """The conditions for which the whole is not as it is wanted."""
    if node is None or ready(node)(facts) is wanted:
        return
    if isinstance(node, Atom):
        if holds(facts, node) is not wanted:
            yield node
        return
    for member in node.members:
        yield from _against(facts, member, wanted is not (node.mode == "none"))


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
