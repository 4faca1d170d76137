"""The web application for tests, built once per worker."""

from __future__ import annotations

from typing import Any

_routers: list[Any] = []


def router_on(desk: Any) -> Any:
    """The application on this desk. It is moved from desk to desk, for building it and compiling
    its templates takes longer than most tests."""
    from webapp import make_app

    if not _routers:
        _routers.append(make_app(desk))
    _routers[0].registry.desk = desk
    return _routers[0]
