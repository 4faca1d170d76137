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

_REGION = re.compile(r"([A-Za-z]{2})(?:-(\w[\w .'()/-]{0,40}))?")
MOST_NAMED = 20  # parts of a country that are listed with what they are called
LANGUAGES = {"de": ("de",), "en": ("en_US", "en_GB", "en")}


def is_region(entry: str) -> bool:
    """Whether this is meant as a country (`DE`) or a part of one (`DE-BY`, `AT-Tirol`)."""
    return bool(_REGION.fullmatch(entry))


@lru_cache(maxsize=64)
def days_of(entry: str) -> frozenset[date]:
    """The holidays of a region over YEARS; raises ValueError where there are none."""
    return frozenset(_known(entry, YEARS))


def parts_of(entry: str) -> str:
    """The known parts of the country of an entry, in a line; empty where there is none."""
    import holidays

    country = entry.strip()[:2].upper()
    try:
        found = holidays.country_holidays(country)
    except NotImplementedError:
        return ""
    names: dict[str, str] = {}
    for name, code in _aliases(found).items():
        names.setdefault(code, name)
    codes = list(found.subdivisions)
    if len(codes) > MOST_NAMED:
        names = {}
    return ", ".join(
        f"{country}-{code} ({names[code]})" if code in names else f"{country}-{code}"
        for code in codes
    )


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
    try:
        whole = holidays.country_holidays(country)
        subdivision = _code(whole, part) if part else None
        return holidays.country_holidays(
            country, subdiv=subdivision, years=years, language=language
        )
    except (NotImplementedError, KeyError):
        raise ValueError("no holidays are known there") from None


def _code(country: Any, part: str) -> str:
    """The code of a part, by its code or its name in any case; raises KeyError for an unknown."""
    known = {name.casefold(): code for name, code in _aliases(country).items()}
    known |= {code.casefold(): code for code in country.subdivisions}
    return str(known[part.strip().casefold()])


def _aliases(country: Any) -> dict[str, str]:
    return dict(getattr(country, "subdivisions_aliases", None) or {})


def _speaks(found: Any, language: str) -> bool:
    return language in (getattr(found, "supported_languages", None) or ()) or (
        language == getattr(found, "default_language", None)
    )
