"""Who did a step is neither given the one that checks it nor allowed to do it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.cli.sample_steps import advance
from engine.commands.people import set_groups
from engine.commands.steps import claim, complete_step, hand_over
from engine.errors import Invalid, NotAllowed
from engine.people.models import Group
from engine.tickets.queries import open_items

AGREED = {"second_look": "agreed", "answer": "We are sorry."}


def second_pair(town):
    """bruno may work on complaints as well, beside olga and ada."""

    def join(work):
        groups = {g: ["rw"] for g in work.session.scalars(select(Group.name))}
        set_groups(work, town.person(work, "bruno"), groups)
        set_groups(work, town.person(work, "olga"), groups)

    town.desk.run(join)


def item(work, ticket):
    return open_items(work.session, ticket)[0]


@pytest.fixture
def drafted(town):
    """A complaint that olga owns and has drafted the answer to."""
    second_pair(town)
    number = town.report(title="Nobody called back", type="complaint", queue="Complaints")
    answers = {"message": "We look into it.", "promised_by": "2026-03-09", "severity": "minor"}
    town.complete("olga", number, "acknowledge", answers)
    answers = {"justified": "yes", "cause": "A list was lost.", "draft": "We are sorry."}
    town.complete("olga", number, "investigate", answers)
    assert town.steps(number) == ["second_look"]
    return number


def test_whoever_owns_the_ticket_is_not_given_the_second_look_at_their_own_draft(town, drafted):
    assert town.see(drafted, lambda w, t: (t.owner.login, item(w, t).person)) == (
        "olga@example.com",
        None,
    )


def test_nobody_takes_the_second_look_at_their_own_draft(town, drafted):
    for command in (
        lambda w, t: claim(w, item(w, t)),
        lambda w, t: complete_step(w, item(w, t), dict(AGREED)),
    ):
        with pytest.raises(NotAllowed, match="Somebody else"):
            town.do("olga", drafted, command)
    with pytest.raises(Invalid, match="Somebody else"):
        town.do("bruno", drafted, lambda w, t: hand_over(w, item(w, t), town.person(w, "olga")))
    town.do("bruno", drafted, lambda w, t: complete_step(w, item(w, t), dict(AGREED)))
    assert "second_look" not in town.steps(drafted)


def test_a_sample_complaint_is_worked_by_two(town):
    second_pair(town)
    number = town.report(title="Nobody called back", type="complaint", queue="Complaints")
    ticket_id = town.see(number, lambda w, t: t.id)
    assert advance(town.desk, ticket_id, "resolved")
