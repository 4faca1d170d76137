"""The words of the desk's messages: the list, the page of one, and how it would be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands import notice_texts as commands
from engine.commands.notice_uses import all_uses, uses_of
from engine.commands.starter_notices import texts_that_came
from engine.errors import Conflict, Invalid, NotAllowed
from engine.notify.texts import LANGUAGES, NAME, Notice, Text, notices, shipped
from webapp.i18n import sort_key
from webapp.presenters.notice_names import notice_name
from webapp.presenters.notice_page import (
    note_said,
    offered,
    preview_of,
    uses_said,
    written,
)
from webapp.presenters.text_difference import difference
from webapp.refused import refuse
from webapp.views.admin.overtaken import LABELS, differences
from webapp.views.admin.said import N_, said
from webapp.views.agent.answers import accepted, number_of, text_of

PAGE = "admin/notice_text.jinja2"
LONGEST_READ = 20_000
SHOWN = 50  # versions, the latest
NONE = -1  # the number of no version
PARTS = tuple(f"{part}_{one}" for one in LANGUAGES for part in ("subject", "body"))
TITLES = tuple(f"title_{one}" for one in LANGUAGES)


@view_config(route_name="notices", request_method="GET", renderer="admin/notice_texts.jinja2",
             permission="owner")  # fmt: skip
def listed(request: Request) -> dict[str, Any]:
    """All of them with their subjects, and where they are used."""
    used, wanted = all_uses(request.work), text_of(request, "q", 100)
    rows = []
    for name, one in notices(request.db).items():
        subject = one.texts["de" if request.reader.language == "de" else "en"].subject
        title = notice_name(request, one)
        if wanted.casefold() in f"{name} {title} {subject}".casefold():
            uses = uses_said(request, used.get(name, []))
            rows.append((one, title, subject, uses))
    came = sum(1 for _ in texts_that_came(request.work))
    return {"rows": sorted(rows, key=lambda row: sort_key(row[1])), "q": wanted, "outdated": came}


@view_config(route_name="notices.new", request_method=("GET", "POST"), renderer=PAGE,
             permission="owner")  # fmt: skip
def new(request: Request) -> Any:
    """Write a message of one's own; it may begin as another one is."""
    if request.method == "GET":
        like = notices(request.db).get(text_of(request, "from", 60))
        return _page(request, "", None, _stored(like) | {"name": ""})
    typed = _typed(request) | {"name": text_of(request, "name", 80)}
    if request.POST.get("do") == "preview":
        return _page(request, "", None, typed)
    try:
        row = commands.create_text(request.work, typed["name"], typed, text_of(request, "note"))
    except (Invalid, NotAllowed) as error:
        return _refused(request, "", typed, error)
    return _saved(request, row.name, N_("It can be sent from now on."))


@view_config(route_name="notices.one", request_method=("GET", "POST"), renderer=PAGE,
             permission="owner")  # fmt: skip
def one(request: Request) -> Any:
    """One message; what is saved is sent from then on."""
    name = request.matchdict["name"]
    now = commands.notice_or_missing(request.work, name)
    if request.method == "GET":
        return _page(request, name, now, _stored(now))
    typed = _typed(request)
    if request.POST.get("do") == "preview":  # looking reads nothing of what others saved meanwhile
        return _page(request, name, now, typed) | {"seen": number_of(request, "seen", NONE)}
    note = text_of(request, "note", commands.LONGEST_NOTE)
    try:
        commands.save_text(
            request.work, name, typed, note=note, seen=number_of(request, "seen", NONE)
        )
    except (Invalid, Conflict, NotAllowed) as error:
        return _refused(request, name, typed, error)
    return _saved(request, name, N_("It is sent like this from now on."))


@view_config(route_name="notices.preview", request_method="POST",
             renderer="admin/notice_preview.jinja2", permission="owner")  # fmt: skip
def preview(request: Request) -> dict[str, Any]:
    """How what is being typed would be read; nothing is kept."""
    name = text_of(request, "of", 60)
    uses, typed = uses_of(request.work, name) if NAME.match(name) else [], _typed(request)
    unknown = list(_places(request, name, typed).values())
    return {"preview": replace(preview_of(request, name, _texts(typed), uses), unknown=unknown)}


@view_config(route_name="notices.back", request_method="POST", renderer=PAGE, permission="owner")
def back(request: Request) -> Any:
    """Put an earlier version in force again, or what comes with Vorgang."""
    name = request.matchdict["name"]
    number, seen = (number_of(request, one, NONE) for one in ("number", "seen"))
    try:
        commands.put_back(request.work, name, number, seen=seen)
    except (Conflict, NotAllowed) as error:
        return _refused(request, name, None, error)
    return _saved(request, name, N_("It is sent like this from now on."))


