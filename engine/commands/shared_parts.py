"""Parts that several processes call: kept as processes of their own, under keys of their kind.

A version of a process holds the parts that it calls as they were when it was published, so a part
that is published anew is put into every process that calls it, or into none.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.published import SHARED, ProcessInForce


def is_shared(key: str) -> bool:
    """Whether this is the key of a part that others call."""
    return key.startswith(SHARED)


def shared_files(session: Session) -> dict[str, dict[str, str]]:
    """The parts in force: folder → name → text.

    A desk from before they were kept by themselves finds them in its processes.
    """
    rows = list(session.scalars(select(ProcessInForce).order_by(ProcessInForce.version_id)))
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        for folder, files in row.version.shared.items():
            found[folder] = dict(files)
    for row in rows:
        if is_shared(row.key):
            found[row.key.removeprefix(SHARED)] = dict(row.version.files)
    return found
