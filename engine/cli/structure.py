"""The first structure of a desk (groups, queues, states …) from structure.yaml, only where none is.

Afterwards the database is in force; the file is never looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from engine.catalogue.models import Priority, Queue, Service, Sla, State, TicketType
from engine.errors import Invalid
from engine.people.models import Group
from engine.settings import shipped
from engine.work import Work

Document = Mapping[str, Any]


def read_sample(name: str) -> dict[str, Any]:
    """One of the sample documents by name; raises `Invalid` when it is missing or broken."""
    path = sample_folder() / f"{name}.yaml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error
    return document if isinstance(document, dict) else {}


def sample_folder() -> Path:
    """Where the sample documents lie."""
    return shipped("samples")


def lay_structure(work: Work, document: Document) -> bool:
    """Groups, states, priorities, types and queues; False where the desk has queues already."""
    if work.session.scalar(select(Queue.id).limit(1)) is not None:
        return False
    add = work.session.add
    for entry in document["states"]:
        add(State(name=entry["name"], type=entry["type"], title=entry.get("title", {})))
    for entry in document["priorities"]:
        add(Priority(name=entry["name"], rank=entry["rank"], title=entry.get("title", {})))
    for entry in document["types"]:
        key = entry.get("process", "")
        add(TicketType(name=entry["name"], process_key=key, title=entry.get("title", {})))
    _queues(work, document["queues"])
    work.session.flush()
    return True


def lay_services(work: Work, document: Document) -> None:
    """The services, once the SLAs that they name have been published."""
    if work.session.scalar(select(Service.id).limit(1)) is not None:
        return
    slas = {sla.name: sla.id for sla in work.session.scalars(select(Sla))}
    for entry in document["services"]:
        sla_id = slas.get(entry.get("sla", ""))
        work.session.add(Service(name=entry["name"], sla_id=sla_id, title=entry.get("title", {})))
    for queue in work.session.scalars(select(Queue)):
        queue.sla_id = queue.sla_id or slas.get("standard")


def _queues(work: Work, entries: list[Document]) -> None:
    groups: dict[str, Group] = {}
    rows: dict[str, Queue] = {}
    for entry in sorted(entries, key=lambda one: str(one["name"]).count("::")):
        name = str(entry["name"])
        parent = rows.get(name.rpartition("::")[0])
        team = entry.get("group") or (parent.group.name if parent else "")
        if team not in groups:
            groups[team] = Group(name=team)
            work.session.add(groups[team])
            work.session.flush()
        row = Queue(
            name=name,
            parent_id=parent.id if parent else None,
            group=groups[team],
            process_key=entry.get("process", ""),
            email=str(entry.get("address", "")).lower(),
        )
        work.session.add(row)
        work.session.flush()
        rows[name] = row
