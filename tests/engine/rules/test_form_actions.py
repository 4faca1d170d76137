"""Form rules in a file: their own event, their own actions, lists of answers."""

from __future__ import annotations

import pytest

from engine.rules import load_vocabulary, parse_ruleset
from tests.town import ROOT

VOCABULARY = load_vocabulary((ROOT / "rules" / "vocabulary.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("events", "then", "said"),
    [
        ("[form.shown]", "{set: {queue: Network}}", "set does nothing at form.shown"),
        ("[ticket.created]", "{hide: since}", "hide is for rulesets that hear form.shown"),
        ("[]", "{hide: since}", "hide is for rulesets that hear form.shown"),
        ("[form.shown, ticket.created]", "{hide: a}", "who hears form.shown hears nothing else"),
        ("[form.shown]", "{only_choices: {field: what, choices: a}}", "choices 'a' is no list"),
        ("[form.shown]", "{only_choices: {field: what, choices: []}}", "choices [] is no list"),
        ("[form.shown]", "{hint: {field: what, de: Ja}}", "en missing"),
    ],
)
def test_what_is_wrong_is_said(events: str, then: str, said: str) -> None:
    text = (
        f"ruleset: r\ntitle: {{de: R, en: R}}\nevents: {events}\nrules:\n"
        f"  - {{id: a, title: {{de: A, en: A}}, then: [{then}]}}\n"
    )
    ruleset, problems = parse_ruleset("r", text, VOCABULARY, "r.yaml")
    assert ruleset is None
    assert said in problems[0].message
