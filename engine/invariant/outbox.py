"""Every row of the outbox is young or visibly dead, and every message to be sent has its row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import String, and_, cast, or_, select

from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.outbox.models import OutboxRow
from engine.outbox.write import TOPICS

LONGEST_CLAIM = timedelta(hours=2)  # a lease is 90 seconds, renewed for half an hour at most
LONGEST_PAUSE = timedelta(days=2)  # the other side may put a webhook off for six hours
GRACE = timedelta(days=2)  # behind the days of delivery
STATUSES = ("waiting", "done", "dead")
SENDING = ("mail", "sms", "fax")

OLD = Kind(
    "outbox.old",
    "A message has been waiting too long",
    "%(topic)s %(row)s has been waiting since %(since)s and was neither sent nor given up.",
    "It is tried at once; if that does not work it is given up, and shown.",
    repairs=True,
    later=True,
)
HELD = Kind(
    "outbox.held",
    "A message is held for ever",
    "%(topic)s %(row)s would not be tried before %(until)s.",
    "It is freed and tried at once.",
    repairs=True,
)
UNKNOWN = Kind(
    "outbox.unknown",
    "A message of which nobody knows how to send it",
    "Row %(row)s of the outbox is of the kind “%(topic)s” in the state “%(status)s”.",
    "It is given up, and shown among what could not be delivered.",
    repairs=True,
)


def stuck(ground: Ground, span: Span) -> Iterator[Found]:
    """Rows that wait beyond their days, are claimed for ever, or that nobody delivers."""
    now, row = ground.now, OutboxRow
    days = timedelta(days=ground.desk.settings.delivery_days) + GRACE
    unknown = or_(
        row.status.not_in(STATUSES), and_(row.status == "waiting", row.topic.not_in(TOPICS))
    )
    held = or_(row.claimed_until > now + LONGEST_CLAIM, row.due_at > now + LONGEST_PAUSE)
    old = row.created_at < now - days
    waits = and_(row.status == "waiting", or_(held, old))
    query = select(
        row.id, row.ticket_id, row.topic, row.status, row.created_at, row.due_at,
        row.claimed_until, unknown.label("unknown"), held.label("held"),
    ).where(span.on(row.id, row.ticket_id), or_(unknown, waits))  # fmt: skip
    for one in ground.session.execute(query):
        values = {"row": one.id, "topic": one.topic, "status": one.status}
        key = f"outbox {one.id}"
        if one.unknown:
            yield Found(UNKNOWN.code, key, one.id, one.ticket_id, values)
        elif one.held:
            values["until"] = max(one.due_at, one.claimed_until or one.due_at).isoformat()
            yield Found(HELD.code, key, one.id, one.ticket_id, values)
        else:
            values["since"] = one.created_at.isoformat()
            yield Found(OLD.code, key, one.id, one.ticket_id, values)


def on_their_way(ground: Ground) -> set[int]:
    """The articles that the outbox is about to send."""
    text = cast(OutboxRow.payload, String)  # one that cannot be read must not hide the others
    query = select(text).where(OutboxRow.status == "waiting", OutboxRow.topic.in_(SENDING))
    found = set()
    for payload in ground.session.scalars(query):
        with suppress(ValueError, TypeError, KeyError):
            found.add(int(json.loads(payload)["article_id"]))
    return found


LOOK = Look("outbox", stuck, (OLD, HELD, UNKNOWN), OutboxRow.id)
