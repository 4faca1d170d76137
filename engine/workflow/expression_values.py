"""What an expression of a diagram may call and how big a value it may make."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MAX_TEXT = 100_000  # characters of a text, entries of a list
MAX_NUMBER = 10**18
MAX_PARTS = 20_000  # scalars inside one stored value, counted through all nesting


class ExpressionError(Exception):
    """An expression that cannot be read or computed; the message names the place (line, column)."""


def check(value: Any) -> Any:
    """The value itself when it is small and finite; raises ValueError otherwise."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("the number is not finite")
        if abs(value) > MAX_NUMBER:
            raise ValueError("the number is too big")
        return value
    if isinstance(value, str | list | Mapping):
        if len(value) > MAX_TEXT:
            raise ValueError("the result is too long")
        return value
    raise ValueError("this kind of value is not allowed")


def slim(value: Any) -> Any:
    """The value when it may be stored (at most MAX_PARTS inside); raises ExpressionError."""
    left, heap = MAX_PARTS, [value]
    while heap:
        left -= 1
        if left < 0:
            raise ExpressionError("The result has too many parts")
        item = heap.pop()
        try:
            check(item)
        except ValueError as error:
            raise ExpressionError(f"The result cannot be kept: {error}") from None
        if isinstance(item, Mapping):
            heap.extend(item.values())
        elif isinstance(item, list):
            heap.extend(item)
    return value


def refuse_huge(op: ast.operator, left: Any, right: Any) -> None:
    """Refuse operators that would repeat or format texts; sums of lists stay within `check`."""
    numbers = all(isinstance(x, int | float) for x in (left, right))
    if numbers:
        return
    if not isinstance(op, ast.Add):
        raise TypeError("this operator works on numbers only")
    if type(left) is not type(right):
        raise TypeError("only a text and a text, or a list and a list, can be joined; use str()")


def _text(value: Any) -> str:
    if isinstance(value, list | Mapping):
        raise TypeError("str() takes a single value, not a list")
    return "" if value is None else str(value)


def _number(value: Any) -> float:
    if isinstance(value, str) and len(value) > 40:
        raise ValueError("that text is no number")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise ValueError("that text is no number")
    return int(value)


def _lower(value: Any) -> str:
    return _text(value).lower()


def _upper(value: Any) -> str:
    return _text(value).upper()


def _contains(whole: Any, part: Any) -> bool:
    """Whether a text contains a text (letter case does not count), or a list an entry."""
    if whole is None:
        return False
    if isinstance(whole, str):
        return _text(part).casefold() in whole.casefold()
    if isinstance(whole, list | Mapping):
        return part in whole
    raise TypeError("contains() searches a text or a list")


def _round(value: float, digits: int = 0) -> float:
    if not -20 <= digits <= 20:
        raise ValueError("round() takes at most 20 digits")
    return round(value, digits) if digits else round(value)


def _list_of(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    raise TypeError("a list is wanted here")


def _any(value: Any) -> bool:
    return any(_list_of(value))


def _all(value: Any) -> bool:
    return all(_list_of(value))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len, "min": min, "max": max, "abs": abs, "bool": bool,
    "int": _whole, "float": _number, "str": _text, "round": _round,
    "lower": _lower, "upper": _upper, "contains": _contains, "any": _any, "all": _all,
}  # fmt: skip
METHODS: dict[str, Callable[..., Any]] = {
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
