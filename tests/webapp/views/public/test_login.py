"""Logging in: nobody learns who exists, nobody tries for ever, sessions end when they should."""

from __future__ import annotations

import gc
from datetime import timedelta

import pytest

from tests.town import PASSWORD
from webapp.security import LOGIN_COOKIE

CLARA = {"login": "clara@example.org", "password": PASSWORD}


def shape(page: str, *typed: str) -> str:
    """A page without what was typed and without its token."""
    from tests.webapp.conftest import TOKEN

    for text in (*typed, TOKEN.search(page).group(1)):  # type: ignore[union-attr]
        page = page.replace(text, "…")
    return page


def test_login_opens_a_session_and_goes_on(web) -> None:
    answer = web.post("/login", CLARA | {"next": "/requests?x=1"})
    assert answer.location.endswith("/requests?x=1")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "Wie können wir helfen?" in web.get("/requests")


def test_the_session_is_fresh_at_login(web) -> None:
    before = web.csrf()
    web.post("/login", CLARA)
    web.token = ""
    assert web.csrf() != before


def test_wrong_password_unknown_login_and_disabled_answer_alike(web) -> None:
    def disable(work):
        web.town.person(work, "sam").active = False

    web.town.desk.run(disable)
    pages = set()
    for login, password in (
        ("clara@example.org", "wrong password"),
        ("nobody@example.org", "wrong password"),
        ("sam@example.net", PASSWORD),
    ):
        answer = web.post("/login", {"login": login, "password": password}, status=422)
        assert LOGIN_COOKIE not in answer.headers.get("Set-Cookie", "")
        pages.add(shape(answer.text, login))
    assert len(pages) == 1


def test_a_password_is_never_sent_back(web) -> None:
    answer = web.post("/login", CLARA | {"password": "canary-password-7"}, status=422)
    assert "canary-password-7" not in answer.text


def test_too_many_tries_lock_out_even_the_right_password(web) -> None:
    for _ in range(web.town.desk.settings.login_tries):
        web.post("/login", CLARA | {"password": "wrong password"}, status=422)
    web.post("/login", CLARA, status=422)
    now = web.town.desk.clock()
    later = now + timedelta(minutes=web.town.desk.settings.login_window_minutes + 1)
    web.town.desk.clock = lambda: later
    web.post("/login", CLARA)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_absurd_password_is_refused(web) -> None:
    web.post("/login", CLARA | {"password": "x" * 2_000}, status=400)
    web.post("/login", CLARA | {"password": "x" * 10_000_000}, status=413)
    gc.collect()  # the body lay in a temporary file that nobody closes
    assert web.get("/requests", status=303).location.endswith("/login?next=%2Frequests")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%0d%0aSet-Cookie:x" + "\r\n",
        "evil.example",
        "/" + "a" * 600,
        "",
    ],
)
def test_next_stays_here(web, target: str) -> None:
    answer = web.post("/login", CLARA | {"next": target})
    assert answer.location == "http://localhost/"


def test_whoever_is_logged_in_goes_on_at_once(web) -> None:
    web.login("clara")
    assert web.get("/login?next=/faq", status=303).location.endswith("/faq")


def test_logging_out_ends_the_session_in_the_database(web) -> None:
    web.login("clara")
    key = web.app.cookies[LOGIN_COOKIE]
    web.post("/logout")
    web.app.reset()
    web.app.set_cookie(LOGIN_COOKIE, key)
    web.get("/requests", status=303)
    assert web.get("/", status=303).location.endswith("/login")


def test_a_session_dies_with_the_person(web) -> None:
    web.login("clara")

    def disable(work):
        web.town.person(work, "clara").active = False

    web.town.desk.run(disable)
    assert web.get("/requests", status=303).location.endswith("/login?next=%2Frequests")


def test_the_page_names_nobody(web) -> None:
    page = web.get("/login").text
    assert "example.org" not in page
    assert PASSWORD not in page


@pytest.mark.parametrize("path", ["/login", "/faq", "/no-such-page"])
def test_a_stranger_finds_the_answers_and_the_login_from_everywhere(web, path):
    links = [link["href"] for link in web.get(path, status="*").html.select("header nav a")]
    assert links == ["/faq", "/login"]
