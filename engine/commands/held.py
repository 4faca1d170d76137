"""Messages that were held back for a person to look at: taken in after all, or put aside."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from engine.audit.trail import record_desk
from engine.channels.again import read_again
from engine.commands.administering import admins_only
from engine.commands.intake import make_of
from engine.commands.receipts import Receipt, settle
from engine.errors import NotFound, VorgangError
from engine.tickets.models import InboundMessage
from engine.work import Cause, Work

AT_ONCE = 50  # messages of one sender in one transaction


def take_in(work: Work, message_id: int) -> Receipt:
    """Make of a held message what it would have become when it came; its sender is let through."""
    message = _held(work, message_id)
    raw = work.desk.files.get(message.digest)
    country = work.desk.settings.sms_country
    inbound = read_again(message.channel, raw, message.arrival or {}, country=country)
    inbound.external_id = message.external_id
    cause = Cause(
        "mail" if message.channel == "email" else message.channel,
        reason=f"held back, then taken in by {work.actor.name}",
    )
    receipt = make_of(work.as_desk().because(cause), message, inbound)
    _remember(work, message, "message taken in", ticket=receipt.ticket)
    return receipt


def put_aside(work: Work, message_id: int) -> Receipt:
    """Decide that nothing shall come of a held message; its original stays."""
    message = _held(work, message_id)
    _remember(work, message, "message put aside")
    return settle(work, message, "ignored", f"put aside by {work.actor.name}")


def of_sender(
    work: Work, message_id: int, decide: Callable[[Work, int], Receipt]
) -> tuple[int, int]:
    """Do the same with every held message of the sender of one: how many done, how many left.

    At most `AT_ONCE` of them; one that cannot be done stays held and stops no other.
    """
    sender = _held(work, message_id).sender
    theirs = (InboundMessage.outcome == "held", InboundMessage.sender == sender)
    query = select(InboundMessage.id).where(*theirs).order_by(InboundMessage.id).limit(AT_ONCE)
    done = 0
    for one in list(work.session.scalars(query)):
        try:
            with work.session.begin_nested():
                decide(work, one)
        except VorgangError:
            continue
        done += 1
    left = work.session.scalar(select(func.count(InboundMessage.id)).where(*theirs)) or 0
    return done, left


def original_of(work: Work, message_id: int) -> tuple[str, bytes]:
    """Name and bytes of a message that became no ticket; of others the ticket has them."""
    admins_only(work)
    message = work.session.get(InboundMessage, message_id)
    if message is None or message.ticket_id is not None:
        raise NotFound("There is no such message.")
    ending = {"email": "eml", "sms": "txt"}.get(message.channel, "bin")
    return f"message-{message.id}.{ending}", work.desk.files.get(message.digest)


def _held(work: Work, message_id: int) -> InboundMessage:
    admins_only(work)
    message = work.session.get(InboundMessage, message_id, with_for_update=True)
    if message is None or message.outcome != "held":
        raise NotFound(f"No message {message_id} is held back.")
    return message


def _remember(work: Work, message: InboundMessage, what: str, **more: object) -> None:
    record_desk(work, what, id=message.id, sender=message.sender, subject=message.subject, **more)
