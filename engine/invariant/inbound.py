"""Every message that reached us has its outcome: a ticket and an article, or a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select

from engine.invariant.found import Found, Ground, Kind, Look, Span
from engine.mail_door import spooled
from engine.tickets.models import Article, InboundMessage

OUTCOMES = ("created", "follow_up", "duplicate", "ignored", "held", "unreadable")
TAKEN = ("created", "follow_up")
YOUNG = timedelta(minutes=10)  # somebody may be at it

NO_OUTCOME = Kind(
    "message.no_outcome",
    "A message came in and nothing became of it",
    "A message from %(sender)s of %(at)s counts as “%(outcome)s”, which leads to no ticket.",
    "It is held back, for somebody to take it in.",
    repairs=True,
)
SPOOLED = Kind(
    "message.spooled",
    "A message could not be taken in",
    "%(file)s has been lying among the messages that could not be taken in since %(at)s.",
    "Mend the cause; then let it in with: vorgang mail retry",
)


def without_outcome(ground: Ground, span: Span) -> Iterator[Found]:
    """Messages whose outcome is none, or names a ticket or article that is not there."""
    message = InboundMessage
    there = select(Article.id).where(Article.id == message.article_id)
    lost = and_(message.outcome.in_(TAKEN), or_(message.ticket_id.is_(None), ~there.exists()))
    query = select(
        message.id, message.ticket_id, message.sender, message.received_at, message.outcome
    ).where(
        span.on(message.id, message.ticket_id), or_(message.outcome.not_in(OUTCOMES), lost)
    )  # fmt: skip
    for row in ground.session.execute(query):
        values = {
            "sender": row.sender, "at": row.received_at.isoformat(), "outcome": row.outcome,
        }  # fmt: skip
        yield Found(NO_OUTCOME.code, f"message {row.id}", row.id, row.ticket_id, values)


def left_lying(ground: Ground, span: Span) -> Iterator[Found]:
    """Files of messages that no transaction could take in."""
    for path in spooled(ground.desk.settings):
        try:
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:
            continue
        if ground.now - at > YOUNG or at > ground.now:
            values = {"file": path.name, "at": at.isoformat(timespec="minutes")}
            yield Found(SPOOLED.code, path.name[:110], 0, None, values)


LOOK = Look("messages", without_outcome, (NO_OUTCOME,), InboundMessage.id)
SPOOL = Look("spool", left_lying, (SPOOLED,), by_ticket=False)
