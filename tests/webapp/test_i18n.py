"""Every word of the pages has its German, and dates and numbers read as the reader writes them."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from webapp.i18n import LOCALE_DIR, Reader, negotiate_language, pick, read_catalogues
from webapp.jinja import TEMPLATES, make_environment

WEBAPP = TEMPLATES.parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
TEMPLATE_FILES = sorted(TEMPLATES.rglob("*.jinja2"))
CATALOGUES = sorted((LOCALE_DIR / "de").glob("*.po"))
# Names, examples and the gallery's sample sentences need no German.
SAMPLES = {TEMPLATES / "gallery.jinja2"}
SPOKEN = ("title", "aria-label", "placeholder", "alt")
UNTRANSLATED = {"Vorgang", "Deutsch", "English", "FAQ", "API", "Ctrl"}


def messages_of(path: Path) -> set[str | tuple[str, ...]]:
    method = "jinja2" if path.suffix == ".jinja2" else "python"
    options = {"encoding": "utf-8", "silent": "false", "trimmed": "false"}
    found = extract_from_file(method, path, keywords=KEYWORDS, options=options)
    return {message for _, message, _, _ in found if message}


def all_messages() -> dict[str | tuple[str, ...], Path]:
    files = [*TEMPLATE_FILES, *WEBAPP.rglob("*.py")]
    return {message: path for path in files for message in messages_of(path)}


class Words(HTMLParser):
    """Collects what a person would read or hear, once the template's own code is taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        # A macro may give only attributes, which then stand outside any tag.
        self.found.append(re.sub(r'\s[\w-]+="[^"]*"', " ", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.extend(value or "" for name, value in attrs if name in SPOKEN)


def bare_words(source: str) -> list[str]:
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.S)
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", source, flags=re.S)
    source = re.sub(r"\{\{.*?\}\}", "x ", source, flags=re.S)
    source = re.sub(r"\{%.*?%\}", "", source, flags=re.S)
    source = re.sub(r"&\w+;", "", source)
    parser = Words()
    parser.feed(source)
    words = re.findall(r"[A-Za-zÄÖÜäöüß]{3,}", " ".join(parser.found))
    return [word for word in words if word not in UNTRANSLATED]


def test_every_message_has_its_german() -> None:
    german = read_catalogues(LOCALE_DIR, "de")
    missing = []
    for message, path in all_messages().items():
        entry = german.get(message[0] if isinstance(message, tuple) else message)
        texts = (
            entry.string if entry and isinstance(entry.string, tuple) else [entry and entry.string]
        )
        if not entry or entry.fuzzy or not all(texts):
            missing.append(f"{path.relative_to(WEBAPP)}: {message!r}")
    assert missing == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_a_catalogue_is_whole_and_keeps_the_placeholders(path: Path) -> None:
    wrong = []
    with path.open("rb") as file:
        for message in read_po(file, locale="de", abort_invalid=True):
            if not message.id:
                continue
            pairs = [(message.id, message.string)]
            if isinstance(message.id, tuple):
                pairs = list(zip(message.id[-1:] * 2, message.string, strict=True))[1:]
            for english, german in pairs:
                names = [set(re.findall(r"%\((\w+)\)s", text)) for text in (english, german)]
                if message.fuzzy or not german or names[0] != names[1]:
                    wrong.append(english)
    assert wrong == []


def test_catalogues_agree_where_they_say_the_same_thing() -> None:
    said: dict[str, str] = {}
    differing = []
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file, locale="de"):
                if (
                    message.id
                    and said.setdefault(str(message.id), message.string) != message.string
                ):
                    differing.append(f"{path.name}: {message.id!r}")
    assert differing == []


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATE_FILES if path not in SAMPLES], ids=lambda path: path.name
)
def test_no_template_speaks_past_the_catalogue(path: Path) -> None:
    assert bare_words(path.read_text(encoding="utf-8")) == []


def test_the_guard_sees_a_word_that_goes_past_the_catalogue() -> None:
    assert bare_words('<p title="Hello">{{ _("Good") }} morning</p>') == ["Hello", "morning"]


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (("de", "en"), "en", "de"),
        ((None, "en"), "de", "en"),
        ((None, None), "de-AT,de;q=0.9,en;q=0.5", "de"),
        ((None, None), "fr;q=0.9,en;q=0.4,de;q=0.6", "de"),
        ((None, None), "de;q=0, en;q=0.1", "en"),
        (("xx", "../../etc"), None, "en"),
        ((None,), "de;q=abc,;;q=,\x00" + "x" * 5000, "en"),
        ((), None, "en"),
    ],
)
def test_the_language_is_negotiated(
    chosen: tuple[str | None, ...], accepted: str | None, language: str
) -> None:
    assert negotiate_language(*chosen, accepted=accepted) == language


def test_moments_are_said_in_the_zone_and_language_of_the_reader() -> None:
    now = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    german, english = Reader("de", "Europe/Berlin"), Reader("en", "Europe/London")
    assert german.moment(now, now) == "heute 23:30"
    assert german.moment(now + timedelta(hours=1), now) == "morgen 00:30"
    assert english.moment(now + timedelta(hours=1), now) == "today 23:30"
    assert english.moment(now - timedelta(days=1), now) == "yesterday 22:30"
    assert german.date(now) == "23.11.2026"
    assert english.relative(now - timedelta(hours=3), now) == "3 hours ago"
    assert english.relative(now, now) == "just now"


def test_a_zone_that_nobody_knows_reads_as_utc() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert [Reader("en", zone).time(noon) for zone in ("Mars/Base", "../x", "")] == ["12:00"] * 3


def test_numbers_and_durations() -> None:
    german = Reader("de")
    assert german.number(9830.5) == "9.830,5"
    assert Reader("en").number(9830) == "9,830"
    assert german.left(2520) == "0:42"
    assert german.left(-4320) == "−1:12"
    assert Reader("en").duration(7800) == "2 h 10 min"
    assert Reader("en").duration(273600) == "3 d 4 h"
    assert Reader("en").hours(273660) == "76 h 1 min"
    assert Reader("de").hours(-4_500_000) == "−1.250 Std."
    assert Reader("en").hours(7800) == "2 h 10 min"
    assert Reader("en").size(348_211) == "348 kB"
    assert [german.number(None), german.date(None), german.left(None)] == ["", "", ""]


def test_a_text_in_languages_falls_back_to_what_there_is() -> None:
    assert pick({"de": "Hoch", "en": "High"}, "de") == "Hoch"
    assert pick({"de": "", "en": "High"}, "de") == "High"
    assert pick({"fr": "Haut"}, "de") == "Haut"
    assert [pick("plain", "de"), pick(None, "de"), pick({}, "de")] == ["plain", "", ""]


def test_templates_translate_and_escape() -> None:
    page = make_environment().from_string(
        '{{ _("Log out") }} {{ ngettext("%(num)s day", "%(num)s days", 2) }} '
        '{{ _("Select %(title)s", title=title) }}'
    )
    html = page.render(reader_given=Reader("de"), title="<b>")
    assert html == "Abmelden 2 Tage &lt;b&gt; auswählen"
