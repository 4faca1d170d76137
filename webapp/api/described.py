"""What openapi.yaml says of each operation, and the refusal of what it does not say.

A parameter that is ignored is a typing error unseen: a filter that does not filter, a key that does
not protect from doing something twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pyramid.request import Request
from pyramid.response import Response

from engine.errors import Invalid

DOCUMENT = Path(__file__).parent / "openapi.yaml"
KEY = "Idempotency-Key"
READING = frozenset({"GET", "HEAD"})


@cache
def document() -> dict[str, Any]:
    """openapi.yaml as data."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load(DOCUMENT.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return found


@cache
def parameters(pattern: str, method: str) -> frozenset[tuple[str, str]]:
    """Place and name of each parameter of an operation."""
    path = document()["paths"].get(pattern, {})
    verb = "get" if method in READING else method.lower()
    rows = [*path.get("parameters", ()), *path.get(verb, {}).get("parameters", ())]
    shared = document()["components"]["parameters"]
    rows = [shared[row["$ref"].rsplit("/", 1)[-1]] if "$ref" in row else row for row in rows]
    return frozenset((row["in"], row["name"]) for row in rows)


def strict(view: Callable[[Any, Request], Response]) -> Callable[[Any, Request], Response]:
    """Refuse query parameters, and an Idempotency-Key, that the operation does not have."""

    def checked(context: Any, request: Request) -> Response:
        known = parameters(request.matched_route.pattern, request.method)
        unknown = {name for name in request.GET if ("query", name) not in known}
        if unknown:
            raise Invalid("Unknown parameters.", fields=dict.fromkeys(sorted(unknown), "unknown"))
        keyed = KEY in request.headers and request.method not in READING
        if keyed and ("header", KEY) not in known:
            raise Invalid("This request takes no Idempotency-Key.", fields={KEY: "unknown"})
        return view(context, request)

    return checked
