"""The plain evaluator of conditions: what the core must answer too, told without it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.facts import Facts
from engine.rules.operators import holds
from engine.rules.ruleset import Atom, Group, Rule


def group_holds(facts: Facts, group: Group | None) -> bool:
    """Whether all, any or none of the members hold, as the group asks; None holds always."""
    if group is None:
        return True
    found = (condition_holds(facts, member) for member in group.members)
    if group.mode == "all":
        return all(found)
    return any(found) if group.mode == "any" else not any(found)


def condition_holds(facts: Facts, condition: Atom | Group) -> bool:
    """Whether one condition or group holds."""
    if isinstance(condition, Atom):
        return holds(facts, condition)
    return group_holds(facts, condition)


def term_holds(facts: Facts, term: tuple[bool, Atom | Group]) -> bool:
    """Whether the condition is as wanted."""
    wanted, condition = term
    return condition_holds(facts, condition) is wanted


def matching(facts: Facts, rules: Sequence[Rule]) -> set[int]:
    """The indexes of the rules whose conditions hold."""
    return {index for index, rule in enumerate(rules) if group_holds(facts, rule.when)}
