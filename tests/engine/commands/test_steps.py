"""Steps: claimed once, handed to those who may, finished by form, retried when they fail."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.catalogue.models import Service
from engine.commands import steps
from engine.commands.incidents import retry
from engine.commands.pending import set_pending
from engine.commands.steps import (
    claim,
    complete_step,
    hand_over,
    initial_values,
    item_for,
    save_draft,
    unclaim,
)
from engine.commands.tickets import change_ticket
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.notify.models import Notification
from engine.people.queries import person_by_login
from engine.tickets import queries
from engine.tickets.flow import Incident, WorkItem

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "4 high"}


def first(work, ticket):
    return queries.open_items(work.session, ticket)[0]


def test_a_step_is_claimed_once(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: claim(w, first(w, t)))
    assert town.see(number, lambda w, t: first(w, t).person.name) == "Agnes Meier"
    with pytest.raises(Conflict):
        town.do("ada", number, lambda w, t: claim(w, first(w, t)))


def test_of_two_who_take_a_step_at_the_same_moment_only_the_first_has_it(town, monkeypatch):
    if town.desk.database.sqlite:
        pytest.skip("one after the other is all that it can")
    number = town.report()
    owner = town.actor("ada").id  # of a ticket without one, the version would tell
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"owner": owner}))
    usual, first_one = steps.refuse_own, []

    def meanwhile(work, item, person_id):
        if not first_one:
            first_one.append("ada")
            town.do("ada", number, lambda w, t: claim(w, first(w, t)))
        usual(work, item, person_id)

    monkeypatch.setattr(steps, "refuse_own", meanwhile)
    with pytest.raises(Conflict):
        town.do("agnes", number, lambda w, t: claim(w, first(w, t)))
    assert town.see(number, lambda w, t: first(w, t).person.login) == "ada@example.com"


def test_a_claimed_step_can_be_given_back(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: claim(w, first(w, t)))
    town.do("agnes", number, lambda w, t: unclaim(w, first(w, t)))
    assert town.see(number, lambda w, t: first(w, t).person_id) is None


def test_an_agent_of_another_group_does_not_even_see_the_step(town):
    number = town.report()
    item_id = town.see(number, lambda w, t: first(w, t).id)
    with pytest.raises(NotFound):
        town.desk.run(lambda w: item_for(w, item_id), town.actor("bruno"))


def test_a_step_is_handed_over_only_to_somebody_who_works_there(town):
    number = town.report()

    def to(login):
        return lambda w, t: hand_over(w, first(w, t), person_by_login(w.session, login))

    with pytest.raises(Invalid):
        town.do("agnes", number, to("bruno@example.com"))
    town.do("agnes", number, to("ada@example.com"))
    assert town.see(number, lambda w, t: first(w, t).person.name) == "Ada Vogt"


def told(town):
    """Whom notices wait for, with the template."""
    rows = select(Notification).order_by(Notification.id)

    def read(work):
        return [(one.person.login, one.kind) for one in work.session.scalars(rows)]

    return town.desk.read(read)


def test_who_is_handed_a_step_is_told_and_not_the_ticket_s_owner(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: claim(w, first(w, t)))
    ada = "ada@example.com"
    town.do(
        "agnes", number, lambda w, t: hand_over(w, first(w, t), person_by_login(w.session, ada))
    )
    assert told(town) == [(ada, "assigned")]
    town.do("ada", number, lambda w, t: hand_over(w, first(w, t), person_by_login(w.session, ada)))
    assert told(town) == [(ada, "assigned")]


def test_nobody_is_told_that_they_have_made_themselves_the_owner(town):
    number = town.report()
    agnes = "agnes@example.com"
    town.do("agnes", number, lambda w, t: change_ticket(w, t, {"owner": agnes}) and None)
    assert told(town) == []
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"owner": "ada@example.com"}) and None)
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"owner": agnes}) and None)
    assert told(town) == [(agnes, "assigned")]


def test_missing_answers_are_named_and_nothing_changes(town):
    number = town.report()
    with pytest.raises(Invalid) as caught:
        town.complete("agnes", number, "triage", {"impact": "nonsense"})
    assert caught.value.fields["impact"] == "enum"
    assert caught.value.fields["queue"] == "required"
    assert town.steps(number) == ["triage"]


def test_a_draft_is_kept_and_shown_again(town):
    number = town.report()
    town.do("agnes", number, lambda w, t: save_draft(w, first(w, t), {"impact": "team"}))
    values = town.see(number, lambda w, t: initial_values(w, first(w, t)))
    assert values["impact"] == "team"
    assert values["queue"] == "Network::VPN"


def test_the_customer_cannot_finish_an_agents_step(town):
    number = town.report()
    with pytest.raises(NotAllowed):
        town.complete("clara", number, "triage", TRIAGE)


def test_a_finished_step_cannot_be_finished_again(town):
    number = town.report()
    item_id = town.see(number, lambda w, t: first(w, t).id)
    town.complete("agnes", number, "triage", TRIAGE)

    def again(work):
        complete_step(work, work.session.get_one(WorkItem, item_id), TRIAGE)

    with pytest.raises(Conflict):
        town.desk.run(again, town.actor("agnes"))


def test_a_lane_that_names_somebody_stays_when_the_ticket_moves(town):
    number = town.report(by="clara", title="A laptop, please", type="service request")

    def approving(work, ticket):
        return [i.person.login for i in queries.open_items(work.session, ticket) if i.person]

    assert town.see(number, approving) == ["max@example.org"]
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "Purchasing"}))
    assert town.see(number, approving) == ["max@example.org"]


def test_laying_a_ticket_aside_never_moves_its_process(town, clock):
    from datetime import timedelta

    number = town.report()
    until = clock.now + timedelta(hours=5)
    town.do("agnes", number, lambda w, t: set_pending(w, t, until))
    assert town.steps(number) == ["triage"]
    assert town.see(number, lambda w, t: t.state.name) == "pending reminder"


def test_a_failing_step_is_an_incident_of_this_ticket_alone_and_is_retried(town):
    def rename(work, old, new):
        work.session.scalars(select(Service).where(Service.name == old)).one().name = new

    town.desk.run(lambda w: rename(w, "Network access", "Gone"))
    broken, fine = town.report(title="VPN drops"), town.report(title="Printer is jammed")
    failed = town.see(broken, lambda w, t: [i.message for i in queries.incidents(w.session, t)])
    assert len(failed) == 1
    assert "Network access" in failed[0]
    assert town.steps(fine) == ["triage"]
    town.desk.run(lambda w: rename(w, "Gone", "Network access"))

    def again(work, ticket):
        retry(work, work.session.scalars(select(Incident)).one())

    town.do("agnes", broken, again)
    assert town.steps(broken) == ["triage"]
    assert town.see(broken, lambda w, t: queries.incidents(w.session, t)) == []
