"""The service catalogue for customers: cards, what fits a few words, and a readable message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.catalogue.models import Offer
from engine.catalogue.queries import offers
from engine.tickets.requests import as_customer
from webapp.forms.fields import field_ui, ordered_names, properties, values_allowed
from webapp.i18n import Reader

ICONS = {
    "wrench": "alert", "laptop": "company", "user-plus": "people", "key": "lock",
    "help-circle": "info", "git-branch": "process", "message-circle": "note",
}  # fmt: skip
WORD = re.compile(r"\w{3,40}")


@dataclass(frozen=True)
class Card:
    """One thing that can be asked for."""

    key: str
    title: str
    text: str
    href: str
    icon: str


def cards(request: Request, found: list[Offer] | None = None, text: str = "") -> list[Card]:
    """Offers as cards; what was typed goes along as the title of the form."""
    return [
        card(request, offer, text) for offer in (offers_for(request) if found is None else found)
    ]


def offers_for(request: Request) -> list[Offer]:
    """What whoever is here may ask for; agents are here as people of the house."""
    return offers(request.db, as_customer(request.work).actor)


def card(request: Request, offer: Offer, text: str = "") -> Card:
    """One offer as a card."""
    pick, document = request.reader.pick, offer.document
    query = {"title": text} if text else {}
    return Card(
        key=offer.key,
        title=pick(document.get("title")) or offer.key,
        text=pick(document.get("description")),
        href=request.route_path("offers.one", key=offer.key, _query=query),
        icon=ICONS.get(str(document.get("icon")), "ticket"),
    )


def fitting(request: Request, text: str, limit: int = 3) -> list[Offer]:
    """Offers whose keywords, title or description share words with the text, best first."""
    words = {word.lower() for word in WORD.findall(text[:300])}
    scored = [
        (_score(offer, words), -place, offer) for place, offer in enumerate(offers_for(request))
    ]
    best = sorted((s for s in scored if s[0] > 0), key=lambda s: s[:2], reverse=True)
    return [offer for _, _, offer in best[:limit]]


def _score(offer: Offer, words: set[str]) -> int:
    document = offer.document
    keywords = " ".join(str(word) for word in document.get("keywords", [])).lower()
    titles = " ".join(str(t) for t in dict(document.get("title") or {}).values()).lower()
    texts = " ".join(str(t) for t in dict(document.get("description") or {}).values()).lower()
    return sum(3 * (w in keywords) + 2 * (w in titles) + (w in texts) for w in words)


def title_field(form: Mapping[str, Any]) -> str:
    """The name of the question whose answer is the request's title; '' where none is."""
    ui, names = form.get("ui", {}), ordered_names(form.get("schema", {}), form.get("ui", {}))
    marked = [name for name in names if field_ui(ui, name).get("ticket") == "title"]
    return marked[0] if marked else ("title" if "title" in names else "")


def title_of(offer: Offer, answers: Mapping[str, Any], reader: Reader) -> str:
    """What the request is called: the customer's title, else the offer and its first answers."""
    name = title_field(offer.form)
    if answers.get(name):
        return str(answers[name])
    said = [text for _, text in _lines(offer, answers, reader, "")][:2]
    first = [text for text in said if len(text) <= 80 and "\n" not in text]
    return ": ".join(
        [reader.pick(offer.document.get("title")) or offer.key, ", ".join(first)][: 1 + bool(first)]
    )


def body_of(offer: Offer, answers: Mapping[str, Any], reader: Reader) -> str:
    """The first message as one would write it: the free text, then answers with their labels."""
    ui = offer.form.get("ui", {})
    free = [n for n in properties(offer.form.get("schema", {})) if field_ui(ui, n).get("article")]
    texts = [str(answers[name]) for name in free if answers.get(name)]
    rest = [
        f"{label}\n{text}"
        if "\n" in text
        else f"{label}{'' if label.endswith('?') else ':'} {text}"
        for label, text in _lines(offer, answers, reader, title_field(offer.form))
    ]
    return "\n\n".join([*texts, "\n".join(rest)]).strip() or title_of(offer, answers, reader)


def _lines(
    offer: Offer, answers: Mapping[str, Any], reader: Reader, without: str
) -> list[tuple[str, str]]:
    """Label and answer of each question that is neither the title nor the message itself."""
    schema, ui = offer.form.get("schema", {}), offer.form.get("ui", {})
    found = []
    for name in ordered_names(schema, ui):
        hints = field_ui(ui, name)
        if name == without or hints.get("article") or answers.get(name) in (None, "", [], False):
            continue
        label = reader.pick(hints.get("label")) or name
        text = _words(answers[name], properties(schema)[name], hints, reader)
        found.append((label, text))
    return found


def _words(value: Any, part: Mapping[str, Any], hints: Mapping[str, Any], reader: Reader) -> str:
    texts = hints.get("choices")
    known = texts if isinstance(texts, Mapping) else {}
    if isinstance(value, bool):
        return reader.gettext("Yes") if value else reader.gettext("No")
    if isinstance(value, (list, tuple)):
        return ", ".join(reader.pick(known.get(str(item))) or str(item) for item in value)
    if values_allowed(part):
        return reader.pick(known.get(str(value))) or str(value)
    return str(value)
