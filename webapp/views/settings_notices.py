"""How somebody wants to be told: the part of their settings that says by which way and when."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.notice_choices import choose_notices
from engine.errors import Invalid
from webapp.i18n import N_
from webapp.presenters.notice_choices import ERRORS, choices_typed, notice_form
from webapp.refused import refuse
from webapp.views.settings import PAGE, page_of


@view_config(
    route_name="settings.notices", request_method="POST", renderer=PAGE, permission="login"
)
def choose(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Keep all of it together; where something cannot be, nothing is kept and all stays typed."""
    typed = choices_typed(request)
    try:
        choose_notices(request.work, request.person, typed)
    except Invalid as error:
        refuse(request, error)
        wrong = {
            k: request.translate(ERRORS.get(v, ERRORS["enum"])) for k, v in error.fields.items()
        }
        return page_of(request, told=notice_form(request, request.person, typed), wrong=wrong)
    request.session.flash(request.translate(N_("Saved")))
    return HTTPSeeOther(request.route_path("settings") + "#notices")