@view_config(route_name="notices.keep", request_method="POST", permission="owner")
def keep(request: Request) -> HTTPSeeOther:
    """Stay with one's own words though others came anew."""
    commands.keep_own(request.work, request.matchdict["name"])
    return _saved(request, request.matchdict["name"], N_("Your own text stays."))


@view_config(route_name="notices.remove", request_method="POST", renderer=PAGE, permission="owner")
def remove(request: Request) -> Any:
    """Take a message of one's own away, unless something names it."""
    name = request.matchdict["name"]
    try:
        commands.remove_text(request.work, name)
    except (Conflict, NotAllowed) as error:
        return _refused(request, name, None, error)
    request.session.flash(request.translate(N_("%(name)s is removed.")) % {"name": name})
    return HTTPSeeOther(request.route_path("notices"))


def _typed(request: Request) -> dict[str, str]:
    """What was typed, bounded, with line ends as they are kept."""
    post = request.POST
    read = {name: str(post.get(name, ""))[:LONGEST_READ] for name in (*PARTS, *TITLES)}
    return {name: text.replace("\r\n", "\n") for name, text in read.items()}


def _texts(typed: Mapping[str, str]) -> dict[str, Text]:
    return {one: Text(typed[f"subject_{one}"], typed[f"body_{one}"]) for one in LANGUAGES}


def _stored(now: Notice | None) -> dict[str, str]:
    """The fields as they are."""
    if now is None:
        return dict.fromkeys((*PARTS, *TITLES), "")
    texts = {f"{part}_{language}": getattr(now.texts[language], part).rstrip("\n")
             for language in LANGUAGES for part in ("subject", "body")}  # fmt: skip
    titles = {f"title_{one}": (now.title or {}).get(one, "") for one in LANGUAGES}
    return texts | titles


def _page(
    request: Request,
    name: str,
    now: Notice | None,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    uses = uses_of(request.work, name) if now else []
    versions = commands.versions_of(request.work, name, SHOWN + 1) if now else []
    came = shipped(name) if now else None
    unknown = [] if errors else list(_places(request, name, typed).values())
    return {
        "name": name, "notice": now, "typed": typed, "errors": errors or {}, "now": [],
        "seen": now.number if now else "",
        "title": notice_name(request, now) if now else "",
        "uses": uses_said(request, uses),
        "placeholders": offered(request, name),
        "preview": replace(preview_of(request, name, _texts(typed), uses), unknown=unknown),
        "versions": [(row, note_said(request, row.note)) for row in versions[:SHOWN]],
        "more_versions": len(versions) > SHOWN,
        "changes": _changes(versions, came),
        "came": came,
        "differs": difference(written(came), written(now.texts)) if now and came else None,
        "may": commands.may_word(request.work, name),
    }  # fmt: skip


def _changes(versions: list[Any], came: Any) -> dict[int, Any]:
    """What each of the versions shown changed, by its number."""
    older = versions[SHOWN:]
    before = written(older[0].texts or came or {}) if older else written(came) if came else ""
    found = {}
    for row in reversed(versions[:SHOWN]):
        after = written(row.texts or came or {})
        found[row.number] = difference(before, after)
        before = after
    return found


def _refused(
    request: Request,
    name: str,
    typed: dict[str, str] | None,
    error: Invalid | Conflict | NotAllowed,
) -> dict[str, Any]:
    """The page with what was typed and what is wrong; where others were quicker, both."""
    refuse(request, error)
    now = commands.notice_or_missing(request.work, name) if name else None
    shown = typed if typed is not None else _stored(now)
    fields = error.fields if isinstance(error, Invalid) else {}
    errors = {field: said(request, code) for field, code in fields.items() if field}
    errors |= _places(request, name, shown) if fields else {}
    if not errors:
        errors[""] = request.reader.explain(error)
    page = _page(request, name, now, shown, errors)
    if isinstance(error, Conflict) and typed is not None and now is not None:
        page["now"] = differences(request, _stored(now), typed)
    return page


def _places(request: Request, name: str, typed: Mapping[str, str]) -> dict[str, str]:
    """By field, where something stands in braces that is no placeholder, and what may be meant."""
    _ = request.translate
    found: dict[str, list[str]] = {}
    for one in commands.misplaced(request.work, name, typed):
        values = {"line": one.line, "found": one.found, "near": one.near}
        text = _(N_("line %(line)s: %(found)s is no placeholder")) % values
        more = _(N_(", perhaps %(near)s")) % values if one.near else ""
        found.setdefault(one.field, []).append(f"{text}{more}")
    return {field: f"{_(LABELS[field])}, {'; '.join(said)}" for field, said in found.items()}


def _saved(request: Request, name: str, sentence: str) -> HTTPSeeOther:
    request.session.flash(request.translate(sentence))
    accepted(request)
    return HTTPSeeOther(request.route_path("notices.one", name=name))
