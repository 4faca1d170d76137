"""Two texts side by side: only what differs, with a little around it."""

from __future__ import annotations

import random

from webapp.presenters.text_difference import MOST, difference


def numbered(count: int) -> list[str]:
    return [f"line {n}" for n in range(1, count + 1)]


def test_what_differs_is_shown_with_what_is_around_it() -> None:
    mine, theirs = numbered(20), numbered(20)
    mine[9] = "mine"
    theirs[14:14] = ["new", "newer"]
    lines = difference("\n".join(mine), "\n".join(theirs)).lines
    shown = [(one.mine, one.theirs) for one in lines if not one.same]
    assert shown == [("mine", "line 10"), (None, "new"), (None, "newer")]
    assert [one.mine_number for one in lines if one.same] == [8, 9, 11, 12, 13, 14, 15, 16]
    assert [one.theirs_number for one in lines if one.theirs == "newer"] == [16]
    assert lines[0].gap


def test_alike_texts_and_empty_ones_differ_in_nothing_or_in_all() -> None:
    assert difference("a\nb", "a\nb").lines == []
    assert [one.mine for one in difference("a\nb", "").lines] == ["a", "b"]
    assert [one.theirs for one in difference("", "a").lines] == ["a"]


def test_both_texts_can_be_put_together_again_from_what_is_shown() -> None:
    for seed in range(60):
        dice = random.Random(seed)
        mine = [dice.choice("abc") for _ in range(dice.randrange(12))]
        theirs = [dice.choice("abc") for _ in range(dice.randrange(12))]
        lines = difference("\n".join(mine), "\n".join(theirs)).lines
        for line in lines:
            if line.mine is not None:
                assert mine[line.mine_number - 1] == line.mine
            if line.theirs is not None:
                assert theirs[line.theirs_number - 1] == line.theirs
        changed = [one.mine for one in lines if not one.same and one.mine is not None]
        added = [one.theirs for one in lines if not one.same and one.theirs is not None]
        assert len(mine) - len(changed) == len(theirs) - len(added)


def test_very_different_long_texts_are_cut() -> None:
    one = difference("\n".join(numbered(30_000)), "x" * 10_000)
    assert one.more
    assert len(one.lines) == MOST
    assert len(one.lines[0].theirs or "") < 400
