"""A calendar as it is kept in the database: an entry of calendars.yaml, parsed once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from engine.sla.calendars import Calendar, load_calendars


def calendar_of(name: str, document: Mapping[str, Any]) -> Calendar:
    """The calendar of a stored entry; raises `Invalid` for one that cannot be counted by."""
    return _parsed(name, json.dumps(document, sort_keys=True))


def entries(text: str) -> dict[str, dict[str, Any]]:
    """The entries of a calendars.yaml as plain text values, after the file has been checked."""
    load_calendars(text)
    document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes only text
    return dict(document["calendars"])


@lru_cache(maxsize=64)
def _parsed(name: str, document: str) -> Calendar:
    return load_calendars(yaml.safe_dump({"calendars": {name: json.loads(document)}}))[name]
