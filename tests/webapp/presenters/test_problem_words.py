"""What the checks say in English is said to a German reader in German, whatever is filled in."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Problem
from engine.workflow.told import Told
from webapp.i18n import LOCALE_DIR
from webapp.presenters import problem_words
from webapp.presenters.problem_words import finding_said as said
from webapp.presenters.problem_words import problem_said

FILLED = re.compile(r"%\((\w+)\)s")
UNDECIDED = "Whether the process always comes to an end is not decided: "
NOT_DECIDED_DE = "Ob der Prozess immer ein Ende findet, ließ sich nicht entscheiden: "
with (LOCALE_DIR / "de" / "problems.po").open("rb") as file:
    PAIRS = [(str(m.id), str(m.string)) for m in read_po(file, locale="de") if m.id]


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ('"Check" has no script', "„Check“ hat kein Skript"),
        ('approval: "Check" has no script', "approval: „Check“ hat kein Skript"),
        ("Write a script", "Schreiben Sie ein Skript"),
        (
            'The condition of "Way": Line 1, column 2: there is no value called "x"',
            "„Way“ (Bedingung): Zeile 1, Spalte 2: Einen Wert namens „x“ gibt es nicht",
        ),
        (
            'The parameter "to" of "Tell": The expression is empty',
            "„Tell“ (Angabe „to“): Der Ausdruck ist leer",
        ),
        (
            'The lane "A" is for queue "B", which does not exist',
            "Die Bahn „A“ ist für die Warteschlange „B“, die es nicht gibt",
        ),
        (
            UNDECIDED + 'At "G" a path waits for another one that never comes; no data were found'
            " that lead there",
            NOT_DECIDED_DE + "Bei „G“ wartet ein Weg auf einen anderen, der nie kommt; es fanden"
            " sich keine Angaben, die dorthin führen",
        ),
        (
            'triage.ui.json: "queue": there is no widget "magic"',
            "triage.ui.json: „queue“: Ein Eingabefeld der Art „magic“ gibt es nicht",
        ),
        ("Complex gateways are not supported", "Komplexe Entscheidungen werden nicht unterstützt"),
        (
            "routing.yaml: unknown fact 'tikket.queue'",
            "routing.yaml: Unbekannte Tatsache „tikket.queue“",
        ),
        ("did you mean 'ticket.queue'?", "Meinten Sie „ticket.queue“?"),
        ("catalogue.yaml: no process 'x' is in force",
         "catalogue.yaml: Kein Prozess „x“ ist in Kraft"),
        ("incident: examples.yaml: step 2: waits at triage, expected work",
         "incident: examples.yaml: Schritt 2: Es wartet bei triage; erwartet war work."),
        (Told('"%(step)s" failed: %(why)s', 3, step="work", why="division by zero"),
         "Schritt 3: „work“ ist gescheitert: Teilung durch null"),
    ],
)  # fmt: skip
def test_a_sentence_is_said_with_what_is_filled_in(english: str, german: str) -> None:
    assert said(english, "de") == german
    assert said(english, "en") == english


@pytest.mark.parametrize(
    "text", ["", "Something else", "a: b; c: d", '"x": nothing known', "%(a)s"]
)
def test_what_nobody_knows_stays_as_it_is(text: str) -> None:
    assert said(text, "de") == text


@pytest.mark.parametrize("language", ["", "xx", "../de"])
def test_a_language_that_nobody_speaks_reads_english(language: str) -> None:
    assert said("Write a script", language) == "Write a script"


def test_names_of_elements_are_never_translated() -> None:
    for name in ("script", "Write a script", "time", '"', "%(a)s", "%s", "\\1", "<b>", "Ä\n🙂"):
        assert said(f'"{name}" has no script', "de") == f"„{name}“ hat kein Skript"


@given(st.text(st.sampled_from('": ;,.%()as\\'), max_size=300), st.text(max_size=40))
def test_hostile_names_are_looked_at_a_few_times_only(odd: str, name: str) -> None:
    looks = problem_words.Reading(problem_words._sentences("de"))
    looks.recognised(f'The condition of "{odd}{name}": {odd}')
    assert looks.left >= 0
    assert isinstance(said(f"{odd}{name}", "de"), str)


@pytest.mark.parametrize(
    "text",
    ['": there is no "' * 100_000, ": ; " * 1_200, ": x, which nobody has; " * 200, "x" * 10**6],
)
def test_a_text_of_megabytes_comes_back(text: str) -> None:
    assert said(text, "de").replace("die niemand hat", "which nobody has") == text


def filled(text: str) -> str:
    """A sentence with something in each of its gaps."""
    return FILLED.sub(lambda match: f"Xy{match[1]}", text)


@pytest.mark.parametrize("before", ["", "work.ui.json: "], ids=["alone", "behind a file's name"])
def test_each_sentence_is_taken_for_itself(before: str) -> None:
    wanted = {before + filled(english): before + filled(german) for english, german in PAIRS}
    found = {english: said(english, "de") for english in wanted}
    assert {one: found[one] for one in wanted if found[one] != wanted[one]} == {}
    assert len(wanted) > 500


def test_a_finding_keeps_what_is_not_words() -> None:
    problem = Problem("no-script", "error", "check", 7, '"Check" has no script', "Write a script")
    words = problem_said(problem, "de")
    assert words == {
        **problem.as_dict(), "message": "„Check“ hat kein Skript",
        "mend": "Schreiben Sie ein Skript",
    }  # fmt: skip
    assert problem_said(problem, "en") == problem.as_dict()


def test_elements_are_called_what_they_are_called_in_that_language() -> None:
    titles = {"Check": "Prüfen", "Script": "Skript", "End": "Ende"}
    assert said('"Check" has no script', "de", titles) == "„Prüfen“ hat kein Skript"
    assert said('"Other" has no script', "de", titles) == "„Other“ hat kein Skript"
    assert said('The time of "Check → End" cannot be read', "de", titles) == (
        "Die Zeit von „Prüfen → Ende“ lässt sich nicht lesen"
    )
    assert said("Write a script", "de", titles) == "Schreiben Sie ein Skript"
    waits = said("step 2: waits at Check, End, expected Other", "de", titles)
    assert waits == "Schritt 2: Es wartet bei „Prüfen“, „Ende“; erwartet war Other."
    assert said("x" * 10**6, "de", titles) == "x" * 10**6
