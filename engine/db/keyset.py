"""Paging by where the last row stood, not by counting: steady while rows come and go.

A list is ordered by a few columns; the place of a row among them is written as one short text,
which the address of the next page carries. A text that is no place is no place: the list then
begins at its start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, nulls_last, or_

HIGHEST = 2**31 - 1


@dataclass(frozen=True)
class Key:
    """One column of an order; where it is `optional`, what has no value stands last, either way.

    Only there: an index of the column serves an order only if both agree about what is missing.
    """

    column: Any
    value: Callable[[Any], Any]  # what a row has in it
    kind: type[Any] = int
    descending: bool = False
    optional: bool = False


def ordered(query: Select[Any], keys: Sequence[Key]) -> Select[Any]:
    """The query in this order."""
    return query.order_by(*[_direction(key) for key in keys])


def _direction(key: Key) -> ColumnElement[Any]:
    way: ColumnElement[Any] = key.column.desc() if key.descending else key.column.asc()
    return nulls_last(way) if key.optional else way


def beyond(keys: Sequence[Key], place: Sequence[Any]) -> ColumnElement[bool]:
    """The condition for rows that come after this place."""
    if not keys:
        return false()
    key, value = keys[0], place[0]
    rest = beyond(keys[1:], place[1:])
    if value is None:
        return and_(key.column.is_(None), rest) if key.optional else false()
    further = key.column < value if key.descending else key.column > value
    if key.optional:
        further = or_(further, key.column.is_(None))
    return or_(further, and_(key.column == value, rest))


def place_of(keys: Sequence[Key], row: Any) -> str:
    """Where a row stands, as a text for an address."""
    values = [key.value(row) for key in keys]
    return "~".join(_written(value) for value in values)


def read_place(keys: Sequence[Key], text: str) -> list[Any] | None:
    """The place that such a text means, or None."""
    parts = text.split("~")
    if len(parts) != len(keys) or len(text) > 200:
        return None
    try:
        return [_read(key.kind, part) for key, part in zip(keys, parts, strict=True)]
    except ValueError:
        return None


def _written(value: Any) -> str:
    if value is None:
        return ""
    # A plus sign would come back from an address as a space.
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _read(kind: type[Any], part: str) -> Any:
    if kind is datetime:
        if not part:
            return None
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None:
            raise ValueError(part)
        return moment
    if not part.isdecimal() or len(part) > 12 or int(part) > HIGHEST:
        raise ValueError(part)
    return int(part)
