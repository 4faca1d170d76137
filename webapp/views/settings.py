"""A person's own data, password, browsers and keys for the API."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.absences import say_away
from engine.commands.own_account import change_own_data, change_own_password
from engine.commands.people import end_sessions, make_token, open_session, revoke_token
from engine.errors import Invalid
from engine.people.account import live_sessions, live_tokens, token_for
from engine.people.passwords import LONGEST, token_digest
from engine.people.skills import skills_of
from webapp.i18n import LANGUAGE_COOKIE, N_
from webapp.jinja import THEME_COOKIE
from webapp.presenters.account import device_name, zone_choices
from webapp.presenters.away import days_of, days_typed
from webapp.presenters.notice_choices import notice_form
from webapp.refused import stands
from webapp.security import login_key
from webapp.views.public.login import enter, posted
from webapp.views.public.look import keep_look
from webapp.views.public.registration import password_errors, refused

PAGE = "settings/page.jinja2"
OWN = ("name", "language", "zone", "theme")


@view_config(route_name="settings", request_method="GET", renderer=PAGE, permission="login")
def settings_page(request: Request) -> dict[str, Any]:
    """Everything on one page, the data first."""
    return page_of(request)


def page_of(request: Request, **more: Any) -> dict[str, Any]:
    """What the page shows; `more` replaces it where a form was refused."""
    person = request.person
    here = token_digest(login_key(request))
    sessions = live_sessions(request.db, person, request.work.now)
    shown = {
        "own": {name: getattr(person, name) for name in OWN},
        "letters": "on" if person.letter_keys else "off",
        "errors": {},
        "fresh_token": "",
        "zones": zone_choices(person.zone),
        "sessions": [
            {"device": device_name(request, row.device), "row": row, "here": row.digest == here}
            for row in sessions
        ],
        "tokens": live_tokens(request.db, person),
        "away": days_of(request, person) if person.is_agent else {},
        "told": notice_form(request, person),
        "wrong": {},
        "skills": skills_of(request.db, person) if person.is_agent else [],
    }
    return shown | more


@view_config(route_name="settings", request_method="POST", renderer=PAGE, permission="login")
def save_own_data(request: Request) -> dict[str, Any] | Response:
    """Save name, language, zone, theme and keys; nothing else that is sent counts."""
    own = {name: posted(request, name)[:300] for name in OWN}
    try:
        letters = posted(request, "letters") != "off"
        change_own_data(request.work, request.person, **own, letter_keys=letters)
    except Invalid as error:
        return page_of(request, **refused(request, error, own=own))
    request.session.flash(request.translate(N_("Saved")))
    response = HTTPSeeOther(request.route_path("settings"))
    keep_look(request, response, LANGUAGE_COOKIE, own["language"])
    keep_look(request, response, THEME_COOKIE, own["theme"] or "auto")
    return response


@view_config(
    route_name="settings.password", request_method="POST", renderer=PAGE, permission="login"
)
def change_password(request: Request) -> dict[str, Any] | Response:
    """A new password ends every session; this browser gets a fresh one."""
    current, fresh = posted(request, "current"), posted(request, "password")
    errors = password_errors(request, fresh, posted(request, "again"))
    if not errors and len(current) <= LONGEST:
        if change_own_password(request.work, request.person, current, fresh):
            key = open_session(request.work, request.person, device=request.user_agent or "")
            response = enter(request, key, request.route_path("settings"))
            request.session.flash(request.translate(N_("Your password is changed.")))
            return response
        stands(request)  # the failure is counted
        errors = {"current": request.translate(N_("This is not your current password."))}
    request.response.status_int = 422
    return page_of(request, errors=errors)


@view_config(route_name="settings.away", request_method="POST", renderer=PAGE, permission="agent")
def away(request: Request) -> dict[str, Any] | Response:
    """The days on which one is away, and who stands in."""
    typed = days_typed(request)
    try:
        say_away(request.work, request.person, **typed)
    except Invalid as error:
        shown = refused(request, error)
        return page_of(request, **shown, away=days_of(request, request.person) | typed)
    request.session.flash(request.translate(N_("Saved")))
    return HTTPSeeOther(request.route_path("settings") + "#away")


@view_config(route_name="settings.tokens", request_method="POST", renderer=PAGE, permission="login")
def new_token(request: Request) -> dict[str, Any]:
    """Make a key and show it this once."""
    _, token = make_token(request.work, request.person, posted(request, "label"))
    return page_of(request, fresh_token=token)


@view_config(route_name="settings.token", request_method="POST", permission="login")
def end_token(request: Request) -> Response:
    """Make one of one's own keys useless."""
    token = token_for(request.db, request.person, int(request.matchdict["id"]))
    revoke_token(request.work, token)
    request.session.flash(request.translate(N_("The key is revoked.")))
    return HTTPSeeOther(request.route_path("settings"))


@view_config(route_name="settings.sessions", request_method="POST", permission="login")
def end_other_sessions(request: Request) -> Response:
    """Log out everywhere but here."""
    end_sessions(request.work, request.person, keep=login_key(request))
    request.session.flash(request.translate(N_("You are logged out everywhere else.")))
    return HTTPSeeOther(request.route_path("settings"))
