"""Four eyes for processes: proposed, looked at by somebody else, in force or given back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from engine.catalogue.published import ProcessInForce
from engine.commands.people import change_person
from engine.commands.process_approval import propose_draft, publish_approved, withdraw_draft
from engine.commands.process_drafts import discard_draft, draft_of, save_draft
from engine.commands.process_publishing import publish_draft
from engine.errors import Conflict, Invalid, NotAllowed
from engine.tickets.flow import Incident
from tests.town import ROOT

DIAGRAM = (ROOT / "processes/incident/process.bpmn").read_text(encoding="utf-8")


@pytest.fixture
def desk(town):
    """The town with the setting on and a second owner, Bruno."""
    town.desk.settings = replace(town.desk.settings, approve_processes=True)
    roles = {"roles": {"agent", "owner"}}
    town.desk.run(lambda w: change_person(w, town.person(w, "bruno"), roles), town.actor("ada"))
    return town


CHANGED = DIAGRAM.replace("Sort the fault", "Sort this fault")


def propose(town, by="olga", diagram=CHANGED):
    def command(work):
        return propose_draft(work, "incident", _revision(work, diagram), "Shorter").number

    return town.desk.run(command, town.actor(by))


def _revision(work, diagram):
    draft = draft_of(work.session, "incident")
    changes = {"process.bpmn": diagram}
    return save_draft(work, "incident", draft.revision if draft else 0, changes).revision


def in_force(town):
    def look(work):
        version = work.session.get_one(ProcessInForce, "incident").version
        return version.number, version.published_by, version.approved_by, version.note

    return town.desk.read(look)


def state(town, number):
    return town.see(number, lambda work, ticket: ticket.state.name)


def proposed(town):
    def look(work):
        draft = draft_of(work.session, "incident")
        return draft is not None and draft.proposed_at is not None

    return town.desk.read(look)


def test_what_a_second_owner_approves_is_in_force_with_both_names(desk):
    number = propose(desk)
    assert state(desk, number) == "waiting for approval"
    desk.complete("bruno", number, "review", {"decision": "approved"})
    assert in_force(desk) == (2, "Olga Brandt", "Bruno Keller", "Shorter")
    assert state(desk, number) == "closed successful"
    assert desk.desk.read(lambda w: draft_of(w.session, "incident")) is None


def test_nobody_approves_what_they_proposed(desk):
    number = propose(desk, by="bruno")
    with pytest.raises(NotAllowed):
        desk.complete("bruno", number, "review", {"decision": "approved"})
    assert in_force(desk)[0] == 1


def test_nobody_publishes_alone(desk):
    def command(work):
        return publish_draft(work, "incident", _revision(work, DIAGRAM + "\n"), "")

    with pytest.raises(Invalid):
        desk.desk.run(command, desk.actor("ada"))


def test_while_it_waits_nobody_changes_or_discards_it(desk):
    propose(desk)
    now = desk.desk.read(lambda w: draft_of(w.session, "incident").revision)
    for command in (
        lambda w: save_draft(w, "incident", now, {"README.md": "x"}),
        lambda w: discard_draft(w, "incident", now),
        lambda w: propose_draft(w, "incident", now, ""),
    ):
        with pytest.raises((Invalid, Conflict)):
            desk.desk.run(command, desk.actor("ada"))


def test_given_back_it_is_a_draft_again_and_the_proposer_reads_why(desk):
    number = propose(desk)
    answers = {"decision": "returned", "review_reason": "Asks too much"}
    desk.complete("bruno", number, "review", answers)
    assert not proposed(desk)
    assert in_force(desk)[0] == 1
    assert state(desk, number) == "closed unsuccessful"

    def told(work, ticket):
        from engine.tickets.models import Article

        query = select(Article.body).where(Article.ticket_id == ticket.id, Article.visible)
        return list(work.session.scalars(query))

    assert any("Asks too much" in text for text in desk.see(number, told))
    assert propose(desk)


def test_withdrawn_it_is_a_draft_again_and_its_ticket_is_closed(desk):
    number = propose(desk)
    desk.desk.run(lambda w: withdraw_draft(w, "incident"), desk.actor("olga"))
    assert not proposed(desk)
    assert state(desk, number) == "closed unsuccessful"
    with pytest.raises(Invalid):
        desk.desk.run(lambda w: withdraw_draft(w, "incident"), desk.actor("olga"))


def test_what_could_not_be_published_is_not_proposed(desk):
    with pytest.raises(Invalid) as caught:
        propose(desk, diagram="<odd")
    assert caught.value.problems


def test_agents_and_customers_propose_nothing(desk):
    for by in ("agnes", "clara"):
        with pytest.raises(NotAllowed):
            propose(desk, by=by)


def test_a_process_of_somebody_cannot_put_drafts_in_force(desk):
    """The step that publishes does so only on the ticket on which the draft was proposed."""
    number = propose(desk)
    other = desk.report()
    with pytest.raises(Invalid):
        desk.do("ada", other, lambda w, t: publish_approved(w, t, {"key": "incident"}))
    with pytest.raises(Invalid):
        desk.do("olga", number, lambda w, t: publish_approved(w, t, {"key": "incident"}))
    assert in_force(desk)[0] == 1


def test_a_draft_that_something_speaks_against_by_now_waits_as_an_incident(desk):
    number = propose(desk)

    def spoil(work):
        from engine.catalogue.models import State

        row = work.session.scalar(select(State).where(State.name == "waiting for customer"))
        row.name = "waiting"

    desk.desk.run(spoil)
    desk.complete("bruno", number, "review", {"decision": "approved"})
    assert in_force(desk)[0] == 1
    found = desk.see(number, lambda w, t: list(w.session.scalars(
        select(Incident.message).where(Incident.ticket_id == t.id))))  # fmt: skip
    assert found
    assert proposed(desk)
