"""What it means for open tickets that somebody becomes a VIP, told before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyramid.request import Request

from engine.commands.consequences import consequences_for
from engine.commands.customer_changes import concerned, facts_changed, tell_ticket
from engine.people.models import Organisation, Person
from engine.work import Work


def meaning(
    request: Request,
    row: Organisation | Person,
    stored: Mapping[str, Any],
    typed: Mapping[str, Any],
    change: Callable[[Work], object],
) -> dict[str, Any] | None:
    """Which open tickets would be due at another time; None where none would, or nothing that
    rules go by is another."""
    changed = facts_changed(row, stored, typed)
    if not changed:
        return None
    found = consequences_for(
        request.work, concerned(row), change,
        lambda work, ticket: tell_ticket(work, ticket, row, changed),
    )  # fmt: skip
    return {"found": found} if found.changed or not found.complete else None
