"""What is offered at a place: keys of the format, and what this desk has, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.catalogue.models import CustomField
from engine.rules.source import read_yaml
from tests.webapp.scripts.test_text_place import ALL, FLOW, NEXT, RULE, split

PLACE = "rules/text_place.js"
OFFERS = "rules/text_offers.js"
THEN = RULE + "then:\n      - "
SITE = {"name": "site", "kind": "choice", "title": {"de": "Standort", "en": "Site"},
        "choices": ["Ulm", "No: 1"], "active": True}  # fmt: skip


@pytest.fixture
def offered(web: Any, ask: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """`offered(text)`: the options at ‸, by what the desk sends ada."""
    web.town.desk.run(lambda work: work.session.add(CustomField(**SITE)))

    def options(text: str, of: str = "text") -> list[dict[str, Any]]:
        web.login("ada")
        words = web.get(f"/rules/routing/words?of={of}").json
        found = ask(PLACE, "m.place(...data)", split(text))
        answer = ask(OFFERS, "m.offers(...data)", [found, words])
        assert answer["from"] <= split(text)[1]
        known: list[dict[str, Any]] = answer["options"]
        return known

    return options


def labels(options: list[dict[str, Any]]) -> list[str]:
    return [one["label"] for one in options]


def test_keys_are_those_that_can_still_stand_there(offered: Callable[..., Any]) -> None:
    assert labels(offered("‸"))[:2] == ["ruleset", "title"]
    keys = labels(offered(RULE + "title: {de: a, en: b}\n    ‸"))
    assert "when" in keys
    assert not {"id", "title", "fact", "rules"} & set(keys)
    assert labels(offered(ALL + "{fact: ticket.queue, ‸")) == ["op", "value"]
    assert labels(offered(RULE + "title: {de: A, ‸")) == ["en"]
    # An action is one verb; a group holds conditions and other groups.
    assert offered(THEN + "{set: {queue: A}, ‸") == []
    assert {"fact", "any", "{fact, op, value}"} <= set(labels(offered(ALL + "‸")))


def test_a_key_brings_what_stands_behind_it(offered: Callable[..., Any]) -> None:
    put = {one["label"]: one.get("snippet", one.get("put")) for one in offered(RULE + "‸")}
    assert put["title"] == "title: {de: #{}, en: #{}}"
    assert put["when"] == "when:\n\t#{}"
    assert put["then"] == "then:\n\t- #{}"
    assert put["events"] == "events: [#{}]"
    assert put["stop"] == "stop: "
    assert offered(THEN + "noti‸")[0]["snippet"] == "notify: {to: #{}, template: #{}}"
    [rule] = [one for one in offered("rules:\n  - ‸") if one["label"] == "rule …"]
    lines = rule["snippet"].replace("#{}", "x").replace("\t", "  ").replace("\n", "\n  ")
    assert read_yaml("rules:\n  - " + lines)[1] == []


def test_operators_are_those_that_fit_the_fact(offered: Callable[..., Any]) -> None:
    assert "fact.queue" not in labels(offered(ALL + "{fact: ‸"))
    assert labels(offered(ALL + "{fact: queue‸"))[0] == "ticket.queue"
    assert labels(offered(ALL + "{fact: the subject‸")) == ["ticket.title"]
    assert "older_than_minutes" in labels(offered(ALL + "{op: ‸, fact: ticket.created}" + NEXT))
    assert "gte" not in labels(offered(ALL + "{fact: ticket.queue, op: ‸"))


def test_values_are_those_of_the_desk(offered: Callable[..., Any]) -> None:
    queues = offered(FLOW + "‸}" + NEXT)
    assert "Network::VPN" in labels(queues)
    assert offered(FLOW + '"Net‸"}')[0]["put"] == "Network"
    prio = offered(ALL + "{fact: ticket.priority, op: gte, value: ‸")
    assert [(one["put"], one["detail"]) for one in prio][-1] == ("5", "5 very high")
    [many, *_] = offered(ALL + "{fact: ticket.queue, op: in, value: ‸")
    assert many["put"] == "[Change Board]"
    assert labels(offered(ALL + "{fact: ticket.queue, op: is_empty, value: ‸")) == ["true", "false"]
    assert labels(offered(ALL + "{fact: ticket.queue, op: matches, value: ‸")) == []
    own = offered(ALL + "{fact: custom.site, op: is, value: ‸")
    assert [one["put"] for one in own] == ["Ulm", '"No: 1"']
    assert "custom.site" in labels(offered(ALL + "{fact: Site‸"))
    assert labels(offered(ALL + "{fact: form.any, op: ‸"))


def test_actions_their_fields_and_events(offered: Callable[..., Any]) -> None:
    assert {"set", "assign", "add_tag"} <= set(labels(offered(THEN + "‸")))
    assert "custom.site" in labels(offered(THEN + "set: {‸"))
    assert "Complaints" in labels(offered(THEN + "set: {queue: ‸"))
    ways = ["round_robin", "least_loaded", "last_owner", "lead"]
    assert labels(offered(THEN + "assign: {to: ‸")) == ways
    assert "owner" in labels(offered(THEN + "notify:\n          to: ‸"))
    assert "agnes" in " ".join(labels(offered(THEN + "set: {owner: Agnes‸")))
    assert "ticket.created" in labels(offered("events: [‸"))
    assert labels(offered(RULE + "stop: ‸")) == ["true", "false"]
    assert "ticket.queue" in labels(offered(RULE + "changed: [‸"))


def test_examples_know_facts_rules_and_what_can_be_expected(offered: Callable[..., Any]) -> None:
    assert "example …" in labels(offered("- ‸", "examples"))
    assert "ticket.queue" in labels(offered("- name: a\n  facts: {‸", "examples"))
    assert "HR" in labels(offered("- name: a\n  facts: {ticket.queue: ‸", "examples"))
    assert "vpn" in labels(offered("- name: a\n  expect: {rules: [‸", "examples"))
    assert "HR" in labels(offered("- name: a\n  expect: {set: {queue: ‸", "examples"))


def test_words_are_the_reader_s(web: Any, offered: Callable[..., Any]) -> None:
    web.login("ada")
    web.app.set_cookie("vorgang_language", "de")
    said = web.get("/rules/routing/words", headers={"Accept-Language": "de"}).json
    assert said["schema"]["properties"]["rules"]["description"]


NASTY = ["", "yes", "No", "5", "1.5", "1e3", "0x1F", "12:30", "2026-01-01", "null", "~", "-", "- a",
         "a: b", "a:", "a #b", "#a", "'a", '"a"', "{a", "[a]", "a, b", "a]", "&a", "*a", "!a", "%a",
         "@a", "`a", " a", "a ", "A::B", "Ä ö ß", "a\\b", "tab\there", "a\nb", "true", "+1", ".5",
         "?", "? a", "|", ">", "=", "<<"]  # fmt: skip


@pytest.mark.parametrize("flow", [True, False])
def test_a_value_is_written_so_that_it_is_read_as_itself(
    ask: Callable[..., Any], flow: bool
) -> None:
    code = f"data.map((one) => m.scalar(one, 'string', {str(flow).lower()}))"
    for value, put in zip(NASTY, ask(OFFERS, code, NASTY), strict=True):
        text = f"a: {{b: {put}}}" if flow else f"a:\n  b: {put}"
        data, problems = read_yaml(text)
        assert problems == [], (value, put)
        assert data["a"]["b"] == value, put
