"""Registering and forgotten passwords: one answer for everybody, links that work once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine.commands.people import make_password_link
from engine.outbox.models import OutboxRow
from engine.people.models import Person

FRESH = "a sentence to remember"


def link(web, name: str = "clara") -> str:
    return web.town.desk.run(lambda w: make_password_link(w, web.town.person(w, name)))


def mails(web) -> int:
    query = select(OutboxRow).where(OutboxRow.topic == "link")
    return web.town.desk.read(lambda w: len(w.session.scalars(query).all()))


def test_a_new_customer_gets_a_link_and_the_role_of_a_customer_only(web) -> None:
    fields = {"name": "Nora New", "email": "Nora@Example.org", "roles": "admin", "vip": "1"}
    answer = web.post("/register", fields)
    assert "sent" in web.get(answer.location).request.url
    query = select(Person).where(Person.login == "nora@example.org")
    roles = web.town.desk.read(lambda w: set(w.session.scalar(query).roles))
    assert (roles, mails(web)) == ({"customer"}, 1)


def test_register_and_forgot_answer_the_same_for_known_and_unknown(web) -> None:
    answers = {
        (
            web.post("/register", {"name": "X", "email": email}).location,
            web.post("/forgot", {"email": email}).location,
        )
        for email in ("clara@example.org", "nobody@example.org", "agnes@example.com")
    }
    assert len(answers) == 1


def test_links_are_not_sent_without_end(web) -> None:
    for _ in range(6):
        web.post("/forgot", {"email": "clara@example.org"})
    assert mails(web) == 3


def test_what_is_no_address_is_said_beside_the_field(web) -> None:
    page = web.post("/register", {"name": "N<b>", "email": "no address"}, status=422)
    assert "complete e-mail address" in page
    assert "N&lt;b&gt;" in page
    assert mails(web) == 0


def test_a_link_sets_the_password_once_and_ends_all_sessions(web) -> None:
    web.login("clara")
    token = link(web)
    web.post(f"/password/{token}", {"password": FRESH, "again": FRESH})
    web.get("/requests", status=303)
    web.post(f"/password/{token}", {"password": FRESH, "again": FRESH}, status=404)
    web.logout().post("/login", {"login": "clara@example.org", "password": FRESH})
    assert web.get("/requests").status_int == 200


def test_spent_old_and_invented_links_answer_alike(web) -> None:
    token = link(web)
    old = web.town.desk.clock() + timedelta(hours=25)
    web.town.desk.clock = lambda: old
    pages = {
        web.post(f"/password/{each}", {"password": FRESH, "again": FRESH}, status=404).text.replace(
            web.csrf(), ""
        )
        for each in (token, "invented", "%25", "x" * 300)
    }
    assert len(pages) == 1


def test_a_link_that_does_not_work_says_so_before_a_password_is_thought_up(web) -> None:
    token = link(web)
    assert "Set the password" in web.get(f"/password/{token}")
    web.post(f"/password/{token}", {"password": FRESH, "again": FRESH})
    assert "Your password is set." in web.get("/login")
    pages = {
        web.get(f"/password/{each}", status=404).text.replace(web.csrf(), "")
        for each in (token, "invented", "x" * 300)
    }
    assert len(pages) == 1
    assert "This link does not work any more" in pages.pop()


def test_short_and_differing_passwords_are_refused_and_the_link_stays_good(web) -> None:
    token = link(web)
    web.post(f"/password/{token}", {"password": "short", "again": "short"}, status=422)
    web.post(f"/password/{token}", {"password": FRESH, "again": FRESH + "x"}, status=422)
    web.post(f"/password/{token}", {"password": "x" * 2000, "again": "x" * 2000}, status=400)
    answer = web.post(f"/password/{token}", {"password": FRESH, "again": FRESH})
    assert answer.location.endswith("/login")
