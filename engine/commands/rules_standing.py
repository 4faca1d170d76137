"""Whether the rules in force still fit the desk: they were right when they were published.

Since then a queue may have been renamed, a field put away, or the desk itself brought to a version
that reads rules otherwise. Nothing is taken out of force by that; somebody has to know it.
"""

from __future__ import annotations

from engine.catalogue.published import RulesInForce
from engine.commands.known_names import unknown_names
from engine.errors import Invalid, Problem
from engine.library import DamagedError
from engine.work import Work


def rules_at_odds(work: Work) -> list[Problem]:
    """What does not work of the rules in force; nothing where none are."""
    row = work.session.get(RulesInForce, 1)
    if row is None:
        return []
    try:
        release = work.desk.library.release_of(row.release)
    except Invalid as error:
        return list(error.problems)
    except DamagedError:  # those before them decide; engine/health.py says so
        return []
    lost = sorted(set(row.release.documents) - set(release.rulesets))
    return [_unread(name) for name in lost] + unknown_names(work, release.rulesets.values())


def _unread(name: str) -> Problem:
    return Problem("unread", "error", name, None,
                   f"{name}: this version of the desk cannot read it, so nothing is decided by it",
                   "open its text, mend it and publish it")  # fmt: skip
