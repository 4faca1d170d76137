"""How an action answers: a page that goes on with a toast, or JSON where a script asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render, render_to_response
from pyramid.request import Request
from pyramid.response import Response

from engine.commands.drafts import LONGEST_KEY, drop_draft
from engine.commands.undo import Remembered
from webapp.jinja import ACCEPTED

HIGHEST = 2**31 - 1  # that an id can be
LONGEST = 300  # of what is said; the toast waits in a cookie, which is small
MOST_REFUSED = 5  # reasons that are told, each with the first of those it concerns


def fetched(request: Request) -> bool:
    """Whether a script on our page asked, not the browser itself."""
    return "X-Requested-With" in request.headers


def done(
    request: Request,
    text: str,
    href: str,
    *,
    undo: Remembered | None = None,
    kind: str = "ok",
    refused: Iterable[tuple[str, str]] = (),
    leave: bool = False,
) -> Response:
    """Say what happened and go on. `refused`: which ones were left as they are, and why.

    A script stays on its page and is told, unless it has to `leave`.
    """
    token = undo.token() if undo else ""
    said: dict[str, Any] = {
        "text": text[:LONGEST],
        "kind": kind,
        "undo": request.route_path("undo", token=token) if token else "",
        "more": reasons(request, refused),
    }
    if fetched(request) and not leave:
        return Response(json_body=said)
    request.session.flash(said)
    accepted(request)
    return Response(json_body={"href": href}) if fetched(request) else HTTPSeeOther(href)


def accepted(request: Request) -> None:
    """What the form's draft held has been taken: it is forgotten here and, told so, in the browser.

    The script names the draft; a browser without it has none.
    """
    key = text_of(request, "draft_key", LONGEST_KEY)
    if key:
        drop_draft(request.work, key)
        request.session.flash(key, ACCEPTED)


def asked(request: Request, part: str, values: dict[str, Any]) -> Response:
    """Say what will happen before it does: a dialog where a script asked, else a page."""
    values = values | {"part": f"agent/{part}.jinja2"}
    if fetched(request):
        html = render("agent/ask_dialog.jinja2", values, request=request)
        return Response(json_body={"ask": html})
    return render_to_response("agent/ask.jinja2", values, request=request)


def reasons(request: Request, refused: Iterable[tuple[str, str]]) -> list[str]:
    """Each reason once, with the numbers it holds for."""
    found: dict[str, list[str]] = {}
    for number, reason in refused:
        found.setdefault(reason, []).append(f"#{number}")
    lines = []
    for reason, numbers in list(found.items())[:MOST_REFUSED]:
        more = [f"+{len(numbers) - MOST_REFUSED}"] if len(numbers) > MOST_REFUSED else []
        named = ", ".join(numbers[:MOST_REFUSED] + more)
        lines.append(f"{named}: {request.translate(reason)[:120]}")
    return lines


def unchanged(request: Request, tag: str) -> Response | None:
    """304 where the script has seen this tag already; else the answer gets the tag."""
    if f'"{tag}"' in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    request.response.headers["ETag"] = f'"{tag}"'
    return None


def text_of(request: Request, name: str, longest: int = 300) -> str:
    """One line that was sent, bounded and without control characters."""
    value = request.params.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value[:longest] if c >= " " or c in "\n\t").strip()


def number_of(request: Request, name: str, default: int = 0) -> int:
    """A whole number that was sent, no higher than an id can be; nonsense is the default."""
    text = text_of(request, name, 12)
    return min(int(text), HIGHEST) if text.isascii() and text.isdigit() else default


def id_of(request: Request, name: str = "id") -> int:
    """The id in the address; one that no database holds is nobody's."""
    return min(int(request.matchdict[name][:12]), HIGHEST)
