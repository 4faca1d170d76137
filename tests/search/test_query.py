"""Whatever is typed: words count, signs do not, and the work stays bounded."""

from __future__ import annotations

import pytest

from search import Index, query

ALL = ("public", "external", "internal")

HOSTILE = [
    "", " ", "*", "*a*", "?", "a*b*c*", "~9", "vpn~9", '"vpn" ~5', "((((", "(" * 5_000 + "vpn",
    "audience:internal", "key:vpn", "*:*", "title:[a TO z]", "NOT vpn", "vpn AND NOT vpn", "^^^",
    "\x00", "vpn\x00drucker", "\ud800", "\u202e\u200b", "'; DROP TABLE faq; --", "<script>", "%_%",
    "+" * 900, "a" * 100_000, "ä" * 1_000, "\u0308" * 900, "𝔳𝔭𝔫 🦊", "der die das", "\\", "{{7*7}}",
    " ".join(f"wort{n}" for n in range(5_000)), "vpn OR " * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", ["de", None, "zz", "\x00"])
def test_hostile_questions_are_answered_calmly(index: Index, text, language):
    hits = index.find(text, audiences=("public",), language=language)
    assert {hit.key for hit in hits} <= {"vpn", "password"}
    assert index.healthy()


def test_field_names_are_only_words(index: Index):
    assert index.find("audience:internal key:admin", audiences=("public",), language="de") == []
    assert index.find("Tresor", audiences=("public internal",), language="de") == []


def test_the_work_is_bounded():
    asked = query.read(" ".join(f"wort{n}" for n in range(5_000)), None)
    assert len(asked.grams) <= query.MOST_WORDS
    assert all(len(stems) <= query.MOST_WORDS for stems in asked.stems.values())
    runs = {gram for grams in query.read("a" * 900, None).grams.values() for gram in grams}
    assert len(runs) == 1


def test_repeated_words_count_once():
    assert query.read("vpn VPN Vpn", "de").stems == {"de": ("vpn",)}


def test_words_without_meaning_are_left_out():
    asked = query.read("wie kann ich das machen ", "de")
    assert not asked
    assert query.read("wie", "de").start == "wie"


@pytest.mark.parametrize(
    ("text", "start"),
    [("dru", "dru"), ("dru ", ""), ("dru.", ""), ("d", ""), ("", ""), ("neu e-ma", "ema")],
)
def test_the_last_word_is_being_typed(text, start):
    assert query.read(text, "de").start == start
