"""A calendar as it is kept in the database: an entry of calendars.yaml, parsed once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import yaml

from engine.sla.calendars import calendar_from, load_calendars
from engine.sla.days import spots_of
from engine.sla.reading import TEXTS
from engine.sla.working import Calendar


def calendar_of(name: str, document: Mapping[str, Any], free: str = "") -> Calendar:
    """The calendar of a stored entry; raises `Invalid` for one that cannot be counted by.

    `free` is what `free_days` said when it was stored: to work out the holidays of a region takes
    longer than to store a mail.
    """
    return _parsed(name, json.dumps(document, sort_keys=True), free)


def free_days(name: str, document: Mapping[str, Any]) -> str:
    """The holidays of an entry, worked out, with blanks between; empty for none.

    A day of every year stands there once, as month and day (`12-24`).
    """
    found = calendar_of(name, document)
    each_year = sorted(f"{month:02}-{day:02}" for month, day in found.yearly)
    return " ".join([*each_year, *sorted(day.isoformat() for day in found.holidays)])


def entries(text: str) -> dict[str, dict[str, Any]]:
    """The entries of a calendars.yaml as plain text values, after the file has been checked."""
    load_calendars(text)
    document = yaml.load(text, Loader=TEXTS)  # noqa: S506 - it makes only text
    return dict(document["calendars"])


@lru_cache(maxsize=64)
def _parsed(name: str, document: str, free: str) -> Calendar:
    entry = json.loads(document)
    if not free:
        return calendar_from(name, entry, stored=True)
    for key in ("region", "holidays"):
        entry.pop(key, None)
    spots = [spot for day in free.split() for spot in spots_of(day)]
    return replace(
        calendar_from(name, entry, stored=True),
        holidays=frozenset(spot for spot in spots if isinstance(spot, date)),
        yearly=frozenset(spot for spot in spots if isinstance(spot, tuple)),
    )
