"""Files that come inside JSON: decoded, counted, and refused before they fill the memory."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from pyramid.request import Request

from engine.commands.articles import NewFile
from engine.errors import Invalid


def files_of(request: Request, values: dict[str, Any]) -> list[NewFile]:
    """Take `files` out of the values; raises `Invalid` for what is no base64 or too large."""
    files = [_file(number, entry) for number, entry in enumerate(values.pop("files", None) or [])]
    limit = request.desk.settings.max_upload_bytes
    if sum(len(file.data) for file in files) > limit:
        raise Invalid(f"All files together may have {limit // 2**20} MB.", fields={"files": "size"})
    return files


def _file(number: int, entry: dict[str, Any]) -> NewFile:
    try:
        data = base64.b64decode(entry["data"], validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(
            "The data of a file must be base64.", fields={f"files/{number}/data": "base64"}
        ) from None
    name = entry["name"].replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c.isprintable()).strip(". ") or "file"
    return NewFile(name, entry.get("media_type") or "application/octet-stream", data)
