"""Running tickets and the versions of their process: look, move, pause, take back."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.catalogue.published import ProcessVersion
from engine.commands.dry_run import dry_run, version_of
from engine.commands.migrations import (
    continue_migration,
    migration_or_missing,
    pause_migration,
    start_migration,
    undo_migration,
)
from engine.errors import Conflict, Invalid, NotFound
from engine.tickets import overview
from engine.tickets.access import ticket_for
from engine.tickets.moves import active_migration, older_versions
from webapp.i18n import N_
from webapp.presenters.moving import (
    STATUSES,
    choices_of,
    latest_of,
    left_of,
    moves_of,
    rows_of,
)
from webapp.presenters.process_tabs import process_tabs
from webapp.refused import refuse
from webapp.views.agent.answers import text_of, unchanged

MAP = "map."
LONGEST_NOTE = 2000
STEER = {"pause": pause_migration, "continue": continue_migration, "undo": undo_migration}
SAID = {
    "pause": N_("Paused after the ticket at hand."),
    "continue": N_("It goes on."),
    "undo": N_("The tickets are being put back."),
}


@view_config(
    route_name="processes.tickets", request_method="GET", renderer="admin/moving.jinja2",
    permission="owner",
)  # fmt: skip
def tickets(request: Request) -> dict[str, Any]:
    """Who is on which version, and what moving them would do."""
    return _page(request, [])


@view_config(
    route_name="processes.tickets", request_method="POST", renderer="admin/moving.jinja2",
    permission="owner",
)  # fmt: skip
def move(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Begin to move them."""
    key, wish = request.matchdict["key"], _wish(request)
    try:
        start_migration(
            request.work, version_of(request.work, key, wish["to"]), wish["mapping"],
            numbers=wish["from"], tickets=wish["tickets"],
            note=text_of(request, "note", LONGEST_NOTE),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        refuse(request, error)
        return _page(request, [request.translate(error.template) % error.values])
    request.session.flash(request.translate(N_("The tickets are being moved.")))
    return HTTPSeeOther(request.route_path("processes.tickets", key=key))


@view_config(
    route_name="processes.tickets.live", request_method="GET", permission="owner",
    renderer="admin/moving_live.jinja2",
)  # fmt: skip
def live(request: Request) -> dict[str, Any] | Response:
    """How far the move is, or 304 while that is as the script knows it."""
    key = _process(request).key
    move = latest_of(request, key)
    same = unchanged(request, move.tag if move else "none")
    if same is not None:
        return same
    moves = moves_of(request, key) if request.params.get("moves") else []
    return {"key": key, "move": move, "moves": moves, "statuses": STATUSES}


@view_config(route_name="processes.tickets.steer", request_method="POST", permission="owner")
def steer(request: Request) -> HTTPSeeOther:
    """Pause a move, go on with it, or take it back."""
    key, what = request.matchdict["key"], request.matchdict["what"]
    move_id = int(request.matchdict["id"][:10])
    if what not in STEER or migration_or_missing(request.work, move_id).key != key:
        raise NotFound("There is no such move of tickets.")
    STEER[what](request.work, move_id)
    request.session.flash(request.translate(SAID[what]))
    return HTTPSeeOther(request.route_path("processes.tickets", key=key))


def _process(request: Request) -> ProcessVersion:
    return overview.process_in_force(request.db, request.matchdict["key"])


def _page(request: Request, errors: list[str]) -> dict[str, Any]:
    """The answer first; while a move is under way only how far that is."""
    version, wish = _process(request), _wish(request)
    key, work = version.key, request.work
    target = version_of(work, key, wish["to"])
    busy = active_migration(request.db, key) is not None
    found = None if busy else dry_run(
        work, target, wish["mapping"], numbers=wish["from"], tickets=wish["tickets"]
    )  # fmt: skip
    moves, latest = moves_of(request, key), latest_of(request, key)
    return {
        "key": key, "title": version.title, "tabs": process_tabs(request, key),
        "since": overview.in_force_since(request.db, version),
        "version": version, "target": target, "wish": wish, "errors": errors, "busy": busy,
        "older": older_versions(request.db, key, target.id),
        "versions": [row for row, _ in overview.versions(request.db, key)],
        "found": found, "rows": rows_of(request, found) if found else [],
        "choices": choices_of(request, found, wish["mapping"]) if found else [],
        "moves": moves, "move": latest, "statuses": STATUSES,
        "left": left_of(request, latest) if latest else [],
        "note": text_of(request, "note", LONGEST_NOTE),
    }  # fmt: skip


def _wish(request: Request) -> dict[str, Any]:
    """What was chosen, bounded: the version to go to and come from, one ticket, the mapping."""
    numbers = [int(text) for text in request.params.getall("from")[:100] if _is_number(text)]
    to = request.params.get("to", "")
    ticket = text_of(request, "ticket", 40)
    if ticket:
        ticket_for(request.work, ticket)  # 404 for who may not read it
    mapping = {
        name.removeprefix(MAP)[:200]: str(value)[:200]
        for name, value in list(request.params.items())[:300]
        if name.startswith(MAP) and value
    }
    return {
        "from": numbers, "to": int(to) if _is_number(to) else None,
        "tickets": [ticket] if ticket else [], "mapping": mapping,
    }  # fmt: skip


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9
