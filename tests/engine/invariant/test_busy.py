"""While people work nothing is found that is not there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from engine.desk import Desk
from engine.invariant import ended, moving, rows, standing, stored, tickets, timers
from engine.invariant.looking import walk
from tests.town import Town

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
ROUNDS = 4
LOOKS = (
    standing.LOOK, moving.LOOK, ended.RUNNING, ended.LEFT_BEHIND, ended.AT_NO_TIME, timers.ASTRAY,
    stored.ARTICLES, tickets.LOOK, *(one for one in rows.LOOKS if one.name == "rows.work_item"),
)  # fmt: skip


def test_a_busy_desk_gives_no_false_alarm(town: Town, fresh_desk: Callable[[], Desk]) -> None:
    broken: list[BaseException] = []

    def serve(name: str) -> None:
        desk = fresh_desk()
        desk.library = town.desk.library
        other = Town(desk)
        try:
            for n in range(ROUNDS):
                _a_life(other, f"{name} {n}")
        except BaseException as error:
            broken.append(error)
            raise

    people = [threading.Thread(target=serve, args=(name,)) for name in ("first", "second")]
    for one in people:
        one.start()
    found: list[Any] = []
    while any(one.is_alive() for one in people):
        found += [one for part in walk(town.desk, LOOKS, grace=0) for one in part.found]
    for one in people:
        one.join()
    assert broken == []
    assert found == []


def _a_life(town: Town, title: str) -> None:
    """A ticket is reported, sorted, asked about, answered, solved and closed."""
    from engine.commands.articles import customer_answer
    from engine.commands.tickets import close_ticket

    number = town.report(title=title)
    town.complete("agnes", number, "triage", TRIAGE)
    town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which one?"})
    town.do("clara", number, lambda w, t: customer_answer(w, t, "The first one."))
    town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    town.do("agnes", number, lambda w, t: close_ticket(w, t, "closed successful", "done"))
