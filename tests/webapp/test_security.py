"""The walls of the web, walked on every route: strangers, forgers, readers that may not write."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text

from engine.commands.articles import NewFile, customer_answer
from engine.tickets import queries
from webapp.headers import ALWAYS, POLICY
from webapp.routes import ROUTES

WITHOUT_TOKEN = {"hooks.sms", "hooks.sms_twilio", "unsubscribe"}  # signed instead
# Routes that a customer's session may open; everything else is not there for it.
CUSTOMERS = ("requests", "offers", "files")


def address(pattern: str, **known: Any) -> str:
    """A route's pattern with something in each place."""
    values = {"number": "2026030210000099", "key": "report_fault", "name": "x", "token": "x"}

    def fill(found: re.Match[str]) -> str:
        return str((values | known).get(found.group(1), 999999))

    return re.sub(r"\{(\w+)(?::[^}]*(?:\{[^}]*\})?[^}]*)?\}", fill, pattern)


def views(app: Any) -> dict[str, set[str]]:
    """By route the methods that it answers, as registered."""
    found: dict[str, set[str]] = {}
    for item in app.app.registry.introspector.get_category("views") or []:
        view = item["introspectable"]
        if view["route_name"]:
            methods = view["request_methods"] or ("GET", "POST")
            names = {methods} if isinstance(methods, str) else set(methods)
            found.setdefault(view["route_name"], set()).update(names)
    return found


def test_every_post_route_asks_for_the_token(web) -> None:
    web.login("ada")
    methods = views(web.app)
    posts = [n for n, _ in ROUTES if "POST" in methods.get(n, set()) and n not in WITHOUT_TOKEN]
    patterns = dict(ROUTES)
    assert len(posts) > 20
    for name in posts:
        for fields in ({}, {"csrf_token": "forged"}):
            answer = web.app.post(address(patterns[name]), fields, status="*")
            assert (name, answer.status_int) == (name, 403)


def test_no_get_writes_and_every_answer_has_the_headers(web) -> None:
    """Every GET route runs in a session that cannot write; a try would be an error of 500."""
    number = web.town.report("clara", "A request", offer="report_fault")
    methods = views(web.app)
    for name in ("clara", "ada", None):
        web.login(name) if name else web.logout()
        for route, pattern in ROUTES:
            if "GET" not in methods.get(route, set()):
                continue
            answer = web.app.get(address(pattern, number=number), status="*")
            assert (route, answer.status_int < 500) == (route, True)
            for header, value in ALWAYS.items():
                assert answer.headers[header] == value
            assert answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"]


def test_rows_do_not_change_by_reading(web) -> None:
    number = web.town.report("clara", "A request", offer="report_fault")

    def rows() -> list[Any]:
        tables = ("ticket", "article", "work_item", "step_log", "history_entry", "draft", "outbox",
                  "attempt", "faq_item")  # fmt: skip

        def ask(work):
            names = set(work.session.get_bind().dialect.get_table_names(work.session.connection()))
            known = [t for t in tables if t in names]
            count = "SELECT count(*) FROM "
            return [(t, work.session.scalar(text(count + t))) for t in known]

        return web.town.desk.read(ask)

    before = rows()
    web.login("clara")
    for path in ("", "/live", "/diagram.bpmn"):
        web.get(f"/requests/{number}{path}")
    web.get("/settings")
    assert rows() == before
    assert len(before) > 5


@pytest.fixture
def belongings(web) -> dict[str, list[str]]:
    """The addresses of everything that clara's request consists of, and of nothing at all."""
    number = web.town.report("clara", "CANARY-TITLE", offer="request_access")
    files = [NewFile("canary.txt", "text/plain", b"CANARY-FILE")]
    web.town.do("clara", number, lambda w, t: customer_answer(w, t, "CANARY-TEXT", files=files))

    def ids(work, ticket):
        articles = queries.articles(work.session, work.actor, ticket)
        attachments = [a.id for article in articles for a in article.attachments]
        items = [item.id for item in queries.open_items(work.session, ticket)]
        return articles[0].id, attachments[0], items[0]

    article, attachment, item = web.town.see(number, ids)
    hers = {"number": number, "item": item}
    return {
        "hers": paths(number, item, article, attachment, hers),
        "absent": paths("2026030210009999", 999999, 999999, 999999, {}),
    }


