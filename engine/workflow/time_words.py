"""Times of diagrams in the words of people, German and English, and back from what is stored.

A process owner writes "after 2 working hours"; the diagram keeps ISO 8601 and what is counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.workflow.timers import (
    WORKING,
    parse_cycle,
    parse_date,
    parse_duration,
    parse_working,
)

KINDS = ("duration", "date", "cycle")
_UNITS = {
    "Y": ("years?", "yrs?", "jahr(?:e|en)?"),
    "M": ("months?", "monat(?:e|en)?"),
    "W": ("weeks?", "woche(?:n)?"),
    "D": ("days?", "tag(?:e|en)?"),
    "H": ("hours?", "hrs?", "h", "stunde(?:n)?", "std"),
    "m": ("minutes?", "mins?", "minute(?:n)?"),
    "S": ("seconds?", "secs?", "sekunde(?:n)?", "sek"),
}
_NUMBERS = {
    word: number
    for number, words in enumerate((
        "one a an ein eine einem einen einer", "two zwei", "three drei", "four vier",
        "five fünf fuenf", "six sechs", "seven sieben", "eight acht", "nine neun", "ten zehn",
        "eleven elf", "twelve zwölf zwoelf",
    ), 1)
    for word in words.split()
}  # fmt: skip
_WORK = r"(?:working|business|arbeits|werk)[\s-]*"
_ONE = re.compile(
    rf"(?P<number>\d+(?:[.,]\d+)?|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})\s*"
    rf"(?P<work>{_WORK})?(?P<unit>"
    + "|".join(f"(?P<{key}_>{'|'.join(words)})" for key, words in _UNITS.items())
    + r")\b\.?"
)
_OFTEN = {
    "hourly": "R/PT1H", "stündlich": "R/PT1H", "daily": "R/P1D", "täglich": "R/P1D",
    "weekly": "R/P1W", "wöchentlich": "R/P1W", "monthly": "R/P1M", "monatlich": "R/P1M",
}  # fmt: skip
_BETWEEN = re.compile(r"\s*(?:,|and|und|&|\+)?\s*")
_AFTER = re.compile(r"(?:after|in|within|nach|binnen)\s+")
_EVERY = re.compile(r"(?:every|each|alle|jede[nrs]?)\s+")
_TIMES = re.compile(r"[\s,;]*(\d{1,6})\s*(?:x|times?|mal)$|[\s,;]*(once|einmal|twice|zweimal)$")
_ON = re.compile(r"(?:on|at|am|um)\s+")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_WITH_WORK = re.compile(r"\s*\(?(?:working time|in working time|arbeitszeit)\)?$")

_SAID = {
    "en": {"years": ("year", "years"), "months": ("month", "months"), "weeks": ("week", "weeks"),
           "days": ("day", "days"), "hours": ("hour", "hours"), "minutes": ("minute", "minutes"),
           "seconds": ("second", "seconds"), "and": "and", "work": "working "},
    "de": {"years": ("Jahr", "Jahren"), "months": ("Monat", "Monaten"),
           "weeks": ("Woche", "Wochen"), "days": ("Tag", "Tagen"), "hours": ("Stunde", "Stunden"),
           "minutes": ("Minute", "Minuten"), "seconds": ("Sekunde", "Sekunden"), "and": "und",
           "work": "Arbeits"},
}  # fmt: skip
_PARTS = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>[\d.]+)D)?"
    r"(?:T(?:(?P<hours>[\d.]+)H)?(?:(?P<minutes>[\d.]+)M)?(?:(?P<seconds>[\d.]+)S)?)?"
)


@dataclass(frozen=True)
class Time:
    """When something is due: kind (duration, date, cycle), its ISO text and what is counted."""

    kind: str
    iso: str
    basis: str = ""  # "working", or empty for time as it passes


def read_words(text: str) -> Time:
    """What a person wrote, in words or in ISO 8601; raises ValueError with a sentence."""
    said = " ".join(str(text).split())[:200]
    plain = said.lower()
    if plain in _OFTEN:
        return Time("cycle", _OFTEN[plain])
    found = _iso(said) or _moment(plain)
    if found is None and (rest := _EVERY.match(plain)):
        found = _repetition(plain[rest.end() :])
    if found is None:
        rest = _AFTER.match(plain)
        iso, working = _length(plain[rest.end() :] if rest else plain, said)
        found = Time("duration", iso, WORKING if working else "")
    if found.basis == WORKING:
        parse_working(parse_cycle(found.iso).every if found.kind == "cycle" else found.iso)
    return found


def in_words(time: Time, language: str = "en") -> str:
    """How a person would say it; an expression or what cannot be said in words stays as it is."""
    said = _SAID.get(language, _SAID["en"])
    try:
        if time.kind == "date":
            return _date_in_words(time.iso, language)
        if time.kind == "duration":
            length = _length_in_words(time.iso, time.basis, said)
            return f"nach {length}" if language == "de" else f"after {length}"
        return _cycle_in_words(time, language, said)
    except ValueError:
        return time.iso


def _iso(said: str) -> Time | None:
    for kind, read in (("duration", parse_duration), ("cycle", parse_cycle), ("date", parse_date)):
        try:
            read(said)
        except (ValueError, OverflowError):
            continue
        return Time(kind, said.upper() if kind != "date" else said.replace(" ", "T"))
    return None


def _moment(plain: str) -> Time | None:
    rest = _ON.match(plain)
    text = plain[rest.end() :] if rest else plain
    if german := _GERMAN.match(text):
        day, month, year = (int(part) for part in german.groups())
        text = f"{year:04}-{month:02}-{day:02}{text[german.end() :]}"
    text = re.sub(r"[\s,]+(?:at|um)\s+", " ", text).removesuffix(" uhr")
    text = re.sub(r"^(\d{4}-\d\d-\d\d)[\s,]+(\d):", r"\1 0\2:", text)
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(", ", " ").upper())
    except ValueError:
        raise ValueError(f'"{plain}": there is no such day or time') from None
    return Time("date", moment.isoformat())


def _repetition(plain: str) -> Time:
    times = _TIMES.search(plain)
    count = ""
    if times:
        word = times[2] or ""
        count = times[1] or ("2" if word in ("twice", "zweimal") else "1")
        plain = plain[: times.start()]
    if not re.match(r"\d", plain) and plain.split(" ")[0] not in _NUMBERS:
        plain = f"1 {plain}"  # "every day"
    iso, working = _length(plain, plain)
    return Time("cycle", f"R{count}/{iso}", WORKING if working else "")


def _length(plain: str, said: str) -> tuple[str, bool]:
    mark = _WITH_WORK.search(plain)
    plain, working = (plain[: mark.start()], True) if mark else (plain, False)
    found: dict[str, str] = {}
    at = 0
    while at < len(plain):
        match = _ONE.match(plain, at)
        unit = next((k for k in _UNITS if match and match[f"{k}_"]), None)
        if match is None or unit is None or unit in found:
            raise ValueError(
                f'"{said}" is not a time such as "after 2 working hours", "every 2 days, 3 times" '
                'or "on 2030-01-31 09:00"'
            )
        word = match["number"]
        found[unit] = str(_NUMBERS.get(word, word)).replace(",", ".")
        working = working or bool(match["work"])
        between = _BETWEEN.match(plain, match.end())
        at = between.end() if between else match.end()
    date = "".join(f"{found[u]}{u}" for u in "YMWD" if u in found)
    clock = "".join(f"{found[u]}{u.upper()}" for u in "HmS" if u in found)
    iso = f"P{date}T{clock}" if clock else f"P{date}"
    parse_duration(iso)
    return iso, working


def _length_in_words(iso: str, basis: str, said: dict[str, Any]) -> str:
    parse_duration(iso)
    match = _PARTS.fullmatch(iso.strip().upper())
    if match is None:
        raise ValueError(iso)
    words = []
    for unit, number in match.groupdict().items():
        if number:
            one, many = said[unit]
            name = one if float(number) == 1 else many
            if basis == WORKING:
                name = said["work"] + (name if said["work"].endswith(" ") else name.lower())
            words.append(f"{number} {name}")
    *first, last = words
    return f"{', '.join(first)} {said['and']} {last}" if first else last


def _cycle_in_words(time: Time, language: str, said: dict[str, Any]) -> str:
    cycle = parse_cycle(time.iso)
    if cycle.first is not None:
        return time.iso
    length = _length_in_words(cycle.every, time.basis, said)
    german = language == "de"
    if length.startswith("1 ") and not {"and", "und"} & set(length.split()):
        length = length[2:]
        ending = "es" if length.endswith("ahr") else "e" if length.endswith("e") else "en"
        text = f"jed{ending} {length}" if german else f"every {length}"
    else:
        text = f"alle {_accusative(length)}" if german else f"every {length}"
    if cycle.times is None:
        return text
    many = "Mal" if german else "time" if cycle.times == 1 else "times"
    return f"{text}, {cycle.times} {many}"


def _accusative(length: str) -> str:
    """German says "nach 2 Tagen" but "alle 2 Tage"."""
    return re.sub(r"(tag|Jahr|Monat|Tag|jahr|monat)en\b", r"\1e", length)


def _date_in_words(iso: str, language: str) -> str:
    zone = re.search(r"(Z|[+-]\d\d:?\d\d)$", iso.strip(), re.IGNORECASE)
    own = datetime.fromisoformat(iso.strip())
    text = f"{own:%H:%M:%S}" if own.second else f"{own:%H:%M}"
    day = f"{own.day}.{own.month}.{own.year}" if language == "de" else f"{own:%Y-%m-%d}"
    shift = "" if zone is None else "Z" if zone[0] in "zZ" else zone[0]
    return f"{'am' if language == 'de' else 'on'} {day} {text}{shift}"
