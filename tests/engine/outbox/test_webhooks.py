"""A webhook is delivered at least once, signed, and given up where everybody sees it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from engine.audit.models import DeskEntry
from engine.channels import reach as network
from engine.channels import web_call
from engine.commands import webhooks as commands
from engine.errors import Invalid
from engine.outbox import drain, webhooks
from engine.outbox.models import OutboxRow
from engine.outbox.webhook_models import Webhook, WebhookDelivery
from engine.tasks import DELIVERY
from engine.tickets import queries
from tests.web_sink import Reply


@pytest.fixture
def opened(town, web_sink):
    """The town may call the sink, and has a webhook of that name."""
    town.desk.settings = replace(town.desk.settings, webhook_allow="127.0.0.1")
    made = {}

    def make(work):
        values = {"name": "sink", "url": web_sink.url, "timeout": "5", "headers": "X-Key: abc"}
        made["secret"] = commands.create_webhook(work, values)[1]

    town.desk.run(make, town.actor("ada"))
    return made["secret"]


@pytest.fixture
def called(town, opened):
    """`called()` asks for a call as a rule would; returns the ticket's number."""

    def ask():
        number = town.report()
        town.see(number, lambda work, ticket: None)
        town.desk.run(lambda work: commands.call_webhook(work, ticket_of(work, number), "sink").id)
        return number

    return ask


def ticket_of(work, number):
    from engine.tickets.access import ticket_for

    return ticket_for(work, number)


def about(seconds):
    """The least of a pause, which is spread a little."""
    return timedelta(seconds=seconds) * drain.SPREAD[0]


def state(town):
    """The last delivery and its row of the outbox."""

    def look(work):
        one = work.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()[-1]
        return one, work.session.get_one(OutboxRow, one.outbox_id)

    return town.desk.read(look)


def test_a_call_carries_the_ticket_and_is_signed(town, opened, called, web_sink, deliver, clock):
    number = called()
    deliver()
    (call,) = web_sink.calls
    said = json.loads(call.body)
    assert said["ticket"]["number"] == number
    assert said["ticket"]["title"] == "VPN drops"
    assert said["ticket"]["url"].endswith(f"/tickets/{number}")
    assert "It happens every hour." not in call.body.decode()
    assert (said["delivery"], said["event"]) == (
        call.headers["Vorgang-Delivery"], call.headers["Vorgang-Event"])  # fmt: skip
    assert call.headers["X-Key"] == "abc"
    at, signed = (part.partition("=")[2] for part in call.headers["Vorgang-Signature"].split(","))
    expected = hmac.new(opened.encode(), at.encode() + b"." + call.body, hashlib.sha256)
    assert hmac.compare_digest(expected.hexdigest(), signed)
    assert int(at) == int(clock.now.timestamp())
    delivery, row = state(town)
    assert (row.status, delivery.status, delivery.answer, delivery.problem) == (
        "done", 200, "ok", "")  # fmt: skip


def test_it_is_tried_again_after_growing_pauses_until_it_works(
    town, called, web_sink, deliver, clock
):
    web_sink.answers(Reply(500, b"oops"), Reply(404), Reply(200))
    called()
    deliver()
    delivery, row = state(town)
    assert (row.status, row.tries, delivery.status, delivery.answer) == ("waiting", 1, 500, "oops")
    assert about(5) <= row.due_at - clock.now <= timedelta(seconds=5)
    clock.move(seconds=4)
    deliver()
    assert len(web_sink.calls) == 1
    clock.move(seconds=1)
    deliver()
    assert about(10) <= state(town)[1].due_at - clock.now <= timedelta(seconds=10)
    clock.move(seconds=10)
    deliver()
    assert state(town)[1].status == "done"
    assert len({call.headers["Vorgang-Delivery"] for call in web_sink.calls}) == 1
    assert len({call.body for call in web_sink.calls}) == 1
    assert len({call.headers["Vorgang-Signature"] for call in web_sink.calls}) == 3


def test_what_never_works_is_given_up_seen_and_sent_again_by_hand(
    town, called, web_sink, deliver, clock
):
    web_sink.answers(*(Reply(500) for _ in range(webhooks.MOST_TRIES)))
    number = called()
    for _ in range(webhooks.MOST_TRIES + 5):
        deliver()
        clock.move(hours=1)
    delivery, row = state(town)
    assert (len(web_sink.calls), row.status) == (webhooks.MOST_TRIES, "dead")
    history = town.see(number, lambda work, ticket: queries.history(work.session, ticket))
    assert ("sink", "failed") in [(h.before, h.after) for h in history if h.what == "webhook"]

    def again(work):
        hook = work.session.scalars(select(Webhook)).one()
        commands.resend(work, hook, delivery.id)

    town.desk.run(again, town.actor("ada"))
    deliver()
    assert state(town)[1].status == "done"
    assert len({call.headers["Vorgang-Delivery"] for call in web_sink.calls}) == 1


