"""The FAQ: anybody reads what is public, customers more, agents all of it, and agents write it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from engine.commands.faq import count_helped, restore_item, retire_item, save_item
from engine.commands.undo import Remembered
from engine.errors import Conflict, Invalid, NotFound
from engine.faq import queries
from engine.faq.models import FaqItem
from webapp.i18n import LANGUAGES, N_
from webapp.limits import spend_as_stranger
from webapp.presenters import faq as shown
from webapp.presenters.drafts import draft_of
from webapp.refused import refuse
from webapp.views.agent.answers import done, text_of
from webapp.views.public.login import posted
from webapp.views.public.registration import refused

FIELDS = ("title", "symptom", "solution", "comment", "category", "keywords", "language", "audience")
FORM = "faq/edit.jinja2"
LONGEST = 100_000


@view_config(
    route_name="faq",
    request_method="GET",
    renderer="faq/list.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def faq(request: Request) -> dict[str, Any]:
    """Search, and everything by category; a script that asks gets the hits alone."""
    text = text_of(request, "q")
    if text:
        spend_as_stranger(request, "search", request.desk.settings.limit_search)
    retired = queries.retired(request.db, request.actor)
    if retired and "retired" in request.GET:
        return {"q": "", "hits": [], "retired": retired, "only_retired": True}
    hits = shown.search(request, text) if text else []
    if request.headers.get("X-Requested-With"):
        request.override_renderer = "faq/hits.jinja2"
        return {"q": text, "hits": hits}
    return {"q": text, "hits": hits, "shelves": shown.shelves(request), "retired": retired}


@view_config(route_name="faq.options", request_method="GET", renderer="json", permission="agent")
def faq_options(request: Request) -> list[dict[str, Any]]:
    """Items to insert into a reply."""
    hits = shown.search(request, text_of(request, "q"), limit=8)
    return [shown.option(hit["item"]) for hit in hits]


@view_config(
    route_name="faq.item",
    request_method="GET",
    renderer="faq/item.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def faq_item(request: Request) -> dict[str, Any]:
    """One item; what is not for this reader is not there."""
    item = item_here(request)
    said = item.id in request.session.get("helped", [])
    page = {"item": item, "body": shown.body(item), "said": said, "audiences": shown.AUDIENCES}
    return page | shown.languages(request, item)


@view_config(route_name="faq.helped", request_method="POST", permission=NO_PERMISSION_REQUIRED)
def helped(request: Request) -> Response:
    """Count a yes once per browser; a no leads on to asking us."""
    item = item_here(request)
    known = request.session.get("helped", [])
    if posted(request, "helped") != "yes":
        return HTTPSeeOther(request.route_path("offers"))
    if item.id not in known:
        count_helped(request.work, item)
        request.session["helped"] = [*known[-50:], item.id]
    href = request.route_path("faq.item", id=item.id)
    return done(request, request.translate(N_("Thank you, that helps us too.")), href)


@view_config(route_name="faq.new", request_method="GET", renderer=FORM, permission="agent")
def new_item(request: Request) -> dict[str, Any]:
    """An empty form, or the text of an item to be put into another language."""
    source = translated(request)
    if source is not None:
        draft = draft_of(request, draft_key(None, source))
        values = values_of(source) | {"language": other_language(source)}
        return form_of(request, None, draft.over(values))
    empty = dict.fromkeys(FIELDS, "") | {"language": request.reader.language, "audience": "public"}
    return form_of(request, None, draft_of(request, draft_key(None)).over(empty))


@view_config(route_name="faq.new", request_method="POST", renderer=FORM, permission="agent")
def save_new(request: Request) -> dict[str, Any] | Response:
    """Make an item."""
    return save(request, None)


@view_config(route_name="faq.edit", request_method="GET", renderer=FORM, permission="agent")
def edit_item(request: Request) -> dict[str, Any]:
    """The item as it stands."""
    item = item_here(request)
    draft = draft_of(request, draft_key(item))
    late = draft.at is not None and draft.at < item.changed_at
    return form_of(request, item, draft.over(values_of(item)), conflict=late)


@view_config(route_name="faq.edit", request_method="POST", renderer=FORM, permission="agent")
def save_edited(request: Request) -> dict[str, Any] | Response:
    """Change an item; where somebody was quicker, both texts are shown."""
    return save(request, item_here(request))


@view_config(route_name="faq.retire", request_method="POST", permission="agent")
def retire(request: Request) -> Response:
    """Take an item out of lists and search; it can be taken back, and restored later."""
    item, undo = item_here(request), Remembered(request.work, "retire")
    with undo.faq(item):
        retire_item(request.work, item)
    text = request.translate(N_("The item is retired; nobody finds it any more."))
    return done(request, text, request.route_path("faq"), undo=undo, leave=True)


@view_config(route_name="faq.restore", request_method="POST", permission="agent")
def restore(request: Request) -> Response:
    """Let a retired item be found again."""
    wanted = min(int(request.matchdict["id"]), 2**31 - 1)
    item = queries.retired_item(request.db, request.actor, wanted)
    if item is None:
        raise NotFound("There is no such item.")
    undo = Remembered(request.work, "restore")
    with undo.faq(item):
        restore_item(request.work, item)
    href = request.route_path("faq.item", id=item.id)
    return done(request, request.translate(N_("The item is found again.")), href, undo=undo)


def draft_key(item: FaqItem | None, source: FaqItem | None = None) -> str:
    """The key of the editor's draft: of an item, of its translation, or of a new one."""
    if item is not None:
        return f"faq-{item.id}"
    return f"faq-translates-{source.id}" if source else "faq-new"


