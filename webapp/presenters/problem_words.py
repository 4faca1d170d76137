"""What the check finds, in the reader's language.

The check speaks English and names what it found in the middle of its sentences. Its German stands
in `problems.po` by sentence, with `{0}` where a name comes; what is named is said in German, too,
where it is a sentence of its own.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from babel.messages.pofile import read_po

from engine.errors import Problem
from webapp.i18n import LOCALE_DIR

_PLACE = re.compile(r"\{(\d)\}")
_WHERE = re.compile(r"[\w/.-]+: ")  # the file or part that it is about
DEEPEST = 3  # a sentence within a sentence within a sentence


def problem_said(problem: Problem, language: str) -> dict[str, Any]:
    """The finding as the page's scripts read it."""
    return {
        **problem.as_dict(),
        "message": finding_said(problem.message, language),
        "mend": finding_said(problem.mend, language),
    }


@lru_cache(maxsize=4096)
def finding_said(text: str, language: str, deep: int = 0) -> str:
    """A sentence of the check in a language; one that is not known stays as it is."""
    if deep >= DEEPEST or not text:
        return text
    for pattern, said in _sentences(language):
        found = pattern.fullmatch(text)
        if found:
            return _filled(said, [finding_said(p, language, deep + 1) for p in found.groups()])
    where = _WHERE.match(text)
    if where and _sentences(language):
        return where[0] + finding_said(text[where.end() :], language, deep + 1)
    return text


def _filled(said: str, inner: list[str]) -> str:
    return _PLACE.sub(lambda place: inner[int(place[1])], said)


@cache
def _sentences(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns and what they are called, the most exact ones first."""
    path = LOCALE_DIR / language / "problems.po"
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        known = [(m.id, m.string) for m in read_po(file, locale=language) if m.id]
    pairs = [(o, s) for o, s in known if isinstance(o, str) and isinstance(s, str)]
    pairs.sort(key=lambda pair: (len(_PLACE.findall(pair[0])), -len(pair[0])))
    return tuple((_pattern(english), said) for english, said in pairs)


def _pattern(english: str) -> re.Pattern[str]:
    """The places in their order; what is named is as short as it can be."""
    parts = _PLACE.split(english)
    return re.compile(
        "".join("(.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL
    )
