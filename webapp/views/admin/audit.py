"""Whether anything is lost: what the last look over the desk has found, and mending it."""

from __future__ import annotations

from typing import Any

from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.audit import found_queries
from engine.errors import Invalid
from engine.invariant import page
from engine.invariant.night import under_way
from webapp.i18n import N_
from webapp.presenters import audit_page
from webapp.views.agent.answers import HIGHEST, done

NOTHING = N_("Nothing was chosen.")
MENDED = N_("%(well)s of %(count)s mended.")


@view_config(
    route_name="audit", request_method="GET", renderer="admin/audit.jinja2", permission="admin"
)
def audit(request: Request) -> dict[str, Any]:
    """The number, what was found by kinds, and the looks until now."""
    lost = found_queries.standing(request.db)
    return {
        "lost": lost,
        "groups": audit_page.groups(request, lost.kinds),
        "runs": found_queries.looks_back(request.db),
        "gone": audit_page.shown_as(request, found_queries.lately_gone(request.db)),
        "now": under_way(request.work),
        "words": audit_page,
    }


@view_config(route_name="audit.look", request_method="POST", permission="admin")
def look(request: Request) -> Response:
    """Let the worker look at once."""
    repairs, deep = (request.POST.get(name) == "1" for name in ("repairs", "deep"))
    page.look_now(request.work, repairs=repairs, deep=deep)
    said = request.translate(N_("The worker begins to look; this page says when it is through."))
    return done(request, said, request.route_path("audit"))


@view_config(route_name="audit.repair", request_method="POST", permission="admin")
def repair(request: Request) -> Response:
    """Show what would be mended of what was chosen; once that is confirmed, mend it."""
    given = [text for text in request.POST.getall("select")[: page.MOST] if text.isdecimal()]
    ids = [min(int(text[:12]), HIGHEST) for text in given]
    rows = page.chosen(request.work, ids)
    if not rows:
        raise Invalid(NOTHING)
    if request.POST.get("sure") != "1":
        return _preview(request, rows)
    mended = page.mend_chosen(request.work, ids)
    values = {"well": len(mended.well), "count": len(rows)}
    refused = [(row.key, request.reader.explain(error)) for row, error in mended.left]
    kind = "warn" if refused else "ok"
    said = request.translate(MENDED) % values
    return done(request, said, request.route_path("audit"), kind=kind, refused=refused)


def _preview(request: Request, rows: list[Any]) -> Response:
    there = [row for row in rows if page.still_there(request.work, row)]
    counts = {
        code: sum(row.code == code for row in there) for code in sorted({r.code for r in there})
    }
    values = {
        "rows": audit_page.shown_as(request, there),
        "groups": audit_page.groups(request, counts),
        "gone": len(rows) - len(there),
        "words": audit_page,
    }
    return render_to_response("admin/audit_repair.jinja2", values, request=request)
