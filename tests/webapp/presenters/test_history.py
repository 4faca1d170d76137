"""Every entry of a ticket's history is a sentence in both languages, with its cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.audit.models import HistoryEntry
from webapp.i18n import Reader
from webapp.presenters.history import cause, say
from webapp.presenters.history_words import NOTICES, Words


def entry(what: str, before: str = "", after: str = "", **more: Any) -> HistoryEntry:
    """One entry that was never stored."""
    values: dict[str, Any] = {"cause": "person", "actor": "Agnes Meier", "reason": ""} | more
    return HistoryEntry(ticket_id=1, what=what, before=before, after=after, **values)


@pytest.mark.parametrize(
    ("made", "english", "german"),
    [
        (entry("created", "", "42"), "Ticket 42 opened", "Ticket 42 angelegt"),
        (entry("queue", "HR", "Network"), "Moved from HR to Network",
         "Von HR nach Network verschoben"),
        (entry("state", "new", "open"), "State: new → open", "Zustand: neu → offen"),
        (entry("owner", "a", ""), "Owner: a → nothing", None),
        (entry("step", "", "Sort"), "Step waits: Sort", "Schritt wartet: Sort"),
        (entry("step", "Sort", "done"), "Step done: Sort", "Schritt erledigt: Sort"),
        (entry("claimed", "", "Ada"), "Ada took over", "Ada hat übernommen"),
        (entry("article", "", "email in 7 a.txt"), "Message received (E-mail)", None),
        (entry("article", "", "note 7"), "Internal note written", "Interne Notiz geschrieben"),
        (entry("clock", "solution", "breached"), "Solution was missed", None),
        (entry("clock", "solution runs", "solution rests"), "The clock for Solution rests", None),
        (entry("incident", "x", "resolved"), "Step x runs again", "Schritt x läuft wieder"),
        (entry("pending", "", "no date"), "Laid aside until no date", None),
        (entry("link", "", "related 77"), "Linked with 77", "Verknüpft mit 77"),
        (entry("tag", "vpn", ""), "Tag vpn removed", "Schlagwort vpn entfernt"),
        (entry("process", "incident", "cancelled"), "Process incident ended before its time", None),
        (entry("something new", "a", "b"), "something new a b", "something new a b"),
        (entry("queue", "", "100% %(a)s"), "Put into 100% %(a)s", None),
    ],
)  # fmt: skip
def test_what_happened(made: HistoryEntry, english: str, german: str | None) -> None:
    assert say(Reader("en"), made) == english
    assert say(Reader("de"), made) == german or german is None


def test_the_cause_names_the_rule_and_its_release() -> None:
    ref = {"ruleset": "routing", "rules": ["vpn"], "release": "abcdef0123456789"}
    made = entry("queue", "a", "b", cause="rule", cause_ref=ref)
    assert cause(Reader("en"), made) == "rule “vpn” (routing, abcdef01)"
    assert cause(Reader("en"), entry("title", reason="typo")) == "Agnes Meier · typo"


@pytest.mark.parametrize(
    ("assigned", "english", "german"),
    [
        ({"by": "round_robin", "among": 4}, "next in turn among 4", "an der Reihe unter 4"),
        ({"by": "least_loaded", "among": 4, "open": 2}, "least open work of 4", "am wenigsten"),
        ({"by": "last_owner", "ticket": "77"}, "last ticket, 77", "des Kunden, 77"),
        ({"by": "substitute", "ticket": "77"}, "stands in", "vertritt"),
        ({"by": "round_robin", "among": 2, "skill": "Polish"}, "skill “Polish”", "„Polish“"),
        ({"by": "round_robin", "among": 2, "missing": "Polish"}, "nobody who is", "niemand, der"),
    ],
)
def test_the_cause_says_why_a_ticket_was_handed_to_this_person(
    assigned: dict[str, Any], english: str, german: str
) -> None:
    ref = {"ruleset": "assignment", "rules": ["new"], "release": "abc", "assigned": assigned}
    made = entry("owner", "", "agnes", cause="rule", cause_ref=ref)
    assert english in cause(Reader("en"), made)
    assert german in cause(Reader("de"), made)


def test_steps_processes_and_rules_are_called_as_the_reader_calls_them() -> None:
    words = Words(
        {"Sort": "Einordnen", "triage": "Einordnen"},
        {"incident": "Störung"},
        {("routing", "vpn"): "VPN zum Netzwerk"},
        {"routing": "Zuordnung"},
    )
    german = Reader("de")
    assert say(german, entry("step", "", "Sort"), words) == "Schritt wartet: Einordnen"
    assert say(german, entry("step", "Sort", "done"), words) == "Schritt erledigt: Einordnen"
    assert say(german, entry("incident", "shared/triage", "resolved"), words) == (
        "Schritt Einordnen läuft wieder"
    )
    began = say(german, entry("process", "", "incident"), words)
    assert "Störung" in began
    assert "incident" not in began
    ref = {"ruleset": "routing", "rules": ["vpn"], "release": "abcdef0123456789"}
    ruled = entry("queue", "a", "b", cause="rule", cause_ref=ref)
    assert cause(german, ruled, words) == "Regel „VPN zum Netzwerk“ (Zuordnung, abcdef01)"
    ref = {"version": "incident v2", "step": "triage"}
    stepped = entry("queue", "a", "b", cause="step", cause_ref=ref)
    assert "Störung v2 · Einordnen" in cause(german, stepped, words)
    assert cause(german, entry("claimed", "", "Ada", reason="Sort"), words).endswith("Einordnen")


def test_people_and_priorities_are_called_by_name(web: Any) -> None:
    """Also somebody who has left, and a customer, who are in no list of agents."""
    number = web.town.report()
    web.login("agnes")
    for fields in ({"owner": "ada@example.com"}, {"priority": "4 high"}, {"owner": ""}):
        web.post(f"/tickets/{number}/change", fields)
    sam = web.town.desk.read(lambda w: web.town.person(w, "sam").id)
    web.post(f"/tickets/{number}/change", {"customer_id": sam})

    def leave(work: Any) -> None:
        web.town.person(work, "ada").active = False

    web.town.desk.run(leave)
    said = web.get(f"/tickets/{number}?language=de").html.select_one(".history").text
    for line in ("Besitzer: Ada Vogt", "Clara Huber → Sam Carter", "→ 4 hoch"):
        assert line in said
    assert "@example" not in said


def test_the_desk_gives_its_reasons_in_the_readers_language(web: Any) -> None:
    made = entry("reopened", "", "", reason="the customer has called again")
    assert cause(Reader("de"), made).endswith("hat wieder angerufen")
    assert cause(Reader("de"), entry("title", reason="typo")).endswith("typo")


@pytest.mark.parametrize("after", ["sent", "in part", "not sent", "failed", "tried again"])
def test_what_became_of_a_message_is_said(after: str) -> None:
    made = entry("delivery", "waiting", after)
    assert "achricht" in say(Reader("de"), made)
    assert "essage" in say(Reader("en"), made)


def test_every_notice_has_a_name_in_both_languages() -> None:
    from engine.notify import render

    folder = Path(render.__file__).parent / "templates" / "en"
    assert set(NOTICES) == {path.stem for path in folder.glob("*.txt")}
    made = entry("notice", "", "acknowledgement → Clara Huber")
    assert say(Reader("de"), made) == "Clara Huber wurde benachrichtigt (Eingangsbestätigung)"
    assert say(Reader("en"), made) == "Clara Huber was notified (acknowledgement)"


def test_a_german_agent_reads_the_history_and_the_reasons_in_german(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    web.login("agnes")
    page = web.get(f"/tickets/{number}?language=de").text
    history = page[page.index('<ol class="history">') :]
    english = web.town.see(number, _step_titles)
    assert english
    for title in english:
        assert title not in history
    assert "enthält" in page
    assert " contains " not in page


def _step_titles(work: Any, ticket: Any) -> list[str]:
    from engine.tickets.queries import open_items

    return [item.title["en"] for item in open_items(work.session, ticket)]
