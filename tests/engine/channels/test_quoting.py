"""Own words apart from quotations, in the ways that mail programs quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.channels.quoting import split_quoted


@pytest.mark.parametrize(
    "quoted",
    [
        "> old\n> older\n",
        "On Mon, 2 Mar 2026 at 10:00, Ann <a@b.de> wrote:\n> old\n",
        "On Mon, 2 Mar 2026 at 10:00, Ann\n<a@b.de> wrote:\n\n> old\n",
        "Am 02.03.2026 um 10:00 schrieb Jürgen Müller:\n> alt\n",
        "-----Original Message-----\nFrom: a\nold\n",
        "-----Ursprüngliche Nachricht-----\nVon: a\n",
        "From: a@b.de\nSent: Monday\nTo: c\nSubject: x\n\nold\n",
        "Von: a@b.de\nGesendet: Montag\nAn: c\nBetreff: x\n\nalt\n",
        "*Von:* a@b.de\n*Gesendet:* Montag\n*An:* c\n",
    ],
)
def test_quotations_are_cut_off(quoted):
    assert split_quoted("my words\n\n" + quoted) == ("my words\n\n", quoted)


@pytest.mark.parametrize(
    "text",
    ["just words", "", "> old\nanswer below\n", "From: here to there\n", "On we go\n",
     "> only quoted\n", "words\n> a?\nyes\n> b?\nno\n"],
)  # fmt: skip
def test_own_words_stay(text):
    assert split_quoted(text) == (text, "")


@given(st.lists(st.sampled_from(["> x", "words", "On a wrote:", "From: a", "To: b", "", "--"])))
def test_nothing_is_lost(lines):
    text = "\n".join(lines)
    assert "".join(split_quoted(text)) == text


@pytest.mark.parametrize("text", ["On " * 100_000, "> " * 100_000, "\n".join(["On x"] * 50_000)])
def test_m5_long_texts_are_read_in_one_pass(text):
    assert "".join(split_quoted(text)) == text
