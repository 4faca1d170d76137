"""What the process of one ticket tells those of others: signals, and messages of parent and child.

Nothing of it happens in the transaction of whoever tells it: each receiver has a timer row of its
own that is due at once, so a thousand receivers are a thousand small transactions, each done once,
and one that fails holds nobody up. A message to a parent or child that is not awaited yet is kept
until it is, or until the process there ends; a signal reaches only who waits when it is thrown.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select

from engine.audit.trail import record
from engine.catalogue.models import ENDED_TYPES, State
from engine.db.together import ANY, Question
from engine.tickets.flow import ProcessInstance, Subscription
from engine.tickets.models import Ticket, TicketLink
from engine.timers.models import Timer
from engine.timers.write import tickets_beside
from engine.work import Cause, Work
from engine.workflow.events import SIGNAL

KIND = "message"  # of timer rows
CHILD = "child"  # of links: the source is the parent
CHILD_DONE, CHILDREN_DONE, PARENT_ENDED = "child_done", "children_done", "parent_ended"
DEEPEST = 5  # links of a chain in which one ticket sets going the next
MOST_KEPT = 200  # for one ticket, which has no more subtasks than that
KEPT = timedelta(days=36_500)  # not awaited yet: due when it is
_MESSAGES = Question(
    Timer, ("ticket_id",), select(Timer).where(Timer.ticket_id.in_(ANY), Timer.kind == KIND)
)
_FAMILY = Question(
    TicketLink, ("source_id", "target_id"),
    select(TicketLink).where(
        TicketLink.kind == CHILD,
        or_(TicketLink.source_id.in_(ANY), TicketLink.target_id.in_(ANY)),
    ),
)  # fmt: skip


def broadcast(work: Work, ticket: Ticket, name: str) -> None:
    """Tell a signal to every other ticket whose process waits for it now."""
    if _too_deep(work, ticket):
        return
    waiting = (
        select(ProcessInstance.ticket_id)
        .join(Subscription, Subscription.instance_id == ProcessInstance.id)
        .where(
            Subscription.message == f"{SIGNAL}{name}",
            ProcessInstance.status == "running",
            ProcessInstance.ticket_id != ticket.id,
        )
        .distinct()
    )
    found = sorted(work.session.scalars(waiting))
    record(work, ticket.id, "signal", str(len(found)), name)
    _post(work, found, ticket, f"{SIGNAL}{name}", {})


def tell(
    work: Work, receivers: Iterable[int], sender: Ticket, name: str, payload: Mapping[str, Any]
) -> None:
    """Send a message to the processes of these tickets, a parent or children of the sender."""
    if not _too_deep(work, sender):
        _post(work, receivers, sender, name, payload)


def receive(work: Work, ticket: Ticket, carries: Mapping[str, Any]) -> None:
    """Hand a message or signal of another ticket to the processes here; else keep it for later."""
    from engine.commands.processes import send_message

    name, sender = str(carries["message"]), str(carries["from"])
    cause = Cause("ticket", reason=sender, ref={"ticket": sender}, depth=int(carries["depth"]))
    payload = _as_it_is_now(work, ticket, carries)
    if payload is None or send_message(work.because(cause), ticket, name, payload):
        return
    if name.startswith(SIGNAL) or name == CHILDREN_DONE or not _runs(work, ticket):
        return
    count = select(func.count(Timer.id)).where(*_kept(work, ticket.id))
    if work.session.scalars(count).one() < MOST_KEPT:
        _keep(work, [ticket.id], carries, work.now + KEPT)
    else:
        record(work, ticket.id, "rule problem", after=f"nothing here awaits {name!r}")


def now_awaited(work: Work, ticket: Ticket, names: Iterable[str]) -> None:
    """A process has begun to wait for these messages: what was kept for it is due now."""
    wanted = set(names)
    kept = select(Timer).where(*_kept(work, ticket.id)).order_by(Timer.id)
    for timer in work.session.scalars(kept):
        name = str((timer.carries or {}).get("message"))
        if name in wanted:  # one at a time: the next when it is waited for again
            wanted.discard(name)
            timer.due_at = work.now
    if CHILDREN_DONE in wanted and not open_children(work, ticket.id):
        _post(work, [ticket.id], ticket, CHILDREN_DONE, {})


def forget_kept(work: Work, ticket_id: int) -> None:
    """A process has ended: nothing is kept for it any more."""
    session = work.session
    for timer in _MESSAGES.answer(session, ticket_id, tickets_beside(session, ticket_id)):
        if timer.due_at > work.now:
            session.delete(timer)


def ended(work: Work, ticket: Ticket, result: Any = None) -> None:
    """A ticket has ended: its parent is told, and its children, if it has any."""
    beside = tickets_beside(work.session, ticket.id)
    for link in _FAMILY.answer(work.session, ticket.id, beside):
        if link.source_id == ticket.id:
            _post(work, [link.target_id], ticket, PARENT_ENDED, {"parent": ticket.number})
            continue
        _post(work, [link.source_id], ticket, CHILD_DONE,
              {"child": ticket.number, "child_result": result})  # fmt: skip
        work.session.flush()
        if not open_children(work, link.source_id):
            _post(work, [link.source_id], ticket, CHILDREN_DONE, {})


def parent_of(work: Work, ticket_id: int) -> int | None:
    """The ticket whose process made this one."""
    query = select(TicketLink.source_id).where(
        TicketLink.kind == CHILD, TicketLink.target_id == ticket_id
    )
    return work.session.scalar(query.limit(1))


def handed_down(work: Work, ticket: Ticket) -> dict[str, Any]:
    """What the parent's process handed over when it made this ticket; nothing where none did."""
    query = select(ProcessInstance.given).where(
        ProcessInstance.ticket_id == ticket.id, ProcessInstance.given.is_not(None)
    )
    return dict(work.session.scalar(query.order_by(ProcessInstance.id.desc()).limit(1)) or {})


