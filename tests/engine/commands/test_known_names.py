"""Rules are held to what the desk has: what is not there is named with its line."""

from __future__ import annotations

import shutil

import pytest

from engine.commands.candidates import read_rules
from engine.commands.known_names import publish_known_rules, unknown_names
from engine.commands.own_fields import change_field, create_field, field_with
from engine.commands.rules_drafts import save_rules_draft
from engine.commands.rules_examining import examine_rules
from engine.errors import Invalid
from engine.rules import load_vocabulary, parse_ruleset
from tests.town import ROOT

HEAD = """ruleset: routing
title: {de: A, en: A}
rules:
  - id: one
    title: {de: A, en: A}
"""


def found(town, when="", then="add_tag: x", slas=()):
    """What is unknown in one rule: (line, words)."""
    text = (
        HEAD + (f"    when: {{all: [{{{when}}}]}}\n" if when else "") + f"    then: [{{{then}}}]\n"
    )
    vocabulary = load_vocabulary((ROOT / "rules" / "vocabulary.yaml").read_text(encoding="utf-8"))
    ruleset, problems = parse_ruleset("routing", text, vocabulary, "routing.yaml")
    assert ruleset is not None, problems
    problems = town.desk.read(lambda work: unknown_names(work, [ruleset], slas))
    assert all(p.element == "one" and p.message.startswith("routing.yaml: ") for p in problems)
    return [(p.line, p.message.removeprefix("routing.yaml: ")) for p in problems]


def test_the_starter_rules_name_only_what_a_desk_starts_with(town):
    rules = read_rules(ROOT / "rules")
    assert town.desk.read(lambda work: unknown_names(work, rules.rulesets)) == []


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("when", "word"),
    [
        ("fact: custom.asset, op: is, value: x", "asset"),
        ("fact: custom.asset, op: is_empty", "asset"),
        ("fact: ticket.queue, op: in, value: [HR, Netwrok]", "Netwrok"),
        ("fact: ticket.state, op: changed_to, value: done", "done"),
        ("fact: ticket.sla, op: is_not, value: platinum", "platinum"),
        ("fact: ticket.created, op: within_calendar, value: nights", "nights"),
        ("fact: time.calendars, op: has_any, value: [standard, nights]", "nights"),
    ],
)
def test_a_condition_that_could_never_be_as_meant_is_named(town, when, word):
    ((line, said),) = found(town, when)
    assert (line, word in said) == (6, True)


def test_parts_of_names_and_empty_ones_are_no_names(town):
    assert found(town, "fact: ticket.queue, op: contains, value: wor") == []
    assert found(town, "fact: ticket.owner, op: is, value: somebody@else.example") == []


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("then", "word"),
    [
        ("set: {queue: Netwrok}", "Netwrok"),
        ("set: {sla: platinum}", "platinum"),
        ("set: {service: Fax machine}", "Fax machine"),
        ("set: {owner: clara@example.org}", "clara"),
        ("set: {custom.asset: PC-1}", "asset"),
        ("notify: {to: owner, template: assinged}", "assinged"),
        ("notify: {to: 'group:nobodies', template: assigned}", "nobodies"),
        ("notify: {to: onwer, template: assigned}", "onwer"),
    ],
)
def test_an_action_that_would_fail_on_every_ticket_is_named(town, then, word):
    ((_, said),) = found(town, "", then)
    assert word in said


def test_what_comes_with_the_rules_is_there(town):
    assert found(town, "", "set: {sla: platinum}", {"platinum"}) == []


def test_a_field_that_is_there_is_known_and_a_retired_one_is_read_but_not_set(town):
    title = {"de": "Standort", "en": "Site"}
    values = {"name": "site", "kind": "choice", "title": title, "choices": ["Bonn"]}
    town.desk.run(lambda w: create_field(w, values) and None, town.actor("ada"))
    asks, sets = "fact: custom.site, op: is, value: Bonn", "set: {custom.site: Bonn}"
    assert found(town, asks, sets) == []
    assert "no choice" in found(town, "", "set: {custom.site: Ulm}")[0][1]
    town.desk.run(
        lambda w: change_field(w, field_with(w, "site"), values | {"active": False}),
        town.actor("ada"),
    )
    assert found(town, asks) == []
    assert len(found(town, "", sets)) == 1


def test_a_value_that_is_no_choice_of_an_own_field_is_named(town):
    site = {"name": "site", "kind": "choice", "title": {"de": "O", "en": "S"},
            "choices": ["Köln", "Ulm"]}  # fmt: skip
    town.desk.run(lambda w: create_field(w, site) and None, town.actor("ada"))
    assert found(town, "fact: custom.site, op: in, value: [köln, Ulm]") == []
    assert found(town, "fact: custom.site, op: contains, value: K") == []
    ((_, said),) = found(town, "fact: custom.site, op: is_not, value: Bonn")
    assert "Bonn" in said


def test_what_is_told_of_a_draft_does_not_begin_with_its_name(town):
    text = HEAD + "    then: [{set: {queue: Nowhere}}]\n"

    def examine(work):
        save_rules_draft(work, "routing", 0, text=text)
        return examine_rules(work).problems["routing"]

    said = [problem.message for problem in town.desk.run(examine, town.actor("ada"))]
    assert "there is no queue called 'Nowhere'" in said
    assert not [one for one in said if one.startswith("routing")]


def test_a_state_that_lets_clocks_rest_must_be_one_of_ours(town, tmp_path):
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    with (tmp_path / "rules/slas.yaml").open("a", encoding="utf-8") as file:
        file.write("    update: PT4H\n    rests_in: [waiting for customer, wating]\n")
    rules = read_rules(tmp_path / "rules")
    with pytest.raises(Invalid) as caught:
        town.desk.run(lambda work: publish_known_rules(work, rules) and None)
    (problem,) = caught.value.problems
    assert "wating" in problem.message
    assert problem.element == "slas.gold.rests_in"
