"""What the checks of rules are told of this desk: its values, and what its processes wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import (
    CustomField,
    Priority,
    Queue,
    Service,
    Sla,
    State,
    TicketType,
)
from engine.catalogue.published import ProcessInForce, ProcessVersion
from engine.rules.lint import Awaited
from engine.tickets.flow import ProcessInstance
from engine.work import Work
from engine.workflow.awaits import Await, awaits

NAMED: dict[str, Any] = {
    "ticket.queue": Queue, "ticket.type": TicketType, "ticket.state": State,
    "ticket.service": Service, "ticket.sla": Sla,
}  # fmt: skip


def values_here(work: Work) -> dict[str, tuple[Any, ...]]:
    """What facts can be at this desk, beside what the vocabulary says."""
    found: dict[str, tuple[Any, ...]] = {
        fact: tuple(work.session.scalars(select(kind.name).order_by(kind.name)))
        for fact, kind in NAMED.items()
    }
    found["ticket.priority"] = tuple(work.session.scalars(select(Priority.rank).order_by("rank")))
    for row in work.session.scalars(select(CustomField)):
        if row.active and row.kind == "choice":
            found[f"custom.{row.name}"] = tuple(map(str, row.choices))
    return found


def awaited_here(work: Work) -> tuple[Awaited, ...]:
    """What the processes in force and those that tickets still follow wait for."""
    running = select(ProcessInstance.version_id).where(ProcessInstance.status == "running")
    wanted = select(ProcessInForce.version_id).union(running)
    query = select(ProcessVersion).where(ProcessVersion.id.in_(wanted)).order_by(ProcessVersion.id)
    found: dict[Awaited, None] = {}
    for version in work.session.scalars(query):
        for one in _of_version(version):
            found[Awaited(version.key, one.message, one.asks, one.again, one.steps)] = None
    return tuple(found)


def awaited_in(
    processes: Mapping[str, Mapping[str, bytes]], shared: Mapping[str, Mapping[str, bytes]]
) -> list[Awaited]:
    """The same for processes that lie in files."""
    return [
        Awaited(key, one.message, one.asks, one.again, one.steps)
        for key, files in processes.items()
        for one in awaits(key, files, shared)
    ]


MOST_KEPT = 500
_KNOWN: dict[str, tuple[Await, ...]] = {}


def _of_version(version: ProcessVersion) -> tuple[Await, ...]:
    """What a version waits for; its files, which never change, are read once."""
    if version.digest not in _KNOWN:
        if len(_KNOWN) >= MOST_KEPT:
            _KNOWN.clear()
        _KNOWN[version.digest] = tuple(awaits(version.key, *version.as_bytes()))
    return _KNOWN[version.digest]
