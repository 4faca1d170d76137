"""Changing a ticket: its facts, tags and links, laying aside, closing, opening again, merging."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands import changes, incidents, tickets
from engine.commands.follow_up import follow_up
from engine.commands.merge import merge_tickets
from engine.commands.pending import set_pending
from engine.commands.reclassify import reclassify as change_type
from engine.commands.reminders import remind
from engine.commands.undo import Remembered
from engine.errors import Conflict, Invalid, NotFound
from engine.tickets.access import reads, require, ticket_for
from engine.tickets.flow import Incident
from engine.tickets.models import Ticket
from webapp.i18n import N_
from webapp.presenters.asking import before_merge
from webapp.presenters.facts import LABELS, facts_of, own_labels, value_by_field
from webapp.refused import refuse
from webapp.views.agent.answers import asked, done, fetched, text_of

FIELDS = ("queue", "owner", "responsible", "priority", "service", "sla", "state", "title",
          "customer")  # fmt: skip
MORE = {"title": N_("Title"), "customer": N_("Customer")}


@view_config(route_name="tickets.change", request_method="POST", permission="agent")
def change(request: Request) -> Response:
    """Change facts in place; what somebody else changed meanwhile is shown, not overwritten."""
    ticket = _ticket(request)
    wanted = _wanted(request)
    version = text_of(request, "version")
    seen = int(version[:12]) if version.isdecimal() else None
    undo = Remembered(request.work, "change")
    try:
        with undo.ticket(ticket):
            changed = tickets.change_ticket(request.work, ticket, wanted, version=seen)
    except Conflict as error:
        refuse(request, error)
        return _conflict(request, ticket, wanted)
    return _said(request, ticket, _changed(request, ticket, _names(changed, wanted)), undo)


@view_config(route_name="tickets.tags", request_method="POST", permission="agent")
def tags(request: Request) -> Response:
    """Put a tag on or take one off."""
    ticket = _ticket(request)
    require(request.work, ticket, "change")
    add, remove = text_of(request, "add", 80), text_of(request, "remove", 80)
    command, tag = (changes.add_tag, add) if add else (changes.remove_tag, remove)
    undo = Remembered(request.work, "tags")
    with undo.ticket(ticket):
        changed = command(request.work, ticket, tag)
        if changed:
            follow_up(request.work, ticket, "ticket.changed", changed=changed)
    text = N_("Tag %(tag)s added") if add else N_("Tag %(tag)s removed")
    return _said(request, ticket, request.translate(text) % {"tag": tag}, undo)


@view_config(route_name="tickets.link", request_method="POST", permission="agent")
def link(request: Request) -> Response:
    """Link with another ticket."""
    ticket, other = _ticket(request), _other(request)
    undo = Remembered(request.work, "link")
    with undo.ticket(ticket):
        tickets.link_tickets(request.work, ticket, other)
    text = request.translate("Linked with %(number)s") % {"number": other.number}
    return _said(request, ticket, text, undo)


@view_config(route_name="tickets.unlink", request_method="POST", permission="agent")
def unlink(request: Request) -> Response:
    """Say that two tickets have nothing to do with each other after all."""
    ticket, other = _ticket(request), _other(request)
    undo = Remembered(request.work, "unlink")
    with undo.ticket(ticket):
        tickets.unlink_tickets(request.work, ticket, other)
    text = request.translate("No longer linked with %(number)s") % {"number": other.number}
    return _said(request, ticket, text, undo)


@view_config(route_name="tickets.close", request_method="POST", permission="agent")
def close(request: Request) -> Response:
    """Close by hand; taking it back brings the process back as it was."""
    ticket = _ticket(request)
    state = text_of(request, "state") or "closed successful"
    undo = Remembered(request.work, "close")
    with undo.ticket(ticket):
        tickets.close_ticket(request.work, ticket, state, text_of(request, "reason"))
    text = request.translate("Ticket %(number)s closed") % {"number": ticket.number}
    return _said(request, ticket, text, undo)


@view_config(route_name="tickets.reopen", request_method="POST", permission="agent")
def reopen(request: Request) -> Response:
    """Open a solved or closed ticket again."""
    ticket = _ticket(request)
    require(request.work, ticket, "change")
    undo = Remembered(request.work, "reopen")
    with undo.ticket(ticket):
        tickets.reopen_ticket(request.work, ticket, text_of(request, "reason"))
    return _said(request, ticket, request.translate("The ticket is open again"), undo)


@view_config(route_name="tickets.merge", request_method="POST", permission="agent")
def merge(request: Request) -> Response:
    """Let this ticket go up in another one, and go on there; first say what that will do."""
    ticket, other = _ticket(request), _other(request)
    if not text_of(request, "sure"):
        return asked(request, "merge_ask", {"ask": before_merge(request, ticket, other)})
    merge_tickets(request.work, ticket, other, text_of(request, "reason"))
    values = {"number": ticket.number, "target": other.number}
    text = request.translate("%(number)s was merged into %(target)s") % values
    href = request.route_path("tickets.one", number=other.number)
    return done(request, text, href, leave=True)


@view_config(route_name="tickets.pending", request_method="POST", permission="agent")
def pending(request: Request) -> Response:
    """Lay the ticket aside until a moment, in the reader's own time; or only for the reader."""
    ticket = _ticket(request)
    until = _moment(request)
    how = text_of(request, "how")
    if how in FOR_ONESELF:
        remind(request.work, ticket, until, text_of(request, "note", 200), hides=how == "hide")
        when = request.reader.moment(until, request.work.now)
        return _said(request, ticket, request.translate(FOR_ONESELF[how]) % {"when": when})
    state = text_of(request, "state") or "pending reminder"
    undo = Remembered(request.work, "pending")
    with undo.ticket(ticket):
        set_pending(request.work, ticket, until, state)
    when = request.reader.moment(until, request.work.now)
    text = request.translate("Laid aside until %(when)s") % {"when": when}
    return _said(request, ticket, text, undo)


