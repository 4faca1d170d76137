"""Owners and admins see what goes wrong, and of tickets only those that they may read."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

TITLE = "Pregnancy and parental leave"


@pytest.fixture
def number(web: Any) -> str:
    """A ticket of HR whose step has failed; Ada administers and works in no group."""
    number = web.town.report(title=TITLE, queue="HR")
    fail(web.town, number)
    web.town.desk.run(lambda w: _leave(w, web.town.person(w, "ada")))
    return str(number)


def fail(town: Any, number: str) -> None:
    """Let a step of this ticket fail."""
    from engine.tickets.flow import Incident
    from engine.tickets.queries import instance_of

    def command(work: Any, ticket: Any) -> None:
        instance = instance_of(work.session, ticket)
        work.session.add(
            Incident(ticket_id=ticket.id, instance_id=instance.id, task_id="x", step_id="route",
                     message="no such queue", at=work.now)
        )  # fmt: skip

    town.see(number, lambda work, ticket: None)
    town.do("ada", number, command)


def _leave(work: Any, person: Any) -> None:
    from engine.commands.people import set_groups

    set_groups(work.as_desk(), person, {})


@pytest.mark.parametrize("path", ["/health/incidents", "/processes/incident/incidents"])
@pytest.mark.parametrize("by", ["ada", "olga"])
def test_a_failed_step_is_shown_without_the_title_of_a_foreign_ticket(
    web: Any, number: str, path: str, by: str
) -> None:
    page = web.login(by).get(path, status="*")
    if by == "olga" and path.startswith("/health"):
        assert page.status_int == 404
        return
    assert f"#{number}" in page.text
    assert "no such queue" in page.text
    assert TITLE not in page.text
    assert f"/tickets/{number}" not in page.text
    web.get(f"/tickets/{number}", status=404)


def test_decisions_are_shown_without_the_titles_of_foreign_tickets(web: Any, number: str) -> None:
    mine = web.town.report(title="VPN drops")
    page = web.login("ada").get("/rules/routing").text
    assert f"#{mine}" in page
    assert TITLE not in page
    assert "VPN drops" not in page
    assert "VPN drops" in web.login("agnes").get(f"/tickets/{mine}").text


def test_an_owner_reads_the_rules_that_they_publish(web: Any) -> None:
    web.town.report(title="VPN drops")
    web.login("olga")
    assert 'href="/rules/routing"' in web.get("/rules").text
    assert "Recent decisions" in web.get("/rules/routing?language=en").text
    assert 'href="/rules"' in web.get("/processes").text


def test_many_decisions_ask_no_more_often_than_few(web: Any) -> None:
    counts = []
    web.login("ada")
    for _ in range(2):
        for place in range(3):
            web.town.report(title=f"VPN drops {place}")
        web.get("/rules/routing")
        seen: list[str] = []
        pool = web.town.desk.database.pool
        hear = lambda *given, seen=seen: seen.append(given[2])  # noqa: E731
        event.listen(pool, "before_cursor_execute", hear)
        web.get("/rules/routing")
        event.remove(pool, "before_cursor_execute", hear)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_process_says_how_many_were_closed_late(web: Any, clock: Any) -> None:
    from engine.sla.models import TicketClock

    late, kept = (web.town.report(title=title, type="complaint") for title in ("a", "b"))

    def end(work: Any, ticket: Any) -> None:
        from engine.tickets.queries import instance_of

        row = instance_of(work.session, ticket)
        row.status, row.ended_at = "done", work.now
        for running in work.session.query(TicketClock).filter_by(ticket_id=ticket.id):
            work.session.delete(running)
        work.session.flush()
        if ticket.number == late:
            work.session.add(
                TicketClock(ticket_id=ticket.id, kind="solution", sla_id=_sla(work), target=60,
                            left=0, started_at=work.now, breached_at=work.now)
            )  # fmt: skip

    clock.move(hours=1)
    for number in (late, kept):
        web.town.do("ada", number, end)
    assert "50%" in web.login("olga").get("/processes").text
    assert "50%" in web.get("/processes/complaint").text


def _sla(work: Any) -> int:
    from engine.catalogue.models import Sla

    found = work.session.query(Sla).first()
    return int(found.id)


def test_numbers_lead_only_to_tickets_that_the_admin_may_open(web: Any, number: str) -> None:
    from engine.outbox.models import OutboxRow
    from engine.tickets.models import InboundMessage

    mine = web.town.report(title="VPN drops", queue="Network")
    web.town.desk.run(lambda w: _lead(w, web.town.person(w, "ada")))

    def came(work: Any, ticket: Any) -> None:
        work.session.add(
            InboundMessage(channel="email", external_id=ticket.number, digest="0", subject="x",
                           outcome="created", ticket_id=ticket.id, received_at=work.now)
        )  # fmt: skip
        work.session.add(
            OutboxRow(topic="mail", payload={}, status="dead", ticket_id=ticket.id,
                      created_at=work.now, due_at=work.now)
        )  # fmt: skip

    for one in (number, mine):
        web.town.desk.run(lambda w, n=one: came(w, _ticket(w, n)))
    web.login("ada")
    for path in ("/health/inbound", "/health/outbox"):
        page = web.get(path).text
        assert f"#{number}" in page
        assert f"/tickets/{number}" not in page
        assert f"/tickets/{mine}" in page


def _ticket(work: Any, number: str) -> Any:
    from engine.tickets.models import Ticket

    return work.session.query(Ticket).filter_by(number=number).one()


def _lead(work: Any, person: Any) -> None:
    from engine.commands.people import set_groups

    set_groups(work.as_desk(), person, {"network": ["ro"]})
