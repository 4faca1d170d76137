"""Processes, rules and health say what is so, and lead to what is behind each figure."""

from datetime import timedelta
from typing import Any

import pytest

from tests.lost import looked_over


def test_a_process_shows_its_tickets_at_their_steps(web: Any) -> None:
    number = web.town.report()
    cards = web.login("ada").get("/processes").text
    assert "1 ticket under way" in cards
    page = web.get("/processes/incident").text
    assert f"#{number}" in page
    assert "Sort the fault" in page
    assert "&#34;triage&#34;" in page or "data-step-counts" in page


def test_an_owner_sees_the_count_but_no_ticket_of_a_foreign_queue(web: Any) -> None:
    number = web.town.report()
    page = web.login("olga").get("/processes/incident").text
    assert number not in page
    assert "1 more ticket that you may not read" in page


def test_a_ticket_that_waits_is_named_with_what_it_waits_for(web: Any) -> None:
    number = web.town.report()
    triage = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    web.town.complete("agnes", number, "triage", triage)
    web.town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which one?"})
    page = web.login("ada").get("/processes/incident").html.find(id="tickets")
    assert "Ask the customer › Which comes first?" in page.text
    place = page.select_one(".place").text
    assert f"#{number}" in place
    assert "waits" in place
    heat = web.get("/processes/incident/heat").text
    assert "Whichever comes first: Customer replied, 3 days silent" in heat
    heat = web.get("/processes/incident/heat?language=de").text
    assert "Was zuerst kommt: Kunde hat geantwortet, 3 Tage ohne Antwort" in heat


def test_the_diagram_can_be_downloaded(web: Any) -> None:
    answer = web.login("olga").get("/processes/incident/diagram.bpmn?download=1")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="incident-v1.bpmn"'
    assert b"bpmn:definitions" in answer.body


def test_rules_are_sentences_with_figures_and_recent_tickets(web: Any) -> None:
    number = web.town.report()
    web.login("ada")
    page = web.get("/rules/routing").text
    assert "put it into <em>Network::VPN</em>" in page
    assert number in page
    assert "New ruleset" in web.get("/rules").text
    german = web.get("/rules/routing?language=de").text
    assert "lege es nach <em>Network::VPN</em>" in german


def test_health_is_good_until_something_is_stuck(web: Any) -> None:
    from engine.outbox.models import OutboxRow
    from engine.tickets.flow import WorkItem
    from engine.timers.models import Timer

    number = web.town.report()
    web.login("ada")
    found = 'vorgang_audit_findings{check="ticket.stuck"}'
    assert f"{found} 0.0" in web.get("/metrics").text
    assert "vorgang_rules_differences_total 0.0" in web.get("/metrics").text
    assert "vorgang_overdue{" not in web.get("/metrics").text

    def break_it(work: Any) -> None:
        for item in work.session.query(WorkItem):
            item.status = "cancelled"
        work.session.query(Timer).delete()
        for row in work.session.query(OutboxRow):
            row.status, row.last_error = "dead", "550 <b>no</b> such user"

    web.town.desk.run(break_it)
    metrics = web.get("/metrics").text
    assert "vorgang_good 0.0" in metrics
    assert "Nobody has looked yet" in web.get("/health").text
    looked_over(web.town.desk)
    metrics = web.get("/metrics").text
    assert f"{found} 1.0" in metrics
    assert "vorgang_audit_last_run_timestamp_seconds 1.772442e+09" in metrics
    health = web.get("/health").text
    assert 'class="zero">0<' not in health
    assert f"#{number}" in web.get("/audit").text
    outbox = web.get("/health/outbox").text
    assert "550 &lt;b&gt;no" in outbox


def test_health_says_what_the_command_line_says(web: Any) -> None:
    """A process that all fall back on is gone, a round takes too long, and a timer fails."""
    from engine.catalogue.published import ProcessInForce
    from engine.health import report
    from engine.timers.models import Timer

    def break_it(work: Any) -> None:
        work.session.delete(work.session.get_one(ProcessInForce, "incident"))
        begun = (work.now - timedelta(hours=2)).isoformat()
        work.session.add(Timer(kind="hourly", subject="9", ticket_id=0, due_at=work.now,
                               carries={"begun": begun}))  # fmt: skip
        work.session.add(Timer(kind="step", subject="9", ticket_id=1, due_at=work.now,
                               last_error="the diagram is gone"))  # fmt: skip

    said = len(report(web.town.desk)["problems"])
    web.town.desk.run(break_it)
    assert len(report(web.town.desk)["problems"]) == said + 3
    page = web.login("ada").get("/health?language=en").text
    assert "The rules of every hour do not get through within one" in page
    assert "The process “incident” is not in force" in page
    assert "Something needs you" in page


def test_what_was_given_up_is_tried_again(web: Any) -> None:
    from engine.outbox.models import OutboxRow

    web.town.report()

    def kill(work: Any) -> int:
        row = work.session.query(OutboxRow).first()
        row.status, row.tries = "dead", 9
        return int(row.id)

    row_id = web.town.desk.run(kill)
    web.login("ada").post(f"/health/outbox/{row_id}/retry")
    row = web.town.desk.read(lambda w: w.session.get(OutboxRow, row_id))
    assert (row.status, row.tries) == ("waiting", 0)
    web.post("/health/outbox/99999/retry", status=404)


