"""How long a text is as an SMS: in characters as networks count them, and in how many parts."""

from __future__ import annotations

_PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€\f")  # of the extension table of GSM 03.38


def sms_size(text: str) -> tuple[int, int]:
    """Characters and parts: 160 in the networks' own alphabet, 70 as soon as another is needed."""
    if all(one in _PLAIN or one in _DOUBLE for one in text):
        length, one_part, of_several = len(text) + sum(one in _DOUBLE for one in text), 160, 153
    else:
        length, one_part, of_several = len(text.encode("utf-16-le")) // 2, 70, 67
    if length <= one_part:
        return length, 1
    return length, -(-length // of_several)
