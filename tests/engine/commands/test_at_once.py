"""Many at one moment, from several processes of a desk: each once, and nobody's work is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine.commands.articles import add_note
from engine.commands.steps import complete_step
from engine.commands.tickets import NewTicket, create_ticket
from engine.errors import Conflict
from engine.mail_door import take
from engine.people.models import Person
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.flow import StepLog, WorkItem
from engine.tickets.models import Article, Ticket
from tests.engine.commands.test_intake import mail

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
SHAPES = ["date_checksum", "date", "counter", "random"]


def at_once(fresh_desk: Callable[[], Any], *commands: Callable[[Any], Any]) -> list[Any]:
    """What came of each command, begun together: its answer, or the `Conflict` it ended in.

    Each has a desk of its own, as another process would.
    """
    barrier = Barrier(len(commands))
    desks = [fresh_desk() for _ in commands]

    def one(command: Callable[[Any], Any], desk: Any) -> Any:
        barrier.wait()
        try:
            return command(desk)
        except Conflict as error:
            return error

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(one, commands, desks))


@pytest.mark.parametrize("generator", SHAPES)
def test_numbers_are_given_once_whatever_the_generator(town, fresh_desk, generator):
    actor = town.actor("clara")

    def make(work):
        customer = town.person(work, "clara")
        return create_ticket(work, NewTicket("VPN", "Down.", "web", customer=customer)).number

    def make_three(desk):
        desk.settings = replace(desk.settings, number_generator=generator)
        return [desk.run(make, actor) for _ in range(3)]

    came = at_once(fresh_desk, *[make_three] * 4)
    assert not any(isinstance(one, Conflict) for one in came)
    assert len({number for numbers in came for number in numbers}) == 12


@pytest.mark.parametrize("generator", ["date_checksum", "date", "counter"])
def test_a_number_that_was_taken_over_is_passed_over(town, generator):
    town.desk.settings = replace(town.desk.settings, number_generator=generator)
    first = town.report()
    ahead = first[:-2] + "21" if generator == "date_checksum" else str(int(first) + 1)
    change = update(Ticket).where(Ticket.number == first).values(number=ahead)
    town.desk.run(lambda w: w.session.execute(change) and None)
    assert town.report() not in (first, ahead)


def test_a_step_is_finished_by_one_of_those_who_finish_it_together(town, fresh_desk):
    number = town.report()
    item = town.see(number, lambda w, t: queries.open_items(w.session, t)[0].id)
    actor = town.actor("agnes")

    def finish(work):
        complete_step(work, work.session.get(WorkItem, item), TRIAGE)
        return "done"

    came = at_once(fresh_desk, *[lambda desk: desk.run(finish, actor)] * 4)
    assert Counter(map(type, came)) == {str: 1, Conflict: 3}
    passed = select(func.count(StepLog.id)).where(
        StepLog.step_id == "triage", StepLog.outcome == "completed"
    )
    assert town.desk.read(lambda w: w.session.scalar(passed)) == 1
    assert town.steps(number) == ["work"]


def test_the_same_mail_by_several_doors_is_one_ticket(town, fresh_desk):
    raw = mail("Nobody <nobody@new.example>", id="<same@new.example>")
    came = at_once(fresh_desk, *[lambda desk: take(desk, raw)] * 4)
    assert Counter(receipt.outcome for receipt in came) == {"created": 1, "duplicate": 3}
    assert len({receipt.ticket for receipt in came}) == 1


def test_somebody_unknown_who_writes_several_mails_at_once_is_one_person(town, fresh_desk):
    raws = [mail("Nobody <nobody@new.example>", f"VPN {n}", id=f"<{n}@x>") for n in range(4)]
    came = at_once(fresh_desk, *(partial(take, raw=raw) for raw in raws))
    assert [receipt.outcome for receipt in came] == ["created"] * 4
    people = select(func.count(Person.id)).where(Person.login == "nobody@new.example")
    assert town.desk.read(lambda w: w.session.scalar(people)) == 1


def test_nothing_that_was_accepted_is_lost_while_others_work_on_the_ticket(town, fresh_desk):
    number = town.report()
    item = town.see(number, lambda w, t: queries.open_items(w.session, t)[0].id)
    actor = town.actor("agnes")

    def finish(work):
        complete_step(work, work.session.get(WorkItem, item), TRIAGE)

    def note(work):
        return add_note(work, ticket_for(work, number), "Called back.").id

    answers = [
        mail(subject=f"[Ticket#{number}]", id=f"<{n}@x>", text=f"Answer {n}") for n in range(2)
    ]
    came = at_once(
        fresh_desk,
        lambda desk: desk.run(finish, actor),
        *[lambda desk: desk.run(note, actor)] * 2,
        *(lambda desk, raw=raw: take(desk, raw).article for raw in answers),
    )
    accepted = [one for one in came if isinstance(one, int)]
    kept = town.desk.read(lambda w: set(w.session.scalars(select(Article.id))))
    assert set(accepted) <= kept
    assert len(accepted) == len(set(accepted))
    assert len(accepted) + sum(isinstance(one, Conflict) for one in came) >= 4
