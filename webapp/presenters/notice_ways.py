"""By which ways somebody was told of something, and why later or not at all, in one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pyramid.request import Request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engine.audit.models import HistoryEntry
from engine.notify.models import Notification, NotificationDelivery
from engine.tickets.models import Ticket
from webapp.i18n import N_

CHANNELS = {"email": N_("E-mail"), "sms": N_("SMS"), "webhook": N_("Webhook")}
WAITS = {
    "window": N_("%(by)s comes with what follows, %(when)s"),
    "bundled": N_("%(by)s comes bundled, %(when)s"),
    "flood": N_("there were many, so %(by)s comes with the others, %(when)s"),
    "quiet": N_("quiet hours: %(by)s comes %(when)s"),
    "daily": N_("laid into the daily summary of %(when)s"),
    "weekly": N_("laid into the weekly summary of %(when)s"),
}
DROPPED = {
    "read": N_("no %(by)s: read in the browser before"),
    "closed": N_("no %(by)s: the ticket had ended by then"),
    "right": N_("no %(by)s: may not read the ticket any more"),
    "address": N_("no %(by)s: there is no address"),
    "gone": N_("no %(by)s: no longer active"),
    "substitute": N_("away; told instead: %(others)s"),
    "webhook": N_("no %(by)s: it is switched off"),
    "text": N_("no %(by)s: its text had been removed"),
}
STATES = {
    "leaving": N_("%(by)s is on its way"),
    "sent": N_("%(by)s sent %(when)s"),
    "failed": N_("%(by)s could not be delivered"),
}
OFF = N_("told nothing, by their own choice")
BROWSER = N_("in the browser only")
TEAM = N_("away, and nobody stands in: told as well are %(others)s")
NOT_YET = N_("is about to be told")


def ways_of(request: Request, ticket: Ticket, entries: Iterable[HistoryEntry]) -> dict[int, str]:
    """For each entry of the history that somebody was notified, what came of it."""
    told = [one for one in entries if one.what == "notice"]
    if not told:
        return {}
    query = (
        select(Notification)
        .where(
            Notification.ticket_id == ticket.id,
            Notification.created_at.in_({one.at for one in told}),
        )
        .options(joinedload(Notification.person))
    )
    rows = list(request.db.scalars(query.order_by(Notification.id)))
    deliveries: dict[int, list[NotificationDelivery]] = defaultdict(list)
    of_these = NotificationDelivery.notification_id.in_([row.id for row in rows])
    ways = select(NotificationDelivery).where(of_these).order_by(NotificationDelivery.id)
    for one in request.db.scalars(ways):
        deliveries[one.notification_id].append(one)
    found: dict[int, str] = {}
    for entry in told:
        kind, _, name = entry.after.partition(" → ")
        mine = [
            row for row in rows
            if (row.kind, row.created_at, row.person.name) == (kind, entry.at, name)
            and row.for_person_id is None
        ]  # fmt: skip
        if mine:
            found[entry.id] = _said(request, mine[0], deliveries[mine[0].id], rows)
    return found


def _said(
    request: Request,
    row: Notification,
    deliveries: list[NotificationDelivery],
    others: list[Notification],
) -> str:
    _ = request.translate
    if not row.shown:
        return str(_(OFF))
    instead = [
        one.person.name for one in others
        if one.kind == row.kind and one.created_at == row.created_at
        and one.for_person_id == row.person_id
    ]  # fmt: skip
    said = []
    if not deliveries:
        said.append(str(_(BROWSER if row.decided_at is not None else NOT_YET)))
    for one in deliveries:
        by = _(CHANNELS.get(one.channel, one.channel))
        when = one.due_at if one.state == "waiting" else one.done_at or one.due_at
        text = {"waiting": WAITS, "dropped": DROPPED}.get(one.state, {}).get(one.why)
        text = text or STATES.get(one.state, STATES["leaving"])
        values = {"by": by, "when": request.reader.date_time(when), "others": ", ".join(instead)}
        said.append(_(text) % values)
    if instead and not any(one.why == "substitute" for one in deliveries):
        said.append(_(TEAM) % {"others": ", ".join(instead)})
    return "; ".join(said)
