"""Where the doors count: who asks too often waits, and nobody else notices."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from engine.errors import TooMany
from webapp.i18n import N_
from webapp.security import client_address

READING = frozenset({"GET", "HEAD", "OPTIONS"})
TOO_OFTEN = N_("This came too often in a short time. Please wait a moment and try again.")


def spend_as_person(request: Request, kind: str, per_minute: int) -> None:
    """Count one thing that somebody who is logged in does; raises `TooMany`."""
    _spend(request, kind, str(request.actor.id), per_minute)


def spend_as_stranger(request: Request, kind: str, per_minute: int) -> None:
    """Count one thing that somebody unknown does, by address; raises `TooMany`."""
    if request.person is None:
        _spend(request, kind, _network(client_address(request)), per_minute)


def writes_limited(view: Callable[[Any, Request], Response]) -> Callable[[Any, Request], Response]:
    """Count what a token writes; raises `TooMany` before anything is looked at."""

    def counted(context: Any, request: Request) -> Response:
        if request.method not in READING:
            token = hashlib.sha256(request.headers.get("Authorization", "").encode()).hexdigest()
            _spend(request, "api", token, request.desk.settings.limit_api_writes)
        return view(context, request)

    return counted


def _spend(request: Request, kind: str, who: str, per_minute: int) -> None:
    wait = request.desk.limits.take(kind, who, per_minute, request.desk.clock())
    if wait:
        raise TooMany(TOO_OFTEN, wait)


def _network(address: str) -> str:
    """An address, or the whole network that one household or server has of the new ones."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6:
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return address
