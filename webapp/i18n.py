"""The reader's language and zone, so that every word, date and number suits who reads it.

For whoever builds pages:

- Text in a template: ``{{ _("Save") }}``, with a number
  ``{{ ngettext("%(num)s ticket", "%(num)s tickets", n) }}`` or
  ``{% trans name=person.name %}Hello {{ name }}{% endtrans %}``. The English text is the key.
- Text in Python: ``_ = request.translate`` then ``_("Saved")`` and, with values,
  ``_("Moved to %(queue)s") % {"queue": name}``. A text that is a constant of a module is marked
  with ``N_("…")`` there and translated where it is shown.
- German stands in ``webapp/locale/de/<area>.po``: one file for each area (``agent.po``,
  ``customer.po``, ``admin.po``, ``frame.po`` …), merged when first asked for. Nothing is compiled,
  nothing is installed: write ``msgid``/``msgstr`` pairs into the file of your area. The same
  ``msgid`` may stand in several files if the German is the same; a test names what is missing.
- To see all texts at once:
  ``pybabel extract -F webapp/locale/babel.cfg -k N_ -k _ -o messages.pot webapp``, and
  ``pybabel update -i messages.pot -o webapp/locale/de/agent.po -l de`` if you like tools.
"""

from __future__ import annotations

import gettext as gnu
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates, numbers
from babel.core import Locale, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from engine.errors import VorgangError

LANGUAGES = ("de", "en")
DEFAULT_LANGUAGE = "en"
DEFAULT_ZONE = "Europe/Berlin"
LANGUAGE_COOKIE = "vorgang_language"
LOCALE_DIR = Path(__file__).parent / "locale"
# German is written by rules that Babel's "en" would not know: day first and 24 hours for all.
FORMATS = {"en": Locale("en", "GB"), "de": Locale("de", "DE")}


def N_(text: str) -> str:  # noqa: N802  (the customary name of the marker)
    """Mark a constant text for the catalogues and return it unchanged."""
    return text


