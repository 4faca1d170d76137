"""A webhook is delivered at least once, signed, and given up where everybody sees it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.channels import reach as network
from engine.commands import webhooks as commands
from engine.outbox import drain, webhooks
from engine.outbox.models import OutboxRow
from engine.outbox.webhook_models import Webhook, WebhookDelivery
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
    assert row.due_at == clock.now + timedelta(seconds=5)
    clock.move(seconds=4)
    deliver()
    assert len(web_sink.calls) == 1
    clock.move(seconds=1)
    deliver()
    assert state(town)[1].due_at == clock.now + timedelta(seconds=10)
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
    assert state(town)[1].due_at == clock.now + timedelta(seconds=seconds)


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
