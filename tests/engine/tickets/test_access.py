"""The matrix of docs/access.md is asked of the code, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.tickets.access import CUSTOMER_VERBS, VERBS, may, may_act
from engine.tickets.requests import customer_side
from engine.work import Actor, Work

DOCUMENT = Path(__file__).parents[3] / "docs" / "access.md"


def table(heading: str) -> tuple[list[str], list[list[str]]]:
    """The first table below a heading: its columns and its rows."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return cells[0], cells[2:]


def agent(work: Work, town: Any, *permissions: str, group: str = "network") -> Actor:
    """An agent who has only these permissions, in one group."""
    from engine.people.models import Group

    found = work.session.query(Group).filter_by(name=group).one()
    groups = {found.id: frozenset(permissions)} if permissions else {}
    return replace(town.actor("bruno"), groups=groups)


def asked(work: Work, town: Any, ticket: Any, status: str) -> Actor:
    """Somebody outside of whom a step of the ticket asks, or has asked, something."""
    from engine.tickets.queries import open_items

    item = open_items(work.session, ticket)[0]
    person = town.person(work, "sam")
    item.person, item.person_id = person, person.id
    item.for_customer, item.status, item.kind = True, status, "person"
    work.session.flush()
    return town.actor("sam")


def owning(work: Work, town: Any, ticket: Any) -> Actor:
    """An agent without any group to whom the ticket was given."""
    ticket.owner = town.person(work, "bruno")
    work.session.flush()
    return agent(work, town)


def of_the_step(work: Work, town: Any, ticket: Any) -> Actor:
    """An agent of another group for whom the open step waits."""
    from engine.people.models import Group
    from engine.tickets.queries import open_items

    group = work.session.query(Group).filter_by(name="hr").one()
    item = open_items(work.session, ticket)[0]
    item.kind, item.group, item.group_id, item.explicit = "group", group, group.id, True
    work.session.flush()
    return agent(work, town, "rw", group="hr")


def company(work: Work, town: Any, ticket: Any) -> Actor:
    """Somebody of the same organisation who may see all of its tickets."""
    return replace(town.actor("max"), company_view=True)


def customer_too(work: Work, town: Any, ticket: Any) -> Actor:
    """An agent of another group whose own request this is, and whom it asks something."""
    from engine.tickets.queries import open_items

    item, person = open_items(work.session, ticket)[0], town.person(work, "bruno")
    ticket.customer, ticket.customer_id = person, person.id
    item.person, item.person_id = person, person.id
    item.for_customer, item.kind, item.explicit = True, "person", True
    work.session.flush()
    return agent(work, town, "rw", group="hr")


WHO: dict[str, Callable[[Work, Any, Any], Actor]] = {
    "own customer": lambda w, town, t: town.actor("clara"),
    "colleague with company view": company,
    "manager who is asked": lambda w, town, t: asked(w, town, t, "open"),
    "manager who has decided": lambda w, town, t: asked(w, town, t, "done"),
    "other customer": lambda w, town, t: town.actor("sam"),
    "agent who is the customer": customer_too,
    "the same on the customers' pages": lambda w, town, t: customer_side(customer_too(w, town, t)),
    "agent `ro`": lambda w, town, t: agent(w, town, "ro"),
    "agent `ro` `note`": lambda w, town, t: agent(w, town, "ro", "note"),
    "agent `ro` `move_into`": lambda w, town, t: agent(w, town, "ro", "move_into"),
    "agent `ro` `owner`": lambda w, town, t: agent(w, town, "ro", "owner"),
    "agent `ro` `priority`": lambda w, town, t: agent(w, town, "ro", "priority"),
    "agent `rw`": lambda w, town, t: agent(w, town, "rw"),
    "owner of the ticket": owning,
    "agent of the open step": of_the_step,
    "agent of another group": lambda w, town, t: agent(w, town, "rw", group="hr"),
    "admin without group": lambda w, town, t: replace(town.actor("ada"), groups={}),
    "process owner without group": lambda w, town, t: replace(town.actor("olga"), groups={}),
}


def test_every_cell_of_the_matrix_is_what_the_code_says(town: Any) -> None:
    from engine.tickets.access import ticket_for
    from engine.work import SYSTEM

    columns, rows = table("Tickets")
    number = town.report()
    wrong = []
    for place, column in enumerate(columns[1:], 1):
        session = town.desk.database.writing()
        with session:
            work = town.desk.work(session, SYSTEM)
            ticket = ticket_for(work, number)
            who = WHO[column](work, town, ticket)
            for row in rows:
                said = "yes" if may(session, who, ticket, row[0]) else "no"
                if said != row[place]:
                    wrong.append(f"{column} / {row[0]}: {said}")
            session.rollback()
    assert wrong == []


def test_every_verb_is_in_the_matrix_and_every_column_is_asked() -> None:
    columns, rows = table("Tickets")
    assert {row[0] for row in rows} == set(VERBS) | CUSTOMER_VERBS
    assert set(columns[1:]) == set(WHO)


def test_what_is_not_seen_does_not_exist_and_what_is_not_allowed_is_refused(town: Any) -> None:
    import pytest

    from engine.errors import NotAllowed, NotFound

    number = town.report()

    def ask(work: Work, ticket: Any) -> None:
        with pytest.raises(NotFound):
            may_act(work.session, town.actor("sam"), "note", ticket)
        with pytest.raises(NotAllowed):
            may_act(work.session, town.actor("clara"), "note", ticket)
        with pytest.raises(NotAllowed):
            may_act(work.session, agent(work, town, "ro"), "close", ticket)
        assert not may(work.session, agent(work, town, "rw"), ticket, "no such verb")

    town.see(number, ask)
