"""A form that is sent twice does what it says once: after a lost answer the second sending leads to
what the first one made.

Each form that is shown has a key of its own. Words changed after going back are another message.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import TypeVar

from pyramid.request import Request

from engine.commands.once import once
from engine.work import Work

FIELD = "once"
Made = TypeVar("Made")


def new_key() -> str:
    """The key of a form that is being shown."""
    return secrets.token_urlsafe(12)


def once_per_form(
    request: Request, work: Work, make: Callable[[], Made], again: Callable[[int], Made]
) -> Made:
    """What the form makes, or what it has made before."""
    key = request.POST.get(FIELD)
    if not isinstance(key, str) or not key:
        return make()
    name = f"form {key[:40]} {_content(request)}"
    return once(work, name, name.encode(), make, again)[0]


def _content(request: Request) -> str:
    """Stands for everything that was typed and chosen."""
    found = hashlib.sha256(request.path.encode())
    for name, value in request.POST.items():
        if name != "csrf_token":
            text = value if isinstance(value, str) else _size(value)
            found.update(repr((name, text)).encode())
    return found.hexdigest()[:40]


def _size(part: object) -> str:
    """A file by its name and length."""
    file = getattr(part, "file", None)
    if file is None:
        return ""
    length = file.seek(0, 2)
    file.seek(0)
    return f"{getattr(part, 'filename', '')} {length}"
