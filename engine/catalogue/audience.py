"""For whom an offer of the service catalogue is; for everybody else it does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.work import Actor

AUDIENCES = ("internal", "external", "public")


def may_ask(actor: Actor, document: Mapping[str, Any]) -> bool:
    """Whether somebody finds this offer and can ask for it.

    `internal` is for the people of the house: agents and customers of internal organisations;
    `external` for all other customers, `public` for everybody. An offer that names nobody is
    internal. Agents find all of them, since they report for others, too.
    """
    if actor.is_agent or actor.is_system:
        return True
    named = document.get("audience") or ["internal"]
    return "public" in named or ("internal" if actor.internal else "external") in named