def item_here(request: Request) -> FaqItem:
    """The item of the address, if the reader may read it."""
    return item_with(request, int(request.matchdict["id"]))


def item_with(request: Request, item_id: int) -> FaqItem:
    """The item with this id, if the reader may read it."""
    item = queries.item_for(request.db, request.actor, min(item_id, 2**31 - 1))
    if item is None:
        raise NotFound("There is no such item.")
    return item


def translated(request: Request) -> FaqItem | None:
    """The item that is put into another language, where the form is for that."""
    wanted = str(request.params.get("translates") or "")[:12]
    return item_with(request, int(wanted)) if wanted.isdecimal() else None


def values_of(item: FaqItem) -> dict[str, Any]:
    """The fields of an item as its form takes them."""
    return {name: getattr(item, name) for name in FIELDS} | {"keywords": ", ".join(item.keywords)}


def other_language(item: FaqItem) -> str:
    """The language into which an item is put."""
    return next(language for language in LANGUAGES if language != item.language)


def save(request: Request, item: FaqItem | None) -> dict[str, Any] | Response:
    """Save the form's fields, or show the form again with what was typed and why."""
    typed = {name: posted(request, name)[:LONGEST] for name in FIELDS}
    words = typed["keywords"].split(",")
    version = posted(request, "version")
    seen = int(version) if version.isdecimal() and len(version) < 10 else None
    try:
        if typed["language"] not in ("de", "en"):
            raise Invalid("Unknown language.", fields={"language": "enum"})
        values: dict[str, Any] = typed | {"keywords": words}
        source = translated(request) if item is None else None
        number = source.number if source else None
        saved = save_item(request.work, **values, item=item, version=seen, number=number)
    except Invalid as error:
        return form_of(request, item, **refused(request, error, values=typed))
    except Conflict as error:
        refuse(request, error)
        return form_of(request, item, typed, conflict=True)
    return done(
        request, request.translate(N_("Saved")), request.route_path("faq.item", id=saved.id)
    )


def form_of(
    request: Request,
    item: FaqItem | None,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
    conflict: bool = False,
) -> dict[str, Any]:
    """What the form shows; a browser's draft from before the item's last change is out of date."""
    source = translated(request) if item is None else None
    draft = draft_of(request, draft_key(item, source))
    if item is not None:
        draft = replace(draft, at=max(draft.at or item.changed_at, item.changed_at))
    return {
        "item": item,
        "source": source,
        "values": values,
        "errors": errors or {},
        "conflict": conflict,
        "draft": draft,
        "audiences": shown.audience_choices(request),
    }
