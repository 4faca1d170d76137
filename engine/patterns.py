"""Regular expressions that take linear time, or none at all: no rule or form may stop the desk."""

from __future__ import annotations

from functools import lru_cache
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
        raise ValueError(f"not a pattern: {error}") from error
    return found
