"""Customers see on which day each of their steps was done, and of no other step anything."""

from __future__ import annotations

from typing import Any

from engine.commands.due import fire_timer
from engine.timers.sweep import sweep

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


def strip(web: Any, number: str, language: str = "en") -> list[tuple[str, str]]:
    page = web.login("clara").get(f"/requests/{number}?language={language}")
    found = []
    for step in page.html.select("ol.strip li"):
        note = step.find("small")
        found.append((step["class"][0], note.text if note else ""))
    return found


def test_done_bears_its_day_and_now_since_when(web: Any, clock: Any) -> None:
    number = web.town.report()
    begun = strip(web, number)
    assert ("now-step", "since 2 Mar 2026") in begun
    clock.move(days=3)
    web.town.complete("agnes", number, "triage", TRIAGE)
    web.town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    found = strip(web, number)
    assert ("now-step", "since 5 Mar 2026") in found
    assert [note for kind, note in found if kind == "done"]
    assert {note for kind, note in found if kind == "done"} <= {"2 Mar 2026", "5 Mar 2026"}
    assert {note for kind, note in found if kind == "next"} <= {""}
    assert ("now-step", "seit 05.03.2026") in strip(web, number, "de")


def test_who_is_asked_reads_by_when(web: Any, clock: Any) -> None:
    number = web.town.report()
    web.town.complete("agnes", number, "triage", TRIAGE)
    web.town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which one?"})
    web.login("clara")
    asked = web.get(f"/requests/{number}?language=en").html.select_one(".standing").text
    assert "Please answer by Thu 5 Mar" in asked  # three days later it reminds
    clock.move(days=3, seconds=1)
    sweep(web.town.desk, fire_timer)
    web.login("clara")
    asked = web.get(f"/requests/{number}?language=en").html.select_one(".standing").text
    assert "Please answer by Thu 12 Mar" in asked
    assert "since 2 Mar 2026" in asked  # the reminder asks nothing anew


def test_a_question_with_a_form_says_by_when(web: Any) -> None:
    number = web.town.report()
    web.town.complete("agnes", number, "triage", TRIAGE)
    web.town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    page = web.login("clara").get(f"/requests/{number}?language=en")
    assert "Please answer by Sat 7 Mar" in page.html.select_one("section.now header").text
    assert "Please answer by Sat 7 Mar" in web.get("/requests?language=en")
    assert "Bitte antworten Sie bis Sa. 7. März" in web.get("/requests?language=de")
