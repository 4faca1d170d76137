"""A ticket whose step failed is helped along by who has the right, with a reason that is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from engine.audit.models import HistoryEntry
from engine.catalogue.published import ProcessInForce
from engine.commands import incidents
from engine.commands.hooks import DeskHooks
from engine.commands.incidents import (
    incident_for,
    move_token,
    skip_token,
    value_of,
    variables_at,
    ways_on,
)
from engine.commands.tickets import close_ticket
from engine.commands.undo import Remembered, take_back
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.tickets import queries
from engine.tickets.flow import Incident, StepVisit
from engine.tickets.models import Ticket

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


@pytest.fixture
def away(monkeypatch):
    """A list of rulesets that cannot be asked; whoever empties it has mended the cause."""
    gone = ["routing"]
    decide = DeskHooks.decide

    def asked(self, ruleset, data, step):
        if ruleset in gone:
            raise RuntimeError("The rules are away.")
        return decide(self, ruleset, data, step)

    monkeypatch.setattr(DeskHooks, "decide", asked)
    return gone


@pytest.fixture
def broken(town, away):
    """A ticket whose step `route` has failed."""
    return town.report()


def act(town, who, command, *more):
    def run(work):
        (row,) = work.session.scalars(select(Incident)).all()
        command(work, row, *more)

    town.desk.run(run, town.actor(who))


def stopped(town, number):
    return town.see(number, lambda w, t: queries.incidents(w.session, t))


def history(town, number, what):
    query = select(HistoryEntry).join(Ticket, Ticket.id == HistoryEntry.ticket_id)
    query = query.where(Ticket.number == number, HistoryEntry.what == what)
    rows = town.desk.read(lambda w: w.session.scalars(query.order_by(HistoryEntry.id)).all())
    return [(row.actor, row.before, row.after, row.reason) for row in rows]


@pytest.mark.parametrize("who", ["agnes", "olga", "ada"])
def test_a_failed_step_is_skipped_with_a_reason(town, broken, who):
    act(town, who, incidents.skip, " The service is gone for good. ")
    assert town.steps(broken) == ["triage"]
    assert stopped(town, broken) == []
    name, step, what, reason = history(town, broken, "incident")[-1]
    assert name == town.actor(who).name
    assert (step, what, reason) == ("route", "skipped", "The service is gone for good.")


def test_or_the_ticket_goes_on_elsewhere(town, broken):
    act(town, "olga", incidents.move, "work", "Sorted by telephone.")
    assert town.steps(broken) == ["work"]
    assert history(town, broken, "step moved")[0][1:] == ("route", "work", "Sorted by telephone.")
    town.complete("agnes", broken, "work", {"work_result": "solved", "message": "Done."})


def test_a_process_that_could_not_begin_is_the_one_that_begins(town):
    """An offer may name another one than the ticket's type does."""
    in_force = town.desk.read(
        lambda w: [(r.key, r.version_id) for r in w.session.scalars(select(ProcessInForce))]
    )
    town.desk.run(lambda w: w.session.execute(delete(ProcessInForce)) and None)
    number = town.report()
    town.desk.run(lambda w: setattr(w.session.scalars(select(Incident)).one(), "step_id", "change"))
    town.desk.run(
        lambda w: w.session.add_all(ProcessInForce(key=k, version_id=v) for k, v in in_force)
    )
    act(town, "ada", incidents.retry)
    assert town.see(number, lambda w, t: queries.instance_of(w.session, t).version.key) == "change"


def test_a_retry_needs_no_reason_and_counts_as_a_try_where_it_fails(town, broken, away):
    act(town, "olga", incidents.retry)
    assert [one.tries for one in stopped(town, broken)] == [2]
    away.clear()
    act(town, "agnes", incidents.retry, "The service is back.")
    assert town.steps(broken) == ["triage"]
    assert history(town, broken, "incident")[-2][3] == "The service is back."


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_nothing_else_happens_without_a_reason(town, broken, reason):
    for command, more in ((incidents.skip, ()), (incidents.move, ("work",))):
        with pytest.raises(Invalid):
            act(town, "olga", command, *more, reason)
    with pytest.raises(Invalid):
        act(town, "agnes", incidents.mend, {"x": 1}, reason)
    assert len(stopped(town, broken)) == 1


def test_who_has_no_right_finds_nothing_or_is_told_so(town, broken):
    for who in ("clara", "sam", "bruno"):
        for command, more in (
            (incidents.retry, ()), (incidents.skip, ("x",)), (incidents.move, ("work", "x")),
            (incidents.mend, ({"a": 1}, "x")),
        ):  # fmt: skip
            with pytest.raises((NotFound, NotAllowed)):
                act(town, who, command, *more)
        with pytest.raises(NotFound):
            town.desk.run(lambda w: incident_for(w, 1), town.actor(who))
    assert len(stopped(town, broken)) == 1
    with pytest.raises(NotFound):
        town.desk.run(lambda w: incident_for(w, 10**9), town.actor("olga"))


