"""Failed steps of many tickets helped along together: each for itself, and written down together.

What was done stands in the history of each ticket; here it can be found again as the one thing that
it was, with the tickets that went on and those that did not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.audit.trail import record_desk
from engine.commands import incidents
from engine.commands.undo import Remembered
from engine.errors import Invalid, NotFound, VorgangError
from engine.tickets.flow import Incident, ProcessInstance
from engine.work import Work

WRITTEN = "failed steps"  # of desk entries
FOUND_FOR = timedelta(days=30)
UNDO = {"skip": "skip", "move": "step moved", "mend": "mend"}


@dataclass(frozen=True)
class Help:
    """What is done: retry, skip, move (to `step_id`), or mend (`values`)."""

    what: str
    reason: str = ""
    step_id: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Helped:
    """Numbers of the tickets that went on, and of those that did not: an error, or a failure."""

    undo: Remembered
    well: list[str] = field(default_factory=list)
    left: list[tuple[str, VorgangError | str]] = field(default_factory=list)


def help_many(work: Work, ids: Iterable[int], given: Help, key: str = "") -> Helped:
    """Help these incidents along, with a `key` only those of one process; all but a retry can be
    taken back."""
    found = Helped(Remembered(work, UNDO.get(given.what, given.what)))
    by_key: dict[str, tuple[list[str], list[str]]] = {}
    for incident_id in ids:
        why: VorgangError | str = ""
        number, where = "", key
        try:
            with work.session.begin_nested():
                incident, where = incident_in(work, incident_id, key)
                number = incident.ticket.number
                with found.undo.ticket(incident.ticket) if given.what in UNDO else nullcontext():
                    help_one(work, incident, given)
                    work.session.flush()
                why = incident.message if incident.resolved_at is None else ""
        except VorgangError as error:
            why = error
        if why:
            found.left.append((number, why))
        else:
            found.well.append(number)
        if number:
            by_key.setdefault(where, ([], []))[1 if why else 0].append(number)
    for where, (well_there, left_there) in by_key.items():
        write_down(work, where, given, well_there, left_there)
    return found


def help_one(work: Work, incident: Incident, given: Help) -> None:
    """Do what was chosen with one of them."""
    if given.what == "retry":
        incidents.retry(work, incident, given.reason)
    elif given.what == "skip":
        incidents.skip(work, incident, given.reason)
    elif given.what == "move":
        incidents.move(work, incident, given.step_id, given.reason)
    elif given.what == "mend":
        incidents.mend(work, incident, given.values, given.reason)
    else:
        raise Invalid("This cannot be done with several tickets.")


def write_down(
    work: Work, key: str, given: Help, well: Collection[str], left: Collection[str]
) -> None:
    """Let it be found as one; of variables their names, since values are the tickets' own."""
    if not well:
        return
    record_desk(
        work, WRITTEN, key=key, do=given.what, to=given.step_id if given.what == "move" else "",
        names=sorted(given.values), reason=given.reason.strip()[:2_000], well=list(well),
        left=list(left),
    )  # fmt: skip


def done_lately(work: Work, key: str, limit: int = 10) -> list[DeskEntry]:
    """What was done with failed steps of a process in the last month, the latest first."""
    query = select(DeskEntry).where(
        DeskEntry.what == WRITTEN, DeskEntry.at > work.now - FOUND_FOR,
        DeskEntry.detail["key"].as_string() == key,
    )  # fmt: skip
    return list(work.session.scalars(query.order_by(DeskEntry.id.desc()).limit(limit)))


def incident_in(work: Work, incident_id: int, key: str) -> tuple[Incident, str]:
    """An incident with the key of its process; with a `key` only one of that process."""
    incident = incidents.incident_for(work, min(incident_id, 2**31 - 1))
    row = work.session.get(ProcessInstance, incident.instance_id or 0)
    where = row.version.key if row is not None else ""
    if key and where != key:
        raise NotFound("There is no such incident.")
    return incident, where
