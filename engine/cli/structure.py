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
from engine.catalogue.own_fields import KINDS
from engine.commands.own_fields import create_field
from engine.errors import Invalid
from engine.people.models import Group
from engine.settings import shipped
from engine.work import Work

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Document = Mapping[str, Any]
FIELD_KEYS = frozenset(("name", "kind", "title", "choices", "customer_visible"))
WRONG = {
    "required": "must be given",
    "key": "begins with a lower-case letter and has only those, digits and _, at most 32",
    "taken": "is taken already",
    "enum": f"must be one of {', '.join(KINDS)}",
    "maxLength": "is too long or too many, or has characters that cannot be seen",
}


def read_sample(name: str) -> dict[str, Any]:
    """One of the sample documents by name; raises `Invalid` when it is missing or broken."""
    path = sample_folder() / f"{name}.yaml"
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - it is a safe one
    except (OSError, yaml.YAMLError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error
    return document if isinstance(document, dict) else {}


def sample_folder() -> Path:
    """Where the sample documents lie."""
    return shipped("samples")


def lay_structure(work: Work, document: Document) -> bool:
    """Groups, states, priorities, types, queues, own fields; False where there are queues."""
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
    _own_fields(work, document.get("custom_fields") or [])
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


def _own_fields(work: Work, entries: Any) -> None:
    """The company's own ticket fields; raises `Invalid` that says what is wrong in which."""
    if not isinstance(entries, list):
        raise Invalid("custom_fields must be a list of fields with name, kind and title.")
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping):
            raise Invalid(f"Entry {place} of custom_fields must have name, kind and title.")
        unknown = sorted(str(key) for key in set(entry) - FIELD_KEYS)
        if unknown:
            keys = ", ".join(sorted(FIELD_KEYS))
            raise Invalid(
                f"Entry {place} of custom_fields has {', '.join(unknown)}; it can have {keys}."
            )
        try:
            create_field(work, entry)
        except Invalid as error:
            wrong = "; ".join(f"{name}: {WRONG[code]}" for name, code in error.fields.items())
            name = str(entry.get("name") or "")[:60]
            raise Invalid(f"Entry {place} of custom_fields ({name}) — {wrong}.") from None


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