def test_variables_are_for_those_who_may_change_the_ticket(town, broken, away):
    with pytest.raises(NotFound):
        act(town, "olga", incidents.mend, {"impact": "house"}, "It is everybody.")
    away.clear()
    act(town, "agnes", incidents.mend, {"impact": "house"}, "It is everybody.")
    assert town.steps(broken) == ["triage"]
    assert history(town, broken, "variable")[0][1:] == (
        "route", 'impact = "house"', "It is everybody.",
    )  # fmt: skip


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "values", [{}, {"ticket": {"number": "1"}}, {"a b": 1}, {"x": float("nan")}]
)
def test_what_cannot_be_a_variable_is_refused(town, broken, values):
    with pytest.raises(Invalid):
        act(town, "agnes", incidents.mend, values, "because")
    assert len(stopped(town, broken)) == 1


def test_the_variables_are_shown_without_the_ticket_itself(town, broken):
    def ask(work):
        return variables_at(work, work.session.scalars(select(Incident)).one())

    assert "ticket" not in town.desk.read(ask)
    act(town, "agnes", incidents.mend, {"impact": "house"}, "It is everybody.")
    assert town.desk.read(ask)["impact"] == "house"


def test_a_step_that_is_not_there_is_no_target(town, broken):
    for step in ("", "nothing", "route_gateway", "triage'; drop table ticket", "reported"):
        with pytest.raises(Invalid):
            act(town, "olga", incidents.move, step, "because")
    assert len(stopped(town, broken)) == 1


def test_what_is_over_is_over(town, broken):
    town.do("agnes", broken, close_ticket)
    for command, more in ((incidents.retry, ()), (incidents.skip, ("x",))):
        with pytest.raises(Conflict):
            act(town, "olga", command, *more)


def test_two_at_once_skip_once(town, broken):
    act(town, "olga", incidents.skip, "first")
    with pytest.raises(Conflict):
        act(town, "agnes", incidents.skip, "second")


def tokens(town, number):
    return town.see(number, lambda w, t: ways_on(w, t))


def test_a_ticket_that_has_not_failed_is_moved_by_an_owner_who_may_read_it(town):
    number = town.report()
    ((task, (step, fit)),) = tokens(town, number).items()
    assert step.id == "triage"
    assert "work" in [one.id for one in fit]
    with pytest.raises(NotAllowed):
        town.do("agnes", number, lambda w, t: move_token(w, t, task, "work", "why"))
    with pytest.raises(NotFound):
        town.do("olga", number, lambda w, t: move_token(w, t, task, "work", "why"))
    town.do("ada", number, lambda w, t: move_token(w, t, task, "work", "Known already."))
    assert town.steps(number) == ["work"]
    assert history(town, number, "step moved")[0][1:] == ("triage", "work", "Known already.")
    with pytest.raises(NotFound):
        town.do("ada", number, lambda w, t: move_token(w, t, task, "work", "again"))


def test_or_past_the_step_at_which_it_stands(town):
    number = town.report()
    (task,) = tokens(town, number)
    for who, error in (("agnes", NotAllowed), ("olga", NotFound), ("bruno", NotFound)):
        with pytest.raises(error):
            town.do(who, number, lambda w, t: skip_token(w, t, task, "why"))
    with pytest.raises(Invalid):
        town.do("ada", number, lambda w, t: skip_token(w, t, task, " "))
    town.do("ada", number, lambda w, t: skip_token(w, t, task, "Sorted already."))
    assert town.steps(number) == ["work"]
    assert history(town, number, "incident")[-1][1:] == ("triage", "skipped", "Sorted already.")


def test_moving_is_taken_back_with_its_path(town, clock):
    number = town.report()
    (task,) = tokens(town, number)
    clock.move(hours=1)

    def command(work, ticket):
        undo = Remembered(work, "step moved")
        with undo.ticket(ticket):
            move_token(work, ticket, task, "work", "Known already.")
        return undo.token()

    token = town.do("ada", number, command)
    clock.move(minutes=1)
    town.desk.run(lambda w: take_back(w, token), town.actor("ada"))
    assert town.steps(number) == ["triage"]
    visits = select(StepVisit.step_id).where(StepVisit.left_at.is_(None))
    assert town.desk.read(lambda w: w.session.scalars(visits).all()) == ["triage"]
    path = town.see(
        number, lambda w, t: queries.step_log(w.session, queries.instance_of(w.session, t))
    )
    last = {row.step_id: row.outcome for row in path}
    assert (last["triage"], last["work"]) == ("entered", "cancelled")
    town.complete("agnes", number, "triage", TRIAGE)


def last_outcomes(work, ticket):
    log = queries.step_log(work.session, queries.instance_of(work.session, ticket))
    return {row.step_id: row.outcome for row in log}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("3", 3), ("1.5", 1.5), ("true", True), ("[1, 2]", [1, 2]), ('"3"', "3"), ("red", "red"),
     ("null", None), ("", ""), ("NaN", "NaN"), ("{", "{"), ("[" * 5_000, "[" * 5_000)],
)  # fmt: skip
def test_a_value_is_what_was_typed(typed, meant):
    assert value_of(typed) == meant


def test_a_value_has_an_end():
    with pytest.raises(Invalid):
        value_of("x" * 20_000)
