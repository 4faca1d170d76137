"""Four eyes and a time for rules: proposed, looked at, in force when they shall be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.catalogue.models import Queue
from engine.catalogue.published import RulesInForce
from engine.commands.due import fire_timer
from engine.commands.incidents import incident_for, retry
from engine.commands.passing_on import pass_on
from engine.commands.people import change_person
from engine.commands.publish import put_rules_in_force
from engine.commands.rules_approval import propose_rules, publish_approved_rules, withdraw_rules
from engine.commands.rules_drafts import (
    discard_rules_draft,
    edit_rules,
    merge_rules_draft,
    proposal,
    rules_draft_of,
    standing,
)
from engine.commands.rules_examining import examine_rules
from engine.commands.rules_publishing import built, periods
from engine.errors import Invalid, NotAllowed
from engine.health import report
from engine.outbox.drain import Task
from engine.outbox.models import OutboxRow
from engine.outbox.notices import prepare
from engine.rules.editing import put_rule, rules_of
from engine.tickets.flow import Incident
from engine.timers.models import Timer

RULE = {
    "id": "telex",
    "title": {"de": "Telex", "en": "Telex"},
    "when": {"all": [{"fact": "ticket.title", "op": "contains_word", "value": "telex"}]},
    "then": [{"set": {"queue": "Purchasing"}}],
    "stop": True,
}


def with_rule(text):
    return put_rule(text, RULE, before=rules_of(text)[0]["id"])


@pytest.fixture
def eyes(town):
    """The town with the setting on and a second admin, Bruno."""
    town.desk.settings = replace(town.desk.settings, approve_rules=True)
    roles = {"roles": {"agent", "admin"}}
    town.desk.run(lambda w: change_person(w, town.person(w, "bruno"), roles), town.actor("ada"))
    return town


def propose(town, by="ada", in_hours=None, revision=0):
    change = str if revision else with_rule
    town.desk.run(lambda w: edit_rules(w, "routing", revision, change).revision, town.actor(by))

    def command(work):
        examined = examine_rules(work)
        seen = {name: draft.revision for name, draft in examined.stand.drafts.items()}
        marks = [mark for mark, _ in examined.warnings]
        due = work.now + timedelta(hours=in_hours) if in_hours else None
        return propose_rules(work, seen, "Telex again", marks, due).ticket_number

    return town.desk.run(command, town.actor(by))


def in_force(town):
    def look(work):
        row = periods(work.session)[0]
        return row.release.number, row.by, row.approved_by, row.note

    return town.desk.read(look)


def state(town, number):
    return town.see(number, lambda work, ticket: ticket.state.name)


def waiting(town):
    return town.desk.read(lambda work: proposal(work.session) is not None)


def time_comes(town, hours=2):
    """Fire the timer of the rules as if so many hours had gone by."""

    def command(work):
        later = replace(work, now=work.now + timedelta(hours=hours))
        timer = work.session.scalar(select(Timer).where(Timer.kind == "rules"))
        fire_timer(later, timer)

    town.desk.run(command)


def test_what_a_second_admin_approves_is_in_force_with_both_names(eyes):
    number = propose(eyes)
    assert state(eyes, number) == "waiting for approval"
    eyes.complete("bruno", number, "review", {"decision": "approved"})
    assert in_force(eyes) == (2, "Ada Vogt", "Bruno Keller", "Telex again")
    assert state(eyes, number) == "closed successful"
    assert not waiting(eyes)
    assert eyes.desk.read(lambda w: standing(w.session).drafts) == {}


def test_nobody_approves_what_they_proposed(eyes):
    number = propose(eyes, by="bruno")
    with pytest.raises(NotAllowed):
        eyes.complete("bruno", number, "review", {"decision": "approved"})
    assert in_force(eyes)[0] == 1


def test_another_ticket_cannot_speak_for_it(eyes):
    propose(eyes)
    other = eyes.report(title="A purchase order to approve")
    with pytest.raises(Invalid):
        eyes.do("bruno", other, publish_approved_rules)
    assert in_force(eyes)[0] == 1


def test_while_they_wait_nobody_changes_or_discards_a_draft(eyes):
    propose(eyes)
    now = eyes.desk.read(lambda w: rules_draft_of(w.session, "routing").revision)
    for command in (
        lambda w: edit_rules(w, "routing", now, lambda text: text + "# more\n"),
        lambda w: edit_rules(w, "escalation", 0, lambda text: text + "# more\n"),
        lambda w: discard_rules_draft(w, "routing", now),
        lambda w: propose_rules(w, {"routing": now}, ""),
    ):
        with pytest.raises(Invalid):
            eyes.desk.run(command, eyes.actor("bruno"))


def test_given_back_or_withdrawn_they_are_drafts_again(eyes):
    number = propose(eyes)
    answers = {"decision": "returned", "review_reason": "Catches too much"}
    eyes.complete("bruno", number, "review", answers)
    assert not waiting(eyes)
    assert state(eyes, number) == "closed unsuccessful"
    now = eyes.desk.read(lambda w: rules_draft_of(w.session, "routing").revision)

    def again(work):
        marks = [mark for mark, _ in examine_rules(work).warnings]
        return propose_rules(work, {"routing": now}, "", marks).ticket_number

    number = eyes.desk.run(again, eyes.actor("ada"))
    eyes.desk.run(withdraw_rules, eyes.actor("ada"))
    assert not waiting(eyes)
    assert state(eyes, number) == "closed unsuccessful"
    assert in_force(eyes)[0] == 1


def test_rules_wait_for_their_time(town):
    assert propose(town, in_hours=1) == ""
    assert in_force(town)[0] == 1
    time_comes(town)
    assert in_force(town)[:2] == (2, "Ada Vogt")
    assert not waiting(town)


def test_approved_rules_wait_for_their_time_too(eyes):
    number = propose(eyes, in_hours=1)
    eyes.complete("bruno", number, "review", {"decision": "approved"})
    assert in_force(eyes)[0] == 1
    time_comes(eyes)
    assert in_force(eyes)[:3] == (2, "Ada Vogt", "Bruno Keller")


def test_what_cannot_be_in_force_at_its_time_says_why_and_the_old_rules_stay(town):
    propose(town, in_hours=1)

    def rename(work):
        work.session.scalars(select(Queue).where(Queue.name == "Purchasing")).one().name = "Buying"

    town.desk.run(rename)
    time_comes(town)
    assert in_force(town)[0] == 1
    why = town.desk.read(lambda w: proposal(w.session).failed)
    assert "Purchasing" in why
    town.desk.run(withdraw_rules, town.actor("ada"))
    assert not waiting(town)


def rename(work, before="Purchasing", after="Buying"):
    work.session.scalars(select(Queue).where(Queue.name == before)).one().name = after


def theirs(work):
    """Others put another text of the ruleset in force, as `vorgang publish` does."""
    stand = standing(work.session)
    documents = dict(stand.release.documents)
    documents["routing"] += "# theirs\n"
    put_rules_in_force(work, built(replace(stand, documents=documents)), "theirs")


def mended(town):
    """The step that failed is tried again by Bruno."""

    def command(work):
        (row,) = work.session.scalars(select(Incident).where(Incident.resolved_at.is_(None)))
        retry(work, incident_for(work, row.id), "mended")

    town.desk.run(command, town.actor("bruno"))


def test_what_cannot_be_in_force_once_approved_is_tried_again_when_that_is_mended(eyes):
    number = propose(eyes)
    eyes.desk.run(rename)
    eyes.complete("bruno", number, "review", {"decision": "approved"})
    assert (in_force(eyes)[0], waiting(eyes)) == (1, True)
    eyes.desk.run(lambda w: rename(w, "Buying", "Purchasing"))
    mended(eyes)
    assert in_force(eyes) == (2, "Ada Vogt", "Bruno Keller", "Telex again")
    assert state(eyes, number) == "closed successful"


def test_withdrawn_after_that_its_ticket_ends(eyes):
    number = propose(eyes)
    eyes.desk.run(rename)
    eyes.complete("bruno", number, "review", {"decision": "approved"})
    eyes.desk.run(withdraw_rules, eyes.actor("ada"))
    assert state(eyes, number) == "closed unsuccessful"
    assert eyes.desk.read(lambda w: rules_draft_of(w.session, "routing")) is not None


@pytest.mark.parametrize("in_hours", [None, 1])
def test_rules_that_others_put_in_force_meanwhile_are_not_taken_back(eyes, in_hours):
    number = propose(eyes, in_hours=in_hours)
    if in_hours:
        eyes.complete("bruno", number, "review", {"decision": "approved"})
        eyes.desk.run(theirs)
        time_comes(eyes)
        assert "Other rules came in force" in eyes.desk.read(lambda w: proposal(w.session).failed)
    else:
        eyes.desk.run(theirs)
        eyes.complete("bruno", number, "review", {"decision": "approved"})
    assert in_force(eyes)[3] == "theirs"


def test_who_proposed_what_failed_at_its_time_is_written_to_and_health_tells(town):
    propose(town, in_hours=1)
    town.desk.run(rename)
    time_comes(town)

    pass_on(town.desk)

    def written(work):
        (row,) = work.session.scalars(select(OutboxRow).where(OutboxRow.topic == "notice"))
        return prepare(work, Task(row.id, row.topic, row.payload, None, 1, row.created_at)).mail

    mail = town.desk.read(written)
    assert mail.to == ("ada@example.com",)
    assert "/rules/review-changes" in mail.text
    assert any("not put in force at their time" in said for said in report(town.desk)["problems"])
    town.desk.run(withdraw_rules, town.actor("ada"))
    assert not any("at their time" in said for said in report(town.desk)["problems"])


def test_a_moment_that_has_passed_and_no_moment_are_refused(town):
    with pytest.raises(Invalid) as caught:
        propose(town, in_hours=-1)
    assert "due_at" in caught.value.fields
    with pytest.raises(Invalid, match="Say when"):
        propose(town, revision=2)


def test_an_overtaken_draft_is_put_on_top_of_what_is_in_force(town):
    revision = town.desk.run(
        lambda w: edit_rules(w, "routing", 0, with_rule).revision, town.actor("ada")
    )

    def others(work):
        row = work.session.get(RulesInForce, 1)
        documents = dict(row.release.documents)
        rule = next(one for one in rules_of(documents["routing"]) if one["id"] == "hr")
        documents["routing"] = put_rule(
            documents["routing"], rule | {"note": "theirs"}, instead_of="hr"
        )
        row.release.documents = documents

    town.desk.run(others)
    assert town.desk.read(lambda w: standing(w.session).overtaken) == ["routing"]
    both = town.desk.run(lambda w: merge_rules_draft(w, "routing", revision), town.actor("ada"))
    assert both == []

    def look(work):
        stand = standing(work.session)
        rules = {one["id"]: one for one in rules_of(stand.documents["routing"])}
        return stand.overtaken, rules["hr"]["note"], "telex" in rules

    assert town.desk.read(look) == ([], "theirs", True)
