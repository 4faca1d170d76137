"""What the worker does, one line each: Celery wakes and repeats, the database remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import shared_task

from engine.commands.due import fire_timer
from engine.commands.incidents_all import HELPER
from engine.commands.incidents_all import TOPIC as HELP
from engine.commands.migrations import MOVER
from engine.commands.migrations import TOPIC as MIGRATE
from engine.commands.passing_on import pass_on
from engine.commands.people import make_password_link
from engine.commands.rule_figures import count_all
from engine.commands.rules_dry_run import TOPIC as TRY
from engine.commands.rules_dry_run import TRIER
from engine.commands.set_back import clock_set_back
from engine.heartbeat import beat
from engine.housekeeping import tidy
from engine.invariant.night import LOOKER, begin_when_due
from engine.invariant.night import TOPIC as AUDIT
from engine.mail_door import poll
from engine.outbox.drain import drain
from engine.outbox.handlers import handlers
from engine.outbox.webhooks import TOPIC as WEBHOOK
from engine.outbox.webhooks import call_waiting
from engine.steady import TELL
from engine.timers.sweep import MOST, sweep_in_turn
from engine.work import SYSTEM, Cause

if TYPE_CHECKING:
    from engine.desk import Desk

DELIVERY = {
    **handlers(make_password_link), MIGRATE: MOVER, HELP: HELPER, TRY: TRIER, AUDIT: LOOKER,
}  # fmt: skip


@shared_task(bind=True, name="drain_outbox")
def drain_outbox(task: Any) -> int:
    """Deliver what waits in the outbox; run every two seconds, it is also the worker's pulse."""
    beat(_desk(task))
    try:
        pass_on(_desk(task))
    finally:  # what goes to customers waits for no trouble with what agents are told
        delivered = drain(_desk(task), DELIVERY, but=WEBHOOK)
    return delivered


@shared_task(bind=True, name="call_webhooks")
def call_webhooks(task: Any) -> int:
    """Call who waits for it; apart, since whoever is slow at the other end is no reason to wait."""
    return call_waiting(_desk(task), DELIVERY)


def wake_up() -> None:
    """Something was written to the outbox just now."""
    drain_outbox.delay()
    call_webhooks.delay()


@shared_task(bind=True, name="fire_due_timers")
def fire_due_timers(task: Any) -> int:
    """Let everything happen whose time has come, and go on at once while there is more."""
    fired = sweep_in_turn(_desk(task), fire_timer)
    if fired >= MOST:
        fire_due_timers.delay()
    return fired


@shared_task(bind=True, name=TELL)
def look_after_the_clock(task: Any) -> int:
    """The clock of the machine was set back: what waits for a day that never was goes on."""
    return _desk(task).run(clock_set_back, SYSTEM, Cause("system", reason="clock set back"))


@shared_task(bind=True, name="poll_mailbox")
def poll_mailbox(task: Any) -> int:
    """Fetch what lies in the mailbox."""
    return poll(_desk(task))


@shared_task(bind=True, name="housekeeping")
def housekeeping(task: Any) -> dict[str, int]:
    """Remove what has expired."""
    return tidy(_desk(task))


@shared_task(bind=True, name="count_rules")
def count_rules(task: Any) -> int:
    """Count what the rules decided since the last time, and what people corrected of it."""
    return count_all(_desk(task))


@shared_task(bind=True, name="audit")
def audit(task: Any) -> bool:
    """Begin the nightly look whether anything is lost, when it is time."""
    return begin_when_due(_desk(task))


def _desk(task: Any) -> Desk:
    desk: Desk = task.app.desk
    return desk
