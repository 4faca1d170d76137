"""Who or what put a ticket into its queue, in one sentence, where no rule did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request

from engine.audit.models import HistoryEntry
from engine.catalogue.models import Offer
from engine.tickets.models import Ticket
from engine.tickets.reasons import FILTER
from webapp.i18n import N_

MOVED = N_("%(who)s moved it here from %(before)s.")
OFFERED = N_("What was asked for, “%(offer)s”, belongs into this queue.")
CAME = {
    "email": N_("The mail came to an address of this queue."),
    "phone": N_("%(who)s put it here when taking the call."),
    "sms": N_("SMS come into this queue."),
    "fax": N_("Faxes come into this queue."),
}
ASKED = N_("Requests from customers come into this queue.")
TAKEN_DOWN = N_("%(who)s put it here when taking it down.")


@dataclass(frozen=True)
class Placed:
    """The sentence and since when it is so."""

    at: datetime
    sentence: str


def placed_by(request: Request, ticket: Ticket, history: Iterable[HistoryEntry]) -> Placed | None:
    """What put the ticket where it is, from its history, newest first; None where a rule did."""
    entries = list(history)
    last = next((e for e in entries if e.what in ("queue", "created")), None)
    if last is None or last.trace_id is not None:
        return None
    if last.what == "created" and any(e.what == FILTER and "queue = " in e.after for e in entries):
        return None
    values = {"who": last.actor, "before": last.before, "offer": _offer(request, ticket)}
    if last.what == "queue":
        said = MOVED
    elif values["offer"]:
        said = OFFERED
    elif ticket.channel in CAME:
        said = CAME[ticket.channel]
    else:
        said = ASKED if last.actor_id == ticket.customer_id else TAKEN_DOWN
    return Placed(last.at, request.translate(said) % values)


def _offer(request: Request, ticket: Ticket) -> str:
    """The title of the offer that names the ticket's queue; empty where none does."""
    offer = request.db.get(Offer, ticket.offer_key) if ticket.offer_key else None
    if offer is None or offer.document.get("queue") != ticket.queue.name:
        return ""
    return str(request.reader.pick(offer.document.get("title")))
