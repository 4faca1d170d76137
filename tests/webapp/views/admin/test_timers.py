"""A timer that does not work is seen on its page, says why, and can be tried again."""

from datetime import timedelta
from typing import Any

from engine.commands import due
from engine.commands.due import fire_timer
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from webapp.presenters.health_words import TIMERS

ERROR = "<script>alert(1)</script> the diagram is gone"


def broken(web: Any, **more: Any) -> tuple[str, int]:
    """A ticket with a timer that has failed."""
    number = web.town.report()

    def put(work: Any) -> int:
        from engine.tickets.access import ticket_for

        ticket, due_at = ticket_for(work, number), work.now - timedelta(minutes=10)
        row = Timer(kind="pending", subject=str(ticket.id), ticket_id=ticket.id, due_at=due_at)
        work.session.add(row)
        for name, value in more.items():
            setattr(row, name, value)
        work.session.flush()
        return int(row.id)

    return number, web.town.desk.run(put)


def test_what_fails_is_listed_with_its_reason_and_tried_again(web: Any) -> None:
    until = web.town.desk.clock() + timedelta(minutes=1)
    number, row_id = broken(web, tries=4, last_error=ERROR, claimed_until=until)
    web.login("ada")
    assert "1 failed at its last try" in web.get("/health").text
    page = web.get("/health/timers").text
    assert f"#{number}" in page
    assert "the diagram is gone" in page
    assert "<script>alert" not in page
    assert sweep(web.town.desk, fire_timer) == 0
    web.post(f"/health/timers/{row_id}/retry")
    sweep(web.town.desk, fire_timer)
    assert web.town.desk.read(lambda work: work.session.get(Timer, row_id)) is None
    assert "Nothing is late" in web.get("/health/timers").text


def test_every_kind_of_timer_has_a_name() -> None:
    assert set(TIMERS) == due.OF_DESK.keys() | due.OF_TICKETS.keys()


def test_only_what_failed_can_be_tried_again(web: Any) -> None:
    _, row_id = broken(web)
    web.login("ada")
    for one in (row_id, 99999, 99999999999):
        web.post(f"/health/timers/{one}/retry", status=404)
    web.login("olga").post(f"/health/timers/{row_id}/retry", status=404)


def test_what_is_set_for_later_is_listed_page_by_page(web: Any, monkeypatch: Any) -> None:
    from webapp.views.admin import timers

    monkeypatch.setattr(timers, "SHOWN", 2)
    numbers = [web.town.report() for _ in range(3)]

    def put(work: Any) -> None:
        from engine.tickets.access import ticket_for

        for days, number in enumerate(numbers, 1):
            ticket, due_at = ticket_for(work, number), work.now + timedelta(days=days)
            row = Timer(kind="pending", subject=str(ticket.id), ticket_id=ticket.id, due_at=due_at)
            work.session.add(row)

    web.town.desk.run(put)
    page = web.login("ada").get("/health/timers")
    assert "What comes next" in page.text
    shown = page.html.select("tr[data-row]")
    assert [number in str(row) for number, row in zip(numbers, shown, strict=False)] == [True] * 2
    following = web.get(page.html.select_one("a[rel=next]")["href"])
    assert [numbers[2] in str(row) for row in following.html.select("tr[data-row]")] == [True]
    assert web.get("/health/timers?after=nonsense").html.select("tr[data-row]")[0] == shown[0]
