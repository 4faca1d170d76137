"""Whoever is to be told something is told it: notifications leave when it is time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.notify.models import Notification, NotificationDelivery
from engine.people.models import Person

LATE = timedelta(hours=1)

UNDECIDED = Kind(
    "notification.undecided",
    "Nobody has decided how somebody is told",
    "%(name)s was to be told “%(kind)s” on %(at)s, and no way was chosen.",
    "The worker does that; its log says what keeps it from it.",
)
UNSENT = Kind(
    "notification.unsent",
    "A notification did not leave in time",
    "“%(kind)s” for %(name)s was due by %(channel)s on %(at)s.",
    "The worker sends it; its log says what keeps it from it.",
)


def undecided(ground: Ground, span: Span) -> Iterator[Found]:
    """Notifications for which no way out was decided for long."""
    if not ground.served:
        return
    one = Notification
    query = (
        select(one.id, one.ticket_id, one.kind, one.created_at, Person.name)
        .join(Person, Person.id == one.person_id)
        .where(
            span.on(one.id, one.ticket_id),
            one.decided_at.is_(None),
            one.created_at < ground.now - LATE,
        )
    )
    for row in ground.session.execute(query):
        values = {"name": row.name, "kind": row.kind, "at": row.created_at.isoformat()}
        yield Found(UNDECIDED.code, f"notification {row.id}", row.id, row.ticket_id, values)


def unsent(ground: Ground, span: Span) -> Iterator[Found]:
    """Ways out that were due long ago."""
    if not ground.served:
        return
    way = NotificationDelivery
    query = (
        select(way.id, Notification.ticket_id, Notification.kind, way.due_at, way.channel,
               Person.name)
        .join(Notification, Notification.id == way.notification_id)
        .join(Person, Person.id == way.person_id)
        .where(
            span.on(way.id, Notification.ticket_id),
            way.state == "waiting",
            way.due_at < ground.now - LATE,
        )
    )  # fmt: skip
    for row in ground.session.execute(query):
        values = {
            "name": row.name, "kind": row.kind, "channel": row.channel,
            "at": row.due_at.isoformat(),
        }  # fmt: skip
        yield Found(UNSENT.code, f"delivery {row.id}", row.id, row.ticket_id, values)


UNDECIDED_LOOK = Look("notifications", undecided, (UNDECIDED,), Notification.id)
UNSENT_LOOK = Look("deliveries", unsent, (UNSENT,), NotificationDelivery.id)
