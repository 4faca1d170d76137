"""The link at the foot of a notification ends mails of its kind, by itself and for one person."""

from __future__ import annotations

import email
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest

from engine.commands.articles import reply
from engine.commands.notice_choices import set_notice_rules
from engine.commands.notices import tell_agent, tell_customer
from engine.commands.passing_on import pass_on
from engine.commands.people import change_person, make_password_link
from engine.commands.tickets import change_ticket
from engine.notify.choices import choices_of, rules_of
from engine.notify.queries import remembered
from engine.notify.unsubscribe import token_for
from engine.outbox.drain import drain
from engine.outbox.handlers import handlers
from tests.town import Town

pytestmark = pytest.mark.both_databases

HEADER, POST = "List-Unsubscribe", "List-Unsubscribe-Post"


@pytest.fixture(autouse=True)
def safe(web: Any) -> None:
    """The desk has an address that is safe."""
    desk = web.town.desk
    desk.settings = replace(desk.settings, base_url="https://desk.example/x")


def posted(town: Town) -> list[EmailMessage]:
    """All mails that have left, the latest last."""
    pass_on(town.desk)
    drain(town.desk, handlers(make_password_link))
    paths = sorted(
        (town.desk.settings.home / "sent").glob("*.eml"), key=lambda p: p.stat().st_mtime_ns
    )
    found = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    return [one for one in found if isinstance(one, EmailMessage)]


def told(town: Town, kind: str, name: str = "agnes", **more: Any) -> EmailMessage:
    """The mail that somebody gets of this kind."""
    number = town.report(queue="Network", type="question")
    mine = {"responsible": f"{name}@example.com"}  # else it is news from a queue, and bundled
    town.do("ada", number, lambda w, t: change_ticket(w, t, mine) and None)
    known = {one["Message-ID"] for one in posted(town)}
    town.do("ada", number, lambda w, t: tell_agent(w, t, town.person(w, name), kind, **more))
    address = town.desk.read(lambda w: town.person(w, name).email)
    (mail,) = [
        one for one in posted(town) if one["Message-ID"] not in known and address in one["To"]
    ]
    return mail


def link(mail: EmailMessage) -> str:
    """Where the mail program would ask, below the desk's address."""
    return str(mail[HEADER]).strip("<>").removeprefix("https://desk.example/x")


def how(town: Town, name: str = "agnes") -> dict[str, str]:
    def read(work: Any) -> dict[str, str]:
        choices = choices_of(rules_of(None), remembered(work.session, town.person(work, name).id))
        return {group: choice.how for group, choice in choices.groups.items()}

    return town.desk.read(read)


def test_a_click_in_the_mail_program_ends_mails_of_that_kind_and_no_other(web: Any) -> None:
    mail = told(web.town, "assigned")
    assert mail[POST] == "List-Unsubscribe=One-Click"
    body = mail.get_content()
    assert "no login needed" in body
    assert link(mail) in body
    before = how(web.town)
    assert before["assigned"] == "at_once"
    for _ in range(2):  # again does no more
        web.app.post(link(mail), {"List-Unsubscribe": "One-Click"}, status=200)
        assert how(web.town) == before | {"assigned": "browser"}
    assert how(web.town, "ada") == before
    number = web.town.report(queue="Network", type="question")
    count = len(posted(web.town))
    web.town.do(
        "ada", number, lambda w, t: tell_agent(w, t, web.town.person(w, "agnes"), "assigned")
    )
    assert len(posted(web.town)) == count
    assert number in web.login("agnes").get("/notifications").text


def test_following_the_link_changes_nothing_until_the_button_is_pressed(web: Any) -> None:
    path, before = link(told(web.town, "note_added")), how(web.town)
    page = web.get(f"{path}?language=de")
    assert "Keine E-Mails mehr dazu?" in page.text
    assert how(web.town) == before
    done = page.forms[0].submit()
    assert "beendet" in done.text
    changed = {group for group, one in how(web.town).items() if one != before[group]}
    assert len(changed) == 1
    assert "beendet" in web.app.post(path).text


def test_what_nobody_may_do_without_has_no_way_out(web: Any) -> None:
    for mail in (told(web.town, "clock_breached"), told(web.town, "note_added", urgent=True)):
        assert mail[HEADER] is None
        assert "/unsubscribe/" not in mail.get_content()
    ada = web.town.actor("ada")
    rules = {"groups": {one: {"how": "at_once"} for one in how(web.town)}, "window": 5}
    path = link(told(web.town, "assigned"))
    kept = rules | {"kept": ["assigned"]}
    web.town.desk.run(lambda w: set_notice_rules(w, kept), ada)
    assert "can do without" in web.get(f"{path}?language=en").text
    web.app.post(path, status=200)
    assert how(web.town)["assigned"] == "at_once"


def test_what_the_desk_has_not_signed_is_nothing(web: Any) -> None:
    path, before = link(told(web.town, "assigned")), how(web.town)
    head, _, token = path.rpartition("/")
    person, groups, signature = token.split(".")
    other = "1" if signature[0] != "1" else "2"
    secret = web.town.desk.settings.secret
    for odd in (
        f"{person}.{groups}.{other}{signature[1:]}",
        f"{int(person) + 1}.{groups}.{signature}",
        f"{person}.queue.{signature}",
        f"{person}.{groups}",
        f"{person}.{groups}.{signature}0",
        f"0{person}.{groups}.{signature}",
        token_for("another secret", int(person), [groups]),
        token_for(secret, 99999, [groups]),
        "'; DROP TABLE person; --",
        "%00",
        "x" * 2000,
    ):
        web.get(f"{head}/{odd}", status=404)
        web.app.post(f"{head}/{odd}", status=404)
    assert how(web.town) == before
    town = web.town
    town.desk.run(
        lambda w: change_person(w, town.person(w, "agnes"), {"active": False}), town.actor("ada")
    )
    web.app.post(path, status=404)


def test_who_asks_too_often_waits(web: Any) -> None:
    path = link(told(web.town, "assigned"))
    web.town.desk.settings = replace(web.town.desk.settings, limit_search=3)
    assert [web.app.post(path, status="*").status_int for _ in range(4)] == [200, 200, 200, 429]


def test_what_is_written_to_customers_has_no_way_out(web: Any) -> None:
    town, number = web.town, web.town.report(queue="Network", type="question")
    town.do("agnes", number, lambda w, t: reply(w, t, "We are on it.") and None)
    town.do("agnes", number, lambda w, t: tell_customer(w, t, "closed") and None)
    mails = [one for one in posted(town) if "clara@example.org" in one["To"]]
    assert len(mails) >= 2
    for mail in mails:
        assert (mail[HEADER], mail[POST]) == (None, None)
        assert "/unsubscribe/" not in mail.get_content()


def test_without_a_safe_address_nothing_is_promised_with_one_click(web: Any) -> None:
    desk = web.town.desk
    desk.settings = replace(desk.settings, base_url="http://desk.example")
    mail = told(web.town, "assigned")
    assert mail[POST] is None
    assert str(mail[HEADER]).startswith("<http://desk.example/unsubscribe/")
