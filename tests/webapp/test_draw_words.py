"""The modeller's scripts speak German, too: all they say stands in their catalogue, and no more."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from tests.webapp.test_i18n import all_messages
from webapp.i18n import LOCALE_DIR
from webapp.jinja import TEMPLATES

SCRIPTS = TEMPLATES.parent / "static" / "modeller"
CATALOGUE = LOCALE_DIR / "de" / "draw.po"


def said_by(path: Path) -> set[str]:
    """The texts of one script; `tn` takes one for one and one for many."""
    found: set[str] = set()
    keywords = {"t": None, "tn": (1, 2)}
    for _, message, _, _ in extract_from_file("javascript", path, keywords=keywords):
        found.update([message] if isinstance(message, str) else message)
    return found - {""}


def test_every_word_of_the_modeller_has_its_german() -> None:
    said = set().union(*(said_by(path) for path in SCRIPTS.glob("*.js")))
    with CATALOGUE.open("rb") as file:
        known = {message.id for message in read_po(file, locale="de") if message.id}
    assert len(said) > 100
    assert said - known == set()
    assert known - said - set(all_messages()) == set()
