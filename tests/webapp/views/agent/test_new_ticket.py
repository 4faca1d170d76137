"""What is told on the telephone becomes a ticket; nothing typed is lost on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.tickets.models import Ticket

GOOD = {"title": "Screen is black", "body": "Since noon.", "queue": "Service Desk"}


def newest(web: Any) -> Any:
    """(title, channel, customer's name, queue) of the last ticket, or None."""
    from sqlalchemy import select

    def tell(work: Any) -> Any:
        ticket = work.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
        if ticket is None:
            return None
        return ticket.title, ticket.channel, ticket.customer.name, ticket.queue.name

    return web.town.desk.read(tell)


def test_a_known_caller(web: Any) -> None:
    clara = web.town.desk.read(lambda w: web.town.person(w, "clara").id)
    answer = web.login("agnes").post("/tickets/new", GOOD | {"customer": clara, "channel": "phone"})
    assert newest(web)[:3] == ("Screen is black", "phone", "Clara Huber")
    assert "opened" in web.get(answer.location.removeprefix("http://localhost")).text


def test_a_new_caller_and_a_known_address(web: Any) -> None:
    web.login("agnes").post("/tickets/new", GOOD | {"name": "Nora New", "phone": "+49 30 1"})
    assert newest(web)[2] == "Nora New"
    web.post("/tickets/new", GOOD | {"name": "C. H.", "email": "clara@example.org"})
    assert newest(web)[2] == "Clara Huber"


def test_a_caller_who_rings_again_is_the_same_person(web: Any) -> None:
    from sqlalchemy import func, select

    from engine.people.models import Person

    web.login("agnes")
    for typed in ("0711 1234567", "0711 1234567", "+49 711 1234567", "0049711/1234567"):
        web.post("/tickets/new", GOOD | {"name": "Nora New", "phone": typed})
    nora = select(func.count(Person.id)).where(Person.name == "Nora New")
    assert web.town.desk.read(lambda w: w.session.scalar(nora)) == 1
    web.post("/tickets/new", GOOD | {"name": "Clara", "phone": "0170 123 45 67"})
    assert newest(web)[2] == "Clara Huber"


def test_what_was_typed_outlives_a_deactivated_caller(web: Any) -> None:
    def put_away(work: Any) -> None:
        web.town.person(work, "clara").active = False

    web.town.desk.run(put_away)
    fields = GOOD | {"name": "Clara H.", "email": "clara@example.org"}
    page = web.login("agnes").post("/tickets/new", fields, status=422)
    for value in ("This caller has been deactivated.", "Since noon.", "Clara H."):
        assert value in page.text
    assert newest(web) is None


def test_an_offer_brings_its_queue_and_process(web: Any) -> None:
    clara = web.town.desk.read(lambda w: web.town.person(w, "clara").id)
    fields = GOOD | {"queue": "", "offer": "report_fault", "customer": clara}
    web.login("agnes").post("/tickets/new", fields)
    assert newest(web)[0] == "Screen is black"


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"body": ""},
        {"queue": ""},
        {"name": ""},
        {"email": "nobody", "phone": ""},
        {"customer": "Somebody typed"},
        {"customer": "999999"},
    ],
)
def test_what_is_missing_is_said_and_the_rest_stays(web: Any, change: dict[str, str]) -> None:
    fields = GOOD | {"name": "Nora <New>", "phone": "+49 30 1"} | change
    page = web.login("agnes").post("/tickets/new", fields, status=422)
    assert "error-summary" in page.text
    for value in fields.values():
        if value.strip() and value != "999999":
            assert value.replace("<", "&lt;").replace(">", "&gt;") in page.text
    assert newest(web) is None


def test_a_foreign_queue_takes_nothing(web: Any) -> None:
    fields = GOOD | {"name": "Nora", "phone": "1", "queue": "HR"}
    page = web.login("agnes").post("/tickets/new", fields, status=403)
    assert "Since noon." in page.text
    assert newest(web) is None


def test_callers_are_found_by_name_number_and_company(web: Any) -> None:
    web.login("agnes")
    for asked in ("clara", "0170 1234567", "Example"):
        labels = [one["label"] for one in web.get("/options/people", params={"q": asked}).json]
        assert "Clara Huber" in labels
    assert web.get("/options/people?q=").json == []
    assert web.get("/options/agents?q=bru").json[0]["value"] == "bruno@example.com"
    assert web.get("/options/queues?q=vpn").json[0]["value"] == "Network::VPN"


@pytest.mark.parametrize("name", ["people", "agents", "queues"])
def test_customers_are_told_nothing(web: Any, name: str) -> None:
    web.login("clara").get(f"/options/{name}?q=a", status=404)


def test_the_faq_answers_while_one_types(web: Any) -> None:
    page = web.login("agnes").get("/tickets/suggest?q=%3Cscript%3E")
    assert "<script>" not in page.text


def test_files_that_a_refused_form_cannot_keep_are_named(web: Any) -> None:
    files = [("files", "trace.txt", b"1 2 3")]
    page = web.login("agnes").post("/tickets/new", {"title": "x"}, status=422, files=files)
    assert "Please choose your files again" in page.text


def test_a_draft_of_the_form_is_there_again_until_it_is_sent(web: Any) -> None:
    """Also who called, which the list shows by name."""
    clara = web.town.desk.read(lambda w: web.town.person(w, "clara").id)
    typed = {"customer": str(clara), "customer shown": "Clara Huber", "body": "It smokes, and"}
    headers = {"X-Requested-With": "fetch"}
    web.login("agnes").post(
        "/drafts/new-ticket", {"draft": json.dumps(typed)}, 200, headers=headers
    )
    page = web.get("/tickets/new")
    assert "It smokes, and" in page.text
    assert f'name="customer" value="{clara}"' in page.text
    assert 'data-shown="Clara Huber"' in page.text
    assert 'data-draft-at="' in page.text
    assert "It smokes, and" not in web.login("ada").get("/tickets/new").text
    web.login("agnes")
    answer = web.post("/tickets/new", GOOD | {"customer": clara, "draft_key": "new-ticket"})
    assert 'data-accepted="new-ticket"' in web.get(answer.location.removeprefix("http://localhost"))
    assert "It smokes, and" not in web.get("/tickets/new").text
