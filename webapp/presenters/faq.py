"""FAQ items as pages and lists show them: in the reader's language, counts for agents alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from pyramid.request import Request

from engine.faq import queries
from engine.faq.models import FaqItem
from webapp.i18n import LANGUAGES, N_, sort_key
from webapp.presenters.markup import plain, render

AUDIENCES = {
    "public": N_("everybody"),
    "external": N_("customers"),
    "internal": N_("only us"),
}

LANGUAGE_NAMES = {"de": "Deutsch", "en": "English"}


@dataclass(frozen=True)
class Shelf:
    """The items of one category."""

    name: str
    items: list[FaqItem]


def shelves(request: Request) -> list[Shelf]:
    """All items the reader may read, by category; each in the reader's language if there is one."""
    chosen: dict[int, FaqItem] = {}
    for item in queries.items(request.db, request.actor, limit=500):
        known = chosen.get(item.number)
        if known is None or item.language == request.reader.language:
            chosen[item.number] = item
    found: dict[str, list[FaqItem]] = {}
    for item in chosen.values():
        found.setdefault(item.category, []).append(item)
    return [
        Shelf(name, sorted(items, key=lambda i: sort_key(i.title)))
        for name, items in sorted(found.items(), key=lambda shelf: sort_key(shelf[0]))
    ]


def search(request: Request, text: str, limit: int = 10) -> list[dict[str, Any]]:
    """Hits for a text: title, address, excerpt (safe HTML)."""
    found = queries.find(
        request.db,
        request.desk.index,
        text[:300],
        actor=request.actor,
        language=request.reader.language,
        limit=limit,
    )
    return [
        {
            "item": hit.item,
            "title": hit.item.title,
            "href": request.route_path("faq.item", id=hit.item.id),
            "excerpt": hit.excerpt,
        }
        for hit in found
    ]


def option(item: FaqItem) -> dict[str, Any]:
    """An item as something to insert into a reply."""
    text = plain(item.solution)
    hint = " · ".join(part for part in (item.category, item.language) if part)
    return {"value": item.id, "label": item.title, "hint": hint, "text": text}


def languages(request: Request, item: FaqItem) -> dict[str, Any]:
    """The same item in other languages, and for agents the languages in which it is missing."""
    others = queries.translations(request.db, request.actor, item)
    there = {item.language, *(other.language for other in others)}
    missing = [one for one in LANGUAGES if one not in there] if request.actor.is_agent else []
    return {"others": others, "missing": missing, "language_names": LANGUAGE_NAMES}


def body(item: FaqItem) -> dict[str, Markup]:
    """Symptom and solution as safe HTML."""
    return {"symptom": render(item.symptom), "solution": render(item.solution)}


def audience_choices(request: Request) -> list[tuple[str, str]]:
    """For whom an item can be, in the reader's words."""
    return [(name, request.translate(label)) for name, label in AUDIENCES.items()]