def read_catalogues(folder: Path, language: str) -> Catalog:
    """Merge every ``*.po`` of one language; the first file in alphabetical order wins."""
    merged = Catalog(locale=language)
    for path in sorted((folder / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.id not in merged:
                    merged[message.id] = message
    return merged


@cache
def words(language: str) -> gnu.NullTranslations:
    """Return the translations of one language; an unknown one reads English."""
    catalogue = read_catalogues(LOCALE_DIR, language if language in LANGUAGES else "en")
    if not len(catalogue):
        return gnu.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)


def sort_key(text: str) -> tuple[str, str]:
    """By what a list of names is sorted: as a dictionary does it, Ä beside A and ß as ss."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in flat if not unicodedata.combining(c)), text


def pick(texts: Any, language: str) -> str:
    """Choose from ``{"de": …, "en": …}`` what the reader understands; a plain text is itself."""
    if isinstance(texts, dict):
        for wanted in (language, DEFAULT_LANGUAGE, *texts):
            if texts.get(wanted):
                return str(texts[wanted])
        return ""
    return "" if texts is None else str(texts)


# A page of a list says the same few days and distances again and again, and Babel takes its time.
@lru_cache(maxsize=4096)
def _day(day: date, format: str, locale: Locale) -> str:
    return dates.format_date(day, format=format, locale=locale)


@lru_cache(maxsize=4096)
def _distance(seconds: int, locale: Locale) -> str:
    return dates.format_timedelta(timedelta(seconds=seconds), add_direction=True, locale=locale)


@dataclass(frozen=True)
class Reader:
    """Who reads: a language of :data:`LANGUAGES` and an IANA time zone."""

    language: str = DEFAULT_LANGUAGE
    zone: str = DEFAULT_ZONE

    @property
    def tz(self) -> ZoneInfo:
        """The zone as an object; a name that nobody knows reads as UTC."""
        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @property
    def _format(self) -> Locale:
        return FORMATS.get(self.language, FORMATS["en"])

    def gettext(self, text: str) -> str:
        """Translate one text."""
        return words(self.language).gettext(text) if text else ""

    def explain(self, error: VorgangError) -> str:
        """What the desk refuses, in the reader's language."""
        said = self.gettext(error.template)
        return said % error.values if error.values else said

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Translate a text that depends on a number."""
        return words(self.language).ngettext(one, many, number)

    def pick(self, texts: Any) -> str:
        """Choose the reader's text from a mapping of languages."""
        return pick(texts, self.language)

    def local(self, moment: datetime) -> datetime:
        """Put a moment into the reader's zone; one without zone counts as UTC."""
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(self.tz)

    def date(self, value: date | datetime | None, format: str = "medium") -> str:
        """'24 Nov 2026' / '24.11.2026'."""
        if value is None:
            return ""
        day = self.local(value).date() if isinstance(value, datetime) else value
        return _day(day, format, self._format)

    def time(self, value: datetime | None) -> str:
        """'14:20'."""
        return "" if value is None else self.local(value).strftime("%H:%M")

    def date_time(self, value: datetime | None) -> str:
        """'24 Nov 2026, 14:20'."""
        return "" if value is None else f"{self.date(value)}, {self.time(value)}"

    def moment(self, value: datetime | None, now: datetime | None = None) -> str:
        """Say when as a colleague would: 'today 14:20', 'tomorrow 09:00', 'Fri 27 Nov, 09:00'."""
        if value is None:
            return ""
        days = (self.local(value).date() - self.local(now or datetime.now(UTC)).date()).days
        clock = self.time(value)
        if days == 0:
            return self.gettext("today %(time)s") % {"time": clock}
        if days == 1:
            return self.gettext("tomorrow %(time)s") % {"time": clock}
        if days == -1:
            return self.gettext("yesterday %(time)s") % {"time": clock}
        near = abs(days) < 180
        pattern = {"de": "EE d. MMM" if near else "d. MMM y"}.get(
            self.language, "EE d MMM" if near else "d MMM y"
        )
        day = _day(self.local(value).date(), pattern, self._format)
        return f"{day}, {clock}"

    def relative(self, value: datetime | None, now: datetime | None = None) -> str:
        """'3 hours ago', 'in 2 days'."""
        if value is None:
            return ""
        seconds = (self.local(value) - self.local(now or datetime.now(UTC))).total_seconds()
        if abs(seconds) < 45:
            return self.gettext("just now")
        step = 1 if abs(seconds) < 3600 else 60 if abs(seconds) < 86_400 else 600
        return _distance(round(seconds / step) * step, self._format)

    def age(self, value: datetime | None, now: datetime | None = None) -> str:
        """'43 min', '5 hr', '2 days': how long ago, where a heading says so already."""
        if value is None:
            return ""
        gone = self.local(now or datetime.now(UTC)) - self.local(value)
        gone = max(gone, timedelta(minutes=1))
        return dates.format_timedelta(gone, "minute", 1, format="short", locale=self._format)

    def number(self, value: float | int | None, digits: int | None = None) -> str:
        """'9,830' / '9.830'; `digits` fixes the decimals."""
        if value is None:
            return ""
        if digits is None:
            return numbers.format_decimal(value, locale=self._format)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return numbers.format_decimal(value, format=pattern, locale=self._format)

    def percent(self, share: float | None) -> str:
        """0.934 → '93%'."""
        return "" if share is None else numbers.format_percent(share, locale=self._format)

    def size(self, count: int | None) -> str:
        """Bytes as people say them: '340 kB'."""
        amount = float(count or 0)
        for unit in ("B", "kB", "MB", "GB"):
            if amount < 1000 or unit == "GB":
                return f"{self.number(amount, 0 if unit == 'B' or amount >= 10 else 1)} {unit}"
            amount /= 1000
        return ""

    def duration(self, seconds: float | None) -> str:
        """A length of time in words: '2 h 10 min', '45 min', '3 d 4 h' (a day is 24 hours)."""
        if seconds is None:
            return ""
        minutes = int(abs(seconds) // 60)
        days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
        day, hour, minute = self.gettext("d"), self.gettext("h"), self.gettext("min")
        if days:
            parts = [f"{days} {day}"] + ([f"{hours} {hour}"] if hours else [])
        elif hours:
            parts = [f"{hours} {hour}"] + ([f"{rest} {minute}"] if rest else [])
        else:
            parts = [f"{rest} {minute}"]
        return ("−" if seconds < 0 else "") + " ".join(parts)

    def hours(self, seconds: float | None) -> str:
        """Working time in words: '30 h 10 min', never in days, which some take for 8 hours."""
        if seconds is None or abs(seconds) < 86_400:
            return self.duration(seconds)
        hours, rest = divmod(int(abs(seconds) // 60), 60)
        said = f"{self.number(hours)} {self.gettext('h')}"
        said += f" {rest} {self.gettext('min')}" if rest else ""
        return ("−" if seconds < 0 else "") + said

    def left(self, seconds: float | None) -> str:
        """What a clock chip shows: '0:42', '2:10', '3 d 4 h'; a minus sign when it is over."""
        if seconds is None:
            return ""
        minutes = int(abs(seconds) // 60)
        if minutes >= 1440:
            return self.duration(seconds)
        return f"{'−' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}"


def negotiate_language(*chosen: str | None, accepted: str | None) -> str:
    """The first language chosen that we speak, else the best of an Accept-Language header."""
    for choice in chosen:
        if choice in LANGUAGES:
            return str(choice)
    offers = []
    for part in (accepted or "")[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            offers.append((-(float(quality) if quality else 1.0), tag.replace("-", "_")))
        except ValueError:
            continue
    offers = [offer for offer in offers if offer[0] < 0]
    tags = [tag.split("_")[0].lower() for _, tag in sorted(offers, key=lambda offer: offer[0])]
    return negotiate_locale(tags, list(LANGUAGES)) or DEFAULT_LANGUAGE


def reader_of(request: Any) -> Reader:
    """Find out who reads.

    The language: just switched (``?language=de``), else switched before in this browser (cookie),
    else the person's setting (``request.person.language``), else what the browser accepts.
    """
    person = getattr(request, "person", None)
    language = negotiate_language(
        request.params.get("language") if request.method == "GET" else None,
        request.cookies.get(LANGUAGE_COOKIE),
        getattr(person, "language", None),
        accepted=request.headers.get("Accept-Language"),
    )
    return Reader(language, getattr(person, "zone", None) or DEFAULT_ZONE)
