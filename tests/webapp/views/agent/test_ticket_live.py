"""A ticket's page stays light however long the ticket is, and shows who else looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from engine.commands.articles import add_note, customer_answer
from engine.people.models import LoginSession
from engine.tickets.models import Article

MOST = 26  # statements of a whole page, with whoever asks found out


@contextmanager
def asked(web: Any) -> Iterator[list[str]]:
    """The statements that the desk sends meanwhile."""
    found: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.append(statement)

    pool = web.town.desk.database.pool
    event.listen(pool, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(pool, "before_cursor_execute", note)


def write(web: Any, number: str, count: int, *, visible: bool = False) -> list[int]:
    """That many messages; their ids."""

    def command(work: Any, ticket: Any) -> list[int]:
        rows = [
            Article(
                ticket_id=ticket.id, channel="note", direction="out" if visible else "internal",
                visible=visible, sender="Agnes Meier", body=f"message {n}.", created_at=work.now,
            )
            for n in range(count)
        ]  # fmt: skip
        work.session.add_all(rows)
        work.session.flush()
        return [row.id for row in rows]

    found: list[int] = web.town.do("agnes", number, command)
    return found


def shown(page: Any) -> list[str]:
    return re.findall(r"message \d+\.", page.text)


def test_a_page_asks_no_more_often_for_a_long_ticket(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").get(f"/tickets/{number}")
    with asked(web) as short:
        web.get(f"/tickets/{number}")
    write(web, number, 120)
    with asked(web) as long:
        web.get(f"/tickets/{number}")
    assert len(long) == len(short)
    assert len(short) <= MOST, "\n\n".join(short)


def test_a_poll_that_finds_nothing_reads_no_message(web: Any) -> None:
    number = web.town.report()
    path = f"/tickets/{number}/live"
    tag = web.login("agnes").get(path).headers["ETag"]
    with asked(web) as found:
        web.get(path, status=304, headers={"If-None-Match": tag})
    assert not [s for s in found if "article.body" in s or "html_digest" in s]
    assert len(found) <= 10, "\n\n".join(found)


def test_the_latest_are_shown_and_the_others_a_click_away(web: Any) -> None:
    number = web.town.report()
    write(web, number, 120)
    page = web.login("agnes").get(f"/tickets/{number}?language=en")
    assert shown(page) == [f"message {n}." for n in range(70, 120)]
    seen = shown(page)
    while found := re.search(r'data-earlier href="[^"]*?(/tickets/[^"]+)"', page.text):
        page = web.get(found.group(1))
        seen = shown(page) + seen
    assert seen == [f"message {n}." for n in range(120)]
    alone = web.get(f"/tickets/{number}/messages", headers={"X-Requested-With": "fetch"})
    assert "<html" not in alone.text
    assert shown(alone)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "\x00"])
def test_a_message_that_is_none_is_no_fault(web: Any, before: str) -> None:
    number = web.town.report()
    web.login("agnes").get(f"/tickets/{number}/messages", params={"before": before})
    web.get(f"/tickets/{number}/live", params={"since": before})
    web.login("clara").get(f"/requests/{number}/messages", params={"before": before})


def test_a_customer_reads_the_latest_and_then_the_earlier_ones(web: Any) -> None:
    number = web.town.report()
    write(web, number, 60, visible=True)
    write(web, number, 60)
    page = web.login("clara").get(f"/requests/{number}")
    assert shown(page) == [f"message {n}." for n in range(10, 60)]
    found = re.search(r'href="[^"]*?(/requests/\d+/messages\?before=\d+)"', page.text)
    assert found
    assert shown(web.get(found.group(1))) == [f"message {n}." for n in range(10)]
    web.login("sam").get(f"/requests/{number}/messages", status=404)


def test_a_customers_poll_that_finds_nothing_reads_no_message(web: Any) -> None:
    number = web.town.report()
    tag = web.login("clara").get(f"/requests/{number}/live").headers["ETag"]
    with asked(web) as found:
        web.get(f"/requests/{number}/live", status=304, headers={"If-None-Match": tag})
    assert not [s for s in found if "article.body" in s]
    web.town.do("agnes", number, lambda w, t: add_note(w, t, "inside") and None)
    write(web, number, 1, visible=True)
    assert "message 0." in web.get(f"/requests/{number}/live", headers={"If-None-Match": tag}).text


def test_one_poll_brings_what_has_changed_and_nothing_else(web: Any) -> None:
    number = web.town.report()
    path = f"/tickets/{number}/live"
    first = web.login("agnes").get(path)
    assert re.findall(r'data-live-part="(\w+)"', first.text) == [
        "head", "conversation", "now", "side", "here", "dialogs"
    ]  # fmt: skip
    tag = first.headers["ETag"]
    page = web.get(f"/tickets/{number}").text
    assert all(part in page for part in tag.strip('"').split("."))
    write(web, number, 1)
    fresher = web.get(path, headers={"If-None-Match": tag})
    assert re.findall(r'data-live-part="(\w+)"', fresher.text) == ["conversation"]


def test_the_dialogs_follow_what_happens_to_the_ticket(web: Any) -> None:
    """Closing says which steps are no longer needed: those of now, not those of an hour ago."""
    number = web.town.report()
    path = f"/tickets/{number}/live"
    tag = web.login("agnes").get(path).headers["ETag"]
    page = web.get(f"/tickets/{number}?language=en").html
    assert "Sort the fault" in page.select_one("[data-part=dialogs] #close").text
    triage = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    web.town.complete("agnes", number, "triage", triage)
    fresher = web.get(path, headers={"If-None-Match": tag}).html
    closing = fresher.select_one("[data-live-part=dialogs] #close").text
    assert "Solve the fault" in closing
    assert "Sort the fault" not in closing


def test_what_is_shown_stays_shown_while_messages_arrive(web: Any) -> None:
    number = web.town.report()
    ids = write(web, number, 60)
    page = web.login("agnes").get(f"/tickets/{number}/live?since={ids[10]}")
    assert shown(page) == [f"message {n}." for n in range(10, 60)]
    write(web, number, 5)
    page = web.get(f"/tickets/{number}/live?since={ids[10]}")
    assert shown(page)[:50] == [f"message {n}." for n in range(10, 60)]
    assert len(shown(page)) == 55


def test_colleagues_see_who_reads_and_who_writes_and_who_has_gone(web: Any) -> None:
    number = web.town.report()
    ticket = web.town.see(number, lambda w, t: t.id)
    web.login("ada").post(f"/tickets/{number}/here", status=200)
    live = f"/tickets/{number}/live?language=en"
    web.login("agnes")
    assert "Ada Vogt is reading" in web.get(live).text
    web.login("ada").post(f"/drafts/reply-{ticket}", {"draft": '{"body": "Hi"}'}, status=200)
    assert "Ada Vogt is" not in web.get(live).text
    web.login("agnes")
    assert "Ada Vogt is writing" in web.get(live).text
    web.town.desk.clock.move(minutes=2)
    assert "Ada Vogt is" not in web.get(live).text


def test_being_there_wakes_no_worker_and_a_reply_does(web: Any) -> None:
    number = web.town.report()
    web.login("agnes")
    woken: list[int] = []
    web.town.desk.poke = lambda: woken.append(1)
    web.post(f"/tickets/{number}/here", status=200)
    assert woken == []
    web.post(f"/tickets/{number}/reply", {"body": "We are on it."})
    assert woken == [1]


def test_being_there_is_said_only_where_one_may_read(web: Any) -> None:
    number = web.town.report()
    for name in ("olga", "clara"):
        web.login(name).post(f"/tickets/{number}/here", status=404)


def test_l7_an_open_page_keeps_no_session_alive(web: Any) -> None:
    number = web.town.report()
    web.login("agnes")

    def sessions(work: Any) -> list[Any]:
        rows = work.session.scalars(select(LoginSession))
        return [(row.digest, row.used_at, row.expires_at) for row in rows]

    before = web.town.desk.read(sessions)
    for _ in range(3):
        web.town.desk.clock.move(minutes=5)
        web.post(f"/tickets/{number}/here", status=200)
        web.get(f"/tickets/{number}/live")
        web.get("/today/live")
    assert web.town.desk.read(sessions) == before


def test_news_of_my_tickets_stand_on_today_until_i_have_been_there(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    other = web.town.report(title="Nobody's")
    web.login("agnes").post(f"/tickets/{number}/change", {"owner": "agnes@example.com"})
    web.post(f"/tickets/{number}/here", status=200)
    web.town.desk.clock.move(minutes=5)
    assert 'id="news"' not in web.get("/today").text
    web.town.do("clara", number, lambda w, t: customer_answer(w, t, "It is back") and None)
    news = web.get("/today").text.partition('id="news"')[2]
    assert number in news.partition("</section>")[0]
    assert other not in news.partition("</section>")[0]
    assert 'class="unread"' in web.get("/tickets").text
    web.town.desk.clock.move(seconds=5)
    web.post(f"/tickets/{number}/here", status=200)
    assert 'id="news"' not in web.get("/today").text
    assert 'class="unread"' not in web.get("/tickets").text
