"""A rule reads as a sentence in both languages, with its values set apart."""

from pathlib import Path

import pytest

from engine.rules import load_vocabulary, parse_ruleset
from engine.rules.sentences import MOST_VALUES, default_sentence, plain_text, sentence

RULES = Path(__file__).parents[3] / "rules"
VOCABULARY = load_vocabulary((RULES / "vocabulary.yaml").read_text(encoding="utf-8"))


def said(when: str, then: str = "[{add_tag: x}]", language: str = "en", more: str = "") -> str:
    text = (
        "ruleset: r\ntitle: {de: R, en: R}\nevents: [ticket.created]\nrules:\n"
        f"  - {{id: a, title: {{de: A, en: A}}, order: 1, {when} then: {then}{more}}}\n"
    )
    ruleset, problems = parse_ruleset("r", text, VOCABULARY, "r.yaml")
    assert ruleset is not None, problems
    return plain_text(sentence(ruleset.rules[0], VOCABULARY, language))


@pytest.mark.parametrize(("condition", "english", "german"), [
    ("{fact: ticket.created, op: before_now, value: -3d}",
     "If the arrival is earlier than 3 days ago, add the tag x.",
     "Wenn der Eingang früher als vor 3 Tagen liegt, ergänze das Schlagwort x."),
    ("{fact: custom.due, op: after_now, value: +1h}",
     "If the field “due” is later than in 1 hour, add the tag x.",
     "Wenn das Feld „due“ später als in 1 Stunde liegt, ergänze das Schlagwort x."),
    ("{fact: ticket.created, op: older_than_working_hours, value: 8}",
     "If the arrival is more than 8 working hours ago, add the tag x.",
     "Wenn der Eingang mehr als 8 Arbeitsstunden her ist, ergänze das Schlagwort x."),
    ("{fact: ticket.created, op: within_calendar, value: standard}",
     "If the arrival lies in the working time standard, add the tag x.",
     "Wenn der Eingang in der Arbeitszeit standard liegt, ergänze das Schlagwort x."),
    ("{fact: ticket.body, op: written_in, value: [de, en]}",
     "If the first message is written in German or English, add the tag x.",
     "Wenn der erste Text auf Deutsch oder Englisch geschrieben ist, ergänze das Schlagwort x."),
])  # fmt: skip
def test_distances_calendars_and_languages_are_said_in_words(
    condition: str, english: str, german: str
) -> None:
    assert said(f"when: {{all: [{condition}]}},") == english
    assert said(f"when: {{all: [{condition}]}},", language="de") == german


VPN = "{fact: ticket.title, op: contains, value: VPN}"
GOLD = "{fact: ticket.sla, op: is, value: gold}"
VIP = "{fact: customer.vip, op: is, value: true}"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("", "Always: add the tag x."),
        (f"when: {{all: [{VPN}, {GOLD}]}},",
         "If the subject contains VPN and the SLA is gold, add the tag x."),
        (f"when: {{any: [{VPN}, {GOLD}]}},",
         "If the subject contains VPN or the SLA is gold, add the tag x."),
        (f"when: {{none: [{VPN}, {GOLD}]}},",
         "If the subject does not contain VPN and the SLA is not gold, add the tag x."),
        (f"when: {{none: [{{all: [{VPN}, {GOLD}]}}]}},",
         "If the subject does not contain VPN or the SLA is not gold, add the tag x."),
        (f"when: {{all: [{VIP}, {{any: [{VPN}, {GOLD}]}}]}},",
         ("If the customer is a VIP and (the subject contains VPN or the SLA is gold), "
         "add the tag x.")),
        (f"when: {{all: [{VIP}, {{all: [{VPN}, {GOLD}]}}]}},",
         ("If the customer is a VIP and the subject contains VPN and the SLA is gold, "
         "add the tag x.")),
    ],
)  # fmt: skip
def test_conditions_are_joined_as_they_are_meant(when: str, expected: str) -> None:
    assert said(when) == expected


def test_a_rule_that_stops_says_so_in_both_languages() -> None:
    then = "[{set: {queue: Network, priority: 4}}]"
    when = f"when: {{all: [{VPN}]}},"
    assert said(when, then, "en", ", stop: true") == (
        "If the subject contains VPN, put it into Network and set the priority to 4, and stop."
    )
    assert said(when, then, "de", ", stop: true") == (
        "Wenn der Betreff VPN enthält, lege es nach Network und setze die Priorität auf 4, "
        "danach ist Schluss."
    )


def test_of_many_values_the_first_are_said_and_the_rest_counted() -> None:
    words = ", ".join(f"w{n}" for n in range(MOST_VALUES + 3))
    text = said(f"when: {{all: [{{fact: ticket.title, op: contains, value: [{words}]}}]}},")
    assert "or 3 more" in text
    assert f"w{MOST_VALUES}" not in text


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_rule_that_is_shipped_is_a_whole_sentence_with_its_values_apart(
    language: str,
) -> None:
    for path in sorted(RULES.glob("*.yaml")):
        if path.stem in ("vocabulary", "calendars", "slas"):
            continue
        ruleset, _ = parse_ruleset(path.stem, path.read_text("utf-8"), VOCABULARY, path.name)
        assert ruleset is not None
        for rule in ruleset.rules:
            parts = sentence(rule, VOCABULARY, language)
            text = plain_text(parts)
            assert text[0].isupper()
            assert text.endswith(".")
            assert not set("{}\x01\x02") & set(text)
        otherwise = default_sentence(ruleset.default, VOCABULARY, language)
        assert bool(otherwise) is bool(ruleset.default)


@pytest.mark.parametrize(
    ("then", "english", "german"),
    [
        ("hide: since", "leave out the question since", "lass die Frage since weg"),
        ("require: since", "require an answer to since", "verlange eine Antwort auf since"),
        ("only_choices: {field: what, choices: [a, b]}",
         "offer only a or b for what", "biete bei what nur a oder b an"),
        ("prefill: {field: since, value: 3}", "suggest 3 for since", "schlage bei since 3 vor"),
        ("hint: {field: since, de: Bald, en: Soon}", "say at since: Soon", "sage bei since: Bald"),
    ],
)  # fmt: skip
def test_form_rules_read_as_sentences(then: str, english: str, german: str) -> None:
    text = (
        "ruleset: r\ntitle: {de: R, en: R}\nevents: [form.shown]\nrules:\n"
        f"  - {{id: a, title: {{de: A, en: A}}, then: [{{{then}}}]}}\n"
    )
    ruleset, problems = parse_ruleset("r", text, VOCABULARY, "r.yaml")
    assert ruleset is not None, problems
    said = [plain_text(sentence(ruleset.rules[0], VOCABULARY, one)) for one in ("en", "de")]
    assert said == [f"Always: {english}.", f"Immer: {german}."]
