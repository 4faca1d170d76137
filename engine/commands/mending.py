"""Mending what a look over the desk has found, where that can be done without guessing.

Nothing is moved by it and nobody is told anything: rows are made to say what the state of the
process, the history or the article says already. Where only a person can know what is right, the
ticket is shown among the failed steps. Each of these may be done twice.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, select

from engine.audit.models import HistoryEntry
from engine.audit.trail import record
from engine.commands.articles import text_of
from engine.commands.changes import apply_changes
from engine.commands.desk_timers import set_again
from engine.commands.incidents import running
from engine.commands.mending_clocks import (
    clock_of_timer,
    clocks_of_ticket,
    gap_filled,
    promise_again,
)
from engine.commands.mending_process import (
    NOT_ENDED,
    cancelled,
    ended_rows,
    freed,
    is_over,
    no_longer_shown,
    over_again,
    put_home,
    queued,
    rows_anew,
    shown,
    timed,
)
from engine.commands.reach import SENT_BY
from engine.commands.reminders import TIMER as REMINDER
from engine.commands.unlocking import watch_ticket
from engine.errors import Conflict, NotFound
from engine.notify.models import NotificationDelivery
from engine.outbox import write as outbox
from engine.outbox.models import OutboxRow
from engine.tickets.flow import Incident, StepVisit, WorkItem
from engine.tickets.fulltext import index_text
from engine.tickets.models import Article, InboundMessage, Reminder, Ticket, TicketLink
from engine.timers.models import Timer
from engine.timers.write import set_timer
from engine.work import Work

Mend = Callable[[Work, int], None]  # with the row that was found


def mends_for(code: str) -> tuple[Mend, ...]:
    """What mends this kind of damage, to be tried one after the other; nothing where a person has
    to."""
    found = MENDS.get(code, ())
    return found if isinstance(found, tuple) else (found,)


def _ticket(work: Work, number: int) -> Ticket:
    ticket = work.session.get(Ticket, number)
    if ticket is None:
        raise NotFound("There is no such ticket.")
    return ticket


def _remove_timer(work: Work, row: int) -> None:
    timer = work.session.get(Timer, row)
    if timer is not None:
        work.session.delete(timer)
        if work.session.get(Ticket, timer.ticket_id) is not None:
            record(work, timer.ticket_id, "timer", timer.kind, "removed")


def _free_timer(work: Work, row: int) -> None:
    timer = work.session.get(Timer, row)
    if timer is not None:
        timer.claimed_until, timer.last_error, timer.tries = None, "", 0


def _set_pending(work: Work, row: int) -> None:
    ticket = _ticket(work, row)
    set_timer(work, "pending", str(ticket.id), ticket.id, ticket.pending_until)
    record(work, ticket.id, "timer", "", "pending")


def _set_reminder(work: Work, row: int) -> None:
    reminder = work.session.get_one(Reminder, row)  # in no history: it is nobody else's affair
    set_timer(work, REMINDER, str(reminder.id), reminder.ticket_id, reminder.at)


def _free_row(work: Work, row: int) -> None:
    waiting = work.session.get(OutboxRow, row)
    if waiting is not None:
        waiting.claimed_until, waiting.due_at, waiting.breaks = None, work.now, 0


def _give_up_row(work: Work, row: int) -> None:
    waiting = work.session.get(OutboxRow, row)
    if waiting is not None:
        waiting.status, waiting.claimed_until = "dead", None
        waiting.last_error = waiting.last_error or "nobody handles this"


def _send_article(work: Work, row: int) -> None:
    article = work.session.get_one(Article, row)
    topic = SENT_BY.get(article.channel)
    if topic is None or not article.recipients:
        article.delivery, article.problem = "failed", "There is no address to send this to."
        record(work, article.ticket_id, "delivery", "waiting", "failed", reason=article.problem)
        return
    outbox.add(work, topic, ticket_id=article.ticket_id, article_id=article.id)
    record(work, article.ticket_id, "delivery", "waiting", "tried again")


def _deliver_anew(work: Work, row: int) -> None:
    """What became of the message that carries a notification; with none it is due now."""
    way = work.session.get_one(NotificationDelivery, row)
    carrier = work.session.get(OutboxRow, way.outbox_id or 0) if way.state != "waiting" else None
    became = {"done": "sent", "dead": "failed", "waiting": "leaving"}
    way.state = became.get(carrier.status, "waiting") if carrier is not None else "waiting"
    if way.state == "waiting":
        way.due_at, way.outbox_id, way.done_at = work.now, None, None


def _hold_message(work: Work, row: int) -> None:
    message = work.session.get_one(InboundMessage, row)
    work.desk.files.get(message.digest)  # without its bytes nothing can be made of it
    message.outcome, message.reason = "held", "nothing had become of it"
    message.ticket_id = message.article_id = None


def _let_go(work: Work, row: int) -> None:
    ticket = _ticket(work, row)
    for field in ("owner", "responsible"):
        person = getattr(ticket, field)
        if person is not None and not (person.active and person.is_agent):
            apply_changes(work, ticket, {field: None})


def _words(work: Work, row: int) -> None:
    ticket = _ticket(work, row)
    index_text(work, ticket.id, f"{ticket.number} {ticket.title}")
    query = select(Article).where(Article.ticket_id == ticket.id).order_by(Article.id)
    for article in work.session.scalars(query):
        index_text(work, ticket.id, text_of(article))


def _watched(work: Work, row: int) -> None:
    watch_ticket(work, work.session.get_one(WorkItem, row).ticket)


def _unlink(work: Work, row: int) -> None:
    itself = TicketLink.source_id == row, TicketLink.target_id == row
    work.session.execute(delete(TicketLink).where(*itself))
    record(work, row, "link", "itself", "")


def _end_time(work: Work, row: int) -> None:
    ticket = _ticket(work, row)
    if ticket.state.ended and running(work, ticket) is not None:
        raise Conflict(NOT_ENDED)
    query = select(HistoryEntry.at).where(
        HistoryEntry.ticket_id == ticket.id, HistoryEntry.what == "state"
    )
    last = work.session.scalar(query.order_by(HistoryEntry.id.desc()).limit(1))
    ticket.closed_at = (last or ticket.changed_at) if ticket.state.ended else None


MENDS: dict[str, Mend | tuple[Mend, ...]] = {
    **dict.fromkeys(
        ("step.lost", "step.left_over", "message.lost", "message.left_over", "stay.lost",
         "stay.left_over", "failure.lost", "failure.left_over", "step_timer.lost",
         "step_timer.left_over"),
        rows_anew,
    ),
    "step_timer.elsewhere": timed,
    "step.elsewhere": lambda work, row: put_home(work, WorkItem, row),
    "failure.elsewhere": lambda work, row: put_home(work, Incident, row),
    "stay.elsewhere": lambda work, row: put_home(work, StepVisit, row),
    "step.queue": queued,
    "unlock.lost": _watched,
    "process.over": is_over,
    "process.runs_on": cancelled,
    "process.again": over_again,
    "process.left_rows": ended_rows,
    "ticket.no_end": _end_time,
    "ticket.stuck": shown,
    "ticket.no_limit": shown,
    "failure.over": no_longer_shown,
    "ticket.no_process": shown,
    "ticket.unserved": (freed, shown),
    "timer.lost": lambda work, row: set_again(work),
    "timer.orphan": _remove_timer,
    "timer.late": _free_timer,
    "timer.held": _free_timer,
    "timer.failing": _free_timer,
    "clock.timer": clock_of_timer,
    "clock.nearest": clocks_of_ticket,
    "clock.differs": clocks_of_ticket,
    "clock.history": gap_filled,
    "clock.promise": promise_again,
    "pending.lost": _set_pending,
    "reminder.lost": _set_reminder,
    "outbox.old": _free_row,
    "outbox.held": _free_row,
    "outbox.unknown": _give_up_row,
    "article.not_sent": _send_article,
    "message.no_outcome": _hold_message,
    "notification.put_off": _deliver_anew,
    "notification.adrift": _deliver_anew,
    "ticket.owner_gone": _let_go,
    "ticket.unfindable": _words,
    "ticket.link": _unlink,
}  # fmt: skip
