"""Tickets made by the process of another ticket: subtasks that somebody else works on.

A family is bounded, so that no diagram can fill the desk by going round in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.catalogue.models import TicketType
from engine.catalogue.queries import by_name
from engine.commands.between import CHILD, children_of, open_children, parent_of, tell
from engine.commands.tickets import NewTicket, create_ticket, link_tickets
from engine.errors import Invalid
from engine.tickets.models import Ticket
from engine.work import Work

DEEPEST = 3  # generations below the first ticket
MOST_CHILDREN = 50  # of one ticket
MOST_IN_FAMILY = 200  # below the first ticket
_LONGEST_NAME = 60


def create_child(work: Work, parent: Ticket, params: Mapping[str, Any]) -> str:
    """Make a ticket that belongs to this one; its number. `work` is by the step that asks.

    It has the queue and text that are said, else those of the parent. Without a type it follows
    the process of its queue: the parent's own would make subtasks of the subtask. Its customer is
    the parent's only where `for_customer` says so, since most are nobody's business outside. A
    `process` that is named is the one it follows.
    """
    _check_family(work, parent)
    outside = params.get("for_customer") is True
    queue, kind = str(params.get("queue") or parent.queue.name), str(params.get("type") or "")
    if kind:
        by_name(work.session, TicketType, kind)
    new = NewTicket(
        title=str(params.get("title") or ""),
        body=str(params.get("text") or params.get("title") or ""),
        queue=queue,
        type=kind or None,
        customer=parent.customer if outside else None,
        channel="note",
        process=str(params.get("process") or ""),
        language=parent.language,
        visible=outside,
        automatic=True,
        no_auto_reply=not outside,
        placed="queue" in params,
        answers={**_variables(params.get("variables")), "parent": parent.number},
        born=lambda child: link_tickets(work, parent, child, CHILD),
    )
    return create_ticket(work, new).number


def message_parent(work: Work, ticket: Ticket, params: Mapping[str, Any]) -> bool:
    """Send a message to the process of the ticket that made this one; whether there is one."""
    parent = parent_of(work, ticket.id)
    receivers = [] if parent is None else [parent]
    tell(work, receivers, ticket, _name(params), _variables(params.get("variables")))
    return bool(receivers)


def message_children(work: Work, ticket: Ticket, params: Mapping[str, Any]) -> int:
    """Send a message to the processes of the tickets made by this one; how many are open."""
    receivers = open_children(work, ticket.id)
    tell(work, receivers, ticket, _name(params), _variables(params.get("variables")))
    return len(receivers)


def _check_family(work: Work, parent: Ticket) -> None:
    if len(children_of(work, parent.id)) >= MOST_CHILDREN:
        raise Invalid("A ticket has at most %(number)s subtasks.", values={"number": MOST_CHILDREN})
    line = [parent.id]
    while (above := parent_of(work, line[-1])) is not None and above not in line:
        line.append(above)
    if len(line) > DEEPEST:
        raise Invalid(
            "Subtasks of subtasks go %(number)s levels deep at most.", values={"number": DEEPEST}
        )
    level, total = [line[-1]], 0
    while level:
        level = [child for one in level for child in children_of(work, one)]
        total += len(level)
        if total >= MOST_IN_FAMILY:
            raise Invalid(
                "All subtasks below a ticket are %(number)s at most.",
                values={"number": MOST_IN_FAMILY},
            )


def _variables(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Invalid('Variables are written as {"name": value}.')
    return {str(name): value for name, value in given.items()}


def _name(params: Mapping[str, Any]) -> str:
    name = str(params.get("name") or "").strip()
    if not name or len(name) > _LONGEST_NAME or name.startswith("signal:"):
        raise Invalid(
            "A message has a name of at most %(number)s characters.",
            values={"number": _LONGEST_NAME},
        )
    return name
