"""An example out of a recorded evaluation: only the facts that decide, and no text of a customer.

A fact is left out where the same is decided without it; a text is cut down to the words by which
it was decided. What decides only as it stands is kept as it stands, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import Invalid
from engine.rules.examples import NOON, answer_of
from engine.rules.release import Evaluation, Release

UNFIT = "What was kept of this decision is not enough for an example."
MASKS = ("x", "name@example.org")


@dataclass(frozen=True)
class Made:
    """The example, and which facts stand in it with the words of the ticket."""

    example: dict[str, Any]
    as_it_was: list[str] = field(default_factory=list)


def example_of(
    release: Release, trace: Mapping[str, Any], name: str, whole: Mapping[str, Any] | None = None
) -> Made:
    """The example; raises `Invalid` where the facts kept do not decide what was decided then."""
    ruleset = str(trace.get("ruleset"))
    facts = {**(trace.get("facts") or {})}
    facts |= {fact: value for fact, value in (whole or {}).items() if fact in facts}
    changed = dict(trace.get("changed") or {})
    now = _moment(trace.get("now"))
    if ruleset not in release.rulesets:
        raise Invalid(UNFIT)

    def ask(facts: Mapping[str, Any], changed: Mapping[str, Any], now: datetime) -> Evaluation:
        event = trace.get("event")
        return release.evaluate(ruleset, facts, event=event, changed=changed, now=now)

    first = ask(facts, changed, now)
    decided = [{"rule": d.rule, "action": d.action, "value": d.value} for d in first.decisions]
    if not decided or decided != list(trace.get("decisions") or ()):
        raise Invalid(UNFIT)

    def same(facts: Mapping[str, Any], changed: Mapping[str, Any], now: datetime) -> bool:
        again = ask(facts, changed, now)
        return again.decisions == first.decisions and again.matched == first.matched

    now, kept_now = (NOON, False) if same(facts, changed, NOON) else (now, True)
    changed = _needed(changed, lambda some: same(facts, some, now))
    facts = _needed(facts, lambda some: same(some, changed, now))
    facts, as_it_was = _masked(facts, first, lambda some: same(some, changed, now))
    expect = {key: value for key, value in answer_of(first).items() if value and key != "not_rules"}
    example: dict[str, Any] = {"name": name}
    if trace.get("event"):
        example["event"] = trace["event"]
    example["facts"] = facts
    if changed:
        example["changed"] = changed
    if kept_now:
        example["now"] = now.isoformat()
    return Made({**example, "expect": expect}, as_it_was)


def example_shown_by(
    release: Release, ruleset: str, witness: Mapping[str, Any], name: str, rule: str = ""
) -> Made:
    """The ticket that shows a finding as an example: decided as now, or by this `rule` alone."""
    if ruleset not in release.rulesets:
        raise Invalid(UNFIT)
    said = {key: witness[key] for key in ("event", "facts", "changed", "now") if witness.get(key)}
    said.setdefault("facts", {})
    now = _moment(said["now"]) if "now" in said else NOON
    found = release.evaluate(
        ruleset, said["facts"], event=said.get("event"), changed=said.get("changed"), now=now
    )
    answer = answer_of(found)
    left = {key: value for key, value in answer.items() if value and key != "not_rules"}
    expect = {"rules": [rule]} if rule else {"rules": answer["rules"], **left}
    return Made({"name": name, **said, "expect": expect})


def _moment(said: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        raise Invalid(UNFIT) from None
    if moment.utcoffset() is None:
        raise Invalid(UNFIT)
    return moment


def _needed(all_of: dict[str, Any], same: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Without what makes no difference."""
    kept = dict(all_of)
    for name in all_of:
        without = {one: value for one, value in kept.items() if one != name}
        if same(without):
            kept = without
    return kept


def _masked(
    facts: dict[str, Any], first: Evaluation, same: Callable[[dict[str, Any]], bool]
) -> tuple[dict[str, Any], list[str]]:
    """Texts cut down to the words that decided, where that decides the same."""
    words = _words(first.trace)
    as_it_was = []
    for name, value in list(facts.items()):
        if not isinstance(value, str):
            continue
        found = words.get(name, [])
        tries = [*found[:1], " ".join(found), *MASKS]
        mask = next((one for one in tries if one and same({**facts, name: one})), None)
        if mask is not None:
            facts[name] = mask
        elif value not in found:
            as_it_was.append(name)
    return facts, as_it_was


def _words(trace: Mapping[str, Any]) -> dict[str, list[str]]:
    """By fact the rules' own words that were found in it."""
    words: dict[str, list[str]] = {}
    for rule in trace["rules"]:
        for one in rule.get("conditions") or ():
            if one["truth"]:
                said = one.get("hit") or one.get("value")
                listed = said if isinstance(said, list) else [said]
                words.setdefault(one["fact"], []).extend(w for w in listed if isinstance(w, str))
    return words
