"""What a dry run tells of a ticket's past is what the rules were really asked.

Tickets lead lives by the desk's own commands; every question put to the rules is noted, with all
facts. The past that is told from their history must ask the same, of the same facts.
"""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.catalogue.models import CustomField
from engine.channels.mail_in import parse_mail
from engine.commands.api_tickets import api_change
from engine.commands.articles import add_note, customer_answer, forward, reply
from engine.commands.candidates import read_rules
from engine.commands.due import fire_timer
from engine.commands.intake import deliver
from engine.commands.pending import set_pending
from engine.commands.publish import publish_rules
from engine.commands.reclassify import reclassify
from engine.commands.rules_history import pasts
from engine.commands.steps import claim, complete_step
from engine.commands.tickets import change_ticket, close_ticket, reopen_ticket
from engine.commands.undo import Remembered, take_back
from engine.errors import VorgangError
from engine.rules.release import Release
from engine.tickets import queries
from engine.tickets.models import Ticket
from engine.timers.sweep import sweep
from tests.engine.commands.test_intake import mail
from tests.town import ROOT

SPY = """ruleset: spy
title: {de: A, en: A}
events: [ticket.arrived, ticket.created, ticket.changed, article.added, step.entered, clock.warning,
         clock.breached, process.ended, time.passed, mail.received]
rules:
  - id: tagger
    title: {de: A, en: A}
    events: [ticket.changed]
    when: {all: [{fact: ticket.priority, op: changed}]}
    then: [{add_tag: prio}, {set: {custom.place: Ulm}}]
  - id: prio
    title: {de: A, en: A}
    events: [ticket.changed]
    when: {all: [{fact: ticket.queue, op: is, value: Network}, {fact: ticket.tags, op: changed}]}
    then: [{set: {priority: 5}}]
"""
ANSWERS = (
    {"queue": "Network::VPN", "impact": "person", "priority": "4 high"},
    {"result": "solved", "solution": "Fixed"},
    {"answer": "Yes", "decision": "yes", "result": "question", "question": "Which one?"},
)
KNOWN_OF_A_MAIL = {
    "ticket.title", "ticket.body", "ticket.channel", "customer.email", "customer.domain",
    "customer.name", "mail.automatic", "mail.no_reply",
}  # fmt: skip
CHOICES = {
    "queue": ("Network", "Service Desk", "Network::VPN", "HR"),
    "priority": (1, 2, 3, 4, 5),
    "title": ("Printer", "VPN again", "'\u202e<b>\U0001f600"),
    "owner": ("agnes@example.com", "bruno@example.com", ""),
    "responsible": ("agnes@example.com", ""),
    "customer": ("clara@example.org", "sam@example.net", ""),
    "custom": ({"place": "Ulm"}, {"place": ""}, {"size": "3", "free": "[1, 2]"}, {"free": "x"}),
    "state": ("open", "waiting for customer", "resolved", "closed successful"),
    "service": ("Workplace", "E-mail", ""),
    "type": ("incident", "question"),
}


class Life:
    """One ticket, and what may happen to it."""

    def __init__(self, town, clock, seed):
        self.town, self.clock, self.dice = town, clock, random.Random(seed)
        self.subject, self.taken_back = f"VPN {seed}", ""
        self.by_mail = self.dice.random() < 0.3
        if self.by_mail:
            raw = mail(subject=self.subject, id=f"<{seed}@example.org>")
            self.number = deliver(town.desk, parse_mail(raw)).ticket
        else:
            kind = self.dice.choice(["incident", "question", "complaint", "service request"])
            self.number = town.report(title=self.subject, type=kind, body="It is slow. " * 50)

    def goes_on(self):
        self.clock.move(seconds=7, minutes=self.dice.choice([0, 30, 200, 1500]))
        if self.dice.random() < 0.5:
            sweep(self.town.desk, fire_timer)
        what = self.dice.choice([self.change, self.undo, self.article, self.step, self.state])
        by = "clara" if what == self.article and self.dice.random() < 0.5 else "ada"
        with suppress(VorgangError, IndexError):
            self.town.do(by, self.number, lambda work, ticket: what(work, ticket) and None)
        if what == self.undo and self.taken_back:
            self.clock.move(seconds=9)
            token, self.taken_back = self.taken_back, ""
            self.town.desk.run(lambda work: take_back(work, token) and None, self.town.actor("ada"))

    def change(self, work, ticket):
        names = self.dice.sample(sorted(CHOICES), self.dice.randrange(1, 4))
        change_ticket(work, ticket, {name: self.dice.choice(CHOICES[name]) for name in names})

    def undo(self, work, ticket):
        memory = Remembered(work, "change")
        with memory.ticket(ticket):
            change_ticket(work, ticket, {"priority": self.dice.randrange(1, 6), "queue": "Network"})
        self.taken_back = memory.token()

    def article(self, work, ticket):
        if work.actor.is_agent:
            self.dice.choice([reply, add_note, lambda w, t, text: forward(w, t, "a@b.de", text)])(
                work, ticket, "We look into it."
            )
        else:
            customer_answer(work, ticket, "Still broken")

    def step(self, work, ticket):
        item = queries.open_items(work.session, ticket)[0]
        if self.dice.random() < 0.3:
            claim(work, item)
        else:
            complete_step(work, item, self.dice.choice(ANSWERS))

    def tags(self, work, ticket):
        api_change(work, ticket, {"tags": self.dice.sample("abc", 2), "version": ticket.version})

    def state(self, work, ticket):
        verbs = [
            close_ticket, reopen_ticket,
            lambda w, t: set_pending(w, t, w.now + timedelta(hours=self.dice.randrange(1, 30))),
            self.tags,
            lambda w, t: reclassify(w, t, "question" if t.type.name == "incident" else "incident"),
        ]  # fmt: skip
        if ticket.pending_until is not None:
            del verbs[1]  # looks like a change of the state by hand
        self.dice.choice(verbs)(work, ticket)


