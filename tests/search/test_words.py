"""Documents and questions must become the same terms, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import words


def stems(text: str, language: str) -> list[str]:
    return words.stems(list(words.words(words.normalise(text))), language)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Mueller"), ("Straße", "STRASSE"), ("Straße", "Strassen"), ("Größe", "groesse"),
        ("Drucker", "Druckern"), ("Häuser", "Haus"), ("Büro", "Bu\u0308ro"),
        ("Passwort", "Passwörter"),
        ("neue", "neu"), ("Schlüssel", "Schluessel"), ("Rech\u00adnung", "Rechnungen"),
    ],
)  # fmt: skip
def test_german_words_meet(one, other):
    assert stems(one, "de") == stems(other, "de") != []


@pytest.mark.parametrize(
    ("one", "other"),
    [("running", "run"), ("resetting", "reset"), ("queues", "queue"), ("values", "value"),
     ("café", "cafe")],
)  # fmt: skip
def test_english_words_meet(one, other):
    assert stems(one, "en") == stems(other, "en") != []


def test_words_that_differ_stay_apart():
    assert stems("Bauer", "de") != stems("Bar", "de")
    assert stems("Quelle", "de") != stems("Qualle", "de")


def test_hyphens_join_and_part():
    assert [word.text for word in words.words("E-Mail")] == ["mail", "email"]


def test_unknown_languages_share_one_channel():
    assert words.channel("pt-BR") == words.OTHER
    assert words.channel("de_CH") == "de"
    assert words.channel("") == words.OTHER


@given(st.text())
def test_places_point_into_the_normalised_text(text):
    clean = words.normalise(text)
    for word in words.words(clean):
        assert 0 <= word.start < word.end <= len(clean)
        assert len(word.text) <= words.LONGEST * 2


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    once = words.normalise(text)
    assert words.normalise(once) == once
    assert once.encode("utf-8").decode("utf-8") == once
