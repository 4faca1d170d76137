"""Admins keep webhooks on a page: what is secret is shown once, and what was sent is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from engine.commands.people import make_password_link
from engine.outbox.drain import drain
from engine.outbox.handlers import handlers
from engine.outbox.webhook_models import Webhook
from tests.web_sink import Reply, WebSink

CANARY = "<script>alert('canary')</script>\"'>"
FORM = {"name": "erp", "url": "https://hooks.example.com/in", "description": CANARY,
        "headers": "Authorization: Bearer hush", "timeout": "5", "active": "true"}  # fmt: skip


def made(web: Any, **more: str) -> tuple[str, str]:
    """Make one on the page; returns its address and its secret."""
    page = web.login("ada").post("/webhooks/new", FORM | more, status=200)
    row = web.town.desk.read(lambda work: work.session.scalars(select(Webhook)).one())
    return f"/webhooks/{row.id}", page.html.select_one(".fresh-key").text


def test_what_is_secret_is_shown_once(web: Any) -> None:
    address, secret = made(web)
    assert secret.startswith("whsec_")
    page = web.get(address)
    for hidden in (secret, "hush", CANARY):
        assert hidden not in page.text
    assert "Authorization: ••••" in page.html.select_one("textarea[name=headers]").text
    other = web.post(f"{address}/new-secret", status=200).html.select_one(".fresh-key").text
    assert other != secret
    assert other not in web.get(address).text


def test_it_is_changed_and_hidden_values_stay(web: Any) -> None:
    address, _ = made(web)
    before = web.town.desk.read(lambda work: work.session.scalars(select(Webhook)).one())
    seen = web.get(address).html.select_one("input[name=seen]")
    form = FORM | {"headers": "Authorization: ••••••••", "timeout": "7"}
    web.post(address, form | ({"seen": seen["value"]} if seen else {}))
    row = web.town.desk.read(lambda work: work.session.scalars(select(Webhook)).one())
    assert (row.timeout, row.headers) == (7, before.headers)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(web: Any) -> None:
    web.login("ada")
    bad = FORM | {"url": "file:///etc/passwd", "template": '{"a": "{{ticket.nothing}}"}'}
    page = web.post("/webhooks/new?language=de", bad, status=422)
    assert "ticket.nothing" in page.html.select_one(".error-summary").text
    assert page.html.select_one("input[name=url]")["value"] == "file:///etc/passwd"
    rows = web.town.desk.read(lambda work: list(work.session.scalars(select(Webhook))))
    assert rows == []


def test_a_test_is_sent_and_its_answer_told(web: Any, web_sink: WebSink) -> None:
    desk = web.town.desk
    desk.settings = replace(desk.settings, webhook_allow="127.0.0.1")
    web_sink.answers(Reply(410, CANARY.encode()))
    address, _ = made(web, url=web_sink.url)
    web.post(f"{address}/test")
    drain(desk, handlers(make_password_link))
    page = web.get(f"{address}?language=de")
    assert "Die Antwort war 410." in page.text
    assert CANARY not in page.text
    number = page.html.select_one("input[name=delivery]")["value"]
    web.post(f"{address}/resend", {"delivery": number})
    drain(desk, handlers(make_password_link))
    assert "200" in web.get(address).html.select_one("table").text
    assert len(web_sink.calls) == 2


def test_it_is_deleted_with_its_log(web: Any) -> None:
    address, _ = made(web)
    web.post(f"{address}/test")
    web.post(f"{address}/delete")
    web.get(address, status=404)
    assert "erp" not in web.get("/webhooks").html.select_one("main").text


def test_no_form_of_others_and_nobody_but_admins(web: Any) -> None:
    address, _ = made(web)
    for path in (address, f"{address}/test", f"{address}/delete", f"{address}/new-secret"):
        assert web.app.post(path, FORM, status="*").status_int in (400, 403)
    for name in ("agnes", "olga", "clara"):
        web.login(name).get("/webhooks", status=404)
        web.post(f"{address}/delete", status=404)
