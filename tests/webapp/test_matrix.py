"""The addresses of docs/access.md are those of the desk, and each is open to whom it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from webapp.api import PREFIX
from webapp.api import ROUTES as API_ROUTES
from webapp.routes import ROUTES
from webapp.security import PERMISSIONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
ANYBODY = "__no_permission_required__"
PLACES = {"number": "4711", "key": "none", "name": "none", "token": "none"}


def table() -> list[tuple[str, str, frozenset[str], str]]:
    """Route, address, methods and permission of each line."""
    text = DOCUMENT.read_text(encoding="utf-8").partition("\n## Addresses\n")[2]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]
    return [(name, path, frozenset(how.split()), who) for name, path, how, who in rows]


def registered(web: Any) -> set[tuple[str, str, str]]:
    """Route, method and permission of every view."""
    found = set()
    for item in web.app.app.registry.introspector.get_category("permissions"):
        for view in item["related"]:
            route = view["route_name"] if view.category_name == "views" else None
            if route and not route.startswith("__"):
                methods = view["request_methods"] or ("GET",)
                methods = (methods,) if isinstance(methods, str) else methods
                who = item["introspectable"]["value"]
                who = "anybody" if who == ANYBODY else who
                found |= {(route, m, who) for m in methods if m != "HEAD"}
    return found


def plain(page: str) -> str:
    """A page without the mark of the section that its address lies in."""
    return page.replace(' aria-current="page"', "")


def test_every_route_is_in_the_matrix_with_its_address() -> None:
    patterns = dict(ROUTES) | {name: PREFIX + path for name, path in API_ROUTES}
    patterns["api.document_yaml"] = f"{PREFIX}/openapi.yaml"
    assert {name: path for name, path, _, _ in table()} == patterns


def test_every_view_has_the_permission_that_the_matrix_says(web: Any) -> None:
    said = {(name, how, who) for name, _, methods, who in table() for how in methods}
    assert registered(web) == said


def test_every_view_names_its_permission(web: Any) -> None:
    views = web.app.app.registry.introspector.get_category("views")
    routes = {view["introspectable"]["route_name"] for view in views} - {None}
    named = {route for route, _, _ in registered(web)}
    assert {route for route in routes if not route.startswith("__")} == named


def test_the_permissions_of_the_matrix_are_those_that_exist() -> None:
    assert {who for _, _, _, who in table()} <= {"anybody", *PERMISSIONS}


@pytest.mark.parametrize("name", [None, "clara", "agnes", "olga", "ada"])
def test_an_address_is_closed_to_whoever_lacks_its_permission(web: Any, name: str | None) -> None:
    """Pages that are not somebody's answer as if they did not exist, whatever the method."""
    roles = web.town.actor(name).roles if name else frozenset()
    web.login(name) if name else web.logout()
    absent = plain(web.get("/no-such-page", status=404).text)
    opened = []
    for route, pattern, methods, who in table():
        if route.startswith("api.") or who == "anybody" or roles & PERMISSIONS[who]:
            continue
        path = re.sub(r"\{(\w+)[^}]*\}", lambda m: PLACES.get(m.group(1), "1"), pattern)
        for method in sorted(methods):
            ask = web.get if method == "GET" else web.post
            answer = ask(path, status="*")
            closed = "/login" in answer.headers.get("Location", "") if name is None else (
                answer.status_int == 404 and plain(answer.text) == absent
            )  # fmt: skip
            if not closed:
                opened.append(f"{method} {path}: {answer.status}")
    assert opened == []
