"""How people are told who have chosen nothing, and what nobody may choose less of."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy import select

from engine.commands.notice_choices import notice_rules, set_notice_rules
from engine.errors import Invalid
from engine.notify.choices import WINDOWS, rules_of
from engine.outbox.webhook_models import Webhook
from webapp.i18n import N_
from webapp.presenters.notice_choices import (
    ERRORS,
    group_rows,
    groups_shown,
    rules_typed,
)
from webapp.refused import refuse
from webapp.views.admin.overtaken import mark, overtaken

PAGE = "admin/notice_rules.jinja2"


@view_config(route_name="notice_rules", request_method="GET", renderer=PAGE, permission="admin")
def show(request: Request) -> dict[str, Any]:
    """The choices of all who have made none."""
    return _page(request, _stored(request))


@view_config(route_name="notice_rules", request_method="POST", renderer=PAGE, permission="admin")
def save(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep them, unless another admin was quicker."""
    typed = rules_typed(request)
    if overtaken(request, _stored(request)):
        return _page(request, typed) | {"overtaken": True}
    try:
        set_notice_rules(request.work, typed)
    except Invalid as error:
        refuse(request, error)
        return _page(request, typed, error.fields)
    request.session.flash(request.translate(N_("Saved")))
    return HTTPSeeOther(request.route_path("notice_rules"))


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
    hooks = request.db.scalars(select(Webhook).where(Webhook.active).order_by(Webhook.name))
    return {
        "typed": typed,
        "seen": mark(_stored(request)),
        "overtaken": False,
        "rows": group_rows(request, rules, typed["groups"], every=True),
        "sms": bool(request.desk.settings.sms_url),
        "windows": [(one, one) for one in WINDOWS],
        "webhooks": [(one.name, one.description or one.name) for one in hooks],
        "errors": {k: _(ERRORS.get(v, ERRORS["enum"])) for k, v in (wrong or {}).items()},
    }
