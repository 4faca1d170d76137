"""Times in words, German and English, become what the diagram keeps, and come back as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.workflow.time_words import Time, in_words, read_words


@pytest.mark.parametrize(
    ("words", "kind", "iso", "basis"),
    [
        ("after 2 working hours", "duration", "PT2H", "working"),
        ("After two business days", "duration", "P2D", "working"),
        ("nach 3 Tagen", "duration", "P3D", ""),
        ("nach einer Woche", "duration", "P1W", ""),
        ("nach 2 Arbeitsstunden", "duration", "PT2H", "working"),
        ("nach 2 Werktagen", "duration", "P2D", "working"),
        ("nach 1,5 Stunden", "duration", "PT1.5H", ""),
        ("nach 1 Tag und 4 Stunden", "duration", "P1DT4H", ""),
        ("2 hours working time", "duration", "PT2H", "working"),
        ("every 2 days, 3 times", "cycle", "R3/P2D", ""),
        ("alle 2 Arbeitstage, 3 Mal", "cycle", "R3/P2D", "working"),
        ("jeden Tag", "cycle", "R/P1D", ""),
        ("täglich", "cycle", "R/P1D", ""),
        ("on 2030-01-31 09:00", "date", "2030-01-31T09:00:00", ""),
        ("am 31.1.2030 um 9:00 Uhr", "date", "2030-01-31T09:00:00", ""),
        ("PT2H", "duration", "PT2H", ""),
        ("R3/PT1H", "cycle", "R3/PT1H", ""),
        ("2030-01-31T09:00:00+01:00", "date", "2030-01-31T09:00:00+01:00", ""),
    ],
)
def test_words_are_read(words: str, kind: str, iso: str, basis: str) -> None:
    assert read_words(words) == Time(kind, iso, basis)


@pytest.mark.parametrize(
    ("time", "english", "german"),
    [
        (Time("duration", "PT2H", "working"), "after 2 working hours", "nach 2 Arbeitsstunden"),
        (Time("duration", "P1D", "working"), "after 1 working day", "nach 1 Arbeitstag"),
        (Time("duration", "P3DT4H"), "after 3 days and 4 hours", "nach 3 Tagen und 4 Stunden"),
        (Time("cycle", "R3/P2D"), "every 2 days, 3 times", "alle 2 Tage, 3 Mal"),
        (Time("cycle", "R/P1Y"), "every year", "jedes Jahr"),
        (Time("cycle", "R/PT1H"), "every hour", "jede Stunde"),
        (Time("date", "2030-01-31T09:00:00Z"), "on 2030-01-31 09:00Z", "am 31.1.2030 09:00Z"),
        (Time("duration", "ticket.patience"), "ticket.patience", "ticket.patience"),
    ],
)
def test_what_is_stored_is_said_in_both_languages(time: Time, english: str, german: str) -> None:
    assert in_words(time, "en") == english
    assert in_words(time, "de") == german


@pytest.mark.parametrize(
    "words",
    ["", "soon", "after", "nach drei", "after 2 working weeks", "every", "on 2030-13-31",
     "after 2 hours 3 hours", "after 99999999999 days", "R0/PT1H", "9" * 500],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_a_sentence(words: str) -> None:
    with pytest.raises(ValueError, match=r".{5}"):
        read_words(words)


LENGTHS = st.one_of(
    st.integers(1, 400).map(lambda n: f"PT{n}H"),
    st.integers(1, 400).map(lambda n: f"P{n}D"),
    st.tuples(st.integers(1, 40), st.integers(1, 23), st.integers(1, 59)).map(
        lambda n: f"P{n[0]}DT{n[1]}H{n[2]}M"
    ),
)
TIMES = st.one_of(
    st.builds(Time, st.just("duration"), LENGTHS, st.sampled_from(["", "working"])),
    st.builds(
        Time,
        st.just("cycle"),
        st.builds(lambda n, iso: f"R{n}/{iso}", st.sampled_from(["", 1, 2, 50]), LENGTHS),
        st.sampled_from(["", "working"]),
    ),
    st.datetimes()
    .filter(lambda m: m.year > 1000)
    .map(lambda m: Time("date", m.replace(microsecond=0).isoformat())),
)


@given(TIMES, st.sampled_from(["de", "en"]))
def test_what_is_said_is_read_as_the_same(time: Time, language: str) -> None:
    assert read_words(in_words(time, language)) == time
