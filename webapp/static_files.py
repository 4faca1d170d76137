"""Our scripts and styles under an address that names their state.

A module imports its neighbours by relative address, so the version is a folder and not a query:
what a page loads is of one state altogether, also in the hour after an upgrade. Pages name the
state that this process found when it began; whoever asks for a file learns whether it is still so.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view
from pyramid.threadlocal import get_current_request

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
NEVER = "no-cache"


def includeme(config: Configurator) -> None:
    """The versioned address first; the plain one stays for what has no version."""
    files = static_view("webapp:static", use_subpath=True)

    def versioned(context: object, request: Request) -> Response:
        """A file to be kept for good, unless the page that asks is of another state than we are."""
        response: Response = files(context, request)
        ours = request.matchdict["version"] == version() and response.status_int in (200, 304)
        response.headers["Cache-Control"] = FOREVER if ours else NEVER
        return response

    config.add_route("__files", "/static/{version:[0-9a-f]{10}}/*subpath")
    config.add_view(versioned, route_name="__files", permission=NO_PERMISSION_REQUIRED)
    config.add_static_view("static", "webapp:static", cache_max_age=3600)


def static(path: str) -> str:
    """Address of a file under ``webapp/static``, with the version so that caches may keep it."""
    request = get_current_request()
    prefix = getattr(request, "script_name", "") or ""
    known = _began_with(STATIC)
    if path not in known.files:
        return f"{prefix}/static/{path}"
    return f"{prefix}/static/{known.version}/{path}"


class _State(NamedTuple):
    version: str
    files: frozenset[str]


@cache
def _began_with(folder: Path) -> _State:
    """Looked at once: walking the folder takes longer than making a page."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return _State(version(), frozenset(path.relative_to(folder).as_posix() for path in files))


def version() -> str:
    """Changes with every file that a page can load."""
    files = sorted(path for path in STATIC.rglob("*") if path.is_file())
    return _digest(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=4)
def _digest(files: tuple[tuple[Path, int], ...]) -> str:
    found = hashlib.sha256()
    for path, _ in files:
        data = path.read_bytes()
        found.update(f"{path.relative_to(STATIC)}\0{len(data)}\0".encode() + data)
    return found.hexdigest()[:10]
