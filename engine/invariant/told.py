"""Whoever is to be told something is told it: notifications leave when it is time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import and_, or_, select

from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.notify.models import Notification, NotificationDelivery
from engine.outbox.models import OutboxRow
from engine.people.models import Person

LATE = timedelta(hours=1)
LONGEST = timedelta(days=10)  # a summary is a week off at most, and quiet hours come behind it
STATES = ("waiting", "leaving", "sent", "dropped", "failed")

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


PUT_OFF = Kind(
    "notification.put_off",
    "A notification would not leave for long",
    "“%(kind)s” for %(name)s would leave by %(channel)s only on %(at)s.",
    "It leaves at once.",
    repairs=True,
)
ADRIFT = Kind(
    "notification.adrift",
    "A notification is about to leave with nothing",
    "“%(kind)s” for %(name)s counts as “%(state)s” by %(channel)s, and nothing carries it.",
    "It is what became of the message that carried it; where there is none, it leaves anew.",
    repairs=True,
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


def adrift(ground: Ground, span: Span) -> Iterator[Found]:
    """Ways out that would be taken in months, and those that count as taken with nothing."""
    way = NotificationDelivery
    carrier = select(OutboxRow.id).where(
        OutboxRow.id == way.outbox_id, OutboxRow.status == "waiting"
    )
    put_off = and_(way.state == "waiting", way.due_at > ground.now + LONGEST)
    lost = or_(way.state.not_in(STATES), and_(way.state == "leaving", ~carrier.exists()))
    query = (
        select(way.id, Notification.ticket_id, Notification.kind, way.due_at, way.channel,
               way.state, Person.name, put_off.label("put_off"))
        .join(Notification, Notification.id == way.notification_id)
        .join(Person, Person.id == way.person_id)
        .where(span.on(way.id, Notification.ticket_id), or_(put_off, lost))
    )  # fmt: skip
    for row in ground.session.execute(query):
        values = {"name": row.name, "kind": row.kind, "channel": row.channel}
        key = f"delivery {row.id}"
        if row.put_off:
            values["at"] = row.due_at.isoformat()
            yield Found(PUT_OFF.code, key, row.id, row.ticket_id, values)
        else:
            values["state"] = row.state
            yield Found(ADRIFT.code, key, row.id, row.ticket_id, values)


UNDECIDED_LOOK = Look("notifications", undecided, (UNDECIDED,), Notification.id)
UNSENT_LOOK = Look("deliveries", unsent, (UNSENT,), NotificationDelivery.id)
ADRIFT_LOOK = Look("carriers", adrift, (PUT_OFF, ADRIFT), NotificationDelivery.id)