def test_every_inbound_message_is_listed_with_its_outcome(web: Any) -> None:
    from engine.tickets.models import InboundMessage

    def receive(work: Any) -> None:
        for n in range(55):
            work.session.add(
                InboundMessage(channel="email", external_id=f"m{n}", digest="0" * 64,
                               sender="<script>alert(1)</script>", subject=f"Subject {n}",
                               received_at=work.now, outcome="held" if n == 3 else "ignored",
                               reason="a mail filter says so")
            )  # fmt: skip

    web.town.desk.run(receive)
    web.login("ada")
    first = web.get("/health/inbound").text
    assert "Subject 54" in first
    assert "Subject 3<" not in first
    assert "<script>alert" not in first
    assert "Subject 3<" in web.get("/health/inbound?outcome=held").text
    assert "55 messages came in" in web.get("/health").text
    for odd in ("before=x", "before=99999999999", "outcome=odd", "before=-1"):
        assert web.get(f"/health/inbound?{odd}").status_int == 200


def test_a_failed_step_is_listed_until_it_is_mended(web: Any) -> None:
    from engine.tickets.flow import Incident
    from engine.tickets.queries import instance_of

    number = web.town.report()

    def fail(work: Any, ticket: Any) -> None:
        instance = instance_of(work.session, ticket)
        work.session.add(
            Incident(ticket_id=ticket.id, instance_id=instance.id, task_id="x", step_id="route",
                     message="no rules in force", at=work.now)
        )  # fmt: skip

    from engine.tickets.access import ticket_for

    web.town.desk.run(lambda w: fail(w, ticket_for(w, number)))
    page = web.login("ada").get("/health/incidents").text
    assert f"#{number}" in page
    assert "no rules in force" in page
    assert "1 step has failed" in web.get("/health").text


def test_held_messages_are_taken_in_or_put_aside_on_the_page(web: Any, monkeypatch: Any) -> None:
    from engine.commands import intake
    from engine.mail_door import take
    from engine.tickets.models import InboundMessage

    monkeypatch.setattr(intake, "MESSAGES_PER_HOUR", 0)
    for n in range(4):
        text = f"From: clara@example.org\r\nSubject: Alarm {n}\r\nMessage-ID: <{n}@x>\r\n\r\nHelp"
        assert take(web.town.desk, text.encode()).outcome == "held"
    ids = web.town.desk.read(
        lambda w: [m.id for m in w.session.query(InboundMessage).order_by(InboundMessage.id)]
    )
    page = web.login("ada").get("/health/inbound?outcome=held").text
    assert "Take in all 4 of this sender" in page
    original = web.get(f"/health/inbound/{ids[0]}/original")
    assert b"Alarm 0" in original.body
    assert original.headers["Content-Disposition"].startswith("attachment")
    web.post(f"/health/inbound/{ids[0]}/take-in")
    web.post(f"/health/inbound/{ids[1]}/ignore")
    web.post(f"/health/inbound/{ids[2]}/take-in", {"all": "1"})
    outcomes = web.town.desk.read(
        lambda w: [m.outcome for m in w.session.query(InboundMessage).order_by(InboundMessage.id)]
    )
    assert outcomes == ["created", "ignored", "created", "created"]
    web.post(f"/health/inbound/{ids[0]}/take-in", status=404)
    web.get(f"/health/inbound/{ids[0]}/original", status=404)
    assert "None is held back." in web.get("/health").text


def test_a_mailbox_that_cannot_be_read_shows_on_the_page(web: Any) -> None:
    import dataclasses

    from engine import mail_door
    from engine.errors import Unavailable

    desk = web.town.desk
    desk.settings = dataclasses.replace(desk.settings, imap_url="imap://127.0.0.1:1/INBOX")
    page = web.login("ada").get("/health").text
    assert "It has never been read." in page
    with pytest.raises(Unavailable):
        mail_door.poll(desk)
    page = web.get("/health").text
    assert "The mailbox is not read" in page
    assert "The mailbox cannot be read" in page


def test_a_worker_that_does_nothing_shows_on_the_page(web: Any) -> None:
    from datetime import timedelta

    from engine.heartbeat import beat

    desk = web.town.desk
    assert "None has been seen yet." in web.login("ada").get("/health").text
    beat(desk)
    assert "The worker works" in web.get("/health").text
    now = desk.clock()
    desk.clock = lambda: now + timedelta(minutes=5)
    page = web.get("/health").text
    assert "No worker does anything" in page
    assert "does it reach the broker" in page


def test_a_core_that_differs_from_its_oracle_stands_on_the_page(web: Any) -> None:
    from engine.audit.alarms import note_difference

    web.login("ada")
    assert "agreed each time" in web.get("/health").text
    trace = {"differs": True, "ruleset": "routing", "release": "abc"}
    web.town.desk.run(lambda work: note_difference(work, trace))
    assert "differed 1 time in 7 days" in web.get("/health").text
    metrics = web.get("/metrics").text
    assert "vorgang_rules_differences_total 1.0" in metrics
    assert "vorgang_good 0.0" in metrics
