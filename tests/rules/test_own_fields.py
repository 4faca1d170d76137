"""An own field that is made is at once what rules can say: in form, schema, check and words."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from jsonschema import Draft202012Validator

from engine.commands.known_names import unknown_names
from engine.commands.own_fields import create_field
from engine.commands.rules_drafts import standing
from engine.commands.rules_examining import linted
from engine.rules import parse_ruleset, vocabulary_of
from engine.rules.editing import content, text_of
from engine.rules.schema import schema_of
from engine.rules.sentences import plain_text, sentence
from tests.town import Town
from webapp.i18n import Reader
from webapp.presenters.rule_choices import RuleChoices

FIELDS = (
    {"name": "site", "kind": "choice", "title": {"de": "Standort", "en": "Site"},
     "choices": ["Köln", "Ulm"]},
    {"name": "due", "kind": "date", "title": {"de": "Termin", "en": "Due date"}},
    {"name": "seats", "kind": "number", "title": {"de": "Plätze", "en": "Seats"}},
)  # fmt: skip


def document(*rules: tuple[str, str, str]) -> dict[str, Any]:
    listed = [
        {"id": name, "title": {"de": name, "en": name}, "when": {"all": [content(condition)]},
         "then": [content(action)], "stop": True}
        for name, condition, action in rules
    ]  # fmt: skip
    return {"ruleset": "own", "title": {"de": "E", "en": "O"}, "events": ["ticket.changed"],
            "rules": listed}  # fmt: skip


def made(town: Town, ask: Any) -> Any:
    def command(work: Any) -> Any:
        for field in FIELDS:
            create_field(work, field)
        reader = Reader("de")
        request: Any = SimpleNamespace(db=work.session, reader=reader, translate=reader.gettext)
        vocabulary = vocabulary_of(standing(work.session).vocabulary)
        return ask(work, vocabulary, RuleChoices(request, vocabulary))

    return town.desk.run(command, town.actor("ada"))


def test_the_form_offers_it_with_what_fits_its_kind(town: Town) -> None:
    def ask(work: Any, vocabulary: Any, choices: RuleChoices) -> Any:
        facts = dict(choices.facts())["Eigene Felder"]
        operators = {n: dict(choices.operators(f"custom.{n}")) for n in ("site", "due", "seats")}
        return facts, operators, choices.compared("custom.site", "in"), choices.actions()

    facts, operators, offered, actions = made(town, ask)
    assert ("custom.site", "das Feld „Standort“") in facts
    assert "due_in_working_hours" in operators["due"]
    assert "gte" in operators["seats"]
    assert "gte" not in operators["site"]
    assert offered == [("Köln", "Köln"), ("Ulm", "Ulm")]
    assert ("set.custom.site", "Standort") in [one for _, group in actions for one in group]


def test_the_schema_takes_its_choices_and_no_others(town: Town) -> None:
    def ask(work: Any, vocabulary: Any, choices: RuleChoices) -> Any:
        own = {field["name"]: field["title"]["en"] for field in FIELDS}
        return schema_of(vocabulary, own, "en", {"site": FIELDS[0]["choices"]})

    schema = Draft202012Validator(made(town, ask))
    good = "{fact: custom.site, op: in, value: [Ulm]}", "{set: {custom.site: Köln}}"
    assert schema.is_valid(document(("a", *good)))
    for condition, action in (
        ("{fact: custom.site, op: is, value: Bonn}", good[1]),
        (good[0], "{set: {custom.site: Bonn}}"), (good[0], "{set: {custom.other: x}}"),
        ("{fact: custom.other, op: is, value: x}", good[1]),
    ):  # fmt: skip
        assert not schema.is_valid(document(("a", condition, action))), condition


def test_the_check_knows_its_choices_and_the_sentence_its_title(town: Town) -> None:
    text = text_of(document(
        ("a", "{fact: custom.site, op: is, value: Köln}", "{set: {custom.seats: 3}}"),
        ("b", "{fact: custom.site, op: is, value: Bonn}", "{set: {custom.seats: 4}}"),
        ("c", "{fact: custom.site, op: is, value: köln}", "{set: {custom.seats: 5}}"),
    ))  # fmt: skip

    def ask(work: Any, vocabulary: Any, choices: RuleChoices) -> Any:
        ruleset, problems = parse_ruleset("own", text, vocabulary, "own")
        assert ruleset is not None, problems
        named = replace(vocabulary, titles=choices.vocabulary.titles)
        said = plain_text(sentence(ruleset.rules[0], named, "de"))
        found = linted(work, {"own": text}, vocabulary)["own"]
        return unknown_names(work, [ruleset]), said, found

    unknown, said, found = made(town, ask)
    assert [problem.element for problem in unknown] == ["b"]
    assert said.startswith("Wenn das Feld „Standort“ Köln ist")
    assert [problem.element for problem in found if problem.severity == "warning"] == ["c"]
