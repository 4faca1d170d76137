"""What the clocks of a ticket are called, the same on every page."""

from __future__ import annotations

from webapp.i18n import N_, Reader

LABELS = {
    "first_response": N_("First response"),
    "update": N_("Next answer"),
    "solution": N_("Solution"),
}


def brief(reader: Reader, seconds: int) -> str:
    """Working time in words; what is shorter than a minute, and something, says so."""
    if 0 < abs(seconds) < 60:
        return reader.gettext(N_("under 1 min"))
    return reader.hours(seconds)
