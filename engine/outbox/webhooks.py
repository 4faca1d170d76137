"""A webhook is called: signed, as often as it takes, the same delivery at each try."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, select, update

from engine.audit.trail import record, record_desk
from engine.channels import web_call
from engine.channels.failures import Permanent, Temporary
from engine.channels.reach import reach_of
from engine.channels.web_call import Answer
from engine.errors import Invalid, VorgangError
from engine.notify.models import NotificationDelivery
from engine.outbox.drain import CAUSE, After, Handler, Later, Task, drain, pause
from engine.outbox.models import OutboxRow
from engine.outbox.notices import told_now
from engine.outbox.webhook_models import Webhook, WebhookDelivery
from engine.sealing import seal, unseal
from engine.settings import Settings
from engine.work import SYSTEM, Work

if TYPE_CHECKING:
    from engine.desk import Desk

TOPIC = "webhook"
TEST = "test"  # the event of a call that an admin has asked for to try it
MOST_TRIES = 30  # about a day
LONGEST_WAIT = 6 * 3600  # seconds for which the other side may put us off
LONGEST_REST = timedelta(minutes=15)
SLOW = 2000  # milliseconds of a call after which the others come first for as long as it took
AT_ONCE = 2  # calls of one process; its other threads deliver mail and let time pass
_callers = threading.BoundedSemaphore(AT_ONCE)
SLOW_DOWN = frozenset({429, 503})
GONE = 410


@dataclass(frozen=True)
class Call:
    """What is needed to call, read in one short transaction."""

    name: str
    url: str
    body: bytes
    headers: dict[str, str]
    own_headers: dict[str, str]
    secret: str
    timeout: int
    rests_until: datetime | None = None


def call_waiting(desk: Desk, handlers: Mapping[str, Handler]) -> int:
    """Call whoever is to be called now, unless enough of this process are at it already."""
    if not _callers.acquire(blocking=False):
        return 0
    try:
        return drain(desk, handlers, only=TOPIC)
    finally:
        _callers.release()


def secret_of(settings: Settings, webhook: Webhook) -> str:
    """What signs the calls of a webhook; made anew each time, kept nowhere."""
    key = settings.secret.encode()
    return "whsec_" + hmac.new(key, f"webhook {webhook.salt}".encode(), hashlib.sha256).hexdigest()


def sealed_header(settings: Settings, webhook_name: str, header: str, value: str) -> str:
    """The value of a header as it is stored."""
    return seal(settings.secret, _place(webhook_name, header), value)


def _place(webhook_name: str, header: str) -> str:
    return f"webhook {webhook_name} {header.lower()}"


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of the header `Vorgang-Signature`."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def call_webhook(desk: Desk, task: Task) -> After | None:
    """Make one try; raises `Later`, `Temporary` or `Permanent` where it has to be told again."""
    call = desk.read(lambda work: _call(work, task))
    if call is None:
        return None
    now = desk.clock()
    if call.rests_until is not None and now < call.rests_until:
        raise Later(f"{call.name} did not answer lately.", call.rests_until, tried=False)
    settings = desk.settings
    signed = {"Vorgang-Signature": signature(call.secret, int(now.timestamp()), call.body)}
    try:
        answer = web_call.post(
            call.url, call.body, call.headers | signed, at_home=call.own_headers,
            reach=reach_of(settings.webhook_allow, settings.webhook_ports),
            timeout=call.timeout, trusted=settings.webhook_ca,
        )  # fmt: skip
    except VorgangError as error:
        _note(desk, task, Answer(0), error.message, unreachable=isinstance(error, Temporary))
        if isinstance(error, Temporary) and task.tries >= MOST_TRIES:
            raise Permanent(error.message) from error
        raise
    if 200 <= answer.status < 300:
        return _done(task, answer)
    return _refused(desk, task, answer)


def give_up_webhook(work: Work, task: Task, reason: str) -> None:
    """It is not tried any more: the ticket says so, and the page offers to send it again."""
    delivery = work.session.get(WebhookDelivery, task.payload.get("delivery_id") or 0)
    if delivery is None:
        return
    delivery.problem = reason[:2000]
    for one in _notifications(work, task):
        one.state, one.why, one.done_at = "failed", "", work.now
    if delivery.ticket_id is not None:
        record(work, delivery.ticket_id, "webhook", delivery.webhook.name, "failed", reason=reason)


def _call(work: Work, task: Task) -> Call | None:
    """What to send; None where the webhook is there no more."""
    delivery = work.session.get(WebhookDelivery, task.payload.get("delivery_id") or 0)
    if delivery is None:
        return None
    webhook, test = delivery.webhook, delivery.event == TEST
    if any(told_now(work, one) in ("right", "gone") for one in _notifications(work, task)):
        raise Permanent("Whoever this was for may not read it any more.")
    if not webhook.active and not test:
        raise Permanent("This webhook is switched off.")
    call = Call(
        name=webhook.name,
        url=webhook.url,
        body=delivery.body.encode(),
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Vorgang",
            "Connection": "close",
            "Vorgang-Delivery": delivery.key,
            "Vorgang-Event": delivery.event,
        },
        own_headers=_own_headers(work.desk.settings, webhook),
        secret=secret_of(work.desk.settings, webhook),
        timeout=webhook.timeout,
        rests_until=webhook.rests_until,
    )
    return replace(call, rests_until=None) if test else call


def _notifications(work: Work, task: Task) -> Iterable[NotificationDelivery]:
    """What people are told by this call; none where a rule makes it."""
    mine = NotificationDelivery.outbox_id == task.id, NotificationDelivery.channel == TOPIC
    return work.session.scalars(select(NotificationDelivery).where(*mine)).all()


def _own_headers(settings: Settings, webhook: Webhook) -> dict[str, str]:
    try:
        return {
            str(name): unseal(settings.secret, _place(webhook.name, name), str(value))
            for name, value in webhook.headers
        }
    except Invalid as error:
        raise Permanent(error.message) from error


def _done(task: Task, answer: Answer) -> After:
    def after(work: Work) -> None:
        _write(work, task, answer, "")

    return after


def _refused(desk: Desk, task: Task, answer: Answer) -> After | None:
    """What an answer that is no success means."""
    reason = f"The answer was {answer.status}."
    _note(desk, task, answer, reason)
    if answer.status == GONE:
        desk.run(lambda work: _switch_off(work, task), SYSTEM, CAUSE)
        raise Permanent(reason)
    if task.tries >= MOST_TRIES:
        raise Permanent(reason)
    now = desk.clock()
    seconds = web_call.retry_seconds(answer, now, LONGEST_WAIT)
    if answer.status in SLOW_DOWN and seconds is not None:
        raise Later(reason, now + timedelta(seconds=seconds))
    raise Temporary(reason)


def _note(
    desk: Desk, task: Task, answer: Answer, problem: str, *, unreachable: bool = False
) -> None:
    """Write down a try that came to nothing; whoever does not answer is left alone for a while."""

    def write(work: Work) -> None:
        delivery = _write(work, task, answer, problem)
        if delivery is not None and unreachable:
            webhook = delivery.webhook
            webhook.failures += 1
            _rest(work, webhook, min(pause(webhook.failures), LONGEST_REST))

    desk.run(write, SYSTEM, CAUSE)


def _write(work: Work, task: Task, answer: Answer, problem: str) -> WebhookDelivery | None:
    delivery = work.session.get(WebhookDelivery, task.payload.get("delivery_id") or 0)
    if delivery is None:
        return None
    delivery.tried_at, delivery.status = work.now, answer.status or None
    delivery.milliseconds, delivery.answer = answer.milliseconds, answer.text
    delivery.problem = problem[:2000]
    if answer.status:
        wake(work, delivery.webhook)
        if answer.milliseconds >= SLOW:
            _rest(work, delivery.webhook, timedelta(milliseconds=answer.milliseconds))
    return delivery


def wake(work: Work, webhook: Webhook) -> None:
    """There is somebody again: what only waited for that is due."""
    rested, webhook.failures, webhook.rests_until = webhook.rests_until, 0, None
    if rested is not None and rested > work.now:
        put_off = update(OutboxRow).where(*_waiting(webhook), OutboxRow.due_at == rested)
        work.session.execute(put_off.values(due_at=work.now))


def _rest(work: Work, webhook: Webhook, pause: timedelta) -> None:
    """Leave it alone for a while: all that waits for it is put off together, not one by one."""
    until = webhook.rests_until = work.now + pause
    due = update(OutboxRow).where(*_waiting(webhook), OutboxRow.due_at < until)
    work.session.execute(due.values(due_at=until))


def _waiting(webhook: Webhook) -> list[ColumnElement[bool]]:
    """The rows of its deliveries that nobody is at; an admin's test does not wait."""
    mine = exists().where(
        WebhookDelivery.outbox_id == OutboxRow.id,
        WebhookDelivery.webhook_id == webhook.id,
        WebhookDelivery.event != TEST,
    )
    free = OutboxRow.claimed_until.is_(None)
    return [OutboxRow.status == "waiting", OutboxRow.topic == TOPIC, free, mine]


def _switch_off(work: Work, task: Task) -> None:
    """The other side does not want to be called any more."""
    delivery = work.session.get(WebhookDelivery, task.payload.get("delivery_id") or 0)
    if delivery is not None and delivery.webhook.active:
        delivery.webhook.active = False
        delivery.webhook.stopped = "The other side answered 410: it is there no more."
        record_desk(work, "webhook switched off", name=delivery.webhook.name, status=GONE)
