"""The language of the search box: `queue:network owner:me due:<2h -tag:vip "exact words" words`.

Read without the database. Whatever is not known as a question is a word that is looked for, so
addresses and times of day can be typed as they are; only what looks like a slip is called one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST = 500
MOST = 40  # pieces that are read
_PIECE = re.compile(r'(-?)([^\W\d_]+):("[^"]*"?|[^\s"]+)|"[^"]*"?|[^\s"]+')
# What may be asked, with what Germans call it.
NAMES = {
    "queue": ("warteschlange",),
    "team": ("group", "gruppe"),
    "owner": ("besitzer",),
    "customer": ("kunde", "kundin"),
    "org": ("organisation", "organization", "firma"),
    "state": ("zustand", "status"),
    "due": ("fallig", "faellig"),
    "clock": ("uhr", "frist", "zusage"),
    "created": ("erstellt", "angelegt"),
    "changed": ("geandert", "geaendert"),
    "priority": ("prioritat", "prio"),
    "type": ("typ",),
    "service": (),
    "sla": (),
    "tag": ("schlagwort",),
}
_KNOWN = {alias: name for name, others in NAMES.items() for alias in (name, *others)}


@dataclass(frozen=True)
class Piece:
    """One piece of a question: a term with a name, exact words, or a word; `text` as typed."""

    text: str
    name: str = ""
    value: str = ""
    negated: bool = False
    exact: bool = False
    meant: str = ""  # what a slip was probably meant to be


@dataclass(frozen=True)
class Question:
    """What was typed, piece by piece."""

    pieces: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        """The question as it is typed."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def terms(self) -> list[Piece]:
        """The pieces with a name."""
        return [piece for piece in self.pieces if piece.name]

    @property
    def words(self) -> str:
        """The words that are looked for in any order, and exact ones among them."""
        return " ".join(p.value for p in self.pieces if not p.name and not p.meant)

    def named(self, name: str) -> list[Piece]:
        """The terms of this name."""
        return [piece for piece in self.pieces if piece.name == name]

    def without(self, *gone: Piece) -> Question:
        """The question but for these pieces."""
        return Question(tuple(piece for piece in self.pieces if piece not in gone))

    def having(self, name: str, value: str) -> Question:
        """The question with this as its only term of the name; an empty value takes it away."""
        rest = self.without(*self.named(name))
        return Question((*rest.pieces, term(name, value))) if value else rest


def term(name: str, value: str) -> Piece:
    """A term as it would be typed."""
    value = value.replace('"', "").strip()
    typed = f'"{value}"' if re.search(r"\s", value) else value
    return Piece(f"{name}:{typed}", name, value)


def read(text: str) -> Question:
    """The question that somebody typed; nothing that is typed is an error here."""
    clean = "".join(c if c.isprintable() else " " for c in text[:LONGEST])
    return Question(tuple(_pieces(clean)))


def plain(text: str) -> str:
    """A name as it is compared: without case, accents and doubled spaces."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in flat if not unicodedata.combining(c)).split())


def _pieces(text: str) -> Iterable[Piece]:
    for count, found in enumerate(_PIECE.finditer(text)):
        if count >= MOST:
            return
        minus, name, value = found.group(1), found.group(2), found.group(3)
        if name is not None:
            yield _term(found.group(), bool(minus), name, value.strip('"').strip())
        elif found.group().startswith('"'):
            inside = found.group().strip('"').strip()
            if inside:
                yield Piece(f'"{inside}"', value=inside, exact=True)
        else:
            yield Piece(found.group(), value=found.group())


def _term(text: str, negated: bool, name: str, value: str) -> Piece:
    if text.count('"') == 1:
        text += '"'
    known = _KNOWN.get(plain(name))
    if known and value:
        return Piece(text, known, value, negated)
    if value.startswith("//"):
        return Piece(text, value=text)
    near = get_close_matches(plain(name), _KNOWN, n=1, cutoff=0.75)
    return Piece(text, value=text, meant=_KNOWN[near[0]] if near else "")
