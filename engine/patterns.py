"""Regular expressions that take linear time, or none at all: no rule or form may stop the desk."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Protocol

try:
    import re2
except ImportError:  # an optional dependency: the operator is then refused in plain words
    re2 = None

LONGEST = 500  # characters of one pattern
_MEMORY = 4 * 2**20  # bytes that one compiled pattern may take


class Pattern(Protocol):
    """What we use of a compiled pattern."""

    def search(self, text: str) -> Any: ...


def available() -> bool:
    """Whether patterns can be used on this machine (google-re2 is installed)."""
    return re2 is not None


def _reason(error: Exception) -> str:
    """What re2 says. What would take more than linear time it cannot even read."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if text.startswith(("invalid perl operator", "invalid escape sequence", "invalid repetition")):
        return f"{text}; what could take for ever on some text is refused"
    return text


@lru_cache(maxsize=4096)
def compiled(pattern: str, *, exact: bool = False) -> Pattern:
    """The pattern, ignoring case unless `exact`; ValueError says what is wrong with it."""
    if re2 is None:
        raise ValueError("the operator matches needs the package google-re2")
    if len(pattern) > LONGEST:
        raise ValueError(f"the pattern is longer than {LONGEST} characters")
    options = re2.Options()
    options.case_sensitive = exact
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        found: Pattern = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(f"not a pattern: {_reason(error)}") from error
    return found


@lru_cache(maxsize=16384)
def needed(pattern: str) -> str:
    """The longest word, in small letters, without which the pattern finds nothing; "" if none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what reads oddly to Python is fine where it counts
            parsed = list(parser.parse(pattern))
    except (re.error, RecursionError, OverflowError, ValueError, MemoryError):
        return ""
    best = run = ""
    for op, value in parsed:
        letter = chr(value) if op is constants.LITERAL else ""
        run = run + letter.lower() if letter.isascii() and letter.isalnum() else ""
        best = max(best, run, key=len)
    return best
