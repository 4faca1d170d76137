"""Rules about forms, questions and answers that the desk does not have are found before they are
in force."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.known_names import unknown_names
from engine.rules import load_vocabulary, parse_ruleset
from tests.ruled import HEAD, answer, form, rule
from tests.town import ROOT, Town

VOCABULARY = load_vocabulary((ROOT / "rules" / "vocabulary.yaml").read_text(encoding="utf-8"))
FAULT, TRIAGE = form("request/report_fault"), form("step/incident/triage")


def found(town: Town, text: str) -> list[str]:
    ruleset, problems = parse_ruleset("forms", HEAD + text, VOCABULARY, "forms")
    assert ruleset is not None, problems
    said: list[Any] = town.desk.read(lambda work: unknown_names(work, [ruleset]))
    return [one.message.removeprefix("forms: ") for one in said]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rule("hide: since", form("request/report_falt")),
         "there is no form called 'request/report_falt'"),
        (rule("hide: sinse", FAULT), "no form that this rule is about asks 'sinse'"),
        (rule("hide: since", TRIAGE), "no form that this rule is about asks 'since'"),
        (rule("hide: since", FAULT, answer("afected", "printer")),
         "no form that this rule is about asks 'afected'"),
        (rule("hide: since", FAULT, answer("affected", "fridge")),
         "'fridge' is no answer to 'affected'"),
        (rule("without_choices: {field: affected, choices: [printer, fridge]}", FAULT),
         "'fridge' is no answer to 'affected'"),
        (rule("without_choices: {field: title, choices: [x]}", FAULT),
         "'title' is answered in free words: there is nothing to choose"),
        (rule("only_choices: {field: queue, choices: [Netwrk]}", TRIAGE),
         "'Netwrk' is no answer to 'queue'"),
        (rule("prefill: {field: impact, value: little}", FAULT),
         "'little' is no answer to 'impact'"),
        (rule("prefill: {field: queue, value: Nowhere}", TRIAGE),
         "'Nowhere' is no answer to 'queue'"),
        (rule("hide: impact", FAULT),
         "the form needs an answer to 'impact', so it is asked all the same"),
    ],
)  # fmt: skip
def test_what_no_form_has_is_named(town: Town, text: str, message: str) -> None:
    assert found(town, text) == [message]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "text",
    [
        rule("hide: since", FAULT, answer("affected", "printer")),
        rule("hide: since"),
        rule("hide: hint", "{fact: asked.kind, op: is, value: step}"),
        rule("only_choices: {field: queue, choices: [Network, HR]}", TRIAGE),
        rule("prefill: {field: impact, value: limited}", FAULT, answer("colleagues", "true")),
        rule("require: since", FAULT, answer("title", "VPN", "contains")),
    ],
)
def test_what_there_is_raises_no_alarm(town: Town, text: str) -> None:
    assert found(town, text) == []
