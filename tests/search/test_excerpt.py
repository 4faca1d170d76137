"""The excerpt is shown as HTML: it must be short, safe and show the place that answers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.excerpt import LEAD, WIDTH, excerpt, resembles
from search.query import read
from search.words import normalise

TAG = re.compile(r"</?mark>")


def test_marks_every_form_of_the_word():
    piece = excerpt("Alle Druckern und der Netzwerkdrucker", read("Drucker", "de"))
    assert piece == "Alle <mark>Druckern</mark> und der <mark>Netzwerkdrucker</mark>"


def test_shows_the_densest_place():
    text = "Der Drucker. " + "Nichts davon. " * 40 + "Drucker offline, Toner leer. " + "Ende. " * 60
    piece = excerpt(text, read("Drucker offline Toner", "de"))
    assert "<mark>Drucker</mark> <mark>offline</mark>, <mark>Toner</mark>" in piece
    assert piece.startswith("… ")
    assert piece.endswith(" …")


@pytest.mark.parametrize(
    "evil",
    ["<script>vpn()</script>", '"><img src=x onerror=vpn>', "<mark>vpn</mark>", "vpn&lt;b&gt;",
     "<vpn", "vpn>", "&#x3c;vpn&#x3e;"],
)  # fmt: skip
def test_markup_in_the_text_is_shown_not_obeyed(evil):
    piece = excerpt(evil, read("vpn", "de"))
    assert "<mark>vpn</mark>" in piece
    assert "<" not in TAG.sub("", piece)


@given(st.text(max_size=800), st.text(max_size=60))
def test_any_text_gives_safe_bounded_html(text, asked):
    clean = normalise(text)
    piece = excerpt(clean, read(asked, None))
    bare = TAG.sub("", piece)
    assert "<" not in bare
    assert ">" not in bare
    assert piece.count("<mark>") == piece.count("</mark>")
    assert len(bare) <= (WIDTH + LEAD) * 6


def test_nothing_found_shows_the_beginning():
    assert excerpt("Kurz.", read("vpn", "de")) == "Kurz."
    assert excerpt("", read("vpn", "de")) == ""


def test_likeness_needs_half_of_the_runs():
    assert resembles("drucker", read("Druker ", "de"))
    assert not resembles("maintain", read("mail ", "en"))


def test_words_without_meaning_are_neither_marked_nor_found_by_likeness():
    text = normalise("Das VPN bricht nicht ab, wenn man es braucht.")
    marked = re.findall("<mark>(.*?)</mark>", excerpt(text, read("VPN bricht nicht", "de")))
    assert marked == ["VPN", "bricht"]
    assert not resembles("nicht", read("bricht", "de"))
