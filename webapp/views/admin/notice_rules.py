"""How people are told who have chosen nothing, and what nobody may choose less of."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy import or_, select

from engine.commands.notice_choices import notice_rules, set_notice_rules
from engine.errors import Invalid
from engine.notify.choices import WINDOWS, rules_of
from engine.notify.models import NotificationRules
from engine.outbox.webhook_models import Webhook
from webapp.i18n import N_
from webapp.presenters.notice_choices import (
    ERRORS,
    group_rows,
    groups_shown,
    rules_otherwise,
    rules_typed,
)
from webapp.refused import refuse
from webapp.views.admin.overtaken import held, mark, overtaken

PAGE = "admin/notice_rules.jinja2"


@view_config(route_name="notices.ways", request_method="GET", renderer=PAGE, permission="admin")
def show(request: Request) -> dict[str, Any]:
    """The choices of all who have made none."""
    return _page(request, _stored(request))


@view_config(route_name="notices.ways", request_method="POST", renderer=PAGE, permission="admin")
def save(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep them, unless another admin was quicker."""
    row = request.db.get(NotificationRules, 1)
    if row is not None:
        held(request, row)
    typed, now = rules_typed(request), _stored(request)
    if overtaken(request, now):
        return _page(request, typed) | {"now": rules_otherwise(request, now, typed)}
    try:
        set_notice_rules(request.work, typed)
    except Invalid as error:
        refuse(request, error)
        return _page(request, typed, error.fields)
    request.session.flash(request.translate(N_("Saved")))
    return HTTPSeeOther(request.route_path("notices.ways"))


def _stored(request: Request) -> dict[str, Any]:
    rules = notice_rules(request.work)
    return {
        "groups": groups_shown(rules.groups),
        "kept": sorted(rules.kept),
        "window": int(rules.window.total_seconds() // 60),
        "webhook": rules.webhook,
    }


def _page(
    request: Request, typed: dict[str, Any], wrong: dict[str, str] | None = None
) -> dict[str, Any]:
    _ = request.translate
    rules = rules_of({"window": typed["window"]})
    usable = or_(Webhook.active, Webhook.name == typed["webhook"])
    hooks = request.db.scalars(select(Webhook).where(usable).order_by(Webhook.name))
    return {
        "typed": typed,
        "seen": mark(_stored(request)),
        "now": [],
        "rows": group_rows(request, rules, typed["groups"], every=True),
        "sms": bool(request.desk.settings.sms_url),
        "windows": [(one, one) for one in WINDOWS],
        "webhooks": [(one.name, _called(request, one)) for one in hooks],
        "errors": {k: _(ERRORS.get(v, ERRORS["enum"])) for k, v in (wrong or {}).items()},
    }


def _called(request: Request, hook: Webhook) -> str:
    name = hook.description or hook.name
    text = "%(name)s" if hook.active else request.translate(N_("%(name)s (switched off)"))
    return text % {"name": name}
