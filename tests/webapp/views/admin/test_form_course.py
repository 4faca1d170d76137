"""Every form with which admins change a row takes the same course, whoever else is at it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.catalogue.models import CustomField, Queue
from engine.commands import own_fields
from engine.commands import webhooks as hooks
from engine.outbox.webhook_models import Webhook
from engine.people.models import Organisation, Person

FORMS = {  # what it is, a field of it, and one with a value that is refused
    "organisation": (Organisation, "name", ("name", "")),
    "webhook": (Webhook, "description", ("url", "ftp://x")),
    "own field": (CustomField, "title_en", ("title_de", "")),
    "queue": (Queue, "signature", ("name", "")),
    "person": (Person, "phone", ("name", "")),
}


@pytest.fixture
def address(web: Any, request: pytest.FixtureRequest) -> str:
    """Where the form of one row of this kind is."""
    kind = FORMS[request.param][0]

    def make(work: Any) -> str:
        if kind is Webhook:
            hooks.create_webhook(work, {"name": "erp", "url": "https://hooks.example.com/"})
        if kind is CustomField:
            title = {"de": "Gebäude", "en": "Building"}
            own_fields.create_field(work, {"name": "building", "kind": "text", "title": title,
                                           "choices": [], "active": True})  # fmt: skip
        row: Any = work.session.scalars(select(kind).limit(1)).one()
        place = {
            Organisation: "organisations", Webhook: "webhooks", CustomField: "structure/fields",
            Queue: "structure/queues", Person: "people",
        }[kind]  # fmt: skip
        return f"/{place}/{row.name if kind is CustomField else row.id}"

    made: str = web.town.desk.run(make, web.town.actor("ada"))
    return made


def form_of(page: Any) -> Any:
    return next(form for form in page.forms.values() if "seen" in form.fields)


@pytest.mark.parametrize(("address", "name"), [(n, n) for n in FORMS], indirect=["address"])
def test_nobody_overwrites_unseen_and_nothing_typed_is_lost(
    web: Any, address: str, name: str
) -> None:
    _, field, (wrong_field, wrong) = FORMS[name]
    web.login("ada")
    mine, theirs = form_of(web.get(address)), form_of(web.get(address))
    theirs[field] = "Theirs 4711"
    assert theirs.submit(status=303)
    mine[field] = "Mine 4712"
    both = mine.submit(status=409)
    assert form_of(both)[field].value == "Mine 4712"
    assert "Theirs 4711" in both
    assert form_of(web.get(address))[field].value == "Theirs 4711"
    again = form_of(both)
    again[wrong_field] = wrong
    refused = again.submit(status="*")
    assert refused.status_int in (200, 400, 409, 422)
    assert form_of(refused)[wrong_field].value == wrong
    if field != wrong_field:
        assert form_of(refused)[field].value == "Mine 4712"
    assert form_of(web.get(address))[field].value == "Theirs 4711"
    last = form_of(web.get(address))
    last[field] = "Mine 4712"
    last.submit(status=303)
    assert form_of(web.get(address))[field].value == "Mine 4712"


WRONG = {
    "/organisations/new": (
        {"name": "", "domain": "no domain"}, {"Name", "Mail domain"}
    ),
    "/structure/queues/new": (
        {"name": "", "parent": "x", "process": "x", "sla": "x", "email": "x", "follow_up": "x",
         "unlock": "x"},
        {"Name", "Below", "Group", "Process", "SLA", "Address",
         "An answer after the ticket has ended", "Steps that nobody touches"},
    ),
    "/people/new": (
        {"login": "a b@example.org", "name": "", "language": "x", "organisation": "x",
         "manager": "x", "phone": "1" * 41},
        {"Name", "E-mail address", "Language", "Organisation", "Manager", "Phone", "Roles"},
    ),
    "/structure/new-field": (
        {"name": "A b", "kind": "choice", "title_de": "", "title_en": ""},
        {"Name", "Title in German", "Title in English", "Choices"},
    ),
    "/webhooks/new": (
        {"name": "A b", "url": "x", "timeout": "x", "headers": "x", "template": "{"},
        {"Name", "Address", "Seconds to wait", "Headers", "Body"},
    ),
    "/structure/groups/new": ({"name": ""}, {"Name"}),
}  # fmt: skip


def test_what_is_wrong_is_listed_by_the_names_of_the_fields_and_leads_there(web: Any) -> None:
    web.login("ada")
    for path, (fields, names) in WRONG.items():
        page = web.post(f"{path}?language=en", fields, status=422).html
        links = page.select(".error-summary li a")
        assert {link.text.partition(": ")[0] for link in links} == names
        for link in links:
            assert page.select_one(link["href"]) is not None
    page = web.post("/structure/queues/new?language=en", {"unlock": "x"}, status=422).html
    assert "whole minutes" in page.select_one(".error-summary").text
