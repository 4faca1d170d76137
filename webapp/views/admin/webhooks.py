"""Webhooks: the list, the form, the secret that is shown once, and what was sent."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands import webhooks as commands
from engine.errors import Conflict, Invalid
from engine.outbox import webhook_log
from engine.outbox.webhook_models import Webhook
from engine.tickets import overview
from webapp.refused import refuse
from webapp.views.admin.form_course import FormCourse
from webapp.views.admin.overtaken import mark
from webapp.views.admin.said import N_, said
from webapp.views.agent.answers import accepted, id_of, number_of

TEXTS = ("description", "url", "headers", "template", "timeout")
PAGE = "admin/webhook.jinja2"


@view_config(
    route_name="webhooks",
    request_method="GET",
    renderer="admin/webhooks.jinja2",
    permission="admin",
)
def webhooks(request: Request) -> dict[str, Any]:
    """All of them, and whether their calls arrive."""
    return {"rows": webhook_log.webhooks(request.db), "counts": webhook_log.counts(request.db)}


@view_config(
    route_name="webhooks.new",
    request_method=("GET", "POST"),
    renderer=PAGE,
    permission="admin",
)
def new_webhook(request: Request) -> Any:
    """Make one; what signs its calls is on the page that answers, and never again."""
    if request.method == "GET":
        return _form(request, None, {"timeout": "10", "active": True})
    typed = _typed(request, None) | {"name": request.POST.get("name", "").strip()}
    try:
        row, secret = commands.create_webhook(request.work, typed)
    except Invalid as error:
        return FORM.refused(request, None, typed, error)
    accepted(request)
    return _form(request, row, _stored(request, row)) | {"secret": secret}


@view_config(
    route_name="webhooks.one",
    request_method=("GET", "POST"),
    renderer=PAGE,
    permission="admin",
)
def webhook(request: Request) -> Any:
    """Change one; rules go on calling it by its name."""
    return FORM.one(request, _row(request))


@view_config(route_name="webhooks.secret", request_method="POST", renderer=PAGE, permission="admin")
def secret(request: Request) -> dict[str, Any]:
    """Sign with another secret, shown this once."""
    row = _row(request)
    fresh = commands.new_secret(request.work, row)
    return _form(request, row, _stored(request, row)) | {"secret": fresh}


@view_config(route_name="webhooks.test", request_method="POST", permission="admin")
def test(request: Request) -> HTTPSeeOther:
    """Call it with facts that are made up."""
    row = _row(request)
    commands.send_test(request.work, row)
    return _back(request, row, N_("The test is on its way; what comes of it stands below."))


@view_config(route_name="webhooks.resend", request_method="POST", permission="admin")
def resend(request: Request) -> HTTPSeeOther:
    """Try one delivery again at once, or all that were given up."""
    row, number = _row(request), number_of(request, "delivery")
    if number:
        commands.resend(request.work, row, number)
    else:
        commands.resend_dead(request.work, row)
    return _back(request, row, N_("It will be tried again at once."))


@view_config(route_name="webhooks.delete", request_method="POST", renderer=PAGE, permission="admin")
def delete(request: Request) -> Any:
    """Take it away with its log, unless rules name it."""
    row = _row(request)
    try:
        commands.delete_webhook(request.work, row)
    except Conflict as error:
        refuse(request, error)
        errors = {"": request.reader.explain(error)}
        row = _row(request)
        return _form(request, row, _stored(request, row), errors)
    request.session.flash(request.translate(N_("%(name)s is deleted.")) % {"name": row.name})
    return HTTPSeeOther(request.route_path("webhooks"))


def _row(request: Request) -> Webhook:
    return commands.webhook_with(request.work, id_of(request))


def _back(request: Request, row: Webhook, sentence: str, **values: str) -> HTTPSeeOther:
    text = request.translate(sentence)
    request.session.flash(text % values if values else text)
    return HTTPSeeOther(request.route_path("webhooks.one", id=row.id))


def _typed(request: Request, row: Webhook | None) -> dict[str, Any]:
    """What was typed, bounded."""
    typed: dict[str, Any] = {
        name: request.POST.get(name, "")[:25_000].replace("\r\n", "\n").strip() for name in TEXTS
    }
    return typed | {"active": request.POST.get("active") == "true"}


def _stored(request: Request, row: Webhook) -> dict[str, Any]:
    """The fields as they are; the values of headers stay hidden."""
    return {
        "description": row.description,
        "url": row.url,
        "headers": "\n".join(f"{name}: {commands.HIDDEN}" for name, _ in row.headers),
        "template": row.template,
        "timeout": str(row.timeout),
        "active": row.active,
    }


def _form(
    request: Request,
    row: Webhook | None,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    calls = webhook_log.latest(request.db, row.id) if row is not None else []
    tickets = [call.delivery.ticket_id for call in calls]
    return {
        "row": row,
        "seen": mark(_stored(request, row)) if row is not None else "",
        "now": [],
        "typed": typed,
        "errors": errors or {},
        "secret": "",
        "calls": calls,
        "rules": commands.rules_naming(request.work, row.name) if row is not None else [],
        "numbers": overview.numbers(request.db, tickets),
        "readable": frozenset(overview.readable(request.db, request.actor, tickets)),
        "places": [*commands.FIELDS, "ticket.url", "custom.NAME", "delivery", "event", "rule"],
    }


def _change(request: Request, row: Webhook, typed: dict[str, Any]) -> None:
    commands.change_webhook(request.work, row, typed)


def _saved(request: Request, row: Webhook) -> HTTPSeeOther:
    accepted(request)
    return _back(request, row, N_("%(name)s has been saved."), name=row.name)


def _unknown_places(request: Request, error: Invalid) -> dict[str, str]:
    if error.fields.get("template") != "placeholder":
        return {}
    return {"template": f"{said(request, 'placeholder')} {error.values.get('template', '')}"}


FORM = FormCourse(_stored, _typed, _form, _change, _saved, _unknown_places)
