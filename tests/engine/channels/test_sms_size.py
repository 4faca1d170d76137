"""Texts are counted as the networks count them."""

import pytest

from engine.channels.sms_size import sms_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", (0, 1)),
        ("a" * 160, (160, 1)),
        ("ä" * 161, (161, 2)),
        ("a" * 306, (306, 2)),
        ("a" * 307, (307, 3)),
        ("[€]", (6, 1)),
        ("…" * 70, (70, 1)),
        ("…" * 71, (71, 2)),
        ("😀", (2, 1)),
    ],
)
def test_a_text_has_its_characters_and_parts(text: str, size: tuple[int, int]) -> None:
    assert sms_size(text) == size
