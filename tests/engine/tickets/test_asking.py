"""What is typed into the search box is read in pieces, and nothing typed is lost or a fault."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, DateTime

from engine.tickets import moments
from engine.tickets.asking import MOST, read

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_terms_exact_words_and_words_are_told_apart() -> None:
    question = read('queue:network -tag:vip due:<2h "paper jam" printer state:"closed successful"')
    assert [(p.name, p.value, p.negated) for p in question.terms] == [
        ("queue", "network", False), ("tag", "vip", True), ("due", "<2h", False),
        ("state", "closed successful", False),
    ]  # fmt: skip
    assert question.words == "paper jam printer"
    assert [p.value for p in question.pieces if p.exact] == ["paper jam"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Warteschlange:Netz", "queue"), ("besitzer:ich", "owner"), ("Fällig:heute", "due"),
     ("GEÄNDERT:heute", "changed"), ("firma:x", "org"), ("OWNER:me", "owner")],
)  # fmt: skip
def test_names_are_understood_in_german_and_however_capitalised(typed: str, name: str) -> None:
    assert [piece.name for piece in read(typed).terms] == [name]


@pytest.mark.parametrize(
    "typed", ["http://example.org/a", "10:30", "C:", "a::b", "file://x", "x:1", "queue:", ":", '"']
)
def test_what_is_no_term_is_a_word(typed: str) -> None:
    assert read(typed).terms == []
    assert not any(piece.meant for piece in read(typed).pieces)


def test_a_slip_is_called_one() -> None:
    assert [piece.meant for piece in read("qeue:network").pieces] == ["queue"]


@pytest.mark.parametrize(
    "typed", ['"' * 600, "queue:" * 200, "-" * 600, "a" * 600, ":" * 600, 'queue:"', "\x00\u202e x",
              "owner:me " * 100, "' OR 1=1 --", "%_\\"]
)  # fmt: skip
def test_hostile_text_stays_small_and_comes_back_as_it_was_read(typed: str) -> None:
    question = read(typed)
    assert len(question.pieces) <= MOST
    assert len(question.text) <= 510
    again = read(question.text)
    assert [(p.name, p.value) for p in again.pieces] == [(p.name, p.value) for p in question.pieces]


def test_a_term_replaces_those_of_its_name() -> None:
    question = read("vpn owner:me owner:agnes").having("owner", "Agnes Meier")
    assert question.text == 'vpn owner:"Agnes Meier"'
    assert question.having("owner", "").text == "vpn"


@pytest.mark.parametrize(
    "value", ["<2h", ">3d", "<=15min", "today", "heute", "week", "2026-03-31", "31.3.2026",
              "2026-03-01..2026-03-31"]
)  # fmt: skip
def test_times_are_understood(value: str) -> None:
    column: Column[datetime] = Column("at", DateTime(timezone=True))
    assert moments.due(column, value, NOW, BERLIN) is not None
    assert moments.happened(column, value, NOW, BERLIN) is not None


@pytest.mark.parametrize(
    "value", ["soon", "<2", "<99999h", "2026-02-30", "0001-01-01", "9999-12-31", "..", "1..2",
              "<٣h", "<2y", "-1d", "31.13.2026"]
)  # fmt: skip
def test_what_is_no_time_is_told(value: str) -> None:
    column: Column[datetime] = Column("at", DateTime(timezone=True))
    assert moments.due(column, value, NOW, BERLIN) is None
    assert moments.happened(column, value, NOW, BERLIN) is None
