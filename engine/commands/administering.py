"""What all changes that only admins make have in common: who may, and what is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.audit.trail import record_desk
from engine.errors import NotAllowed
from engine.work import Work


def admins_only(work: Work) -> None:
    """Refuse whoever is neither an admin nor the desk itself."""
    if not work.actor.is_system and "admin" not in work.actor.roles:
        raise NotAllowed("Only admins do this.")


def record_change(
    work: Work, what: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Write down what is different, field by field, and say it; nothing where nothing is."""
    changed = {field: [before[field], value] for field, value in after.items()
               if before[field] != value}  # fmt: skip
    if changed:
        record_desk(work, what, name=name, changed=changed)
    return changed
