"""A request with an Idempotency-Key may be sent again: it does what it does only once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

pytestmark = pytest.mark.both_databases

REPORT = {"title": "VPN drops", "body": "Every hour.", "type": "incident"}


def mails(api: Any) -> int:
    """How many mails wait in the outbox."""
    from engine.outbox.models import OutboxRow

    query = select(func.count(OutboxRow.id)).where(OutboxRow.topic == "mail")
    return int(api.town.desk.read(lambda w: w.session.scalar(query)))


def test_the_same_key_makes_one_ticket(api: Any) -> None:
    key = {"Idempotency-Key": "order-17"}
    first = api.ask("POST", "clara", "/tickets", REPORT, 201, key)
    second = api.ask("POST", "clara", "/tickets", REPORT, 200, key)
    assert first.json["number"] == second.json["number"]
    assert first.headers["Location"].endswith(f"/api/v1/tickets/{first.json['number']}")
    other = api.ask("POST", "clara", "/tickets", {**REPORT, "title": "Other"}, 409, key)
    assert other.json["status"] == 409
    somebody_else = api.ask("POST", "sam", "/tickets", REPORT, 201, key)
    assert somebody_else.json["number"] != first.json["number"]


def test_a_key_whose_request_failed_can_be_used_again(api: Any) -> None:
    key = {"Idempotency-Key": "order-18"}
    api.ask("POST", "clara", "/tickets", {**REPORT, "offer": "no-such"}, 404, key)
    assert api.ask("POST", "clara", "/tickets", REPORT, 201, key).json["number"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("articles", {"kind": "reply", "body": "Please restart it."}),
        ("forward", {"address": "maker@example.com", "body": "Is this known?"}),
    ],
)
def test_the_same_key_sends_one_mail(api: Any, verb: str, body: dict[str, str]) -> None:
    path = f"/tickets/{api.town.report()}/{verb}"
    elsewhere = f"/tickets/{api.town.report(title='Another')}/{verb}"
    before = mails(api)
    key = {"Idempotency-Key": "reply-1"}
    first = api.ask("POST", "agnes", path, body, 201, key)
    assert api.ask("POST", "agnes", path, body, 200, key).json == first.json
    assert mails(api) == before + 1
    api.ask("POST", "agnes", path, {**body, "body": "Something else."}, 409, key)
    api.ask("POST", "agnes", elsewhere, body, 409, key)
    assert mails(api) == before + 1


def test_what_was_made_is_shown_again_only_to_who_may_still_see_it(api: Any) -> None:
    number = api.town.report()
    key = {"Idempotency-Key": "reply-2"}
    body = {"kind": "note", "body": "Moved on."}
    api.ask("POST", "agnes", f"/tickets/{number}/articles", body, 201, key)
    api.town.do("ada", number, _to_hr)
    api.ask("POST", "agnes", f"/tickets/{number}/articles", body, 404, key)


def _to_hr(work: Any, ticket: Any) -> None:
    from engine.commands.tickets import change_ticket

    change_ticket(work, ticket, {"queue": "HR", "owner": ""})


def test_a_step_is_finished_once_for_a_key(api: Any) -> None:
    api.town.report()
    item = api.get("agnes", "/tasks?scope=unclaimed")["items"][0]["id"]
    answers = {"impact": "person", "queue": "Network", "priority": "3 normal"}
    key = {"Idempotency-Key": "task-1"}
    for _ in range(2):
        path, body = f"/tasks/{item}/complete", {"answers": answers}
        assert api.ask("POST", "agnes", path, body, 200, key).json["status"] == "done"


def test_an_item_of_the_faq_is_written_once_for_a_key(api: Any) -> None:
    body = {"title": "Printer", "solution": "Turn it on.", "language": "en", "audience": "public"}
    key = {"Idempotency-Key": "faq-1"}
    first = api.ask("POST", "agnes", "/faq", body, 201, key).json
    assert api.ask("POST", "agnes", "/faq", body, 200, key).json == first
    assert len(api.get("agnes", "/faq")["items"]) == 1


def test_a_key_that_would_protect_from_nothing_is_refused(api: Any) -> None:
    number = api.town.report()
    item = api.get("agnes", "/tasks?scope=unclaimed")["items"][0]["id"]
    key = {"Idempotency-Key": "x"}
    refused = api.ask("POST", "agnes", f"/tasks/{item}/claim", None, 400, key)
    assert refused.json["fields"] == {"Idempotency-Key": "unknown"}
    assert api.get("agnes", f"/tasks/{item}")["person"] is None
    change = {"version": 1, "title": "y"}
    api.ask("PATCH", "agnes", f"/tickets/{number}", change, 400, key)
    assert api.ask("GET", "agnes", "/me", None, 200, key).json["login"]


def test_a_key_is_forgotten_after_a_month(api: Any, clock: Any) -> None:
    from engine.housekeeping import tidy

    key = {"Idempotency-Key": "order-19"}
    first = api.ask("POST", "clara", "/tickets", REPORT, 201, key).json
    clock.move(days=29)
    tidy(api.town.desk)
    assert api.ask("POST", "clara", "/tickets", REPORT, 200, key).json["number"] == first["number"]
    clock.move(days=2)
    tidy(api.town.desk)
    assert api.ask("POST", "clara", "/tickets", REPORT, 201, key).json["number"] != first["number"]
