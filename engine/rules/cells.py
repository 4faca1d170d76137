"""What stands in a cell of the table of rules: values as one types them into a spreadsheet.

Text as it is, numbers, yes and no (ja, nein); several values with a semicolon between them. What
would be read as something else stands in quotation marks, doubled inside: "5", "a; b", "".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BETWEEN = ";"
SAID = {"en": ("no", "yes"), "de": ("nein", "ja")}
_BOOLEAN = {"yes": True, "true": True, "ja": True, "wahr": True,
            "no": False, "false": False, "nein": False, "falsch": False}  # fmt: skip
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:[.,][0-9]{1,30})?", re.ASCII)


LARGEST = 10**30  # and beyond, Python writes numbers as no cell is read


class OddError(Exception):
    """The value cannot be said in a cell so that it would be read as the same."""


@dataclass(frozen=True)
class Notation:
    """How a column reads its cells.

    `kind` is text, number, boolean or any; `many` is one, some (a single one stands without a
    list) or many (always a list).
    """

    kind: str = "text"
    many: str = "one"

    def read(self, cell: str) -> Any:
        """The value of a cell that is not empty; what does not fit the kind stays text."""
        if self.many == "one":
            inner = _unquoted(cell.strip())
            return _read(self.kind, cell.strip()) if inner is None else inner
        values = [_read(self.kind, item) if not quoted else item for item, quoted in _items(cell)]
        return values[0] if self.many == "some" and len(values) == 1 else values

    def said(self, value: Any, language: str = "en") -> str:
        """The cell of a value; raises OddError for what no cell can say."""
        several = isinstance(value, list | tuple)
        if several != (self.many == "many") and not (several and self.many == "some"):
            raise OddError
        members = list(value) if several else [value]
        if not members:
            raise OddError
        cell = f"{BETWEEN} ".join(self._one(member, language) for member in members)
        again = self.read(cell)
        if not same(again if isinstance(again, list) else [again], members):
            raise OddError
        return cell

    def _one(self, value: Any, language: str) -> str:
        if isinstance(value, bool):
            return SAID["de" if language.startswith("de") else "en"][value]
        if isinstance(value, int | float):
            if abs(value) >= LARGEST:
                raise OddError
            return str(value)
        if not isinstance(value, str):
            raise OddError
        plain = value and value == value.strip() and not value.startswith('"')
        if plain and self.many != "one":
            plain = BETWEEN not in value
        if plain and isinstance(_read(self.kind, value), str):
            return value
        doubled = value.replace('"', '""')
        return f'"{doubled}"'


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down: 1 is neither 1.0 nor yes."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _read(kind: str, text: str) -> Any:
    if kind in ("boolean", "any") and text.lower() in _BOOLEAN:
        return _BOOLEAN[text.lower()]
    if kind in ("number", "any") and _NUMBER.fullmatch(text):
        number = text.replace(",", ".")
        return float(number) if "." in number else int(number)
    return text


def _unquoted(text: str) -> str | None:
    """What stands in the quotation marks, if the whole text does."""
    if len(text) < 2 or not text.startswith('"'):
        return None
    end = _closing(text, 0)
    return text[1:end].replace('""', '"') if end == len(text) - 1 else None


def _closing(text: str, start: int) -> int:
    """Where the quotation mark that opens at `start` is closed, or -1."""
    at = text.find('"', start + 1)
    while at >= 0 and text[at + 1 : at + 2] == '"':
        at = text.find('"', at + 2)
    return at


def _items(cell: str) -> Iterator[tuple[str, bool]]:
    """The values between the semicolons, and whether they were quoted; empty ones are left out."""
    at = 0
    while at < len(cell):
        while at < len(cell) and cell[at].isspace():
            at += 1
        end = cell.find(BETWEEN, at)
        if cell[at : at + 1] == '"' and (closing := _closing(cell, at)) > 0:
            behind = cell.find(BETWEEN, closing)
            behind = len(cell) if behind < 0 else behind
            if not cell[closing + 1 : behind].strip():
                yield cell[at + 1 : closing].replace('""', '"'), True
                at = behind + 1
                continue
        end = len(cell) if end < 0 else end
        item = cell[at:end].strip()
        if item:
            yield item, False
        at = end + 1
