"""When the desk cannot take what was sent, whoever wrote it has it still."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from engine.commands.people import end_sessions
from engine.tickets import queries
from tests.town import PASSWORD
from webapp.headers import ALWAYS

TEXT = "The printer on the second floor smokes.\nPlease come <soon>."


def mark(web: Any) -> str:
    """The mark that the forms of whoever is logged in carry."""
    return re.search(r'name="writer" value="(\w+)"', web.get("/settings").text)[1]


def die(web: Any, name: str) -> None:
    """Let every login of this person end, as if its time were over."""
    web.town.desk.run(lambda w: end_sessions(w, web.town.person(w, name), keep=""))


def box(page: Any) -> str:
    found = re.search(r'<textarea[^>]*id="wrote"[^>]*>\n(.*?)</textarea>', page.text, re.S)
    return unescape(found[1]) if found else ""


def said(web: Any, number: str) -> list[str]:
    return web.town.see(
        number, lambda w, t: [a.body for a in queries.articles(w.session, w.actor, t)]
    )


@pytest.fixture
def number(web: Any) -> str:
    return str(web.town.report("clara", "A request", offer="report_fault"))


def expired(web: Any, number: str) -> Any:
    """The page that clara gets for an answer that she sends after her login has ended."""
    fields = {"body": TEXT, "writer": mark(web.login("clara"))}
    token = web.csrf()
    die(web, "clara")
    files = [("files", "photo.png", b"png")]
    web.token = token
    return web.post(f"/requests/{number}/answer", fields, status=403, files=files)


def log_in(page: Any, login: str, **more: Any) -> Any:
    form = page.forms[0] if page.forms[0].action.endswith("/login") else page.forms[1]
    form["login"], form["password"] = login, PASSWORD
    return form.submit(**more)


def test_an_answer_sent_after_the_login_ended_is_sent_after_the_next(web: Any, number: str) -> None:
    page = expired(web, number)
    assert "You have been logged out" in page.text
    assert box(page) == TEXT
    assert "photo.png" in page.text
    page = log_in(page, "clara@example.org", status=200)
    assert box(page) == TEXT
    form = next(f for f in page.forms.values() if f.action.endswith("/answer"))
    assert "files" in form.fields
    assert TEXT not in said(web, number)
    form.submit(status=303)
    assert TEXT in said(web, number)


def test_a_wrong_password_first_loses_nothing(web: Any, number: str) -> None:
    page = expired(web, number)
    form = next(f for f in page.forms.values() if f.action.endswith("/login"))
    form["login"], form["password"] = "clara@example.org", "wrong"
    page = log_in(form.submit(status=422), "clara@example.org", status=200)
    assert box(page) == TEXT


def test_somebody_else_who_logs_in_sees_and_sends_nothing_of_it(web: Any, number: str) -> None:
    page = log_in(expired(web, number), "sam@example.net", status="*")
    assert page.status_int == 303, page.text
    assert TEXT not in web.get("/requests").text


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_what_the_login_form_carries_leads_nowhere_else(web: Any, number: str, path: str) -> None:
    page = expired(web, number)
    form = next(f for f in page.forms.values() if f.action.endswith("/login"))
    carried = json.loads(form["kept"].value)
    form["kept"] = json.dumps([path, *carried[1:]])
    assert log_in(page, "clara@example.org", status=303).location == "http://localhost/"


def test_a_stale_token_gives_the_text_back_to_be_sent_again(web: Any, number: str) -> None:
    web.login("clara")
    fields = {"csrf_token": "old", "writer": mark(web), "body": TEXT}
    page = web.app.post(f"/requests/{number}/answer", fields, status=403)
    assert "403" in page.text
    assert box(page) == TEXT
    form = next(f for f in page.forms.values() if f.action.endswith("/answer"))
    form.submit(status=303)
    assert TEXT in said(web, number)


@pytest.mark.parametrize("foreign", ["", "0123456789abcdef0123", "sam"])
def test_a_form_that_is_not_ones_own_is_not_offered(web: Any, number: str, foreign: str) -> None:
    """One from another site knows no mark; one left open by somebody else bears theirs."""
    writer = mark(web.login("sam")) if foreign == "sam" else foreign
    web.login("clara")
    fields = {"csrf_token": "old", "writer": writer, "body": TEXT}
    page = web.app.post(f"/requests/{number}/answer", fields, status=403)
    assert box(page) == ""
    assert "/answer" not in page.text


def test_passwords_are_not_given_back(web: Any) -> None:
    web.login("clara")
    fields = {"csrf_token": "x", "writer": mark(web), "current": "my own secret", "password": "b c"}
    page = web.app.post("/settings/password", fields, status=403)
    assert "my own secret" not in page.text
    assert "b c" not in page.text


def test_a_script_is_told_that_nobody_is_logged_in(web: Any, number: str) -> None:
    web.login("clara")
    web.csrf()
    die(web, "clara")
    headers = {"X-Requested-With": "fetch"}
    answer = web.post(f"/drafts/answer-{number}", {"draft": '"x"'}, status=401, headers=headers)
    assert answer.content_type == "application/json"
    assert "logged out" in answer.json["text"]


@pytest.fixture
def broken_database(web: Any) -> Any:
    """Every statement of the desk's database raises until it is mended."""

    def fail(*_: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    engine = web.town.desk.database.pool
    event.listen(engine, "before_cursor_execute", fail)
    yield engine
    if event.contains(engine, "before_cursor_execute", fail):
        event.remove(engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("path", ["/requests", "/faq", "/no-such-page"])
def test_a_page_without_a_database_is_a_503_with_our_headers(
    web: Any, request: Any, path: str
) -> None:
    web.login("clara")
    request.getfixturevalue("broken_database")
    page = web.get(path, status=503)
    assert "Just a moment" in page.text
    for header, value in ALWAYS.items():
        assert page.headers[header] == value


def test_what_is_sent_without_a_database_is_given_back(web: Any, number: str, request: Any) -> None:
    fields = {"body": TEXT, "writer": mark(web.login("clara"))}
    web.csrf()
    request.getfixturevalue("broken_database")
    page = web.post(f"/requests/{number}/answer", fields, status=503)
    assert box(page) == TEXT


def test_the_api_without_a_database_says_so_as_a_problem(web: Any, request: Any) -> None:
    request.getfixturevalue("broken_database")
    answer = web.get("/api/v1/tickets", status=503, headers={"Authorization": "Bearer x"})
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == 503


def test_a_defect_gives_the_text_back_and_survives_its_own_page(
    web: Any, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"body": TEXT, "writer": mark(web.login("clara"))}
    web.csrf()
    from webapp.views.customer import requests as view

    def defect(*_: Any, **__: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(view, "customer_answer", defect)
    page = web.post(f"/requests/{number}/answer", fields, status=500)
    assert box(page) == TEXT
    monkeypatch.setattr("webapp.request.mark_of", defect)  # what the page itself is made with
    page = web.post(f"/requests/{number}/answer", fields, status=500)
    assert "fault-code" in page.text
    assert page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("kind", [IntegrityError("", {}, Exception("unique")), StaleDataError()])
@pytest.mark.parametrize("at", ["after_flush", "before_commit"])
def test_two_at_the_same_moment_are_no_defect(web: Any, kind: Exception, at: str) -> None:
    """Tried again as if it had come later; said as a conflict where even that does not help."""
    web.login("ada")
    web.csrf()
    times = [1]

    def quicker(*_: Any) -> None:
        if times[0]:
            times[0] -= 1
            raise kind

    event.listen(Session, at, quicker)
    try:
        assert web.post("/organisations/new", {"name": "Fresh"}).status_int == 303
        times[0] = 3
        page = web.post("/organisations/new", {"name": "Other"}, status=409)
    finally:
        event.remove(Session, at, quicker)
    assert times == [0]
    assert "at the same time" in page.text
    found = web.get("/organisations").text
    assert "Fresh" in found
    assert "Other" not in found
