"""Files that came with a form, as the commands take them."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from engine.commands.articles import NewFile
from engine.errors import Invalid
from webapp.i18n import N_

MOST = 20
TOO_MANY = N_("Please send at most %(count)s files at once.")
TOO_LARGE = N_("“%(name)s” is too large; a file may have %(size)s.")
AGAIN = N_("Please choose your files again; what you wrote is kept.")


def files_of(request: Request, sent: list[Any] | None = None) -> list[NewFile]:
    """The files of the field `files`, or those given; raises `Invalid` with a sentence."""
    parts = request.POST.getall("files") if sent is None else sent
    given = [part for part in parts if getattr(part, "filename", "")]
    if len(given) > MOST:
        raise Invalid(TOO_MANY, fields={"files": "maxItems"}, values={"count": MOST})
    limit = request.desk.settings.max_upload_bytes
    files = []
    for part in given:
        data = part.file.read(limit + 1)
        if len(data) > limit:
            values = {"name": part.filename[:100], "size": request.reader.size(limit)}
            raise Invalid(TOO_LARGE, fields={"files": "size"}, values=values)
        files.append(NewFile(part.filename, part.type or "application/octet-stream", data))
    return files
