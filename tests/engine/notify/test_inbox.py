"""Of what somebody was told only what they may still read is shown and counted, by ticket."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.notices import tell_agent
from engine.commands.notifications import read_about, read_all, read_some
from engine.commands.visits import visit
from engine.errors import NotAllowed
from engine.notify.inbox import inbox, unread
from engine.notify.models import Notification
from engine.notify.write import tell
from engine.people.models import Membership
from engine.work import SYSTEM, Work
from tests.town import Town


@pytest.fixture(autouse=True)
def _nothing_yet(town: Town) -> None:
    """What the town's beginnings have told is read."""
    town.desk.run(lambda work: [setattr(row, "read_at", work.now)
                                for row in work.session.scalars(select(Notification))])  # fmt: skip


def told(town: Town, name: str, *kinds: str, title: str = "VPN drops") -> str:
    """A ticket of the network about which somebody is told."""
    number = town.report(queue="Network", title=title)

    def quiet(work: Work, ticket: Any) -> None:
        for row in work.session.scalars(select(Notification).where(Notification.read_at.is_(None))):
            if row.ticket_id == ticket.id:
                row.read_at = work.now
        for kind in kinds:
            tell_agent(work, ticket, town.person(work, name), kind)

    town.do("ada", number, quiet)
    return number


def count(town: Town, name: str) -> int:
    return town.desk.read(lambda work: unread(work.session, town.actor(name)).count)


def shown(town: Town, name: str, **asked: Any) -> tuple[list[Any], list[Any]]:
    def look(work: Work) -> Any:
        page = inbox(work.session, town.actor(name), **asked)
        return [[(one.ticket and one.ticket.title, one.place, [row.kind for row in one.rows])
                 for one in threads] for threads in (page.unread, page.read)]  # fmt: skip

    fresh, old = town.desk.read(look)
    return fresh, old


def test_many_events_of_one_ticket_are_one_row_with_the_latest_first(town: Town) -> None:
    told(town, "agnes", "assigned", "note_added", "customer_wrote")
    told(town, "agnes", "new_ticket", title="Printer")
    assert count(town, "agnes") == 2
    fresh, _ = shown(town, "agnes")
    assert fresh == [
        ("Printer", "tickets", ["new_ticket"]),
        ("VPN drops", "tickets", ["customer_wrote", "note_added", "assigned"]),
    ]


def test_what_one_may_not_read_any_more_is_neither_shown_nor_counted(town: Town) -> None:
    told(town, "agnes", "assigned")
    assert count(town, "agnes") == 1

    def leave(work: Work) -> None:
        agnes = town.person(work, "agnes")
        for row in work.session.scalars(select(Membership).where(Membership.person_id == agnes.id)):
            work.session.delete(row)

    town.desk.run(leave)
    assert count(town, "agnes") == 0
    assert shown(town, "agnes")[0] == []


def test_what_is_about_no_ticket_counts_for_itself(town: Town) -> None:
    def letters(work: Work) -> None:
        for _ in range(2):
            tell(work, town.person(work, "olga"), "rules_failed", page="rules/review-changes")

    town.desk.run(letters)
    assert count(town, "olga") == 2
    assert shown(town, "olga")[0] == [(None, "", ["rules_failed"])] * 2


def test_one_reads_only_what_is_ones_own(town: Town) -> None:
    told(town, "agnes", "assigned")
    ids = town.desk.read(lambda work: list(work.session.scalars(select(Notification.id))))
    assert town.desk.run(lambda work: read_some(work, ids), town.actor("bruno")) == 0
    assert town.desk.run(lambda work: read_all(work, max(ids)), town.actor("bruno")) == 0
    assert count(town, "agnes") == 1
    assert town.desk.run(lambda work: read_some(work, ids), town.actor("agnes")) == 1
    assert town.desk.run(lambda work: read_some(work, ids), town.actor("agnes")) == 0
    assert count(town, "agnes") == 0
    with pytest.raises(NotAllowed):
        town.desk.run(lambda work: read_all(work, 1), SYSTEM)


def test_what_came_while_one_looked_stays_unread(town: Town) -> None:
    told(town, "agnes", "assigned")
    seen = town.desk.read(lambda work: inbox(work.session, town.actor("agnes")).newest)
    told(town, "agnes", "new_ticket", title="Printer")
    town.desk.run(lambda work: read_all(work, seen), town.actor("agnes"))
    fresh, old = shown(town, "agnes")
    assert [row[0] for row in fresh] == ["Printer"]
    assert ("VPN drops", "tickets", ["assigned"]) in old


def test_looking_at_a_ticket_reads_what_is_about_it_and_nothing_else(town: Town) -> None:
    number = told(town, "agnes", "assigned", "note_added")
    told(town, "agnes", "new_ticket", title="Printer")
    town.do("ada", number, lambda work, ticket: visit(work, ticket))
    assert count(town, "agnes") == 2
    town.do("agnes", number, lambda work, ticket: visit(work, ticket))
    assert [row[0] for row in shown(town, "agnes")[0]] == ["Printer"]
    town.do("agnes", number, lambda work, ticket: read_about(work, ticket.id))


def test_it_is_filtered_by_kind_and_what_was_read_comes_page_by_page(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.notify.inbox.READ", 1)
    told(town, "agnes", "assigned", "note_added")
    assert shown(town, "agnes", kind="note_added")[0] == [("VPN drops", "tickets", ["note_added"])]
    assert shown(town, "agnes", kind="'; --") == ([], [])
    town.desk.run(lambda work: read_all(work, 10**6), town.actor("agnes"))
    page = town.desk.read(lambda work: inbox(work.session, town.actor("agnes")))
    assert [len(one.rows) for one in page.read] == [1]
    older = town.desk.read(
        lambda work: inbox(work.session, town.actor("agnes"), before=page.before)
    )
    assert older.read[0].rows[0].id < page.read[0].rows[0].id


def test_who_is_asked_as_a_customer_is_led_to_the_customers_pages(town: Town) -> None:
    number = told(town, "agnes")

    def ask(work: Work, ticket: Any) -> None:
        tell_agent(work, ticket, town.person(work, "bruno"), "your_turn")
        ticket.customer = town.person(work, "bruno")

    town.do("ada", number, ask)
    assert shown(town, "bruno")[0] == [("VPN drops", "requests", ["your_turn"])]
