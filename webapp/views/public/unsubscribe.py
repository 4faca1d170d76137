"""The link at the foot of a notification: who follows it ends mails of that kind, without a login.

Following it only shows a button, since mail servers look at links by themselves. What mail programs
send with one click (RFC 8058) comes as a form of theirs, so the signature stands for everything.
"""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from engine.commands.notice_choices import end_mails, ends_mails
from webapp.limits import spend_as_stranger
from webapp.presenters.notice_choices import LABELS

PAGE = "public/unsubscribe.jinja2"


@view_config(
    route_name="unsubscribe",
    request_method="GET",
    renderer=PAGE,
    permission=NO_PERMISSION_REQUIRED,
)
def show(request: Request) -> dict[str, Any]:
    """Say which mails end, with the button that ends them."""
    _counted(request)
    _, groups = ends_mails(request.work, request.matchdict["token"])
    return _page(groups, done=False)


@view_config(
    route_name="unsubscribe",
    request_method="POST",
    renderer=PAGE,
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
)
def end(request: Request) -> dict[str, Any]:
    """End them; once more does no more."""
    _counted(request)
    return _page(end_mails(request.work, request.matchdict["token"]), done=True)


def _counted(request: Request) -> None:
    spend_as_stranger(request, "unsubscribe", request.desk.settings.limit_search)


def _page(groups: list[str], *, done: bool) -> dict[str, Any]:
    return {"groups": [LABELS[one] for one in groups], "done": done}
