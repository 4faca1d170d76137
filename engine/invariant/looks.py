"""All questions in the order in which they are asked, and all kinds of damage by their codes."""

from __future__ import annotations

from engine.errors import NotFound
from engine.invariant import (
    belonging,
    clock_history,
    clocks,
    ended,
    in_force,
    inbound,
    moving,
    outbox,
    readable,
    rows,
    standing,
    stored,
    tickets,
    timers,
    told,
)
from engine.invariant.found import Kind, Look
from engine.invariant.looking import FAILED

# What is damaged is mended in this order, too: whether nothing moves a ticket shows at the end.
LOOKS: tuple[Look, ...] = (
    *readable.LOOKS, in_force.VERSIONS, in_force.IN_FORCE, in_force.UNSET, *rows.LOOKS,
    ended.RUNNING, ended.LEFT_BEHIND, *belonging.ELSEWHERE, timers.ASTRAY, standing.LOOK,
    ended.AT_NO_TIME,
    belonging.QUEUES, belonging.UNLOCKS, clock_history.LOOK, clocks.TIMERS, clocks.NEAREST_LOOK,
    clocks.DIFFERENCES, timers.LAID_ASIDE, timers.REMINDERS, outbox.LOOK,
    stored.ARTICLES, stored.ATTACHMENTS, stored.MESSAGES, inbound.LOOK, inbound.SPOOL,
    told.UNDECIDED_LOOK, told.UNSENT_LOOK, told.ADRIFT_LOOK, tickets.LOOK, tickets.OPEN,
    tickets.LINKS, moving.SHOWN, moving.LOOK, *stored.DEEP,
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.code: kind for look in LOOKS for kind in look.kinds}
KINDS[FAILED.code] = FAILED  # of any of them


def looks_for(only: str = "") -> tuple[Look, ...]:
    """The questions that can find this kind of damage, or any of a family (`timer`); else all."""
    if not only:
        return LOOKS
    wanted = {code for code in KINDS if code == only or code.partition(".")[0] == only}
    if not wanted:
        raise NotFound(f"There is no check {only!r}. There are: {', '.join(sorted(KINDS))}.")
    if FAILED.code in wanted:
        return LOOKS
    return tuple(look for look in LOOKS if wanted & {kind.code for kind in look.kinds})


def looks_of(code: str, key: str) -> list[Look]:
    """The questions that find this again."""
    if code == FAILED.code:
        return [look for look in LOOKS if look.name == key.partition(" ")[0]]
    return [look for look in LOOKS if any(kind.code == code for kind in look.kinds)]
