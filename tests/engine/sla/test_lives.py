"""Tickets lead lives by the real commands, and their clocks say what a person would who watched.

Whoever watches knows nothing of what is written down about clocks: only the messages, the state,
the rest of the process and the SLA that each ticket shows after every step.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select

from engine.catalogue.models import ENDED_TYPES
from engine.channels.mail_in import parse_mail
from engine.commands.articles import add_note, customer_answer, reply
from engine.commands.candidates import read_promises, read_rules
from engine.commands.clocks import seconds_left
from engine.commands.clocks_recount import differing
from engine.commands.due import fire_timer
from engine.commands.intake import deliver
from engine.commands.pending import set_pending
from engine.commands.publish import publish_rules, publish_slas
from engine.commands.steps import complete_step
from engine.commands.tickets import change_ticket, close_ticket, reopen_ticket
from engine.commands.undo import Remembered, take_back
from engine.errors import VorgangError
from engine.invariant import ended, moving, standing, tickets, timers
from engine.invariant.looking import walk
from engine.sla.calendars import load_calendars
from engine.sla.happenings import Happening, Promise
from engine.sla.models import TicketClock
from engine.sla.targets import load_slas
from engine.tickets import queries
from engine.tickets.models import Article, Ticket
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from tests.engine.commands.test_intake import mail
from tests.engine.sla.test_clockwork import broken, expected
from tests.town import ROOT

# What the audit asks about tickets, their processes and timers.
LOOKS = (ended.RUNNING, ended.LEFT_BEHIND, standing.LOOK, ended.AT_NO_TIME, timers.ASTRAY,
         timers.LAID_ASIDE, timers.REMINDERS, tickets.LOOK, tickets.OPEN, moving.LOOK)  # fmt: skip
SLAS = """
  care:
    {title: Care, calendar: standard, first_response: PT2H, update: PT3H, solution: PT12H,
     update_counts: each_contact, warn_percent: [50, 75], escalate_after: [PT1H, PT3H],
     rests_in: [waiting for customer, pending reminder]}
  talk: {title: Talk, calendar: always, update: PT4H, solution: PT48H, warn_percent: 50}
"""
RULES = """ruleset: promises
title: {de: A, en: A}
events: [ticket.changed]
rules:
  - id: high
    title: {de: A, en: A}
    when: {all: [{fact: ticket.priority, op: changed_to, value: 5}]}
    then: [{set: {sla: care}}]
  - id: low
    title: {de: A, en: A}
    when: {all: [{fact: ticket.priority, op: changed_to, value: 1}]}
    then: [{set: {sla: talk}}]
