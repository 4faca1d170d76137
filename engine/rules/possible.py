"""Whether a condition can hold at all where only some of the facts are known yet.

Asked before anything is looked up: which tickets a rule can be about follows from its conditions on
facts of which there are few values, such as the state.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from engine.rules.facts import Facts
from engine.rules.operators import holds
from engine.rules.ruleset import Atom, Group


def possible(when: Atom | Group | None, facts: Facts, known: AbstractSet[str]) -> bool:
    """False only where it cannot hold, whatever the facts are that are not `known`."""
    return _truth(when, facts, known) is not False


def _truth(when: Atom | Group | None, facts: Facts, known: AbstractSet[str]) -> bool | None:
    """True, False, or None where it depends on what is not known."""
    if when is None:
        return True
    if isinstance(when, Atom):
        return holds(facts, when) if when.fact in known else None
    found = [_truth(member, facts, known) for member in when.members]
    if when.mode == "all":
        return False if False in found else None if None in found else True
    some = True if True in found else None if None in found else False
    if when.mode == "any" or some is None:
        return some
    return not some
