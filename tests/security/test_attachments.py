"""A: files that reached us are saved, never run, and only by who may read their message."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.commands.articles import NewFile, add_note
from engine.commands.drafts import keep_draft
from engine.tickets import queries
from engine.tickets.models import Article, Attachment
from webapp.tables import csv_rows

ROOT = Path(__file__).parent.parent.parent
TYPES = ("text/html", "image/svg+xml", "application/xml", "text/html; x=application/pdf",
         "application/pdf\r\nX-Evil: 1", "../../etc", "", "text/javascript")  # fmt: skip
NAMES = (
    "../../etc/passwd", "/etc/passwd", "C:\\Windows\\x.exe", "a\r\nX-Evil: 1.txt", 'q".html',
    "\u202egpj.exe", "n" * 5000, "ünïcode ☂.txt", "..", "\x00.txt", "; filename=evil.html",
)  # fmt: skip


def kept(town, name="plan.txt", media_type="text/plain", data=b"<script>alert(1)</script>"):
    """A ticket of clara's with this file; the number and the file's id."""
    number = town.report(files=[NewFile(name, media_type, data)])
    return number, town.desk.read(lambda w: w.session.scalars(select(Attachment.id)).one())


def harmless(answer):
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "X-Evil" not in answer.headers
    assert "html" not in answer.content_type
    assert "xml" not in answer.content_type
    assert "script" not in answer.content_type


@pytest.mark.parametrize("media_type", TYPES)
def test_a1_what_the_sender_says_it_is_does_not_count(web, api, town, media_type):
    number, file = kept(town, "page.html", media_type)
    harmless(web.login("clara").get(f"/files/{file}/page.html"))
    harmless(api.ask("GET", "clara", f"/tickets/{number}/attachments/{file}", status=200))


@pytest.mark.parametrize("name", NAMES)
def test_a2_a_name_neither_leads_away_nor_breaks_its_header(web, api, town, name):
    number, file = kept(town, name.replace("\x00", ""))
    for answer in (
        web.login("clara").get(f"/files/{file}/x"),
        api.ask("GET", "clara", f"/tickets/{number}/attachments/{file}", status=200),
    ):
        harmless(answer)
        said = answer.headers["Content-Disposition"]
        plain = re.search(r'filename="([^"\\/\r\n]+)"', said)
        assert plain
        assert plain[1] not in ("..", ".")
        assert len(said) < 2500
        assert said.isascii()


def test_a3_ids_are_of_no_use_to_others(web, town):
    _, file = kept(town)
    article = town.desk.read(
        lambda w: w.session.scalars(select(Article.id).order_by(Article.id)).first()
    )
    for who in ("sam", "bruno"):
        web.login(who)
        for path in (f"/files/{file}/plan.txt", f"/articles/{article}/body"):
            foreign, absent = web.get(path, 404), web.get(re.sub(r"\d+", "987654", path), 404)
            assert foreign.text.replace(path, "") == absent.text.replace(path, "")
        web.get(f"/articles/{article}/original", 404)


def test_a3_files_of_internal_notes_are_not_the_customers(web, town):
    number = town.report()
    file = NewFile("internal.txt", "text/plain", b"ours")
    town.do("agnes", number, lambda w, t: add_note(w, t, "see", files=[file]) and None)
    wanted = town.desk.read(lambda w: w.session.scalars(select(Attachment.id)).one())
    assert web.login("agnes").get(f"/files/{wanted}/internal.txt").body == b"ours"
    assert web.login("clara").get(f"/files/{wanted}/internal.txt", 404).status_int == 404


def test_a3_the_same_key_is_another_draft_for_another_person(town):
    for who in ("agnes", "bruno"):
        town.desk.run(
            lambda w, who=who: keep_draft(w, "reply-1", {"body": f"of {who}"}), town.actor(who)
        )
    for who in ("agnes", "bruno"):
        actor = town.actor(who)
        found = town.desk.read(lambda w: queries.draft(w.session, w.actor, "reply-1"), actor)
        assert found == {"body": f"of {who}"}


@pytest.mark.parametrize("number", ["0", "2147483648", "999999999999", "9" * 40])
def test_a3_ids_that_no_row_can_have_are_absent(web, town, number):
    web.login("agnes")
    for path in (f"/files/{number}/x", f"/articles/{number}/body", f"/articles/{number}/original"):
        assert web.get(path, 404).status_int == 404
    web.post(f"/steps/{number}/claim", status=404)


def test_a6_pictures_of_other_places_are_not_even_named_to_the_browser(web, town):
    page = (
        '<p>Hi</p><img src="file:///etc/passwd"><img src="http://10.0.0.1/x.png">'
        '<img src="//evil.example/y.png"><link rel=stylesheet href="http://evil.example/z.css">'
        '<div style="background:url(http://evil.example/b)">x</div>'
    )
    digest = town.desk.files.put(page.encode())
    town.report(article={"html_digest": digest})
    article = town.desk.read(
        lambda w: w.session.scalars(select(Article.id).order_by(Article.id)).first()
    )
    answer = web.login("agnes").get(f"/articles/{article}/body")
    assert not re.search(r"""<img[^>]* src=|url\(|<link""", answer.text)
    assert "/etc/passwd" not in answer.text
    assert "img-src data:;" in answer.headers["Content-Security-Policy"]


def test_a5_tables_are_written_in_one_place_alone():
    sources = [p for room in ("engine", "webapp") for p in (ROOT / room).rglob("*.py")]
    writers = [
        p.name for p in sources
        if re.search(r"csv\.(Dict)?[wW]riter|openpyxl|xlsx|xlwt|odf\b", p.read_text())
    ]  # fmt: skip
    assert writers == ["tables.py"]


FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1",
            "\u00a0=1", "\u200b@x", "＝1", "|x", "\x00=1")  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a5_no_cell_of_a_table_is_a_formula(text):
    line = b"".join(csv_rows([[text, 'a";=b']])).decode("utf-8-sig")
    assert line.startswith("\"'")
    assert line.endswith(',"a"";=b"\r\n')
    assert line.count("\n") == 1


def test_a5_what_a_customer_wrote_is_exported_as_text(web, town):
    town.report(title="=HYPERLINK(1)")
    answer = web.login("agnes").get("/tickets/export.csv")
    assert '"\'=HYPERLINK(1)"' in answer.text
