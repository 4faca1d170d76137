"""L: getting in, staying in, and making others' browsers act."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest
import webtest
from pyramid.request import Request
from sqlalchemy import select

from engine.commands.people import create_person, log_in, register
from engine.errors import Invalid
from engine.outbox.models import OutboxRow
from engine.people import passwords
from engine.people.models import LoginSession, Person
from engine.tables import metadata
from tests.town import PASSWORD
from webapp import make_app
from webapp.routes import ROUTES
from webapp.security import LOGIN_COOKIE, client_address, safe_next

MACHINES = {"hooks.sms", "hooks.sms_twilio"}
SHOWN_ONCE = re.compile(r"[0-9A-Za-z_-]{40,}")


def said(response, typed):
    text = SHOWN_ONCE.sub("KEY", response.text).replace(typed, "LOGIN")
    return response.status_int, text, response.headers.get("Location")


@pytest.fixture
def strange(town):
    """Logins that cannot get in, each for another reason."""

    def command(work):
        make = {"name": "X", "roles": ["customer"]}
        create_person(work, login="nokey@example.org", **make)
        create_person(work, login="gone@example.org", password=PASSWORD, **make).active = False

    town.desk.run(command)
    return ["nobody@example.org", "nokey@example.org", "gone@example.org", "clara@example.org"]


def test_l1_every_wrong_login_is_answered_alike(web, strange):
    answers = set()
    for login in strange:
        web.logout()
        fields = {"login": login, "password": "wrong-password", "next": "/"}
        answers.add(said(web.post("/login", fields, status=422), login))
    assert len(answers) == 1


def test_l1_l10_every_wrong_login_costs_one_hash(town, strange, monkeypatch):
    calls = []
    real = passwords._hasher.verify

    class Counting:
        @staticmethod
        def verify(stored, password):
            calls.append(stored)
            return real(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    for login in strange:
        assert town.desk.run(lambda w, n=login: log_in(w, n, "wrong-password", address="x")) is None
    assert len(calls) == len(strange)
    assert all(stored.startswith("$argon2id$") for stored in calls)


@pytest.mark.parametrize("path", ["/forgot", "/register"])
def test_l1_asking_for_a_link_is_answered_alike(web, strange, path):
    answers = set()
    for login in strange:
        web.logout()
        answers.add(said(web.post(path, {"email": login, "name": "N"}), login))
    assert len(answers) == 1


def test_l2_a_wave_of_link_requests_sends_three_whatever_address_they_claim(web, town):
    for n in range(8):
        headers = {"X-Forwarded-For": f"10.0.0.{n}", "Forwarded": f"for=10.0.0.{n}"}
        web.logout().post("/forgot", {"email": "clara@example.org"}, headers=headers)
    waiting = town.desk.read(lambda w: w.session.scalars(select(OutboxRow.topic)).all())
    assert waiting.count("link") == 3


@pytest.mark.parametrize(
    "name",
    ["Win at https://evil.example", "www.evil.example", "a@b.example", "evil.example/x", "n" * 101],
)
def test_l2_a_registration_carries_no_message_to_a_stranger(town, name):
    with pytest.raises(Invalid):
        town.desk.run(
            lambda w: register(w, name=name, email="v@else.example", language="en", address="x")
        )


@pytest.mark.parametrize("name", ["Ünal O'Neill-Şahin", "Dr. A. van der Berg", "李小龙"])
def test_l2_people_may_be_called_as_they_are(town, name):
    town.desk.run(
        lambda w: register(w, name=name, email="v@else.example", language="en", address="x")
    )
    known = town.desk.read(lambda w: w.session.scalars(select(Person.name)).all())
    assert name in known


def test_l3_a_session_that_was_planted_is_not_taken_over(web, town):
    web.get("/login")
    planted = web.app.cookies.get("vorgang")
    web.app.set_cookie(LOGIN_COOKIE, "planted-by-somebody")
    before = web.csrf()
    fields = {"login": "clara@example.org", "password": PASSWORD, "next": "/"}
    cookies = web.post("/login", fields).headers.getall("Set-Cookie")
    (key,) = [c.split("=")[1].split(";")[0] for c in cookies if c.startswith(LOGIN_COOKIE)]
    assert key != "planted-by-somebody"
    assert len(key) >= 43
    assert web.app.cookies["vorgang"] != planted
    web.token = ""
    assert web.csrf() != before
    digests = town.desk.read(lambda w: w.session.scalars(select(LoginSession.digest)).all())
    assert digests == [passwords.token_digest(key)]


def test_l3_logging_out_ends_the_session_and_not_only_the_cookie(web, town):
    web.login("clara")
    key = web.app.cookies[LOGIN_COOKIE]
    web.post("/logout")
    web.app.set_cookie(LOGIN_COOKIE, key)
    assert web.get("/requests", 303).headers["Location"].endswith("/login?next=%2Frequests")


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_for_us_alone(town, secure):
    town.desk.settings = replace(town.desk.settings, secure_cookies=secure)
    app = webtest.TestApp(make_app(town.desk), extra_environ={"wsgi.url_scheme": "https"})
    page = app.get("/login")
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]
    fields = {"login": "clara@example.org", "password": PASSWORD, "csrf_token": token}
    headers = {"Referer": "https://localhost/login"}
    answer = app.post("/login", fields, headers=headers, status=303)
    found = page.headers.getall("Set-Cookie") + answer.headers.getall("Set-Cookie")
    prefix = "__Host-" if secure else ""  # browsers take such a name from this host alone
    assert {c.split("=")[0] for c in found} >= {prefix + "vorgang", prefix + LOGIN_COOKIE}
    assert app.get("/requests", status=200)
    for cookie in found:
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert ("; secure" in cookie.lower()) is secure
        assert "path=/" in cookie.lower()
        assert "domain=" not in cookie.lower()
    assert ("Strict-Transport-Security" in page.headers) is secure


@pytest.mark.parametrize("length", [1025, 2_000_000])
def test_l4_absurd_passwords_are_refused_unhashed(web, monkeypatch, length):
    monkeypatch.setattr(passwords, "_hasher", None)
    fields = {"login": "clara@example.org", "password": "x" * length}
    assert web.post("/login", fields, status=400).status_int == 400


@pytest.mark.parametrize(
    ("proxy", "remote", "forwarded", "address"),
    [
        ("", "203.0.113.5", "10.0.0.1", "203.0.113.5"),
        ("10.9.9.9", "203.0.113.5", "10.0.0.1", "203.0.113.5"),
        ("10.9.9.9", "10.9.9.9", "198.51.100.7, 192.0.2.1", "192.0.2.1"),
        ("10.9.9.9", "10.9.9.9", "", ""),
    ],
)
def test_l5_only_the_proxy_that_is_set_is_believed(town, proxy, remote, forwarded, address):
    request = Request.blank("/", headers={"X-Forwarded-For": forwarded})
    request.environ["REMOTE_ADDR"] = remote
    request.desk = town.desk
    town.desk.settings = replace(town.desk.settings, trusted_proxy=proxy)
    assert client_address(request) == address


@pytest.mark.parametrize("header", ["X-Remote-User", "Remote-User", "X-Forwarded-User"])
def test_l5_no_header_logs_anybody_in(web, header):
    web.get("/today", 303, headers={header: "ada@example.com"})
    assert web.get("/settings", 303, headers={header: "ada@example.com"}).status_int == 303


def test_l6_no_password_reaches_log_page_or_database(web, town, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    canary = "canary-Passw0rd-7391"
    seen = web.post("/login", {"login": "clara@example.org", "password": canary}, 422).text
    seen += web.login("clara").post(
        "/settings/password",
        {"current": canary, "password": canary + "1", "again": canary + "2"}, 422,
    ).text  # fmt: skip
    seen += web.post(f"/password/{canary}", {"password": canary, "again": canary}, 404).text

    def broken(*_, **__):
        raise RuntimeError("a defect")

    monkeypatch.setattr("webapp.views.public.login.log_in", broken)
    monkeypatch.setattr("webapp.views.public.registration.use_password_link", broken)
    web.logout()
    seen += web.post("/login", {"login": "clara@example.org", "password": canary}, 500).text
    seen += web.post(f"/password/{canary}", {"password": canary, "again": canary}, 500).text
    assert "defect" in caplog.text
    assert canary not in caplog.text
    # The page of a link posts to its own address; nothing else may repeat what was typed.
    assert canary not in seen.replace(f"/password/{canary}", "")
    assert canary not in everything(town)


def test_l6_what_was_to_be_written_stands_in_no_error(town):
    def twice(work):
        for _ in range(2):
            work.session.execute(
                metadata.tables["login_session"].insert().values(digest="canary-digest")
            )

    with pytest.raises(Exception) as error:
        town.desk.run(twice)
    chain = f"{error.value!r} {error.value.__cause__} {error.value.__cause__!r}"
    assert "[SQL parameters hidden" in chain


def everything(town):
    """All rows of the desk as one text."""

    def rows(work):
        found = [
            sorted(work.session.execute(select(table)).all(), key=repr)
            for table in metadata.sorted_tables
        ]
        return repr(found)

    return town.desk.read(rows)


def filled(pattern, number):
    return re.sub(r"\{(\w+)[^}]*\}", lambda m: number if m[1] == "number" else "1", pattern)


def test_l8_every_form_needs_its_token(web, town):
    number = town.report()
    web.login("ada")
    before = everything(town)
    answers = {
        name: web.app.post(filled(pattern, number), {"body": "x", "do": "close"}, status="*")
        for name, pattern in ROUTES
        if name not in MACHINES
    }
    taken = {name for name, answer in answers.items() if answer.status_int not in (403, 404)}
    assert taken == set()
    asked = [name for name, answer in answers.items() if answer.status_int == 403]
    assert {"login", "logout", "settings", "tickets.reply", "people.one", "drafts"} <= set(asked)
    assert len(asked) > 35
    assert everything(town) == before


def test_l8_a_foreign_page_cannot_send_a_form_even_with_a_token(town):
    app = webtest.TestApp(make_app(town.desk), extra_environ={"wsgi.url_scheme": "https"})
    token = re.search(r'name="csrf-token" content="([^"]+)"', app.get("/login").text)[1]
    fields = {"login": "clara@example.org", "password": PASSWORD, "csrf_token": token}
    foreign = app.post("/login", fields, headers={"Origin": "https://evil.example"}, status=403)
    assert LOGIN_COOKIE not in (foreign.headers.get("Set-Cookie") or "")


@pytest.mark.parametrize("who", ["clara", "ada"])
def test_l8_reading_writes_nothing(web, town, who):
    number = town.report()
    web.login(who)
    before = everything(town)
    query = "?add=x&remove=x&do=close&select=1&state=removed&priority=5&helped=yes&name=x&body=x"
    answers = [web.get(filled(pattern, number) + query, "*") for _, pattern in ROUTES]
    assert sum(answer.status_int == 200 for answer in answers) > 8
    assert max(answer.status_int for answer in answers) < 500
    assert everything(town) == before


EVIL = [
    "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)",
    "https://evil.example", "/\t/evil.example", " //evil", "/x\r\nSet-Cookie: a=b",
    "/%0d%0a\n", "", "/" + "x" * 600,
]  # fmt: skip


@pytest.mark.parametrize("target", EVIL)
def test_l9_nobody_is_sent_elsewhere(web, target):
    web.get("/login", params={"next": target})
    fields = {"login": "clara@example.org", "password": PASSWORD, "next": target}
    answer = web.post("/login", fields)
    assert answer.headers["Location"] in ("http://localhost/", "/")
    assert "a=b" not in str(answer.headers)


def test_l9_one_goes_on_to_where_one_wanted(web):
    request = Request.blank("/")
    assert safe_next(request, "/requests?x=1") == "/requests?x=1"
