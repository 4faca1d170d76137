"""What a rule can say is offered in words, and an own field is among it at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.catalogue.models import CustomField
from engine.commands.rules_drafts import standing
from engine.rules import vocabulary_of
from tests.town import Town
from webapp.i18n import Reader
from webapp.presenters.rule_choices import RuleChoices


def asked(town: Town, ask: Any, language: str = "en") -> Any:
    def command(work: Any) -> Any:
        title = {"de": "Standort", "en": "Site"}
        site = CustomField(name="site", kind="choice", title=title, choices=["Ulm", "Y"])
        work.session.merge(site)
        work.session.merge(CustomField(name="old", kind="text", title={}, active=False))
        work.session.flush()
        reader = Reader(language)
        request: Any = SimpleNamespace(db=work.session, reader=reader, translate=reader.gettext)
        return ask(RuleChoices(request, vocabulary_of(standing(work.session).vocabulary)))

    return town.desk.run(command)


def test_facts_are_grouped_and_own_fields_are_among_them(town: Town) -> None:
    facts = dict(asked(town, lambda choices: choices.facts(), "de"))
    assert ("ticket.title", "der Betreff") in facts["Ticket"]
    assert facts["Eigene Felder"] == [("custom.site", "das Feld „Standort“")]
    assert facts["Antworten in Formularen"] == [("form.*", "die Antwort")]


def test_actions_name_each_field_that_they_set(town: Town) -> None:
    actions = dict(asked(town, lambda choices: choices.actions()))
    assert ("set.queue", "queue") in actions["set a field"]
    assert ("set.custom.site", "Site") in actions["set a field"]
    assert ("add_tag", "add a tag") in actions["Other actions"]


@pytest.mark.parametrize(("fact", "there", "absent"), [
    ("ticket.priority", "gte", "contains"), ("ticket.title", "contains_word", "gte"),
    ("ticket.tags", "has_any", "is"), ("ticket.created", "before", "is"),
    ("customer.vip", "is", "contains"), ("custom.site", "in", "before"),
    ("form.anything", "before", "nothing"),
])  # fmt: skip
def test_operators_fit_the_fact(town: Town, fact: str, there: str, absent: str) -> None:
    offered = [name for name, _ in asked(town, lambda choices: choices.operators(fact))]
    assert there in offered
    assert absent not in offered


def test_what_is_so_or_not_is_said_either_way(town: Town) -> None:
    offered = dict(asked(town, lambda choices: choices.operators("ticket.queue"), "de"))
    assert (offered["is_empty"], offered["is_empty:no"]) == ("ist leer", "ist nicht leer")


@pytest.mark.parametrize(("fact", "value"), [
    ("ticket.queue", ("Network::VPN", "Network::VPN")), ("ticket.priority", ("1", "1 very low")),
    ("ticket.channel", ("fax", "Fax")), ("customer.vip", ("true", "yes")),
    ("ticket.language", ("de", "German")), ("custom.site", ("Ulm", "Ulm")),
    ("clock.kind", ("solution", "Solution")),
])  # fmt: skip
def test_values_are_those_of_the_desk(town: Town, fact: str, value: tuple[str, str]) -> None:
    assert value in asked(town, lambda choices: choices.values(fact))


@pytest.mark.parametrize(("fact", "op", "value"), [
    ("ticket.created", "within_calendar", ("standard", "Office hours")),
    ("ticket.body", "written_in", ("de", "German")), ("ticket.queue", "in", ("HR", "HR")),
    ("custom.site", "changed_to", ("Ulm", "Ulm")),
])  # fmt: skip
def test_an_operator_may_compare_with_what_the_desk_has(
    town: Town, fact: str, op: str, value: tuple[str, str]
) -> None:
    assert value in asked(town, lambda choices: choices.compared(fact, op))
    assert asked(town, lambda choices: choices.compared("ticket.created", "before_now")) == []


def test_free_words_have_no_choices(town: Town) -> None:
    assert asked(town, lambda choices: choices.values("ticket.title")) == []
    assert asked(town, lambda choices: choices.values("no.such")) == []


@pytest.mark.parametrize(("verb", "field", "value"), [
    ("notify", "to", ("queue", "the agents of the queue")),
    ("notify", "to", ("role:admin", "Administrators")),
    ("notify", "template", ("assigned", "ticket handed over")),
    ("set", "custom.site", ("Y", "Y")), ("set", "queue", ("HR", "HR")),
])  # fmt: skip
def test_actions_take_what_the_desk_has(
    town: Town, verb: str, field: str, value: tuple[str, str]
) -> None:
    assert value in asked(town, lambda choices: choices.field_values(verb, field))


def test_what_the_vocabulary_lists_is_offered_in_words_and_not_what_a_name_means_elsewhere(
    town: Town,
) -> None:
    ways = dict(asked(town, lambda choices: choices.field_values("assign", "to"), "de"))
    assert ways["round_robin"] == "reihum"
    assert "customer" not in ways
    groups = asked(town, lambda choices: choices.field_values("assign", "group"))
    assert ("hr", "hr") in groups


def test_days_are_offered_by_their_names(town: Town) -> None:
    days = asked(town, lambda choices: choices.values("time.weekday"), "de")
    assert days[0] == ("mon", "Montag")
    assert asked(town, lambda choices: choices.fact_label("time.calendars"), "de") != ""
