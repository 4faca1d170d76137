"""SLAs: what each promises, who gets it by which way, and the form with which it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.models import Sla, State
from engine.catalogue.queries import all_of
from engine.commands import slas as commands
from engine.commands.promise_rows import SLA, sla_row, stood_before
from engine.commands.promise_uses import sla_uses
from engine.errors import Conflict, Invalid
from engine.sla.happenings import EACH_CONTACT, KINDS, UNANSWERED
from engine.sla.targets import SlaTarget, entry_of, load_slas
from webapp.presenters.choices import calendar_choices, open_state_choices, title_of
from webapp.presenters.clock_words import LABELS
from webapp.presenters.sla_form import (
    FIELDS,
    differences,
    entry_typed,
    field_of,
    length_said,
    typed_of,
)
from webapp.refused import refuse
from webapp.views.admin.promise_review import Change, review, saved, seen_of, told, wrong_at
from webapp.views.admin.said import N_
from webapp.views.agent.answers import accepted, number_of, text_of

COUNT_NAMES = {
    UNANSWERED: N_("from the customer's oldest unanswered message"),
    EACH_CONTACT: N_("from the last word of either side"),
}
FIELD_NAMES = {
    "title_de": N_("Title in German"), "title_en": N_("Title in English"),
    "calendar": N_("Calendar"), **LABELS,
    "update_counts": N_("The time to the next answer counts"),
    "warn_percent": N_("Warnings at so many percent"),
    "escalate_after": N_("Further levels after the breach"), "rests_in": N_("The clocks rest in"),
}  # fmt: skip
START = {"update_counts": UNANSWERED, "warn_percent": "75", "rests_in": []}


@view_config(
    route_name="slas", request_method="GET", renderer="admin/slas.jinja2", permission="admin"
)
def slas(request: Request) -> dict[str, Any]:
    """All of them, each with what it promises and who gets it."""
    return {
        "uses": sla_uses(request.work),
        "lengths": LABELS,
        "said": length_said,
        "titles": dict(calendar_choices(request)),
    }


@view_config(
    route_name="slas.one", request_method="GET", renderer="admin/sla.jinja2", permission="admin"
)
def one(request: Request) -> dict[str, Any]:
    """What an SLA promises, by which ways tickets get it, and what was changed."""
    row = _row(request)
    return {
        "row": row,
        "lengths": LABELS,
        "counts": COUNT_NAMES,
        "said": length_said,
        "titles": dict(calendar_choices(request)),
        "states": _states(request),
        "uses": (uses := sla_uses(request.work)[row]),
        "in_use": commands.in_use(uses),
        "changes": told(request, SLA, row.name, partial(_words, request)),
    }


@view_config(
    route_name="slas.new", request_method=("GET", "POST"), renderer="admin/sla_form.jinja2",
    permission="admin",
)  # fmt: skip
def new(request: Request) -> Any:
    """Make an SLA."""
    if request.method == "GET":
        return _form(request, None, dict(START))
    typed = _typed(request) | {"name": text_of(request, "name", 200)}
    try:
        row = commands.create_sla(request.work, typed["name"], entry_typed(typed))
    except Invalid as error:
        return _refused(request, None, typed, error)
    request.session.flash(request.translate(N_("%(name)s has been saved.")) % {"name": row.name})
    accepted(request)
    return HTTPSeeOther(request.route_path("slas.one", name=row.name))


@view_config(
    route_name="slas.edit", request_method=("GET", "POST"), renderer="admin/sla_form.jinja2",
    permission="admin",
)  # fmt: skip
def edit(request: Request) -> Any:
    """The form; what is typed goes on to what it would mean."""
    row = _row(request)
    if request.method == "GET":
        return _form(request, row, typed_of(entry_of(row)))
    if "text" in request.POST:  # from the page that said what it would mean, to be changed further
        again = typed_of(entry_of(_read(request, row))) | {"why": _why(request)}
        return _form(request, row, again) | {"seen": request.POST.get("seen", "")}
    typed = _typed(request)
    try:
        target = commands.sla_from(request.work, row.name, entry_typed(typed))
    except Invalid as error:
        return _refused(request, row, typed, error)
    return review(request, _change(request, row, target))


@view_config(route_name="slas.save", request_method="POST", permission="admin")
def save(request: Request) -> Any:
    """What was said to mean this or that is confirmed."""
    row = _row(request)
    return saved(request, _change(request, row, _read(request, row)))


@view_config(route_name="slas.back", request_method="POST", permission="admin")
def back(request: Request) -> Any:
    """Take a change back: what stood there before it is proposed."""
    row = _row(request)
    before = stood_before(request.work, SLA, row.name, number_of(request, "change"))
    return review(request, _change(request, row, _target(request, row, _plain(before))))


@view_config(route_name="slas.remove", request_method="POST", permission="admin")
def remove(request: Request) -> HTTPSeeOther:
    """Take an SLA away that nothing gives and no ticket has."""
    row = _row(request)
    try:
        commands.remove_sla(request.work, row, _why(request))
    except Conflict as error:
        refuse(request, error)
        request.session.flash({"text": request.reader.explain(error), "kind": "bad"})
        return HTTPSeeOther(
            request.route_path("slas.one", name=request.matchdict["name"]) + "#uses"
        )
    gone = request.translate(N_("%(name)s has been removed.")) % {"name": row.name}
    request.session.flash(gone)
    return HTTPSeeOther(request.route_path("slas"))


def _change(request: Request, row: Sla, target: SlaTarget) -> Change:
    name = row.name
    stored, wanted = (entry_of(one, commands.iso) for one in (row, target))
    return Change(
        row, name, "slas", stored, wanted, commands.text_of(name, wanted), [row.id],
        lambda work, why: commands.change_sla(work, sla_row(work, name), target, why),
        _words(request, entry_of(row), entry_of(target)),
    )  # fmt: skip


def _words(
    request: Request, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """What differs between two entries, their lengths in seconds."""
    labels = {field: str(request.translate(label)) for field, label in FIELD_NAMES.items()}
    return differences(labels, partial(_value, request), typed_of(before), typed_of(after))


def _value(request: Request, field: str, value: Any) -> str:
    """What stands in a field, in words."""
    if field == "calendar":
        return dict(calendar_choices(request)).get(value, value)
    if field == "update_counts":
        return str(request.translate(COUNT_NAMES[value]))
    if field == "rests_in":
        titles = _states(request)
        return ", ".join(titles.get(state, state) for state in value)
    return str(value)


def _states(request: Request) -> dict[str, str]:
    return {state.name: title_of(request, state) for state in all_of(request.db, State)}


def _row(request: Request) -> Sla:
    return sla_row(request.work, request.matchdict["name"][:80])


def _read(request: Request, row: Sla) -> SlaTarget:
    """What travelled as text; raises `Invalid` for what was made by hand."""
    found = load_slas(request.POST.get("text", "")[:20_000]).get(row.name)
    if found is None:
        raise Invalid("The SLA cannot be used.")
    return _target(request, row, entry_of(found, commands.iso))


def _target(request: Request, row: Sla, entry: dict[str, Any]) -> SlaTarget:
    return commands.sla_from(request.work, row.name, entry)


def _plain(before: dict[str, Any]) -> dict[str, Any]:
    """What history keeps in seconds, as the file has it."""
    levels = [commands.iso(one) for one in before.get("escalate_after", [])]
    lengths = {name: commands.iso(before[name]) for name in KINDS if before.get(name)}
    return before | lengths | ({"escalate_after": levels} if levels else {})


def _typed(request: Request) -> dict[str, Any]:
    typed: dict[str, Any] = {name: text_of(request, name, 300) for name in FIELDS}
    states = [one[:80] for one in request.POST.getall("rests_in")[:20]]
    return typed | {"rests_in": states, "why": _why(request)}


def _why(request: Request) -> str:
    return text_of(request, "why", 500)


def _form(
    request: Request, row: Sla | None, typed: dict[str, Any], errors: dict[str, str] | None = None
) -> dict[str, Any]:
    # Those in which a ticket goes on, and those that this SLA names.
    offered = {*typed["rests_in"], *(name for name, _ in open_state_choices(request))}
    states = [(name, text) for name, text in _states(request).items() if name in offered]
    return {
        "row": row,
        "typed": typed,
        "errors": errors or {},
        "seen": seen_of(entry_of(row, commands.iso)) if row is not None else "",
        "lengths": LABELS,
        "calendars": calendar_choices(request),
        "counts": [(name, request.translate(text)) for name, text in COUNT_NAMES.items()],
        "states": states,
    }


def _refused(
    request: Request, row: Sla | None, typed: dict[str, Any], error: Invalid
) -> dict[str, Any]:
    """The form with what was typed and what is wrong, each at its field."""
    refuse(request, error)
    name = row.name if row is not None else typed["name"]
    errors = wrong_at(request, error, name, field_of)
    shown = _form(request, row and _row(request), typed, errors)
    return shown | {"seen": request.POST.get("seen", "")}
