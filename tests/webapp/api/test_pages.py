"""Lists of the API come in pages that follow each other, and cost the same for many as for few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

pytestmark = pytest.mark.both_databases


def walked(api: Any, by: str, path: str, key: str = "id") -> list[Any]:
    """Everything on all pages of a list, as the addresses lead on."""
    found = []
    following: str | None = path
    while following:
        page = api.get(by, following.removeprefix("/api/v1"))
        assert page["items"] or following == path
        found += [row[key] for row in page["items"]]
        following = page["next"]
    return found


@contextmanager
def statements(api: Any) -> Iterator[list[str]]:
    """The statements that the desk's database gets meanwhile."""
    seen: list[str] = []

    def hear(conn: Any, cursor: Any, statement: str, *more: Any) -> None:
        seen.append(statement)

    event.listen(api.town.desk.database.pool, "before_cursor_execute", hear)
    yield seen
    event.remove(api.town.desk.database.pool, "before_cursor_execute", hear)


def test_tickets_follow_each_other(api: Any) -> None:
    numbers = [api.town.report(title=f"Printer {n}") for n in range(3)]
    assert walked(api, "clara", "/tickets?limit=2", "number") == numbers[::-1]


def due_in(api: Any, number: str, hours: int | None) -> None:
    """Say when the nearest clock of a ticket is over, or that it has none."""
    from datetime import timedelta

    def command(work: Any, ticket: Any) -> None:
        ticket.due_at = work.now + timedelta(hours=hours) if hours else None

    api.town.do("ada", number, command)


@pytest.mark.parametrize("scope", ["mine", "unclaimed"])
def test_tasks_follow_each_other_the_soonest_due_first(api: Any, scope: str) -> None:
    for hours in (3, 1, None, 3, None):
        due_in(api, api.town.report(), hours)
    whole = [item["id"] for item in api.get("agnes", "/tasks?scope=unclaimed")["items"]]
    due = [item["due_at"] for item in api.get("agnes", "/tasks?scope=unclaimed")["items"]]
    assert len(whole) == 5
    assert due == [*sorted(one for one in due if one), None, None]
    for item in whole if scope == "mine" else ():
        api.post("agnes", f"/tasks/{item}/claim", status=200)
    assert walked(api, "agnes", f"/tasks?scope={scope}&limit=1") == whole
    assert walked(api, "agnes", f"/tasks?scope={scope}&limit=3") == whole


def test_a_place_that_is_none_is_refused(api: Any) -> None:
    assert api.get("agnes", "/tasks?after=7", status=400)["fields"] == {"after": "unknown"}


def test_my_tasks_are_asked_for_by_queue(api: Any) -> None:
    api.town.report()
    item = api.get("agnes", "/tasks?scope=unclaimed")["items"][0]["id"]
    api.post("agnes", f"/tasks/{item}/claim", status=200)
    assert walked(api, "agnes", "/tasks?queue=Network") == [item]
    assert walked(api, "agnes", "/tasks?queue=HR") == []
    assert walked(api, "agnes", "/tasks?queue=Net%25") == []
    assert api.get("clara", "/tasks?queue=HR", status=400)["fields"] == {"queue": "unknown"}


def test_articles_and_history_follow_each_other(api: Any) -> None:
    number = api.town.report()
    for text in ("one", "two", "three"):
        api.post("agnes", f"/tickets/{number}/articles", {"kind": "note", "body": text})
    bodies = walked(api, "agnes", f"/tickets/{number}/articles?limit=1", "body")
    assert [body for body in bodies if body in ("one", "two", "three")] == ["one", "two", "three"]
    outside = walked(api, "clara", f"/tickets/{number}/articles?limit=1", "body")
    assert not {"one", "two", "three"} & set(outside)
    entries = walked(api, "agnes", f"/tickets/{number}/history?limit=3")
    assert entries == sorted(set(entries), reverse=True)
    assert entries == walked(api, "agnes", f"/tickets/{number}/history?limit=200")


def test_the_faq_follows_itself(api: Any) -> None:
    for title in ("a", "b", "c"):
        body = {"title": title, "solution": "x", "language": "en", "audience": "public"}
        api.post("agnes", "/faq", body)
    assert walked(api, "clara", "/faq?limit=1", "title") == ["c", "b", "a"]


@pytest.mark.parametrize(
    "path", ["/me", "/offers", "/faq", "/tickets", "/tasks", "/tickets/{}", "/tickets/{}/articles",
             "/tickets/{}/history"],
)  # fmt: skip
def test_a_parameter_that_nobody_knows_is_refused(api: Any, path: str) -> None:
    path = path.format(api.town.report())
    assert api.get("agnes", f"{path}?nonsense=1", status=400)["fields"] == {"nonsense": "unknown"}


@pytest.mark.parametrize(
    "path", ["/tickets?limit={}", "/tasks?scope=unclaimed&limit={}", "/faq?limit={}"]
)
@pytest.mark.parametrize("by", ["agnes", "clara"])
def test_a_long_list_asks_no_more_often_than_a_short_one(api: Any, path: str, by: str) -> None:
    from engine.commands.tickets import change_ticket

    owners = ("agnes@example.com", "ada@example.com")
    for place in range(4):
        number = api.town.report("clara", title=f"Printer {place}", tags=[f"tag{place}"])
        wanted = {
            "owner": owners[place % 2],
            "responsible": owners[1 - place % 2],
            "service": ("Workplace", "E-mail")[place % 2],
            "priority": 1 + place,
        }
        api.town.do("ada", number, lambda w, t, wanted=wanted: change_ticket(w, t, wanted))
        body = {"title": f"{place}", "solution": "x", "language": "en", "audience": "public"}
        api.post("agnes", "/faq", body)
    api.get(by, path.format(1))
    counts = []
    for limit in (1, 4):
        with statements(api) as seen:
            api.get(by, path.format(limit))
        counts.append(len(seen))
    assert counts[0] == counts[1]
