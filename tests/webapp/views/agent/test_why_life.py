"""Whatever the desk does by itself in a ticket's life, it says because of what, and that opens."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.channels.mail_in import parse_mail
from engine.commands import intake
from engine.commands import webhooks as hooks
from engine.commands.articles import customer_answer, reply
from engine.commands.candidates import read_rules
from engine.commands.due import fire_timer
from engine.commands.merge import merge_tickets
from engine.commands.pending import set_pending
from engine.commands.publish import publish_rules
from engine.commands.tickets import change_ticket, close_ticket, reopen_ticket
from engine.outbox.drain import drain
from engine.tasks import DELIVERY
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from tests.town import ROOT

TITLE = "title: {de: 'Das <b>&„Gute“</b>', en: 'Odd <b>&\"good\"</b>'}"
MORE = f"""ruleset: more
{TITLE}
events: [ticket.created, ticket.changed, hour.passed]
rules:
  - id: subtask
    {TITLE}
    events: [ticket.created]
    when: {{all: [{{fact: ticket.title, op: contains, value: VPN}}]}}
    then: [{{create_ticket: {{title: Gateway prüfen, text: Please, queue: Network}}}},
           {{assign: {{to: round_robin}}}}, {{note: Looked at}}]
  - id: link-one
    {TITLE}
    events: [ticket.changed]
    changed: [ticket.priority]
    then: [{{add_tag: one}}]
  - id: link-two
    {TITLE}
    events: [ticket.changed]
    changed: [ticket.tags]
    then: [{{add_tag: two}}]
  - id: link-three
    {TITLE}
    events: [ticket.changed]
    when: {{all: [{{fact: ticket.tags, op: has, value: two}}]}}
    then: [{{add_tag: three}}, {{webhook: erp}}, {{set: {{owner: nobody@example.com}}}}]
  - id: hourly
    {TITLE}
    events: [hour.passed]
    then: [{{add_tag: hours}}]
"""
FILTER = """ruleset: mail_filter
title: {de: Mailfilter, en: Mail filter}
events: [mail.received]
rules:
  - id: to-hr
    title: {de: An die Personalabteilung, en: To HR}
    when: {all: [{fact: ticket.title, op: contains, value: Payslip}]}
    then: [{set: {queue: HR, priority: 4}}, {add_tag: filtered}]
