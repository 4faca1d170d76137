"""Who puts processes and rules in force."""

from __future__ import annotations

from engine.errors import NotAllowed
from engine.work import Work


def may_publish(work: Work) -> None:
    """Refuse whoever is neither process owner nor admin nor the desk itself."""
    if not work.actor.is_system and not work.actor.roles & {"owner", "admin"}:
        raise NotAllowed("Only process owners and admins publish.")
