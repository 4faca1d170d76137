"""Files leave the desk only to be saved, only to those who may read their message."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.articles import NewFile, add_article
from engine.tickets import queries
from engine.work import SYSTEM
from webapp.views.agent.files import disposition

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def article(web: Any) -> tuple[str, int, int]:
    """A ticket's number, and the ids of an internal HTML mail and of its attachment."""
    number = web.town.report()
    html = (
        b'<p onclick="x()">Hello <script>alert(1)</script><img src="cid:logo">'
        b'<img src="cid:fake"><img src="https://evil.example/t.png"></p>'
    )

    def put(work: Any, ticket: Any) -> tuple[int, int]:
        files = [
            NewFile("page.html", "text/html", b"<script>alert(1)</script>"),
            NewFile("logo.png", "image/png", PNG, content_id="<logo>", inline=True),
            NewFile("fake.png", "image/png", b"<svg onload=x>", content_id="fake", inline=True),
        ]
        made = add_article(
            work, ticket, body="Hello", channel="email", direction="in", visible=False,
            files=files, html_digest=work.desk.files.put(html),
            original_digest=work.desk.files.put(b"From: x\r\n\r\nraw"),
        )  # fmt: skip
        work.session.flush()
        return made.id, made.attachments[0].id

    return (number, *web.town.do("agnes", number, put))


def test_an_attachment_is_only_ever_saved(web: Any, article: tuple[str, int, int]) -> None:
    answer = web.login("agnes").get(f"/files/{article[2]}/page.html")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("who", ["olga", "clara", "sam"])
def test_to_others_none_of_it_exists(web: Any, article: tuple[str, int, int], who: str) -> None:
    web.login(who)
    web.get(f"/files/{article[2]}/page.html", status=404)
    web.get(f"/articles/{article[1]}/body", status=404)
    web.get(f"/articles/{article[1]}/original", status=404)


def test_customers_get_the_files_they_may_see(web: Any) -> None:
    number = web.town.report(files=[NewFile("mine.txt", "text/plain", b"abc")])
    found = web.town.see(
        number, lambda w, t: queries.articles(w.session, SYSTEM, t)[0].attachments[0].id
    )
    answer = web.login("clara").get(f"/files/{found}/mine.txt")
    assert (answer.body, answer.content_type) == (b"abc", "text/plain")
    web.login("sam").get(f"/files/{found}/mine.txt", status=404)


def test_the_frame_runs_nothing_and_loads_nothing(web: Any, article: tuple[str, int, int]) -> None:
    answer = web.login("agnes").get(f"/articles/{article[1]}/body")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "https:" not in policy
    assert "alert(1)" not in answer.text
    assert "onclick" not in answer.text
    assert answer.text.count("data:image/png;base64,") == 1
    assert ' src="https://evil.example' not in answer.text


def test_pictures_from_outside_come_when_asked_for(web: Any, article: tuple[str, int, int]) -> None:
    answer = web.login("agnes").get(f"/articles/{article[1]}/body?images=1")
    assert ' src="https://evil.example/t.png"' in answer.text
    assert "https:" in answer.headers["Content-Security-Policy"]


def test_the_original_is_byte_by_byte(web: Any, article: tuple[str, int, int]) -> None:
    answer = web.login("agnes").get(f"/articles/{article[1]}/original")
    assert answer.body == b"From: x\r\n\r\nraw"
    assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "name",
    ['a"; filename="evil.exe', "a\r\nSet-Cookie: x=1", "../../etc/passwd", "\u202egpj.exe",
     "ä ö.pdf", "", "....", "\ud800", "x" * 500],
)  # fmt: skip
def test_no_name_leaves_its_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
    assert "/" not in header.split("''")[1]
