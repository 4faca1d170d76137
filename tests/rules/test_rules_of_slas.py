"""Rules give a ticket its SLA: by customer, organisation, priority and type, at birth and later."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from engine.commands.candidates import read_rules
from engine.commands.known_names import publish_known_rules
from engine.commands.tickets import change_ticket
from tests.town import ROOT, Town

HOUR = 3600
Put = Callable[[str, str], None]


@pytest.fixture
def rules(town: Town, tmp_path: Any) -> Put:
    """`rules(condition, more)` puts a rule in force, beside those delivered, that gives gold."""

    def put(condition: str, more: str = "") -> None:
        folder = tmp_path / "rules"
        shutil.copytree(ROOT / "rules", folder)
        text = (
            "ruleset: own\ntitle: {de: A, en: A}\nevents: [ticket.created, ticket.changed]\n"
            f"rules:\n  - id: one\n    title: {{de: A, en: A}}\n{more}"
            f"    when: {{all: [{condition}, {{fact: ticket.sla, op: is_not, value: gold}}]}}\n"
            "    then: [{set: {sla: gold}}]\n"
        )
        (folder / "own.yaml").write_text(text, encoding="utf-8")
        found = read_rules(folder)
        town.desk.run(lambda work: publish_known_rules(work, found) and None)

    return put


def sla(town: Town, number: str) -> tuple[str, str]:
    found: tuple[str, str] = town.see(
        number, lambda work, ticket: (ticket.sla.name if ticket.sla else "", ticket.sla_source)
    )
    return found


def change(town: Town, number: str, **values: Any) -> None:
    town.do("ada", number, lambda work, ticket: change_ticket(work, ticket, values) and None)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "condition",
    [
        "{fact: customer.internal, op: is, value: true}",
        "{fact: customer.organisation, op: is, value: Example GmbH}",
        "{fact: customer.email, op: is, value: clara@example.org}",
        "{fact: ticket.type, op: is, value: incident}",
        "{fact: ticket.priority, op: gt, value: 4}",
    ],
)
def test_at_birth(town: Town, rules: Put, condition: str) -> None:
    rules(condition, "")
    number = town.report(priority="5 very high")
    assert sla(town, number) == ("gold", "given")


def test_of_others_nothing_is_given(town: Town, rules: Put) -> None:
    rules("{fact: customer.internal, op: is, value: false}", "")
    assert sla(town, town.report(by="clara"))[0] == ""


def test_when_the_priority_changes_later(town: Town, rules: Put) -> None:
    rules("{fact: ticket.priority, op: gt, value: 4}", "    changed: [ticket.priority]\n")
    number = town.report(sla="standard", priority="3 normal")
    before = town.see(number, lambda work, ticket: ticket.due_at)
    assert sla(town, number)[0] == "standard"
    change(town, number, priority="5 very high")
    assert sla(town, number)[0] == "gold"
    assert town.see(number, lambda work, ticket: ticket.due_at) < before
    change(town, number, sla="standard")  # a person goes before the rule
    change(town, number, title="something else")
    assert sla(town, number)[0] == "standard"


def test_the_starter_gives_gold_when_a_ticket_becomes_that_of_a_vip(town: Town) -> None:
    number = town.report(by="clara", sla="standard")
    change(town, number, customer="sam@example.net")
    assert sla(town, number) == ("gold", "given")
