"""Replies, notes and forwards land on the ticket; what is refused comes back as it was typed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.tickets import queries
from engine.work import SYSTEM


def last(web: Any, number: str) -> Any:
    """(channel, direction, visible, body, recipients, file names) of the last article."""

    def tell(work: Any, ticket: Any) -> tuple[Any, ...]:
        article = queries.articles(work.session, SYSTEM, ticket)[-1]
        names = [file.name for file in article.attachments]
        return (article.channel, article.direction, article.visible, article.body,
                article.recipients, names)  # fmt: skip

    return web.town.see(number, tell)


def test_a_reply_goes_to_the_customer_with_its_files(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").post(
        f"/tickets/{number}/reply",
        {"kind": "reply", "body": "Please restart it.", "cc": "max@example.org"},
        files=[("files", "C:\\fakepath\\how to.txt", b"press the button")],
    )
    said = last(web, number)
    assert said[:4] == ("email", "out", True, "Please restart it.")
    assert said[4] == ["clara@example.org", "max@example.org"]
    assert said[5] == ["how to.txt"]


def test_what_was_said_on_the_telephone_is_not_sent(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/reply", {"channel": "phone", "body": "Told her."})
    assert last(web, number)[:3] == ("phone", "out", True)


@pytest.mark.parametrize("path", ["note", "reply"])
def test_a_note_stays_inside(web: Any, path: str) -> None:
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/{path}", {"kind": "note", "body": "Ask Max."})
    assert last(web, number)[:4] == ("note", "internal", False, "Ask Max.")


@pytest.mark.parametrize(("article", "quoted"), [("all", True), ("", False)])
def test_a_forward_takes_the_conversation_along_but_nothing_internal(
    web: Any, article: str, quoted: bool
) -> None:
    number = web.town.report(body="First words")
    web.login("agnes").post(f"/tickets/{number}/note", {"kind": "note", "body": "Between us"})
    fields = {"kind": "forward", "address": "lab@example.net", "body": "Look", "article": article}
    web.post(f"/tickets/{number}/forward", fields)
    said = last(web, number)
    assert said[4] == ["lab@example.net"]
    assert ("> First words" in said[3]) is quoted
    assert "Between us" not in said[3]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "reply", "body": "  ", "cc": "kept@example.org"},
        {"kind": "reply", "body": "kept words", "cc": "no address"},
        {"kind": "reply", "body": "kept words", "to": "a b@example.org"},
        {"kind": "reply", "body": "kept words", "to": "<evil>@x"},
        {"kind": "forward", "body": "kept words", "address": "two@example.org, three@example.org"},
        {"kind": "note", "body": ""},
    ],
)
def test_what_is_refused_comes_back(web: Any, fields: dict[str, str]) -> None:
    number = web.town.report()
    before = last(web, number)
    page = web.login("agnes").post(f"/tickets/{number}/reply", fields, status=422)
    assert "error-summary" in page.text
    assert all(web_escaped(value) in page.text for value in fields.values() if value.strip())
    assert last(web, number) == before


def web_escaped(value: str) -> str:
    """A text as it stands in a page."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_a_draft_waits_for_its_author_alone_and_goes_with_the_reply(web: Any) -> None:
    number = web.town.report()
    key = f"/drafts/reply-{web.town.see(number, lambda w, t: t.id)}"
    draft = {"draft": '{"kind": ["reply"], "body": "half a sentence"}'}
    web.login("agnes").post(key, draft, status=200)
    assert "half a sentence" in web.get(f"/tickets/{number}").text
    assert "half a sentence" not in web.login("ada").get(f"/tickets/{number}").text
    web.login("agnes").post(f"/tickets/{number}/note", {"body": "Whole."})
    assert "half a sentence" not in web.get(f"/tickets/{number}").text


@pytest.mark.parametrize("draft", ["", "{", "[1]", '"' + "x" * 300_000 + '"', "[" * 100_000])
def test_a_draft_that_is_none_is_refused(web: Any, draft: str) -> None:
    web.login("agnes").post("/drafts/reply-1", {"draft": draft}, status=400)


def test_too_large_a_file_is_refused_and_the_words_stay(web: Any) -> None:
    number = web.town.report()
    size = web.town.desk.settings.max_upload_bytes + 1
    page = web.login("agnes").post(
        f"/tickets/{number}/note",
        {"body": "kept words"},
        status=422,
        files=[("files", "large.bin", b"x" * size)],
    )
    assert "kept words" in page.text


def test_purchasing_may_not_reply_for_the_service_desk(web: Any) -> None:
    number = web.town.report()
    web.login("bruno").post(f"/tickets/{number}/reply", {"body": "x"}, status=404)
    assert last(web, number)[1] == "in" or last(web, number)[0] != "note"


def test_the_box_offers_the_way_that_reaches_the_customer(web: Any) -> None:
    from engine.channels.inbound import Inbound
    from engine.commands.intake import deliver

    inbound = Inbound("sms", "sms:1", sender="+491605550001", subject="VPN", text="VPN drops")
    number = deliver(web.town.desk, inbound).ticket
    page = web.login("agnes").get(f"/tickets/{number}")
    assert '<option value="sms" selected>' in page.text
    assert '<option value="email" selected>' in web.get(f"/tickets/{web.town.report()}").text


def test_an_answer_given_by_telephone_is_the_customers(web: Any) -> None:
    number = web.town.report()
    assert 'value="answer"' in web.login("agnes").get(f"/tickets/{number}").text
    web.post(f"/tickets/{number}/reply", {"kind": "answer", "body": "It is the blue one."})
    assert last(web, number)[:4] == ("phone", "in", True, "It is the blue one.")
    assert "It is the blue one." in web.login("clara").get(f"/requests/{number}").text


def test_a_forward_takes_its_own_files_along(web: Any) -> None:
    number = web.town.report()
    fields = {"kind": "forward", "address": "lab@example.net", "body": "Look", "article": ""}
    files = [("files", "trace.txt", b"1 2 3")]
    web.login("agnes").post(f"/tickets/{number}/forward", fields, files=files)
    assert last(web, number)[5] == ["trace.txt"]
    assert 'name="files"' in web.get(f"/tickets/{number}").text


@pytest.mark.parametrize("sent", [[], [("files", "trace.txt", b"1 2 3")]])
def test_files_that_a_refused_reply_cannot_keep_are_named(web: Any, sent: list[Any]) -> None:
    number = web.town.report()
    fields = {"kind": "reply", "body": "Hello", "to": "no address"}
    page = web.login("agnes").post(f"/tickets/{number}/reply", fields, status=422, files=sent)
    assert ("Please choose your files again" in page.text) is bool(sent)
