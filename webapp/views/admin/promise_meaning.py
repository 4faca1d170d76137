"""What another SLA of a queue or service means for open tickets, told before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.request import Request
from sqlalchemy import ColumnElement

from engine.catalogue.models import ENDED_TYPES, State
from engine.commands.consequences import consequences_for
from engine.commands.promises import renew_promise
from engine.tickets.models import Ticket
from engine.work import Work

GIVEN = "given"  # by somebody or a rule: what a queue or service says goes past it


def meaning(
    request: Request, whose: ColumnElement[bool], change: Callable[[Work], object]
) -> dict[str, Any] | None:
    """Which open tickets would be due at another time; None where none would."""
    which = State.type.not_in(ENDED_TYPES) & whose & (Ticket.sla_source != GIVEN)
    found = consequences_for(request.work, which, change, renew_promise)
    return {"found": found} if found.changed or not found.complete else None
