"""What moving running tickets to another version would do: counted by place, done to nobody.

Ten thousand tickets stand at a few dozen places. Each place is planned once, for the first ticket
that stands there; the others there go the same way, but for times that their own data decide.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from engine.catalogue.published import ProcessVersion
from engine.commands.publish import may_publish
from engine.errors import NotFound
from engine.tickets.flow import ProcessInstance
from engine.tickets.models import Ticket
from engine.work import Work
from engine.workflow import Definition
from engine.workflow.migrate import Place, Plan, Reason, fitting, plan, signature, suggested

PIECE = 200  # states read at once
KEPT = 50_000  # places of instances that are remembered
_known: WeakKeyDictionary[Any, dict[tuple[int, int], str]] = WeakKeyDictionary()  # by pool
_lock = threading.Lock()


@dataclass
class Group:
    """Tickets of one version that stand at the same steps and would go the same way."""

    version: ProcessVersion
    places: tuple[Place, ...]
    reasons: tuple[Reason, ...]
    tickets: list[int] = field(default_factory=list)  # ids

    @property
    def movable(self) -> bool:
        """Whether they can be moved."""
        return not self.reasons


@dataclass
class DryRun:
    """All groups of one look, and what may be said to make more of them movable."""

    version: ProcessVersion
    groups: list[Group]
    unplaced: dict[
        str, list[str]
    ]  # step that is gone and stood at → fitting steps, likeliest first
    suggested: dict[str, str]
    definitions: dict[int, Definition]

    @property
    def movable(self) -> int:
        """How many tickets can be moved."""
        return sum(len(g.tickets) for g in self.groups if g.movable)

    @property
    def stuck(self) -> int:
        """How many cannot."""
        return sum(len(g.tickets) for g in self.groups if not g.movable)


def version_of(work: Work, key: str, number: int | None = None) -> ProcessVersion:
    """A version of a process by number, without one that in force; raises `NotFound`."""
    if number is None:
        return work.desk.library.in_force(work.session, key)
    query = select(ProcessVersion).where(ProcessVersion.key == key, ProcessVersion.number == number)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(
            "The process %(key)s has no version %(number)s.",
            values={"key": key, "number": number},
        )
    return found


def dry_run(
    work: Work,
    version: ProcessVersion,
    mapping: Mapping[str, str] | None = None,
    *,
    numbers: Collection[int] = (),
    tickets: Collection[str] = (),
) -> DryRun:
    """Where each running ticket of other versions would go; `numbers` names versions to look at."""
    may_publish(work)
    target = work.desk.library.definition(version)
    made = DryRun(version, [], {}, {}, {version.id: target})
    known: dict[tuple[int, str], Plan] = {}
    groups: dict[tuple[object, ...], Group] = {}
    for old, instance_id, ticket_id, sign in _running(work, version, numbers, tickets):
        mark = (old.id, sign)
        if mark not in known:
            definition = work.desk.library.definition(old)
            made.definitions[old.id] = definition
            state = work.session.get_one(ProcessInstance, instance_id).document
            known[mark] = plan(definition, target, state, mapping, work.now)
        found = known[mark]
        key = (old.id, found.places, tuple(r.said() for r in found.reasons))
        group = groups.setdefault(key, Group(old, found.places, found.reasons))
        group.tickets.append(ticket_id)
    made.groups = sorted(
        groups.values(), key=lambda g: (g.movable, -g.version.number, -len(g.tickets))
    )
    _offer(made, target, known, mapping or {})
    return made


def _running(
    work: Work, version: ProcessVersion, numbers: Collection[int], tickets: Collection[str]
) -> Iterator[tuple[ProcessVersion, int, int, str]]:
    """Version, instance, ticket and place of each that runs on another version."""
    row = ProcessInstance
    query = (
        select(row.id, row.revision, row.version_id, row.ticket_id)
        .join(ProcessVersion, ProcessVersion.id == row.version_id)
        .where(
            ProcessVersion.key == version.key,
            ProcessVersion.id != version.id,
            row.status == "running",
        )
        .order_by(row.id)
    )
    if numbers:
        query = query.where(ProcessVersion.number.in_(numbers))
    if tickets:
        query = query.join(Ticket, Ticket.id == row.ticket_id)
        query = query.where(Ticket.number.in_(tickets))
    versions: dict[int, ProcessVersion] = {}
    heads = [tuple(head) for head in work.session.execute(query)]
    for start in range(0, len(heads), PIECE):
        piece = heads[start : start + PIECE]
        marks = _marks(work, {instance_id: revision for instance_id, revision, *_ in piece})
        for instance_id, _, version_id, ticket_id in piece:
            if version_id not in versions:
                versions[version_id] = work.session.get_one(ProcessVersion, version_id)
            yield versions[version_id], instance_id, ticket_id, marks[instance_id]


def _marks(work: Work, wanted: Mapping[int, int]) -> dict[int, str]:
    """The places of these instances, by id and revision; only those that moved are read again.

    All states of ten thousand tickets together are a hundred megabytes, and an owner who tries one
    mapping after the other asks again and again.
    """
    pool = work.session.get_bind().engine.pool
    with _lock:
        known = _known.setdefault(pool, {})
        found = {one: known[one, at] for one, at in wanted.items() if (one, at) in known}
    if fresh := [one for one in wanted if one not in found]:
        row = ProcessInstance
        query = select(row.id, row.revision, row.document).where(row.id.in_(fresh))
        read = {(i, at): signature(state) for i, at, state in work.session.execute(query)}
        found |= {instance_id: sign for (instance_id, _), sign in read.items()}
        with _lock:
            if len(known) > KEPT:
                known.clear()
            known.update(read)
    return found


def _offer(
    made: DryRun, target: Definition, known: Mapping[tuple[int, str], Plan],
    mapping: Mapping[str, str],
) -> None:  # fmt: skip
    """The steps to be mapped by hand: those that are gone, and those that have been mapped."""
    for (version_id, _), found in known.items():
        old = made.definitions[version_id]
        gone = [p.step for p in found.places if p.step in mapping and p.step not in target.steps]
        for step in (*found.unplaced, *gone):
            if step in old.steps and step not in made.unplaced:
                made.unplaced[step] = fitting(old, target, step)
                made.suggested |= suggested(old, target, (step,))
