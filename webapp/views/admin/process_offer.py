"""How customers ask for what a process does: its offer, drafted and published with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy import select

from engine.catalogue.audience import AUDIENCES
from engine.catalogue.models import OWN, Offer, Service, Sla
from engine.catalogue.published import ProcessInForce
from engine.catalogue.queries import all_of, queues
from engine.commands.own_offers import check_own_offer, starting_offer, text_of
from engine.commands.process_drafts import draft_of, save_draft
from engine.commands.shared_parts import is_shared
from engine.errors import Conflict, Invalid, NotFound
from engine.workflow.source import OFFER, SCHEMA, UI
from webapp.forms.fields import build_fields
from webapp.i18n import N_
from webapp.presenters.problem_words import finding_said
from webapp.presenters.process_tabs import process_tabs
from webapp.refused import refuse
from webapp.views.agent.answers import accepted

TEXTS = ("title", "description", "next", "by_when")
NAMES = ("queue", "service", "sla")
LONGEST = 2000
WHO = {
    "internal": N_("People of the house"),
    "external": N_("All other customers"),
    "public": N_("Everybody"),
}


@view_config(
    route_name="processes.offer", request_method="GET", renderer="admin/process_offer.jinja2",
    permission="owner",
)  # fmt: skip
def offer(request: Request) -> dict[str, Any]:
    """The offer as it is drafted, else as it is in force, else that there is none."""
    files, _ = _standing(request)
    return _page(request, files, _read(files.get(OFFER)), [])


@view_config(
    route_name="processes.offer", request_method="POST", renderer="admin/process_offer.jinja2",
    permission="owner",
)  # fmt: skip
def save(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep the offer in the draft; what cannot be is said beside it, and nothing typed is lost."""
    key = request.matchdict["key"]
    files, title = _standing(request)
    typed = _typed(request, _read(files.get(OFFER)) or {})
    changes = _changes(request, files, title, typed)
    after = {**files, **{n: t for n, t in changes.items() if t is not None}}
    data = {name: text.encode() for name, text in after.items()}
    problems = [] if "remove" in request.POST else check_own_offer(request.work, key, data)
    language = request.reader.language
    errors = [
        f"{finding_said(p.message, language)} {finding_said(p.mend, language)}" for p in problems
    ]
    try:
        if not errors:
            save_draft(request.work, key, _revision(request), changes)
    except (Conflict, Invalid) as error:
        refuse(request, error)
        errors = [request.reader.explain(error)]
    if errors:
        request.response.status_int = 422
        return _page(request, files, typed, errors)
    accepted(request)
    request.session.flash(request.translate(N_("The offer is in the draft.")))
    return HTTPSeeOther(request.route_path("processes.offer", key=key))


def _changes(
    request: Request, files: Mapping[str, str], title: Mapping[str, str], typed: dict[str, Any]
) -> dict[str, str | None]:
    """What to write into the draft: the offer, with questions to begin with where it has none."""
    begun = starting_offer(title)
    if "remove" in request.POST:
        return {name: None for name in begun if name in files}
    if "begin" in request.POST:
        return {**begun, **{n: files[n] for n in begun if n in files}}
    missing = {n: t for n, t in begun.items() if n != OFFER and n not in files}
    return {**missing, OFFER: text_of(typed)}


def _standing(request: Request) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Files and title of the draft, else of what is in force; `NotFound` without either."""
    key = request.matchdict["key"]
    draft, current = draft_of(request.db, key), request.db.get(ProcessInForce, key)
    if is_shared(key) or (draft is None and current is None):
        raise NotFound("There is no such process.")
    if draft is not None:
        return draft.files, draft.title
    return current.version.files, current.version.title


def _read(text: str | None) -> dict[str, Any] | None:
    """The document of an offer, None where there is none; an odd one counts as empty."""
    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _typed(request: Request, before: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, over what the offer says beside it (an icon, a priority)."""
    sent, typed = request.POST, dict(before)
    for name in TEXTS:
        pair = {code: sent.get(f"{name}_{code}", "")[:LONGEST].strip() for code in ("de", "en")}
        typed[name] = {code: text for code, text in pair.items() if text}
    for name in NAMES:
        typed[name] = sent.get(name, "")[:400]
    typed["audience"] = [one for one in sent.getall("audience") if one in AUDIENCES]
    words = sent.get("keywords", "")[:LONGEST].replace("\n", ",").split(",")
    typed["keywords"] = [word for one in words if (word := one.strip())]
    typed["active"] = sent.get("active") == "true"
    return {name: value for name, value in typed.items() if value not in ({}, "", [])}


def _revision(request: Request) -> int:
    said = request.POST.get("revision", "")
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise Invalid("This cannot be read.")
    return int(said)


def _page(
    request: Request, files: Mapping[str, str], document: dict[str, Any] | None, errors: list[str]
) -> dict[str, Any]:
    key = request.matchdict["key"]
    draft, current = draft_of(request.db, key), request.db.get(ProcessInForce, key)
    return {
        "key": key,
        "title": current.version.title if current else draft.title if draft else {},
        "tabs": process_tabs(request, key, published=current is not None),
        "revision": draft.revision if draft else 0,
        "document": document if document is None else _plain(document),
        "in_force": bool(current and OFFER in current.version.files),
        "errors": errors,
        "others": _others(request, key),
        "fields": _fields(request, files),
        "queues": [(queue.name, queue.name) for queue in queues(request.db)],
        "services": _named(request, Service),
        "slas": _named(request, Sla),
        "who": [(name, request.translate(text)) for name, text in WHO.items()],
    }


def _others(request: Request, key: str) -> list[str]:
    """What else of the catalogue leads here: offers that came from its file."""
    query = select(Offer).where(Offer.active).order_by(Offer.position)
    return [
        str(request.reader.pick(one.document.get("title")) or one.key)
        for one in request.db.scalars(query)
        if one.document.get("process") == key and not one.document.get(OWN)
    ]


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """An offer as its form can show it, whatever somebody wrote into the file."""
    found: dict[str, Any] = {name: _pair(document.get(name)) for name in TEXTS}
    found |= {name: str(document.get(name) or "") for name in NAMES}
    found |= {name: _texts(document.get(name)) for name in ("audience", "keywords")}
    return found | {"active": document.get("active", True) is True}


def _pair(said: Any) -> dict[str, str]:
    return {k: str(v) for k, v in said.items()} if isinstance(said, Mapping) else {}


def _texts(said: Any) -> list[str]:
    return [str(one) for one in said] if isinstance(said, list) else []


def _named(request: Request, kind: Any) -> list[tuple[str, str]]:
    pick = request.reader.pick
    return [(row.name, str(pick(row.title) or row.name)) for row in all_of(request.db, kind)]


def _fields(request: Request, files: Mapping[str, str]) -> list[Any]:
    """The questions as customers will see them; none where the form cannot be read."""
    schema, ui = (_read(files.get(f"offer{suffix}")) or {} for suffix in (SCHEMA, UI))
    try:
        return list(build_fields(schema, ui, request.reader.language))
    except (AttributeError, TypeError, ValueError, KeyError):
        return []
