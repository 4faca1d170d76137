"""Tables for spreadsheets. Everything in them was written by others, and a cell may be a formula.

The only place that writes such files; cells are quoted as OWASP says (CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

# What spreadsheets take for the beginning of a formula, also in its wide East Asian form.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
MARK = b"\xef\xbb\xbf"  # says UTF-8 to spreadsheets


def harmless(text: str) -> str:
    """A cell that is shown and never computed; line breaks within it become spaces."""
    text = text.replace("\x00", "")
    flat = " ".join(text.splitlines())
    start = text.lstrip(" \u00a0\u200b\ufeff")[:1]
    return f"'{flat}" if start and start in FORMULA else flat


def csv_rows(rows: Iterable[Sequence[str]], separator: str = ",") -> Iterator[bytes]:
    """The rows as a file, piece by piece; every cell is quoted."""
    yield MARK
    for row in rows:
        line = io.StringIO()
        writer = csv.writer(line, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow([harmless(cell) for cell in row])
        yield line.getvalue().encode()
