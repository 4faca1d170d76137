"""Values that are said in other words than they are written: distances from now, and languages.

Which language a text is written in is told by its small words, as far as they tell.
"""

from __future__ import annotations

import re
from typing import Any

LONGEST = 10 * 366 * 24 * 60  # minutes
TOLD_BY = 4000  # characters of a text that are looked at
TONGUES = {"de": ("German", "Deutsch"), "en": ("English", "Englisch")}
UNITS = {
    "m": (1, (("minute", "minutes"), ("Minute", "Minuten"))),
    "h": (60, (("hour", "hours"), ("Stunde", "Stunden"))),
    "d": (24 * 60, (("day", "days"), ("Tag", "Tagen"))),
    "w": (7 * 24 * 60, (("week", "weeks"), ("Woche", "Wochen"))),
}
OFFSET = r"now|[+-][0-9]{1,7}[mhdw]"
_OFFSET = re.compile(r"([+-])([0-9]{1,7})([mhdw])\Z", re.ASCII)
_WORD = re.compile(r"\w+")
_GERMAN = """
und der das ist nicht ich wir sie ein eine einen einem mit für auf bei von zu zum zur den dem des
seit kann können wird werden bitte mein meine meinen unser unsere wenn auch noch nach aus wie es
funktioniert geht kein keine mehr habe haben hat danke hallo guten im am
"""
_ENGLISH = """
and the is not i we you they a an with for on at from to of since can cannot could will please my
our when also still after how it works work does doesn no more have has had thanks thank hello dear
this that there are be been but your me
"""
_SMALL = {"de": frozenset(_GERMAN.split()), "en": frozenset(_ENGLISH.split())}


def minutes_of(text: Any) -> int | None:
    """How far from now: `now`, `-3d`, `+4h` (m, h, d, w), as minutes; else None."""
    if text == "now":
        return 0
    match = _OFFSET.match(text) if isinstance(text, str) else None
    minutes = int(match[2]) * UNITS[match[3]][0] if match else LONGEST + 1
    if match is None or minutes > LONGEST:
        return None
    return -minutes if match[1] == "-" else minutes


def offset(value: Any, language: str) -> str:
    """A distance from now in words."""
    index = 0 if language == "en" else 1
    match = _OFFSET.match(str(value))
    if match is None:
        return ("now", "jetzt")[index] if value == "now" else str(value)
    count = int(match[2])
    unit = UNITS[match[3]][1][index][count != 1]
    if match[1] == "-":
        return (f"{count} {unit} ago", f"vor {count} {unit}")[index]
    return f"in {count} {unit}"


def tongue(value: Any, language: str) -> str:
    """What a language is called."""
    return TONGUES[value][language != "en"] if value in TONGUES else str(value)


def language_of(text: str) -> str | None:
    """The language of a folded text; None where its words do not tell."""
    words = _WORD.findall(text[:TOLD_BY])
    counts = {tongue: sum(word in small for word in words) for tongue, small in _SMALL.items()}
    best = max(counts, key=lambda one: counts[one])
    others = max(count for one, count in counts.items() if one != best)
    return best if counts[best] > others else None
