"""Taking back what one has just done."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.undo import TakenBack, take_back
from webapp.i18n import N_
from webapp.views.agent.answers import done


@view_config(route_name="undo", request_method="POST", permission="agent")
def undo(request: Request) -> Response:
    """Put back what stood there before, and go on where one was."""
    back = take_back(request.work, request.matchdict["token"][:40])
    one = N_("Taken back") if back.all == 1 else N_("%(count)s of %(all)s taken back")
    text = request.translate(one) % {"count": len(back.tickets), "all": back.all}
    kind = "warn" if back.refused else "ok"
    return done(request, text, _where(request, back), kind=kind, refused=back.refused)


def _where(request: Request, back: TakenBack) -> str:
    """The list that one came from, else the one thing that was put back."""
    for name in ("today", "tasks", "tickets"):
        url = request.route_url(name)
        came = request.referer or ""
        if came == url or came.startswith(f"{url}?"):
            return str(came[len(request.host_url) :])
    failed = re.fullmatch(
        r"/(health|processes/[^?#]{1,120})/incidents", urlsplit(request.referer or "").path
    )
    if failed:
        return failed[0]
    if back.faq is not None:
        return str(request.route_path("faq.item", id=back.faq.id))
    if len(back.tickets) == 1:
        return str(request.route_path("tickets.one", number=back.tickets[0].number))
    return str(request.route_path("today"))