@pytest.mark.parametrize(("said", "seconds"), [("60", 60), ("2", 5), ("9999999", 6 * 3600)])
def test_the_other_side_says_when_within_bounds(
    town, called, web_sink, deliver, clock, said, seconds
):
    web_sink.answers(Reply(429, headers={"Retry-After": said}))
    called()
    deliver()
    waits = state(town)[1].due_at - clock.now
    assert (about(seconds) if said == "2" else timedelta(seconds=seconds)) <= waits
    assert waits <= timedelta(seconds=seconds)


def test_who_is_gone_is_not_called_again_and_admins_are_told(town, called, web_sink, deliver):
    web_sink.answers(Reply(410))
    called()
    deliver()
    hook = town.desk.read(lambda work: work.session.scalars(select(Webhook)).one())
    assert (hook.active, "410" in hook.stopped) == (False, True)
    assert state(town)[1].status == "dead"
    told = town.desk.read(lambda work: [one.what for one in work.session.scalars(
        select(DeskEntry))])  # fmt: skip
    assert "webhook switched off" in told


def test_a_death_after_the_call_delivers_twice_under_one_id(
    town, called, web_sink, deliver, clock, monkeypatch
):
    class Killed(BaseException):
        pass

    real = drain._mark_done

    def die(desk, task, after):
        if task.topic == "webhook":
            raise Killed
        real(desk, task, after)

    called()
    with monkeypatch.context() as patched:
        patched.setattr(drain, "_mark_done", die)
        with pytest.raises(Killed):
            deliver()
    drain.release_claims(town.desk)
    clock.move(minutes=1)
    deliver()
    assert state(town)[1].status == "done"
    ids = [json.loads(call.body)["delivery"] for call in web_sink.calls]
    assert (len(ids), len(set(ids))) == (2, 1)


def test_who_does_not_answer_keeps_nobody_waiting(town, called, web_sink, deliver, clock):
    """One call finds out that nobody is there; the others wait without being tried."""
    town.desk.run(lambda work: _point(work, "http://127.0.0.1:1/"))
    for _ in range(3):
        called()
    deliver()
    tries = town.desk.read(lambda work: sorted(work.session.scalars(
        select(OutboxRow.tries).where(OutboxRow.topic == "webhook"))))  # fmt: skip
    assert tries == [0, 0, 1]
    town.desk.run(lambda work: _point(work, web_sink.url))
    clock.move(minutes=1)
    deliver()
    assert len(web_sink.calls) == 3


def _point(work, url):
    hook = work.session.scalars(select(Webhook)).one()
    hook.url = url


def test_a_name_that_leads_inside_is_dead_at_once(town, called, deliver, monkeypatch):
    monkeypatch.setattr(network, "resolve", lambda host, port: ["10.0.0.7"])
    called()
    deliver()
    delivery, row = state(town)
    assert (row.status, delivery.status) == ("dead", None)
    assert "inner network" in delivery.problem


def test_a_redirect_inside_is_dead_at_once(town, called, web_sink, deliver):
    web_sink.answers(Reply(302, headers={"Location": f"http://127.0.0.2:{web_sink.port}/"}))
    called()
    deliver()
    assert (state(town)[1].status, len(web_sink.calls)) == ("dead", 1)


def test_a_test_reaches_also_what_is_switched_off(town, opened, web_sink, deliver):
    def ask(work):
        hook = work.session.scalars(select(Webhook)).one()
        hook.active = False
        commands.send_test(work, hook)

    town.desk.run(ask, town.actor("ada"))
    deliver()
    (call,) = web_sink.calls
    assert call.headers["Vorgang-Event"] == "test"
    assert json.loads(call.body)["ticket"]["title"] == "Test of Vorgang"


def test_what_is_switched_off_is_not_called(town, called, web_sink, deliver):
    called()
    town.desk.run(lambda work: setattr(work.session.scalars(select(Webhook)).one(),
                                       "active", False))  # fmt: skip
    deliver()
    assert (state(town)[1].status, web_sink.calls) == ("dead", [])


def _another(town, url, name="alive"):
    values = {"name": name, "url": url, "timeout": "5"}
    town.desk.run(lambda work: commands.create_webhook(work, values)[0].id, town.actor("ada"))


def _queue(town, name, count):
    """Let this many calls of a webhook wait, without a rule for each."""

    def fill(work):
        hook = work.session.scalars(select(Webhook).where(Webhook.name == name)).one()
        values = {"topic": "webhook", "payload": {}, "due_at": work.now, "created_at": work.now,
                  "status": "waiting", "tries": 0, "breaks": 0, "last_error": ""}  # fmt: skip
        rows = work.session.scalars(
            insert(OutboxRow).returning(OutboxRow.id), [values] * count
        ).all()
        made = work.session.scalars(insert(WebhookDelivery).returning(WebhookDelivery), [
            {"key": f"{name}{row}", "webhook_id": hook.id, "outbox_id": row, "event": "x",
             "rule": "", "body": "{}", "created_at": work.now, "milliseconds": 0, "answer": "",
             "problem": ""}
            for row in rows
        ]).all()  # fmt: skip
        for one in made:
            work.session.get(OutboxRow, one.outbox_id).payload = {"delivery_id": one.id}

    town.desk.run(fill)