"""
HOURS = ("08:00-17:00", "09:00-12:00", "00:00-24:00")
ANSWERS: tuple[dict[str, Any], ...] = (
    {"queue": "Network::VPN", "impact": "person", "priority": "4 high"},
    {"work_result": "solved", "message": "Done.", "settled": "no", "comment": "It still drops."},
    {"work_result": "ask", "message": "Which one?", "settled": "yes", "comment": ""},
)
NAMES = (None, "standard", "gold", "care", "talk")


class Life(RuleBasedStateMachine):
    """One ticket after the other; `town`, `clock` and `folder` are set by the test."""

    town: Any
    clock: Any
    folder: Path
    candidate: Any
    count = 0

    @initialize(sla=st.sampled_from(NAMES), by_mail=st.booleans(), hour=st.integers(0, 400))
    def begin(self, sla: str | None, by_mail: bool, hour: int) -> None:
        type(self).count += 1
        self.publish(0)
        self.clock.move(minutes=15 * hour)
        sweep(self.town.desk, fire_timer)
        self.subject = f"VPN {self.count}"
        if by_mail:
            raw = mail(subject=self.subject, id=f"<{self.count}@example.org>")
            self.number = deliver(self.town.desk, parse_mail(raw)).ticket
        else:
            self.number = self.town.report(title=self.subject, sla=sla)
        self.log: list[Happening] = [Happening(self.clock.now, "opened")]
        self.seen, self.ended, self.rests = self.last_article(), False, False
        self.promise: Promise | None = None
        self.undoing: tuple[str, list[Happening], Any] | None = None
        self.watch()

    # What may happen.

    @rule(quarters=st.sampled_from([1, 2, 5, 16, 60, 200]), swept=st.booleans())
    def time_passes(self, quarters: int, swept: bool) -> None:
        self.clock.move(minutes=15 * quarters)
        if swept:
            sweep(self.town.desk, fire_timer)
        self.watch(swept=swept)

    @rule(by_mail=st.booleans())
    def customer_writes(self, by_mail: bool) -> None:
        if by_mail:
            type(self).count += 1
            subject = f"Re: [Ticket#{self.number}] {self.subject}"
            raw = mail(subject=subject, id=f"<{self.count}@example.org>")
            deliver(self.town.desk, parse_mail(raw))
            self.watch()
        else:
            self.do("clara", lambda w, t: customer_answer(w, t, "Still broken"))

    @rule(note=st.booleans())
    def agent_writes(self, note: bool) -> None:
        verb = add_note if note else reply
        self.do("ada", lambda w, t: verb(w, t, "We look into it."))

    @rule(by=st.sampled_from(["ada", "clara"]), answers=st.sampled_from(ANSWERS))
    def step(self, by: str, answers: dict[str, Any]) -> None:
        def complete(work: Any, ticket: Ticket) -> None:
            for item in queries.open_items(work.session, ticket)[:1]:
                complete_step(work, item, answers)

        self.do(by, complete)

    @rule(state=st.sampled_from(["open", "waiting for customer", "resolved"]))
    def set_state(self, state: str) -> None:
        self.undoable(lambda w, t: change_ticket(w, t, {"state": state}))

    @rule(hours=st.integers(1, 30))
    def pending(self, hours: int) -> None:
        self.do("ada", lambda w, t: set_pending(w, t, w.now + timedelta(hours=hours)))

    @rule()
    def close(self) -> None:
        self.undoable(close_ticket)

    @rule()
    def reopen(self) -> None:
        self.undoable(reopen_ticket)

    @rule(sla=st.sampled_from(NAMES))
    def change_sla(self, sla: str | None) -> None:
        self.undoable(lambda w, t: change_ticket(w, t, {"sla": sla or ""}))

    @rule(priority=st.sampled_from([1, 3, 5]))
    def change_priority(self, priority: int) -> None:
        self.undoable(lambda w, t: change_ticket(w, t, {"priority": priority}))

    @rule(queue=st.sampled_from(["Network", "HR", "Service Desk"]))
    def move(self, queue: str) -> None:
        self.undoable(lambda w, t: change_ticket(w, t, {"queue": queue}))

    @rule(hours=st.sampled_from(range(len(HOURS))))
    def change_calendar(self, hours: int) -> None:
        self.publish(hours)
        sweep(self.town.desk, fire_timer)
        self.watch(swept=True)

    @rule()
    def undo(self) -> None:
        if self.undoing is None:
            return
        token, log, stood = self.undoing
        self.undoing = None
        try:
            self.town.desk.run(lambda w: take_back(w, token) and None, self.town.actor("ada"))
        except VorgangError:
            return
        later = [one for one in self.log if one not in log and one not in self.step_log]
        self.log = [*log, *later]
        self.ended, self.rests, self.promise = stood
        self.watch()

    # How it is done and watched.

    def publish(self, hours: int) -> None:
        text = (ROOT / "rules/calendars.yaml").read_text("utf-8")
        changed = text.replace('mon-fri: ["08:00-17:00"]', f'mon-fri: ["{HOURS[hours]}"]')
        (self.folder / "calendars.yaml").write_text(changed, "utf-8")
        entries, slas = read_promises(self.folder, [])
        rules = replace(self.candidate, calendars=entries, slas=slas)
        self.town.desk.run(lambda work: publish_slas(work, rules))
        calendars = load_calendars(changed)
        found = load_slas((self.folder / "slas.yaml").read_text("utf-8"), calendars)
        self.targets = found
        type(self).promises = {
            name: Promise(
                name, calendars[one.calendar], one.first_response, one.update, one.update_counts,
                one.solution, one.warn_percents, one.escalate_after,
            )
            for name, one in found.items()
        }  # fmt: skip

    def do(self, by: str, command: Any) -> None:
        with suppress(VorgangError):
            self.town.do(by, self.number, lambda w, t: command(w, t) and None)
        self.watch()

    def undoable(self, command: Any) -> None:
        """Do something as somebody who may take it back in the next two minutes."""
        token: list[str] = []

        def remembered(work: Any, ticket: Ticket) -> None:
            memory = Remembered(work, "change")
            with memory.ticket(ticket):
                command(work, ticket)
            token.append(memory.token())

        before, stood = list(self.log), (self.ended, self.rests, self.promise)
        self.do("ada", remembered)
        self.step_log = [one for one in self.log if one not in before]
        self.undoing = (token[0], before, stood) if token and token[0] else None

    def last_article(self) -> int:
        query = select(Article.id).order_by(Article.id.desc()).limit(1)
        return int(self.town.desk.read(lambda work: work.session.scalar(query)) or 0)

    def watch(self, *, swept: bool = False) -> None:
        """Note what the ticket shows now, and hold its clocks against that."""
        self.town.see(self.number, self.note)
        self.town.see(self.number, self.check)
        if swept:
            self.town.see(self.number, self.check_told)
        assert self.town.desk.read(lambda work: differing(work.session).differing) == []
        found = [one for part in walk(self.town.desk, LOOKS, grace=0) for one in part.found]
        assert [(one.code, one.key) for one in found] == []

    def note(self, work: Any, ticket: Ticket) -> None:
        now, ended = self.clock.now, ticket.state.type in ENDED_TYPES
        if self.ended and not ended:
            self.log.append(Happening(now, "reopened"))
            self.rests = False
        query = select(Article).where(Article.ticket_id == ticket.id, Article.id > self.seen)
        for article in work.session.scalars(query.order_by(Article.id)):
            self.seen = article.id
            if article.visible and not article.automatic:
                what = {"in": "wrote", "out": "answered"}[article.direction]
                self.log.append(Happening(now, what))
        if not ended:
            name = ticket.sla.name if ticket.sla else None
            promise = self.promises[name] if name else None
            if promise != self.promise:
                self.log.append(Happening(now, "promised", promise))
                self.promise = promise
            by_state = bool(name) and ticket.state.name in self.targets[name].rests_in
            if (ticket.clocks_rest or by_state) != self.rests:
                self.rests = not self.rests
                self.log.append(Happening(now, "rests" if self.rests else "runs"))
        elif not self.ended:
            self.log.append(Happening(now, "closed"))
        self.ended = ended

    def wanted(self) -> dict[str, tuple[Promise, Any, int]]:
        """By kind the latest clock that there must be: its promise, its life and its target."""
        found = expected(self.log, self.clock.now, 15)
        return {kind: (promise, life, target) for kind, promise, life, target in found}

    def check(self, work: Any, ticket: Ticket) -> None:
        clocks = {one.kind: one for one in queries.clocks(work.session, ticket)}
        stands = {
            kind: (one.started_at, one.target, one.target - seconds_left(work, one),
                   one.stopped_at)
            for kind, one in clocks.items()
        }  # fmt: skip
        assert stands == {
            kind: (life["begun"].at, target, 900 * len(life["minutes"]),
                   None if life["ended"] is None else self.log[life["ended"]].at)
            for kind, (_, life, target) in self.wanted().items()
        }  # fmt: skip
        timers = select(Timer.subject, Timer.due_at).where(
            Timer.ticket_id == ticket.id, Timer.kind == "clock"
        )
        assert {int(subject): due for subject, due in work.session.execute(timers)} == {
            one.id: one.next_at for one in clocks.values() if one.next_at is not None
        }

    def check_told(self, work: Any, ticket: Ticket) -> None:
        """Everything that has come was told, with the moment at which it came."""
        clocks: dict[str, TicketClock] = {
            one.kind: one for one in queries.clocks(work.session, ticket)
        }
        for kind, (promise, life, target) in self.wanted().items():
            used, missed = 900 * len(life["minutes"]), broken(life, target, 15)
            assert clocks[kind].breached_at == missed
            levels = 1 + sum(used >= target + after for after in promise.escalate_after)
            assert clocks[kind].level == (levels if missed else 0)
            near = target * min(promise.warn_percents) // 100
            assert (clocks[kind].warned_at is not None) == (used >= near)
            assert clocks[kind].next_at is None or clocks[kind].next_at > work.now


def lived(town: Any, clock: Any, tmp_path: Path, lives: int, steps: int) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    (folder / "promises.yaml").write_text(RULES, "utf-8")
    with (folder / "slas.yaml").open("a", encoding="utf-8") as file:
        file.write(SLAS)

    class Here(Life):
        pass

    Here.town, Here.clock, Here.folder, Here.candidate = town, clock, folder, read_rules(folder)
    town.desk.run(lambda work: publish_rules(work, Here.candidate) and None)
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=lives, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck), database=None, print_blob=False,
        ),
    )  # fmt: skip


def test_clocks_say_what_somebody_would_who_watched(town, clock, tmp_path):
    lived(town, clock, tmp_path, 4, 12)


@pytest.mark.long
def test_clocks_of_many_lives_say_what_somebody_would_who_watched(town, clock, tmp_path):
    lived(town, clock, tmp_path, 60, 25)
