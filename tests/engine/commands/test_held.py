"""What was held back can be taken in or put aside, by admins, once, and the desk remembers."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.cli.group import vorgang
from engine.commands import intake
from engine.commands.held import of_sender, original_of, put_aside, take_in
from engine.errors import NotAllowed, NotFound
from engine.health import report
from engine.mail_door import take
from engine.outbox.faq_index import rebuild
from engine.tickets.models import InboundMessage
from tests.engine.commands.test_intake import mail


@pytest.fixture
def flood(town, monkeypatch):
    """Three messages of Clara, the second and third of which are held; their ids."""
    monkeypatch.setattr(intake, "MESSAGES_PER_HOUR", 1)
    rebuild(town.desk)
    outcomes = [
        take(
            town.desk,
            b"X-Vorgang-Priority: 5 very high\r\nX-Vorgang-Queue: HR\r\n"
            + mail(id=f"<flood{n}@x>", subject=f"Alarm {n}"),
            trusted=True,
        ).outcome
        for n in range(3)
    ]
    assert outcomes == ["created", "held", "held"]
    query = select(InboundMessage.id).where(InboundMessage.outcome == "held")
    return town.desk.read(lambda w: list(w.session.scalars(query.order_by(InboundMessage.id))))


def test_what_is_held_is_something_to_do_until_it_is_done(town, flood):
    assert any("vorgang inbound list" in problem for problem in report(town.desk)["problems"])
    receipt = town.desk.run(lambda w: take_in(w, flood[0]), town.actor("ada"))
    assert receipt.outcome == "created"
    ticket = town.see(receipt.ticket, lambda w, t: (t.title, t.priority.rank, t.queue.name))
    assert ticket == ("Alarm 1", 5, "HR")
    town.desk.run(lambda w: put_aside(w, flood[1]), town.actor("ada"))
    assert report(town.desk)["problems"] == []
    remembered = town.desk.read(
        lambda w: [
            (e.what, e.actor, e.detail["id"])
            for e in w.session.scalars(select(DeskEntry).order_by(DeskEntry.id))
            if e.what.startswith("message")
        ]
    )
    assert remembered == [
        ("message taken in", "Ada Vogt", flood[0]),
        ("message put aside", "Ada Vogt", flood[1]),
    ]
    row = town.desk.read(lambda w: w.session.get(InboundMessage, flood[1]))
    assert (row.outcome, row.reason) == ("ignored", "put aside by Ada Vogt")


@pytest.mark.parametrize("decide", [take_in, put_aside])
def test_it_is_decided_once_and_by_admins_only(town, flood, decide):
    for name in ("agnes", "clara", "olga"):
        with pytest.raises(NotAllowed):
            town.desk.run(lambda w: decide(w, flood[0]), town.actor(name))
    town.desk.run(lambda w: decide(w, flood[0]), town.actor("ada"))
    for odd in (flood[0], 4711):
        with pytest.raises(NotFound):
            town.desk.run(lambda w, odd=odd: decide(w, odd), town.actor("ada"))


def test_all_of_a_sender_at_once(town, flood):
    done = town.desk.run(lambda w: of_sender(w, flood[0], take_in), town.actor("ada"))
    assert done == (2, 0)


def test_the_original_of_what_became_nothing_can_be_had(town, flood):
    name, data = town.desk.read(lambda w: original_of(w, flood[0]), town.actor("ada"))
    assert name.endswith(".eml")
    assert b"Alarm 1" in data
    with pytest.raises(NotAllowed):
        town.desk.read(lambda w: original_of(w, flood[0]), town.actor("agnes"))
    taken = town.desk.read(
        lambda w: w.session.scalar(
            select(InboundMessage.id).where(InboundMessage.outcome == "created")
        )
    )
    with pytest.raises(NotFound):
        town.desk.read(lambda w: original_of(w, taken), town.actor("ada"))


def test_the_command_line_lists_and_decides(town, flood, monkeypatch):
    monkeypatch.setenv("VORGANG_HOME", str(town.desk.settings.home))
    monkeypatch.setenv("VORGANG_DATABASE_URL", town.desk.settings.database_url)

    def call(*arguments):
        done = CliRunner().invoke(vorgang, ["inbound", *arguments], standalone_mode=False)
        assert done.exception is None, done.exception
        return done.return_value, done.stdout.splitlines()

    lines = call("list", "--json")[1]
    assert [json.loads(line)["id"] for line in lines] == [flood[1], flood[0]]
    assert json.loads(call("ignore", str(flood[0]))[1][0])["outcome"] == "ignored"
    code, lines = call("release", "--sender", "Clara@example.org")
    assert [json.loads(line)["outcome"] for line in lines] == ["created"]
    assert code == 0
    assert call("list")[1] == ["No message is held back."]
    assert call("release", str(flood[0]))[0] == 1
