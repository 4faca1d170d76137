"""A ticket as it was born: what it says of itself today without all that happened since."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.commands.rules_moments import Course

NAMED = ("queue", "type", "service", "sla")  # what can be renamed or taken away later
FIELDS = frozenset({*NAMED, "priority", "state", "owner", "responsible", "title", "customer"})


def fact_of(what: str) -> str | None:
    """The fact that an entry of the history changes, if it changes one."""
    if what.startswith("custom."):
        return what
    if what == "tag":
        return "ticket.tags"
    if what == "customer":
        return "customer.email"
    return f"ticket.{what}" if what in FIELDS else None


def born(course: Course, renamed: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The facts of today without all that happened since."""
    state = dict(course.facts)
    for entry in reversed(course.entries):
        if entry.what == "tag":
            tags = set(state["ticket.tags"])
            state["ticket.tags"] = sorted(tags - {entry.after} | {entry.before} - {""})
        elif fact_of(entry.what) is not None:
            value = renamed.get((entry.what, entry.before), entry.before)
            put(course, state, entry.what, value)
    return state


def renamed_of(course: Course) -> dict[tuple[str, str], str]:
    """Names of the history that nothing goes by any more, with the name that it has today.

    Known of what the ticket still has: there the last entry and the ticket say the same thing.
    """
    found: dict[tuple[str, str], str] = {}
    for what in NAMED:
        last = next((entry for entry in reversed(course.entries) if entry.what == what), None)
        today = course.facts.get(f"ticket.{what}")
        gone = last is not None and last.after not in course.known.get(what, frozenset())
        if last is not None and gone and today and last.after and last.after != today:
            found[what, last.after] = str(today)
    return found


def put(course: Course, state: dict[str, Any], what: str, value: str) -> None:
    """Give a field the value that the history wrote down as text."""
    if what == "priority":
        state["ticket.priority"] = int(value) if value.isdigit() else value
    elif what == "customer":
        none = {
            "customer.email": value, "customer.domain": value.rpartition("@")[2],
            "customer.name": "", "customer.organisation": "", "customer.vip": False,
            "customer.internal": False,
        }  # fmt: skip
        state.update(course.customers.get(value, none))
    elif what.startswith("custom."):
        state[what] = _value(value, course.facts.get(what))
    else:
        state[f"ticket.{what}"] = value
    if what == "state":
        state["ticket.state_type"] = course.state_types.get(value, "")


def _value(text: str, today: Any) -> Any:
    """A value of an own field, which is text; a list stands in the history as Python writes it."""
    if isinstance(today, list) and text.startswith("["):
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return text
    return text
