"""Telephone numbers in one spelling (E.164), so that a caller is known again."""

from __future__ import annotations

import re

from engine.channels.characters import one_line
from engine.errors import Invalid

_KEEPS_ZERO = {"+39", "+378", "+379"}  # in Italy the zero belongs to the number
_SEPARATORS = re.compile(r"[\s()./\u2010-\u2015-]+")


def normalise_number(text: str, country: str = "+49") -> str:
    """`text` as E.164 (`+491701234567`); a national number belongs to `country`.

    Raises `Invalid` for what is no full number (short codes, names, too long).
    """
    number = one_line(text, 60).removeprefix("tel:")
    number = _SEPARATORS.sub("", number.replace("(0)", ""))
    if number.startswith("00"):
        number = "+" + number[2:]
    elif number.startswith("0") and country not in _KEEPS_ZERO:
        number = country + number[1:]
    elif not number.startswith("+"):
        number = country + number
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise Invalid(f"{one_line(text, 40)!r} is no telephone number.")
    return number


def sender_number(text: str, country: str = "+49") -> str:
    """The number of a sender; short codes and names (`12345`, `INFO`) stay as they came."""
    kept = one_line(text, 40)
    digits = _SEPARATORS.sub("", kept)
    if digits.isdigit() and len(digits) < 7:
        return digits
    try:
        return normalise_number(text, country)
    except Invalid:
        return kept
