"""What kinds of notifications there are, in the few groups by which people choose."""

from __future__ import annotations

GROUPS = ("assigned", "written", "decision", "due", "escalation", "queue", "other")
URGENT = "escalation"  # goes through quiet hours, where its person says so
QUEUE = "queue"

CANNOT_WAIT = ("written", "due", URGENT)  # until who has the ticket is back
PRIVATE = ("remind_me",)  # what somebody asked for themselves; nobody else is told it

_KINDS = {
    "assigned": "assigned",
    "customer_wrote": "written",
    "customer_replied": "written",
    "others_wrote": "written",
    "note_added": "written",
    "came_back": "written",
    "delivery_failed": "written",
    "call_customer": "written",
    "your_turn": "decision",
    "approval_reminder": "decision",
    "pending_reminder": "due",
    "clock_warning": "escalation",
    "clock_last_warning": "escalation",
    "clock_breached": "escalation",
    "clock_escalated": "escalation",
    "escalated": "escalation",
    "complaint_not_acknowledged": "escalation",
    "new_ticket": "queue",
    "handed_on": "queue",
}
# What customers may do without: how a request stands, and what they have not answered yet.
TO_CUSTOMERS = {
    "acknowledgement": "state",
    "approved": "state",
    "closed": "state",
    "reopened": "state",
    "reminder": "reminders",
    "answer_reminder": "reminders",
    "approval_reminder": "reminders",
}
_OF_WHO_HAS_IT = ("written", "due")


def group_of(kind: str, *, mine: bool = True) -> str:
    """The group of a template; `mine` is whether the reader has the ticket.

    Without an owner the whole team is told in their place: for them it happens in their queue.
    """
    group = _KINDS.get(kind, "other")
    return QUEUE if group in _OF_WHO_HAS_IT and not mine else group


def tells_of_promise(kind: str) -> bool:
    """Whether this is about a promise itself, not only set going by one that runs out."""
    return group_of(kind) in (URGENT, "other")