@pytest.fixture
def asked(town, tmp_path, monkeypatch):
    """What the rules are asked from now on, by the number of the ticket or a mail's subject."""
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    (folder / "spy.yaml").write_text(SPY)
    rules = read_rules(folder)

    def prepare(work):
        for name, kind in (("place", "choice"), ("size", "number"), ("free", "text")):
            field = CustomField(name=name, kind=kind, title={"de": name, "en": name})
            field.choices = ["Ulm"] if kind == "choice" else []
            work.session.add(field)
        work.session.flush()
        publish_rules(work, rules)

    town.desk.run(prepare)
    found, really = defaultdict(list), Release.evaluate

    def noted(self, ruleset, facts, *, event=None, changed=None, skip=frozenset(), now, **more):
        subject = facts.get("ticket.number", facts["ticket.title"])
        found[subject].append((ruleset, event or "", now, dict(facts), dict(changed or {}), skip))
        given = {"event": event, "changed": changed, "skip": skip, "now": now, **more}
        return really(self, ruleset, facts, **given)

    monkeypatch.setattr(Release, "evaluate", noted)
    return found


def told_of(town, number):
    def question(work):
        ids = [work.session.scalar(select(Ticket.id).where(Ticket.number == number))]
        return pasts(work.session, ids, texts=True)[0]

    return town.desk.read(question)


def facts_of(facts, only=()):
    """What is there; what a process was told by a form no history keeps."""
    return {
        name: value
        for name, value in facts.items()
        if value not in ("", None, []) and not name.startswith("form.") and name in (only or facts)
    }


def comparable(ruleset, event, at, facts, changed, skip):
    pairs = {name: tuple(pair) for name, pair in changed.items()}
    return [
        str(at),
        event,
        ruleset,
        str(sorted(pairs.items())),
        sorted(skip),
        sorted(facts.items()),
    ]


def really_asked(life, asked):
    arrival = asked[life.subject] if life.by_mail else []
    return [
        comparable(name, event, at, facts_of(facts, known_of(event)), changed, skip)
        for name, event, at, facts, changed, skip in [*arrival, *asked[life.number]]
        if name == "spy" or not event
    ]


def known_of(event):
    """What is known of a message later on; to which address it went, for one, is not."""
    return KNOWN_OF_A_MAIL if event == "mail.received" else ()


@pytest.mark.by_turns
@pytest.mark.parametrize("seed", range(8))
def test_rules_were_asked_what_is_told(town, clock, asked, seed):
    life = Life(town, clock, seed)
    for _ in range(life.dice.randrange(2, 9)):
        life.goes_on()
    clock.move(hours=30)
    sweep(town.desk, fire_timer)
    told = []
    for moment in told_of(town, life.number).moments:
        if moment.event or moment.ruleset:
            name = moment.ruleset or "spy"
            facts = facts_of(moment.seen_by(name), known_of(moment.event))
            told.append(
                comparable(name, moment.event, moment.at, facts, moment.changed, moment.skip)
            )
    assert sorted(told, key=str) == sorted(really_asked(life, asked), key=str)