def test_thousands_that_wait_for_a_dead_one_hold_nobody_up(town, opened, web_sink, deliver, clock):
    deliver()
    town.desk.run(lambda work: _point(work, "http://127.0.0.1:1/"))
    _queue(town, "sink", 2000)
    _another(town, web_sink.url)
    _queue(town, "alive", 2)
    assert drain.drain(town.desk, DELIVERY, limit=3) == 3  # one tries in vain, two arrive
    assert len(web_sink.calls) == 2
    clock.move(minutes=1)
    assert drain.drain(town.desk, DELIVERY, limit=9) == 1  # again one alone tries for all
    first = select(Webhook).where(Webhook.name == "sink")
    town.desk.run(lambda work: setattr(work.session.scalars(first).one(), "url", web_sink.url))
    clock.move(minutes=2)
    assert drain.drain(town.desk, DELIVERY, limit=20) == 20
    assert len(web_sink.calls) == 22


def test_a_slow_one_lets_the_others_pass(town, opened, web_sink, deliver, clock, monkeypatch):
    deliver()
    _queue(town, "sink", 20)
    _another(town, web_sink.url)
    _queue(town, "alive", 2)
    called = []

    def post(url, body, headers, **more):
        called.append(headers["Vorgang-Delivery"].rstrip("0123456789"))
        return web_call.Answer(200, milliseconds=4000 if called[-1] == "sink" else 10)

    monkeypatch.setattr(web_call, "post", post)
    drain.drain(town.desk, DELIVERY)
    assert called == ["sink", "alive", "alive"]
    clock.move(seconds=5)
    drain.drain(town.desk, DELIVERY)
    assert called[3:] == ["sink"]


def test_mail_does_not_wait_behind_webhooks(town, called, web_sink):
    called()
    assert drain.drain(town.desk, DELIVERY, but="webhook") > 0
    assert web_sink.calls == []
    assert webhooks.call_waiting(town.desk, DELIVERY) == 1
    assert len(web_sink.calls) == 1


def test_at_most_two_threads_of_a_worker_call(town, called, monkeypatch):
    called()
    inner = []

    def post(url, body, headers, **more):
        inner.append(webhooks.call_waiting(town.desk, DELIVERY) if len(inner) < 3 else None)
        return web_call.Answer(200)

    monkeypatch.setattr(web_call, "post", post)
    for _ in range(3):
        called()
    assert webhooks.call_waiting(town.desk, DELIVERY) >= 1
    assert inner[0] == 0  # the third at once, asked for from inside the second


def test_what_is_deleted_while_it_is_called_is_gone(town, called, deliver, monkeypatch):
    called()

    def post(url, body, headers, **more):
        def delete(work):
            commands.delete_webhook(work, work.session.scalars(select(Webhook)).one())

        town.desk.run(delete, town.actor("ada"))
        return web_call.Answer(500, "no")

    monkeypatch.setattr(web_call, "post", post)
    deliver()
    for table in (Webhook, WebhookDelivery, OutboxRow):
        left = town.desk.read(lambda work, t=table: list(work.session.scalars(select(t))))
        assert not [one for one in left if getattr(one, "topic", "webhook") == "webhook"]


def test_with_another_secret_nothing_is_called_and_that_is_said(town, called, web_sink, deliver):
    called()
    town.desk.settings = replace(town.desk.settings, secret="another one " * 5)
    deliver()
    delivery, row = state(town)
    assert (row.status, web_sink.calls) == ("dead", [])
    assert "cannot be opened" in row.last_error
    assert "cannot be opened" in delivery.problem


def test_what_failed_together_is_not_tried_again_together(town, opened, web_sink, deliver):
    web_sink.answers(*(Reply(500) for _ in range(12)))
    _queue(town, "sink", 12)
    deliver()
    due = town.desk.read(lambda work: list(work.session.scalars(
        select(OutboxRow.due_at).where(OutboxRow.topic == "webhook"))))  # fmt: skip
    assert len(set(due)) > 6


def test_whom_we_call_may_not_set_off_calls_without_end(town, opened, web_sink):
    """It changes the ticket by our API when it is called, a rule hears of that, and so on."""
    number = town.report()
    call = lambda work: commands.call_webhook(work, ticket_of(work, number), "sink").id  # noqa: E731
    for _ in range(commands.MOST_AN_HOUR):
        town.desk.run(call)
    with pytest.raises(Invalid, match="50 times within an hour"):
        town.desk.run(call)
    other = town.report()
    town.desk.run(lambda work: commands.call_webhook(work, ticket_of(work, other), "sink").id)
