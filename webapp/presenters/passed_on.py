"""To a customer: that a request was passed on by itself, and by which of their own words.

Neither rule nor queue is named, and no word that is not on the customer's page anyway.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyramid.request import Request
from sqlalchemy import select

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.rules.facts import fold
from engine.tickets.models import Ticket
from webapp.i18n import N_

BY_WORDS = N_(
    "We passed it on automatically to those who see to such things, because it says %(words)s."
)
BY_ITSELF = N_("We passed it on automatically to those who see to such things.")
WORDED = frozenset({"contains", "contains_word", "starts_with", "ends_with"})
OWN = frozenset({"ticket.title", "ticket.body"})
MOST = 3


def passed_on(request: Request, ticket: Ticket, shown: Iterable[str]) -> str:
    """The sentence; empty where no rule put the ticket where it is."""
    query = select(HistoryEntry).where(
        HistoryEntry.ticket_id == ticket.id, HistoryEntry.what.in_(("queue", "created"))
    )
    last = request.db.scalar(query.order_by(HistoryEntry.id.desc()).limit(1))
    if last is None or last.what != "queue" or last.trace_id is None:
        return ""
    row = request.db.get(DecisionTrace, last.trace_id)
    text = fold("\n".join(shown))
    words = [word for word in _words(row) if fold(word) in text][:MOST] if row else []
    quote = request.translate(N_("“%(rule)s”"))
    said = ", ".join(quote % {"rule": word} for word in words)
    return str(request.translate(BY_WORDS if words else BY_ITSELF) % {"words": said})


def _words(row: DecisionTrace) -> list[str]:
    """The words by which the rule that set the queue was decided."""
    decisions = [one for one in row.trace.get("decisions") or ()
                 if one.get("action") == "set" and "queue" in (one.get("value") or {})]  # fmt: skip
    rule = decisions[-1].get("rule") if decisions else None
    found: list[str] = []
    for entry in row.trace.get("rules") or ():
        for one in (entry.get("conditions") or ()) if entry.get("id") == rule else ():
            speaks = one.get("truth") and one.get("wanted", True)
            if speaks and one.get("fact") in OWN and one.get("op") in WORDED:
                said = one.get("hit") or one.get("value")
                found += [w for w in (said if isinstance(said, list) else [said])
                          if isinstance(w, str) and w not in found]  # fmt: skip
    return found
