"""What became of a message: the receipt that doors print, and the row that remembers it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from engine.tickets.models import InboundMessage, Ticket
from engine.work import Work


@dataclass(frozen=True)
class Receipt:
    """What became of a message: created, follow_up, duplicate, ignored, held or unreadable."""

    outcome: str
    ticket: str | None = None
    article: int | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The receipt as the command line prints it."""
        return asdict(self)


def receipt_for(work: Work, message: InboundMessage, outcome: str, reason: str) -> Receipt:
    """A receipt that names the ticket and article of the message, where it has any."""
    ticket = work.session.get(Ticket, message.ticket_id) if message.ticket_id else None
    return Receipt(outcome, ticket.number if ticket else None, message.article_id, reason)


def settle(work: Work, message: InboundMessage, outcome: str, reason: str = "") -> Receipt:
    """Write down what became of a message, and say it."""
    message.outcome, message.reason = outcome, reason
    return receipt_for(work, message, outcome, reason)
