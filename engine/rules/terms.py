"""The conditions of a rule that must hold together: what compiler, index and checker begin with."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rules.ruleset import Atom, Group

Term = tuple[bool, Atom | Group]  # (wanted, condition)


def terms(group: Group | None, wanted: bool = True) -> Iterator[Term]:
    """The conditions that must hold together: each with whether it must be true or false."""
    if group is None:
        return
    for member in group.members:
        if group.mode == "none" and wanted:
            yield from _term(member, False)
        elif (group.mode == "all") is wanted and group.mode != "none":
            yield from _term(member, wanted)
        elif len(group.members) == 1:
            yield from _term(member, wanted is not (group.mode == "none"))
        else:
            yield (wanted, group)
            return


def _term(member: Atom | Group, wanted: bool) -> Iterator[Term]:
    if isinstance(member, Group):
        yield from terms(member, wanted)
    else:
        yield (wanted, member)