def paths(number: str, item: int, article: int, attachment: int, known: dict) -> list[str]:
    found = []
    for route, pattern in ROUTES:
        if "{number" in pattern or "{item" in pattern:
            found.append(address(pattern, number=number, item=item))
        elif route == "files.attachment":
            found.append(address(pattern, id=attachment, name="canary.txt"))
        elif route.startswith("files."):
            found.append(address(pattern, id=article))
    return found


@pytest.mark.parametrize("name", ["sam", "bruno"])
def test_what_is_not_yours_answers_like_what_does_not_exist(web, belongings, name) -> None:
    """A customer of another company, and an agent as a customer, on every address of a ticket."""
    web.login(name)
    walked = 0
    for hers, absent in zip(belongings["hers"], belongings["absent"], strict=True):
        if name == "bruno" and not hers.startswith("/requests"):
            continue
        for ask in (web.app.get, lambda p, status: web.post(p, {"body": "x"}, status=status)):
            answers = [ask(path, status="*") for path in (hers, absent)]
            assert (hers, answers[0].status_int) == (hers, answers[1].status_int)
            assert answers[0].status_int in (303, 404)
            assert answers[0].text == answers[1].text
            assert "CANARY" not in answers[0].text
            walked += 1
    assert walked > 10


def test_lists_and_suggestions_show_nothing_of_others(web, belongings) -> None:
    web.login("sam")
    for path in ("/requests", "/report?q=CANARY-TITLE", "/report/suggest?q=CANARY", "/faq?q=CANARY",
                 "/settings"):  # fmt: skip
        page = web.get(path).text
        assert "CANARY-TEXT" not in page
        assert page.count("CANARY-TITLE") == page.count("title=CANARY-TITLE") + page.count(
            'value="CANARY-TITLE"'
        )


def test_pages_of_the_house_are_not_there_for_customers(web) -> None:
    """Where the route needs a role, a customer learns nothing but that nothing is there."""
    web.login("clara")
    methods = views(web.app)
    inside = ("today", "queues", "tickets", "processes", "rules", "people", "structure", "health")
    for route, pattern in ROUTES:
        if route.split(".")[0] in inside and "GET" in methods.get(route, set()):
            answer = web.app.get(address(pattern), status="*")
            assert (route, answer.status_int) == (route, 404)
    assert web.get("/requests").status_int == 200


def test_strangers_are_sent_to_the_login_and_no_further(web) -> None:
    for path in ("/requests", "/report", "/settings", "/today", "/people", "/faq/new"):
        answer = web.get(path, status=303)
        assert answer.location.startswith("http://localhost/login?next=%2F")
    assert web.get("/faq").headers["Content-Security-Policy"] == POLICY


def test_what_is_typed_comes_back_as_text_only(web) -> None:
    payload = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'--{{7*7}}"
    number = web.town.report("clara", payload, body=payload, offer="report_fault")
    web.login("clara")
    web.post(f"/requests/{number}/answer", {"body": payload})
    web.post("/settings", {"name": payload, "language": "en", "zone": "UTC", "theme": ""})
    from urllib.parse import quote

    for path in ("/requests", f"/requests/{number}", f"/requests/{number}/live", "/settings",
                 f"/report?q={quote(payload)}", f"/faq?q={quote(payload)}",
                 f"/report/report_fault?title={quote(payload)}",
                 f"/login?next={quote(payload)}"):  # fmt: skip
        page = web.app.get(path, status="*").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "7*7" in page or "49" not in page.split("<main")[-1]