def children_of(work: Work, ticket_id: int) -> list[int]:
    """The tickets that the process of this one made."""
    query = select(TicketLink.target_id).where(
        TicketLink.kind == CHILD, TicketLink.source_id == ticket_id
    )
    return sorted(work.session.scalars(query))


def open_children(work: Work, ticket_id: int) -> list[int]:
    """Those of them that have not ended."""
    query = (
        select(Ticket.id)
        .join(State, Ticket.state_id == State.id)
        .where(Ticket.id.in_(children_of(work, ticket_id)), State.type.not_in(ENDED_TYPES))
    )
    return sorted(work.session.scalars(query))


def _post(
    work: Work, receivers: Iterable[int], sender: Ticket, name: str, payload: Mapping[str, Any]
) -> None:
    carries = {
        "message": name,
        "payload": dict(payload),
        "from": sender.number,
        "from_id": sender.id,
        "depth": work.cause.depth + 1,
    }
    _keep(work, receivers, carries, work.now)


def _keep(
    work: Work, receivers: Iterable[int], carries: Mapping[str, Any], due_at: datetime
) -> None:
    rows = [
        {"kind": KIND, "subject": secrets.token_hex(16), "ticket_id": receiver, "due_at": due_at,
         "tries": 0, "last_error": "", "carries": dict(carries)}
        for receiver in receivers
    ]  # fmt: skip
    if rows:
        work.session.execute(insert(Timer), rows)


def _as_it_is_now(work: Work, ticket: Ticket, carries: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a message says, with the counts of this moment; None where it is no longer true."""
    name, payload = carries["message"], dict(carries["payload"])
    if name not in (CHILD_DONE, CHILDREN_DONE):
        return payload
    left = open_children(work, ticket.id)
    if name == CHILD_DONE:
        child = work.session.get(Ticket, int(carries["from_id"]))
        if child is None or not child.state.ended:  # opened again meanwhile
            return None
        payload["child_state"] = child.state.name
    elif left:
        return None
    count = len(children_of(work, ticket.id))
    return payload | {"children": count, "children_open": len(left)}


def _kept(work: Work, ticket_id: int) -> tuple[ColumnElement[bool], ...]:
    """What is a message that a ticket does not await yet."""
    return Timer.ticket_id == ticket_id, Timer.kind == KIND, Timer.due_at > work.now


def _runs(work: Work, ticket: Ticket) -> bool:
    query = select(ProcessInstance.id).where(
        ProcessInstance.ticket_id == ticket.id, ProcessInstance.status == "running"
    )
    return work.session.scalar(query.limit(1)) is not None


def _too_deep(work: Work, ticket: Ticket) -> bool:
    """Tickets that set each other going would do so without end."""
    if work.cause.depth < DEEPEST:
        return False
    text = "a chain from ticket to ticket was stopped after 5 links"
    record(work, ticket.id, "rule problem", after=text)
    return True
