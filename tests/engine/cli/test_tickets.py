"""A ticket as data says what moves it next, also where no person has a step."""

from __future__ import annotations

from engine.cli.tickets import described


def test_a_ticket_that_waits_for_a_message_says_for_which_and_until_when(town):
    number = town.report()
    answers = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", number, "triage", answers)
    town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which one?"})
    shown = town.see(number, described)
    assert shown["steps"] == []
    process = shown["process"]
    assert "waiting for customer" in {one["state"] for one in process["at"]}
    assert "customer_replied" in {one["message"] for one in process["awaits"]}
    assert process["timers"]
    assert all(one["due"] > shown["created"] for one in process["timers"])
