"""Sentences that say why, in both languages, with the fact and the value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.rules import compile_release, explain, load_vocabulary, parse_ruleset
from engine.rules.operators import OPERATORS
from engine.rules.ruleset import Action

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
RULES = Path(__file__).resolve().parents[3] / "rules"
VOCABULARY = load_vocabulary((RULES / "vocabulary.yaml").read_text("utf-8"))


def starter(name: str) -> Any:
    ruleset, _ = parse_ruleset(name, (RULES / f"{name}.yaml").read_text("utf-8"), VOCABULARY)
    assert ruleset is not None
    return compile_release([ruleset], VOCABULARY)


def test_the_vpn_ticket_in_english_and_german() -> None:
    release = starter("routing")
    facts = {"ticket.title": "Mein VPN geht nicht", "ticket.queue": "Service Desk"}
    trace = release.evaluate("routing", facts, now=NOW).trace
    short = release.digest[:8]
    assert explain(trace, 0, "en", VOCABULARY) == (
        f"Rule “VPN to Network” (routing, release {short}) put the ticket into Network::VPN "
        "because the subject contains the word “VPN”."
    )
    assert explain(trace, 0, "de", VOCABULARY) == (
        f"Die Regel „VPN zum Netzwerkteam“ (routing, Stand {short}) hat das Ticket nach "
        "Network::VPN gelegt, weil der Betreff das Wort „VPN“ enthält."
    )


def test_without_the_vocabulary_facts_have_their_names() -> None:
    facts = {"ticket.title": "VPN"}
    trace = starter("routing").evaluate("routing", facts, now=NOW).trace
    assert "because ticket.title contains the word “VPN”" in explain(trace, 0, "en")


def test_a_rule_that_did_several_things_says_them_together() -> None:
    facts = {"ticket.title": "VPN"}
    trace = starter("routing").evaluate("routing", facts, now=NOW).trace
    assert "put the ticket into Network::VPN and set the service to Network access" in explain(
        trace, None, "en"
    )


def test_a_yes_or_no_fact_is_a_clause() -> None:
    facts = {"customer.vip": True, "ticket.priority": 3, "ticket.sla": "standard"}
    trace = starter("priority").evaluate("priority", facts, now=NOW).trace
    assert "because the customer is a VIP and the SLA is not “gold”" in explain(
        trace, 0, "en", VOCABULARY
    )
    assert "weil der Kunde VIP ist und das SLA nicht „gold“ ist" in explain(
        trace, 0, "de", VOCABULARY
    )


def test_the_default_says_that_nothing_matched() -> None:
    trace = starter("routing").evaluate("routing", {}, now=NOW).trace
    assert explain(trace, 0, "en", VOCABULARY).startswith("No rule of routing")
    assert "put the ticket into Service Desk" in explain(trace, 0, "en")
    assert "hat das Ticket nach Service Desk gelegt" in explain(trace, 0, "de")


def test_nothing_decided_is_said_too() -> None:
    trace = starter("priority").evaluate("priority", {}, now=NOW).trace
    assert explain(trace, None, "en").endswith("decided anything.")
    assert explain(trace, 7, "de").startswith("Keine Regel von priority")
    assert explain(trace, -1, "en").startswith("No rule")


def test_a_rule_without_conditions_names_its_event() -> None:
    release = starter("escalation")
    trace = release.evaluate(
        "escalation", {"ticket.priority": 5}, event="clock.breached", now=NOW
    ).trace
    marked = next(i for i, d in enumerate(trace["decisions"]) if d["rule"] == "breach-mark")
    assert "because the promised time is over." in explain(trace, marked, "en", VOCABULARY)
    assert "weil die zugesagte Zeit überschritten ist." in explain(trace, marked, "de", VOCABULARY)


def test_what_must_not_be_is_said_as_such() -> None:
    facts = {"ticket.title": "Dringend", "ticket.priority": 3}
    trace = starter("priority").evaluate("priority", facts, now=NOW).trace
    said = explain(trace, 0, "en", VOCABULARY)
    assert "the subject does not contain “nicht dringend”, “not urgent” or “nicht eilig”." in said


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("op", OPERATORS)
def test_every_operator_has_words(language: str, op: str) -> None:
    assert all("{fact}" in words for words in OPERATORS[op].words[language])
    assert len(set(OPERATORS[op].words[language])) == 2


@pytest.mark.parametrize("language", ["de", "en", "fr", ""])
def test_it_says_something_of_every_odd_evaluation(
    make: Callable[..., Any], odd: Callable[[int], Any], language: str
) -> None:
    maker = odd(21)
    empty = make([]).rulesets["sample"]
    rules = tuple(replace(rule, then=(Action("add_tag", "x"),)) for rule in maker.rules(40))
    release = compile_release([replace(empty, rules=rules)], maker.vocabulary)
    for _ in range(20):
        trace = release.evaluate("sample", maker.ticket(), changed=maker.changed(), now=NOW).trace
        for index in range(len(trace["decisions"])):
            sentence = explain(trace, index, language)
            assert sentence.endswith(".")
            assert "{fact}" not in sentence
            assert "{value}" not in sentence
            assert len(sentence) < 20_000
