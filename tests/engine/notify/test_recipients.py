"""Whom a word means, and that a notice somebody asked for does not vanish."""

from typing import Any

import pytest

from engine.errors import Invalid
from engine.notify.recipients import recipients
from tests.town import Town


def meant(town: Town, number: str, to: str) -> list[str]:
    def ask(work: Any, ticket: Any) -> list[str]:
        return [person.login.split("@")[0] for person in recipients(work.session, ticket, to)]

    return town.see(number, ask)


@pytest.mark.parametrize(
    ("to", "who"),
    [
        ("customer", ["clara"]),
        ("manager", ["max"]),
        ("queue", ["agnes", "ada"]),
        ("owner", ["agnes", "ada"]),  # nobody owns it yet: the queue hears
        ("responsible", ["agnes", "ada"]),
        ("group:hr", ["bruno", "ada"]),
        ("role:owner", ["olga"]),
        ("person:sam@example.net", ["sam"]),
        ("Bruno@Example.com", ["bruno"]),
    ],
)
def test_each_word_means_somebody(town: Town, to: str, who: list[str]) -> None:
    number = town.report(queue="Network")
    assert meant(town, number, to) == who


def test_an_owner_hears_alone(town: Town) -> None:
    number = town.report(queue="Network")

    def own(work: Any, ticket: Any) -> None:
        ticket.owner = town.person(work, "agnes")

    town.do("ada", number, own)
    assert (meant(town, number, "owner"), meant(town, number, "responsible")) == (
        ["agnes"],
        ["agnes"],
    )


def test_who_has_left_is_not_told(town: Town) -> None:
    number = town.report(queue="Network")

    def leave(work: Any) -> None:
        town.person(work, "agnes").active = False

    town.desk.run(leave)
    assert meant(town, number, "queue") == ["ada"]
    assert meant(town, number, "person:agnes@example.com") == []


def test_whose_roles_were_taken_is_told_nothing_of_the_queues_they_worked_in(town: Town) -> None:
    number = town.report(queue="Network")

    def take(work: Any) -> None:
        person = town.person(work, "agnes")
        person.role_rows.clear()

    town.desk.run(take)
    assert meant(town, number, "queue") == ["ada"]


@pytest.mark.by_turns
@pytest.mark.parametrize("to", ["group:nobody", "stranger@example.com", "", "everybody"])
def test_what_means_nobody_is_refused(town: Town, to: str) -> None:
    number = town.report()
    with pytest.raises(Invalid):
        meant(town, number, to)
