"""What is sealed opens with its secret at its place, and nothing else does."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.sealing import MARK, seal, unseal


@given(st.text(max_size=3000))
def test_what_is_sealed_opens_again(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    sealed = seal("secret", "place", text)
    assert unseal("secret", "place", sealed) == text
    assert sealed.isascii()


def test_the_same_text_never_looks_the_same() -> None:
    assert len({seal("secret", "place", "Bearer hush") for _ in range(50)}) == 50


@pytest.mark.parametrize(("secret", "place"), [("other", "place"), ("secret", "elsewhere")])
def test_nothing_opens_with_another_secret_or_at_another_place(secret: str, place: str) -> None:
    with pytest.raises(Invalid):
        unseal(secret, place, seal("secret", "place", "Bearer hush"))


def test_no_bit_may_be_changed() -> None:
    sealed = seal("secret", "place", "Bearer hush")
    whole = bytearray(base64.b64decode(sealed.removeprefix(MARK)))
    for index in range(len(whole)):
        changed = bytes([*whole[:index], whole[index] ^ 1, *whole[index + 1 :]])
        with pytest.raises(Invalid):
            unseal("secret", "place", MARK + base64.b64encode(changed).decode())


@pytest.mark.parametrize("odd", ["", "Bearer hush", MARK, MARK + "AA==", MARK + "ü", "\0" * 99])
def test_what_was_never_sealed_does_not_open(odd: str) -> None:
    with pytest.raises(Invalid):
        unseal("secret", "place", odd)