"""


def pass_time(web: Any, clock: Any, **much: float) -> None:
    """Let the clock run, and all that falls due on the way happen."""
    clock.move(**much)

    def fire(work: Any) -> int:
        due = select(Timer).where(Timer.due_at <= work.now).order_by(Timer.due_at, Timer.id)
        timers = list(work.session.scalars(due))
        for timer in timers:
            fire_timer(work, timer)
        return len(timers)

    for _ in range(4):
        if not web.town.desk.run(fire):
            break
    drain(web.town.desk, DELIVERY)


@pytest.fixture
def lived(web: Any, clock: Any, tmp_path: Any) -> list[str]:
    """Tickets that came through every door and had everything happen to them by itself."""
    town = web.town
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    (folder / "more.yaml").write_text(MORE, encoding="utf-8")
    (folder / "mail_filter.yaml").write_text(FILTER, encoding="utf-8")
    (folder / "examples" / "mail_filter.yaml").unlink(missing_ok=True)
    rules = read_rules(folder)
    town.desk.settings = replace(town.desk.settings, webhook_allow="127.0.0.1")
    erp = {"name": "erp", "url": "http://10.0.0.1/"}
    town.desk.run(lambda w: hooks.create_webhook(w, erp) and None, town.actor("ada"))
    town.desk.run(lambda w: publish_rules(w, rules) and None)
    by_web = town.report(title="VPN drops", sla="standard")
    raw = b"From: Clara <clara@example.org>\r\nTo: desk@example.com\r\nSubject: Payslip\r\n"
    raw += b"Message-ID: <p@example.org>\r\n\r\nWhere is it?\r\n"
    receipt = intake.deliver(town.desk, parse_mail(raw))
    kinds = ("service request", "complaint", "question", "change")
    others = [town.report(title=f"A {kind}", type=kind, sla="standard") for kind in kinds]
    pass_time(web, clock, minutes=5)
    town.do("agnes", by_web, lambda w, t: change_ticket(w, t, {"priority": 4, "queue": "Network"}))
    town.do("agnes", by_web, lambda w, t: reply(w, t, "We look at it.") and None)
    town.do("clara", by_web, lambda w, t: customer_answer(w, t, "Still broken") and None)
    pass_time(web, clock, hours=2)
    until = clock.now + timedelta(hours=3)
    town.do("ada", others[0], lambda w, t: set_pending(w, t, until))
    for _ in range(12):
        pass_time(web, clock, hours=11)
    merged, closed = town.report(title="The same again"), town.report(title="Done soon")
    town.do("ada", merged, lambda w, t: merge_tickets(w, t, w.session.scalars(
        select(Ticket).where(Ticket.number == by_web)).one()))  # fmt: skip
    town.do("ada", closed, lambda w, t: close_ticket(w, t, reason="done"))
    clock.move(minutes=1)
    town.do("ada", closed, lambda w, t: reopen_ticket(w, t, "not done"))
    web.login("ada")
    web.post("/tickets/bulk", {"number": closed, "do": "move", "queue": "HR"}, status="*")
    pass_time(web, clock, hours=30)
    return [by_web, str(receipt.ticket), merged, closed, *others]


def machine_made(web: Any) -> list[HistoryEntry]:
    """What was done by no person."""
    query = select(HistoryEntry).where(HistoryEntry.cause != "person").order_by(HistoryEntry.id)
    found: list[HistoryEntry] = web.town.desk.read(lambda work: list(work.session.scalars(query)))
    return found


def test_nothing_is_done_by_itself_without_a_reason_that_opens(web: Any, lived: list[str]) -> None:
    entries = machine_made(web)
    by_desk = select(HistoryEntry).where(
        HistoryEntry.actor_id.is_(None), HistoryEntry.cause == "person"
    )
    nobodys = web.town.desk.read(lambda work: list(work.session.scalars(by_desk)))
    assert [(one.what, one.before, one.after) for one in nobodys] == []
    assert {"rule", "step", "timer", "clock", "mail", "system"} <= {one.cause for one in entries}
    traces = web.town.desk.read(
        lambda work: {one.id: one for one in work.session.scalars(select(DecisionTrace))}
    )
    numbers = dict(web.town.desk.read(
        lambda work: work.session.execute(select(Ticket.id, Ticket.number)).all()
    ))  # fmt: skip
    opened = set()
    for one in entries:
        said = (one.what, one.before, one.after, one.cause, one.reason)
        assert one.reason, said
        if one.cause == "rule":
            assert {"ruleset", "release", "rules"} <= one.cause_ref.keys(), said
            assert one.trace_id in traces, said
            assert traces[one.trace_id].trace["facts"], said
            opened.add((traces[one.trace_id].ticket_id, one.trace_id))
        if one.cause == "step":
            assert one.cause_ref.get("version"), said
    web.login("ada")
    for ticket, trace in sorted(opened):
        page = web.get(f"/tickets/{numbers[ticket]}/why?decision={trace}").text
        assert page.count("<article ") == 1
        assert "<b>&" not in page
        web.get(f"/tickets/{numbers[ticket]}/why-not?trace={trace}")


def test_a_subtask_says_which_rule_of_which_ticket_made_it(web: Any, lived: list[str]) -> None:
    made = select(Ticket.number).where(Ticket.title == "Gateway prüfen").limit(1)
    number = web.town.desk.read(lambda work: work.session.scalar(made))
    for path in ("why", "why?field=queue"):
        page = web.login("agnes").get(f"/tickets/{number}/{path}")
        decision = page.click("To the decision")
        assert f"/tickets/{lived[0]}/why" in decision.request.url
        assert "Gateway prüfen" in decision.text


def test_all_of_it_is_told_in_german(web: Any, lived: list[str]) -> None:
    from engine.people.models import Person

    def german(work: Any) -> None:
        work.session.scalars(
            select(Person).where(Person.login.startswith("ada"))
        ).one().language = "de"

    web.town.desk.run(german)
    web.login("ada")
    english = re.compile(
        r"\b(the|has|is|of|not|ticket \w+ed|There|There is|message|could|stopped|rule)\b"
    )
    left = set()
    for number in lived:
        html = web.get(f"/tickets/{number}/why").html.select_one("main")
        for part in html.select("h2, .changes li, .notice, p"):
            text = part.get_text(" ", strip=True)
            if english.search(text):
                left.add(text)
    assert sorted(left) == []


def test_what_the_mail_filter_placed_is_said_to_be_its_doing(web: Any, lived: list[str]) -> None:
    page = web.login("ada").get(f"/tickets/{lived[1]}/why?field=queue").text
    assert "To HR" in page
    assert "came to an address of this queue" not in page
    assert "To HR" in web.get(f"/tickets/{lived[1]}/why?field=priority").text
    assert "came to an address of this queue" not in web.get(f"/tickets/{lived[1]}").text
