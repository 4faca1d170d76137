"""Numbers as people type them."""

import pytest

from engine.channels.phone import normalise_number, sender_number
from engine.errors import Invalid


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("0170 / 123-45 67", "+49", "+491701234567"),
        ("+49 (0)170 1234567", "+49", "+491701234567"),
        ("0049 170 1234567", "+43", "+491701234567"),
        ("(415) 867-5309", "+1", "+14158675309"),
        ("06 1234 5678", "+39", "+390612345678"),
        ("tel:+49-170-1234567", "+1", "+491701234567"),
    ],
)
def test_one_spelling(text, country, number):
    assert normalise_number(text, country) == number


@pytest.mark.parametrize(
    "text", ["", "INFO", "+", "123", "+0123456789", "1" * 30, "+49\r\n170\x00a"]
)
def test_what_is_no_number(text):
    with pytest.raises(Invalid):
        normalise_number(text)


def test_senders_stay_as_they_are_when_they_are_no_number():
    assert sender_number("INFO") == "INFO"
    assert sender_number("12345") == "12345"
    assert sender_number("0170 1234567") == "+491701234567"
