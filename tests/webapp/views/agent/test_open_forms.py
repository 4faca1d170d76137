"""A form that was open while a clock went on goes through; what somebody did meanwhile is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.commands.changes import add_tag
from engine.commands.due import fire_timer
from engine.commands.tickets import change_ticket
from engine.tickets import queries
from engine.timers.sweep import sweep

pytestmark = pytest.mark.both_databases


def wait(web: Any, clock: Any, **by: float) -> None:
    until = clock() + timedelta(**by)
    while clock() < until:
        clock.move(minutes=30)
        while sweep(web.town.desk, fire_timer):
            pass


@pytest.fixture
def number(web: Any) -> str:
    """Four working hours are promised; what has a low priority no rule raises at a warning."""
    number: str = web.town.report(sla="standard", type="question", priority="2 low")
    web.login("agnes")
    return number


def opened(web: Any, number: str) -> Any:
    """The form in which the title is changed."""
    shown = web.get(f"/tickets/{number}?language=en")
    forms = shown.html.find_all("form", action=f"/tickets/{number}/change")
    title = next(form for form in forms if form.find("input", {"name": "title"}))
    return {"version": title.find("input", {"name": "version"})["value"], "title": "Nothing goes"}


def moved_by(web: Any, number: str) -> list[tuple[str, str]]:
    entries = web.town.see(number, lambda w, t: queries.history(w.session, t))
    return [(entry.what, entry.after) for entry in entries]


def test_a_warning_spoils_no_open_form(web: Any, number: str, clock: Any) -> None:
    form, before = opened(web, number), web.town.see(number, lambda w, t: t.version)
    wait(web, clock, hours=3.5)
    assert ("clock", "warning") in moved_by(web, number)
    assert web.town.see(number, lambda w, t: t.version) > before  # of two at once one tries again
    web.post(f"/tickets/{number}/change", form)
    assert web.town.see(number, lambda w, t: t.title) == "Nothing goes"
    web.post(f"/tickets/{number}/change", form | {"title": "Again"}, status=409)


@pytest.mark.parametrize(
    "command",
    [
        lambda w, t: change_ticket(w, t, {"owner": "ada@example.com"}),
        lambda w, t: change_ticket(w, t, {"sla": "gold"}),
        lambda w, t: add_tag(w, t, "vpn"),
    ],
)
def test_what_somebody_did_beside_a_warning_is_noticed(
    web: Any, number: str, clock: Any, command: Any
) -> None:
    form = opened(web, number)
    clock.move(minutes=1)
    web.town.do("ada", number, command)
    wait(web, clock, hours=3.5)
    web.post(f"/tickets/{number}/change", form, status=409)
    assert web.town.see(number, lambda w, t: t.title) == "VPN drops"


def test_what_rules_did_about_a_breach_is_noticed(web: Any, number: str, clock: Any) -> None:
    form = opened(web, number)
    wait(web, clock, hours=5)
    assert ("priority", "4") in moved_by(web, number)
    shown = web.post(f"/tickets/{number}/change", form, status=409)
    assert "Nothing goes" in shown.text
