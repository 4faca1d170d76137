"""What is refused leaves nothing behind, at whatever address and whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyramid.events import ContextFound
from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.people.models import Organisation
from tests.security.test_access import address, target
from tests.webapp.conftest import Web
from webapp.api import ROUTES as API_ROUTES
from webapp.request import only_reads
from webapp.routes import ROUTES

__all__ = ["target"]

CANARY = "written before it was refused"
ODD = {"name": "\x00", "title": "x" * 9000, "revision": "no", "do": "odd"}
COUNTED = {"/login", "/settings/password"}  # what was tried there is counted


@pytest.fixture
def canaries(web: Web) -> Iterator[None]:
    """Each request writes a row before its view begins, as a command does that refuses later."""
    registry = web.app.app.registry

    def write(event: ContextFound) -> None:
        request = event.request
        if not only_reads(request):
            detail = {"path": request.path}
            request.db.add(DeskEntry(at=request.work.now, what=CANARY, actor="", detail=detail))
            request.db.flush()

    registry.registerHandler(write, (ContextFound,))
    yield
    registry.unregisterHandler(write, (ContextFound,))


def written(web: Web) -> set[str]:
    query = select(DeskEntry).where(DeskEntry.what == CANARY)
    return web.town.desk.read(lambda w: {row.detail["path"] for row in w.session.scalars(query)})


def back_in(web: Web, who: str) -> None:
    """Logged in again where an address has ended the login."""
    web.login(who)
    web.csrf()


@pytest.mark.parametrize("who", ["clara", "ada"])
def test_nothing_that_was_written_before_a_refusal_stays(
    web: Web, target: Any, canaries: None, who: str
) -> None:
    back_in(web, who)
    refused, accepted = set(), set()
    for name, pattern in ROUTES:
        path = address(name, pattern, target)
        status = web.post(path, ODD, status="*").status_int
        (refused if status >= 400 else accepted).add(path)
        if name == "logout":
            back_in(web, who)
    assert len(refused) > 20
    assert written(web) & (refused - accepted) <= COUNTED
    assert accepted & written(web), "what is accepted stays"


def test_nothing_of_a_refused_call_of_the_api_stays(
    api: Any, web: Web, target: Any, canaries: None
) -> None:
    refused, accepted = set(), set()
    for _, pattern in API_ROUTES:
        path = pattern.replace("{number}", target["number"]).replace("{id}", str(target["item"]))
        for body in ({}, {"version": 99, "priority": 5, "body": "", "answers": {"x": 1}}):
            answer = api.ask("POST", "agnes", path, body)
            (refused if answer.status_int >= 400 else accepted).add(answer.request.path)
    assert len(refused) > 8
    assert not written(web) & (refused - accepted)


def test_a_wrong_password_is_counted_although_it_is_refused(web: Web, canaries: None) -> None:
    web.post("/login", {"login": "clara@example.org", "password": "wrong"}, status=422)
    assert written(web) == {"/login"}


def test_the_page_of_a_refusal_shows_what_stands(web: Web, monkeypatch: Any) -> None:
    """A command that changes a row before it refuses; the form that comes back knows the old one,
    so that saving what was mended afterwards is no conflict."""
    from engine.commands import organisations as commands
    from engine.errors import Invalid

    web.login("ada")
    ids = select(Organisation.id).where(Organisation.name == "Sample Ltd")
    path = f"/organisations/{web.town.desk.read(lambda w: w.session.scalars(ids).one())}"
    before = web.get(path).html.find("input", {"name": "seen"})["value"]

    def half(work: Any, row: Organisation, typed: Any) -> None:
        row.domain = "half.example"
        work.session.flush()
        raise Invalid("Refused half-way.", fields={"name": "required"})

    monkeypatch.setattr(commands, "change_organisation", half)
    page = web.post(path, {"name": "Other", "seen": before}, status=422)
    assert page.html.find("input", {"name": "seen"})["value"] == before
