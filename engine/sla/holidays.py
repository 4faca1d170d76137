"""Public holidays by region, spread out into plain days so that a calendar needs no library."""

from __future__ import annotations

import re
from datetime import date

YEARS = range(2010, 2061)

_REGION = re.compile(r"([A-Z]{2})(?:-([A-Za-z0-9]{1,4}))?")
_YEARLY = re.compile(r"(\d{2})-(\d{2})")


def days_of(entry: str) -> frozenset[date]:
    """Days of a region (`DE`, `DE-BY`), one day (`2026-12-24`), or one each year (`12-24`).

    Raises ValueError for anything else. Regions and yearly days reach over YEARS.
    """
    if _YEARLY.fullmatch(entry):
        month, day = (int(part) for part in entry.split("-"))
        date(2024, month, day)  # the 30th of February is a mistake in every year
        return frozenset(
            date(year, month, day) for year in YEARS if (month, day) != (2, 29) or year % 4 == 0
        )
    region = _REGION.fullmatch(entry)
    if not region:
        return frozenset({date.fromisoformat(entry)})
    import holidays  # only where a region is named: it takes a quarter of a second

    try:
        found = holidays.country_holidays(region[1], subdiv=region[2], years=YEARS)
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {entry}") from error
    return frozenset(found)
