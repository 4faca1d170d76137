"""A new process begins: the dialog on the page of processes sends what it shall begin with."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.process_archive import MOST_UPLOADED, unpacked
from engine.commands.process_begin import begin_process, blank, copied
from engine.commands.process_templates import template_or_missing
from engine.errors import Invalid
from webapp.refused import refuse
from webapp.views.admin.processes import processes

LONGEST = 200  # characters of a name


@view_config(route_name="processes", request_method="POST", permission="owner",
             renderer="admin/processes.jinja2")  # fmt: skip
def begin(request: Request) -> dict[str, Any] | Response:
    """Begin a draft and go on to draw it; what was wrong comes back as it was typed."""
    said = {name: _text(request, name) for name in ("title", "from", "copy", "key", "template")}
    try:
        files = _begun_with(request, said)
        draft = begin_process(
            request.work, said["title"], request.reader.language, files, said["key"]
        )
    except Invalid as error:
        refuse(request, error)
        return {**processes(request), "begun": said, "wrong": request.reader.explain(error)}
    return HTTPSeeOther(request.route_path("processes.draw", key=draft.key))


def _begun_with(request: Request, said: dict[str, str]) -> dict[str, str]:
    if said["from"] == "copy":
        return copied(request.db, said["copy"])
    if said["from"] == "template":
        return dict(template_or_missing(request.desk.settings, said["template"]).files)
    if said["from"] == "file":
        sent = request.POST.get("file")
        if not hasattr(sent, "file"):
            raise Invalid("Please choose a file.")
        return unpacked(sent.filename or "", sent.file.read(MOST_UPLOADED + 1))
    return blank()


def _text(request: Request, name: str) -> str:
    value = request.POST.get(name)
    return value.strip()[:LONGEST] if isinstance(value, str) else ""
