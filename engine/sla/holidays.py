"""Days without work, spread out into plain days so that a calendar needs no library to count."""

from __future__ import annotations

import re
from datetime import date

YEARS = range(1990, 2101)  # for which the holidays of a region are worked out

_REGION = re.compile(r"([A-Z]{2})(?:-([A-Za-z0-9]{1,4}))?")
_YEARLY = re.compile(r"(\d{2})-(\d{2})")

Yearly = tuple[int, int]  # month and day


def yearly_of(entry: str) -> Yearly | None:
    """A day of each year (`12-24`) as month and day; None where that is not what is meant.

    Raises ValueError for a day that no year has.
    """
    match = _YEARLY.fullmatch(entry)
    if not match:
        return None
    month, day = int(match[1]), int(match[2])
    date(2024, month, day)  # a leap year: the 29th of February comes, the 30th never does
    return month, day


def days_of(entry: str) -> frozenset[date]:
    """The holidays of a region (`DE`, `DE-BY`) over YEARS, or one day (`2026-12-24`).

    Raises ValueError for anything else.
    """
    region = _REGION.fullmatch(entry)
    if not region:
        return frozenset({date.fromisoformat(entry)})
    import holidays  # only where a region is named: it takes a quarter of a second

    try:
        found = holidays.country_holidays(region[1], subdiv=region[2], years=YEARS)
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {entry}") from error
    return frozenset(found)
