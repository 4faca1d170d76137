"""Passing on what people are told: what is new is decided, what is due goes to the outbox.

One worker at a time does it, at the row of the rules for all; the others go on with their work.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, literal, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

from engine.commands.notice_calls import tell_webhook
from engine.commands.notice_ways import decide
from engine.db.together import do_together
from engine.notify.choices import Rules, rules_of
from engine.notify.models import Notification, NotificationDelivery, NotificationRules
from engine.outbox import write as outbox
from engine.outbox.models import OutboxRow
from engine.outbox.posting import domain_of
from engine.work import SYSTEM, Cause, Work

if TYPE_CHECKING:
    from engine.desk import Desk

log = logging.getLogger(__name__)

CAUSE = Cause("system", reason="notification")
MOST_AT_ONCE = 500  # notifications in one transaction
MOST_READERS = 50  # the same of whom they are for
MOST_ROUNDS = 40
TOGETHER = ("", "window")  # why a way is due that is taken ticket by ticket
DIGESTS = ("daily", "weekly")


def pass_on(desk: Desk) -> int:
    """Decide and hand out until nothing is to be done now; says how many rows were touched."""
    count = 0
    for _ in range(MOST_ROUNDS):
        if not desk.read(_anything):
            break
        done = desk.run(_pass_on, SYSTEM, CAUSE)
        count += done
        if not done:
            break
    return count


def _anything(work: Work) -> bool:
    new = select(Notification.id).where(Notification.decided_at.is_(None))
    due = select(NotificationDelivery.id).where(*_due(work))
    return any(work.session.scalar(query.limit(1)) is not None for query in (new, due))


def _due(work: Work) -> list[ColumnElement[bool]]:
    # The word itself, no parameter: only so is the index over what waits known to be enough.
    waiting = NotificationDelivery.state == literal("waiting", literal_execute=True)
    return [waiting, NotificationDelivery.due_at <= work.now]


def _pass_on(work: Work) -> int:
    rules = _rules_alone(work)
    if rules is None:
        return 0
    do_together(work.session)
    query = select(Notification).where(Notification.decided_at.is_(None)).order_by(Notification.id)
    rows = work.session.scalars(
        query.limit(MOST_AT_ONCE).options(joinedload(Notification.ticket))
    ).all()
    count = decide(work, rules, rows)
    work.session.flush()
    if len(rows) == MOST_AT_ONCE:  # what is about to come may belong to what is due
        return count
    readers = select(NotificationDelivery.person_id, NotificationDelivery.channel)
    for person_id, channel in work.session.execute(
        readers.where(*_due(work)).distinct().limit(MOST_READERS)
    ).all():
        count += _hand_out(work, rules, person_id, channel)
    return count


def _rules_alone(work: Work) -> Rules | None:
    """The rules, held until this commits; None where somebody else holds them."""
    held = select(NotificationRules).where(NotificationRules.id == 1)
    row = work.session.scalar(held.with_for_update(skip_locked=True))
    if row is None:
        if work.session.scalar(select(exists().where(NotificationRules.id == 1))):
            return None
        row = NotificationRules(id=1, document={})
        work.session.add(row)
        work.session.flush()
    return rules_of(row.document)


def _hand_out(work: Work, rules: Rules, person_id: int, channel: str) -> int:
    """All that is due for one person by one way, in as few messages as belong together."""
    waiting = (
        select(NotificationDelivery)
        .where(
            NotificationDelivery.person_id == person_id,
            NotificationDelivery.channel == channel,
            NotificationDelivery.state == "waiting",
            NotificationDelivery.done_at.is_(None),  # which the index over a person's knows
        )
        .options(joinedload(NotificationDelivery.notification))
        .order_by(NotificationDelivery.notification_id)
    )
    lanes: dict[tuple[str, int | None], list[NotificationDelivery]] = defaultdict(list)
    for row in work.session.scalars(waiting):
        lanes[_lane(row)].append(row)
    count = 0
    for (name, _), rows in lanes.items():
        due = [row for row in rows if row.due_at <= work.now]
        if not due:
            continue
        chosen = rows if name == "ticket" else due
        _send(work, rules, channel, chosen, name if name in DIGESTS else "")
        count += len(chosen)
    return count


def _lane(row: NotificationDelivery) -> tuple[str, int | None]:
    if row.why in TOGETHER:
        return "ticket", row.notification.ticket_id
    return (row.why if row.why in DIGESTS else "all"), None


def _send(
    work: Work, rules: Rules, channel: str, rows: Sequence[NotificationDelivery], digest: str
) -> None:
    if channel == "webhook":
        _call(work, rules.webhook, rows)
        return
    tickets = {row.notification.ticket_id for row in rows}
    ticket_id = next(iter(tickets)) if len(tickets) == 1 else None
    carrier = _failing(work, rows[0]) if not digest else None
    if carrier is None:
        carrier = outbox.add(
            work, "notice", ticket_id=ticket_id, person_id=rows[0].person_id, channel=channel,
            digest=digest,
        )  # fmt: skip
        work.session.flush()
        known = str(rows[0].notification.payload.get("message_id", "")) if ticket_id else ""
    else:  # another id: the server may know the message that it did not take
        carrier.ticket_id = ticket_id if carrier.ticket_id == ticket_id else None
        known = ""
    domain = domain_of(work.desk.settings)
    name = f"<vorgang.notices.{carrier.id}.{rows[0].id}@{domain}>"
    carrier.payload = {**carrier.payload, "message_id": known or name}
    for row in rows:
        row.state, row.outbox_id, row.done_at = "leaving", carrier.id, work.now


def _call(work: Work, webhook: str, rows: Sequence[NotificationDelivery]) -> None:
    """By the webhook; what cannot be said by it keeps nothing else from leaving."""
    try:
        with work.session.begin_nested():
            tell_webhook(work, webhook, rows)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("person %s is told nothing by the webhook", rows[0].person_id)
        for row in rows:
            row.state, row.why, row.done_at = "failed", "", work.now


def _failing(work: Work, row: NotificationDelivery) -> OutboxRow | None:
    """A message to the same person that could not be delivered so far and can take more along."""
    days = timedelta(days=work.desk.settings.delivery_days + 1)
    stuck = (
        select(OutboxRow)
        .join(NotificationDelivery, NotificationDelivery.outbox_id == OutboxRow.id)
        .where(
            NotificationDelivery.person_id == row.person_id,
            NotificationDelivery.channel == row.channel,
            NotificationDelivery.done_at > work.now - days,
            NotificationDelivery.how.not_in(DIGESTS),
            NotificationDelivery.state == "leaving",
            OutboxRow.status == "waiting",
            OutboxRow.last_error != "",
        )
    )
    return work.session.scalars(stuck.order_by(OutboxRow.id).limit(1)).first()