@view_config(route_name="tickets.reclassify", request_method="POST", permission="agent")
def reclassify(request: Request) -> Response:
    """Make it a matter of another type, with the process of that type."""
    ticket = _ticket(request)
    kind = text_of(request, "type")
    undo = Remembered(request.work, "reclassify")
    with undo.ticket(ticket):
        change_type(request.work, ticket, kind, text_of(request, "reason"))
    text = request.translate("Now a matter of type %(type)s") % {"type": request.translate(kind)}
    return _said(request, ticket, text, undo)


@view_config(route_name="tickets.retry", request_method="POST", permission="agent")
def retry(request: Request) -> Response:
    """Try a step that stopped once more."""
    ticket = _ticket(request)
    incident = request.db.get(Incident, int(request.matchdict["incident"][:12]))
    if incident is None or incident.ticket_id != ticket.id:
        raise NotFound("There is no such incident.")
    incidents.retry(request.work, incident, text_of(request, "reason", 2_000))
    request.db.flush()
    well = incident.resolved_at is not None
    text = N_("The step runs again") if well else N_("The step stopped again")
    return done(
        request,
        request.translate(text),
        request.route_path("tickets.one", number=ticket.number),
        kind="ok" if well else "bad",
    )


def _ticket(request: Request) -> Ticket:
    return ticket_for(request.work, request.matchdict["number"])


def _other(request: Request) -> Ticket:
    number = text_of(request, "target", 60).lstrip("#").strip()
    return ticket_for(request.work, number)


def _said(request: Request, ticket: Ticket, text: str, undo: Remembered | None = None) -> Response:
    """Go on with the ticket, or with today's list where it is out of sight now."""
    seen = reads(request.db, request.actor, ticket)
    path = request.route_path
    href = path("tickets.one", number=ticket.number) if seen else path("today")
    return done(request, text, href, undo=undo, leave=not seen)


def _wanted(request: Request) -> dict[str, Any]:
    wanted: dict[str, Any] = {n: text_of(request, n) for n in FIELDS if n in request.params}
    if text_of(request, "customer_id").isdecimal():
        wanted["customer"] = int(text_of(request, "customer_id", 12))
    custom = {
        name.removeprefix("custom."): text_of(request, name, 2000)
        for name in request.params
        if name.startswith("custom.")
    }
    return wanted | ({"custom": custom} if custom else {})


def _names(changed: changes.Changed, wanted: dict[str, Any]) -> list[str]:
    """What changed by name, the company's own fields one by one."""
    plain = [name for name in changed if name != "custom"]
    before, after = changed.get("custom", ({}, {}))
    own = [name for name in wanted.get("custom", {}) if before.get(name) != after.get(name)]
    return plain + [f"custom.{name}" for name in own]


def _changed(request: Request, ticket: Ticket, names: list[str]) -> str:
    _ = request.translate
    own = own_labels(request)
    after = value_by_field(ticket)
    if not names:
        return _("Nothing to change")
    if len(names) == 1 and names[0] in own:
        value = (ticket.custom or {}).get(names[0].removeprefix("custom."), "–")
        return _("%(field)s: %(value)s") % {"field": own[names[0]], "value": value}
    if len(names) == 1 and names[0] in after:
        label = _(LABELS.get(names[0]) or MORE.get(names[0]) or names[0])
        return _("%(field)s: %(value)s") % {"field": label, "value": _(after[names[0]]) or "–"}
    return _("Saved")


def _conflict(request: Request, ticket: Ticket, wanted: dict[str, Any]) -> Response:
    """Both: what is there now and what was wanted, and the button that sets it all the same."""
    if fetched(request):
        return Response(status=409, json_body={"text": request.translate("Someone was faster")})
    now = value_by_field(ticket)
    flat = {k: v for k, v in wanted.items() if k != "custom"}
    flat |= {f"custom.{name}": value for name, value in wanted.get("custom", {}).items()}
    own, called = ticket.custom or {}, own_labels(request)
    said = {fact.name: dict(fact.options) for fact in facts_of(request, ticket)}
    rows = [
        (name, called.get(name) or request.translate(LABELS.get(name) or MORE.get(name) or name),
         said.get(name, {}).get(there, there), said.get(name, {}).get(value, value), value)
        for name, value in flat.items()
        for there in (now.get(name, own.get(name.removeprefix("custom."), "")),)
    ]  # fmt: skip
    values = {"ticket": ticket, "rows": rows}
    response = render_to_response("agent/conflict.jinja2", values, request=request)
    response.status_int = 409
    return response


FOR_ONESELF = {
    "remind": N_("You will be reminded %(when)s"),
    "hide": N_("Your tasks here are put off until %(when)s"),
}
QUICK = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
MORNING = time(8)  # by the reader's clock


def _moment(request: Request) -> datetime:
    """A moment typed into the dialog; the zone is the reader's."""
    quick = QUICK.get(text_of(request, "quick"))
    if quick is not None:
        return request.work.now + quick
    if text_of(request, "quick") == "morning":
        tomorrow = request.reader.local(request.work.now).date() + timedelta(days=1)
        return datetime.combine(tomorrow, MORNING, request.reader.tz)
    try:
        typed = datetime.fromisoformat(text_of(request, "until", 40))
    except ValueError:
        raise Invalid("Choose a day and a time.", fields={"until": "format"}) from None
    return typed.replace(tzinfo=request.reader.tz) if typed.tzinfo is None else typed
