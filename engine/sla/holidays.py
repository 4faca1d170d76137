"""Public holidays of a country or a part of it, spread out into plain days.

A calendar so needs no library to count, and the library is loaded only where a region is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

YEARS = range(1990, 2101)  # for which the holidays of a region are worked out

_REGION = re.compile(r"([A-Za-z]{2})(?:-([A-Za-z0-9]{1,4}))?")
LANGUAGES = {"de": ("de",), "en": ("en_US", "en_GB", "en")}


def is_region(entry: str) -> bool:
    """Whether this is meant as a country (`DE`) or a part of one (`DE-BY`)."""
    return bool(_REGION.fullmatch(entry))


@lru_cache(maxsize=64)
def days_of(entry: str) -> frozenset[date]:
    """The holidays of a region over YEARS; raises ValueError where there are none."""
    return frozenset(_known(entry, YEARS))


def names_of(entry: str, year: int, language: str) -> Mapping[date, str]:
    """The holidays of a region in one year by name, in this language where the library has it."""
    for spoken in (*LANGUAGES.get(language, ()), None):
        found = _known(entry, (year,), spoken)
        if spoken is None or _speaks(found, spoken):
            return dict(found)
    return {}


def _known(entry: str, years: Iterable[int], language: str | None = None) -> Any:
    import holidays  # only where a region is named: it takes a quarter of a second

    region = _REGION.fullmatch(entry.strip())
    if not region:
        raise ValueError("this is no region")
    country, part = region[1].upper(), region[2]
    for subdivision in dict.fromkeys((part, part and part.upper())):
        try:
            return holidays.country_holidays(
                country, subdiv=subdivision, years=years, language=language
            )
        except NotImplementedError:
            continue
    raise ValueError("no holidays are known there")


def _speaks(found: Any, language: str) -> bool:
    return language in (getattr(found, "supported_languages", None) or ()) or (
        language == getattr(found, "default_language", None)
    )
