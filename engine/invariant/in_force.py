"""What tickets run on can be read: versions of processes, and the rules in force; and what is to
come of the desk itself comes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, union

from engine.catalogue.published import ProcessInForce, ProcessVersion, RulesInForce
from engine.commands import desk_timers
from engine.errors import VorgangError
from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.library import is_whole
from engine.tickets.flow import ProcessInstance
from engine.workflow import load_definition

VERSION = Kind(
    "version.unreadable",
    "A version on which tickets run cannot be read",
    "%(version)s: %(problem)s",
    "Publish the process again from its folder; what was published under this number is needed "
    "from the last backup.",
)
RULES = Kind(
    "rules.damaged",
    "The rules in force are not what was published",
    "Release %(release)s is damaged in the database; those before it decide.",
    "Put rules in force again: vorgang publish rules/",
)


LOST = Kind(
    "timer.lost",
    "A timer of the desk is not set",
    "What is to come on %(due)s (%(kind)s) has no timer, and would never come.",
    "The timer is set.",
    repairs=True,
)


def unset(ground: Ground, span: Span) -> Iterator[Found]:
    """What comes every hour, or rules that wait for their moment, without a timer."""
    for kind, at in desk_timers.unset(ground.session, ground.desk.library, ground.now).items():
        yield Found(LOST.code, kind, 0, None, {"kind": kind, "due": at.isoformat()})


def versions(ground: Ground, span: Span) -> Iterator[Found]:
    """Versions in force, or with running tickets, that are not what was published."""
    used = union(
        select(ProcessInstance.version_id).where(ProcessInstance.status == "running"),
        select(ProcessInForce.version_id),
    )
    for number in sorted(ground.session.scalars(used)):
        problem = _problem(ground, number)
        if problem:
            version = ground.session.get(ProcessVersion, number)
            name = f"{version.key} v{version.number}" if version is not None else str(number)
            values = {"version": name, "problem": problem}
            yield Found(VERSION.code, f"version {number}", 0, None, values)


def _problem(ground: Ground, number: int) -> str:
    version = ground.session.get(ProcessVersion, number)
    if version is None:
        return "There is no such version."
    try:
        found = load_definition(version.key, *version.as_bytes(), published=True)
    except VorgangError as error:
        return error.message
    except Exception as error:  # files of another form than was ever published
        return f"{type(error).__name__}: {error}"[:300]
    return "" if found.digest == version.digest else "Its files are not those that were published."


def rules(ground: Ground, span: Span) -> Iterator[Found]:
    """The release in force, where it is damaged."""
    row = ground.session.get(RulesInForce, 1)
    if row is not None and not is_whole(row.release):
        number = row.release.number
        yield Found(RULES.code, f"release {number}", 0, None, {"release": number})


UNSET = Look("desk_timers", unset, (LOST,), by_ticket=False)
VERSIONS = Look("versions", versions, (VERSION,), by_ticket=False)
IN_FORCE = Look("rules", rules, (RULES,), by_ticket=False)
