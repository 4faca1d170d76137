"""Rules change hands while others publish, tickets come in and workers die: one release decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.audit.models import DecisionTrace
from engine.catalogue.published import RulesInForce, RulesRelease
from engine.catalogue.rules_drafting import RulesPeriod
from engine.commands import rules_publishing
from engine.commands.due import fire_timer
from engine.commands.rules_approval import propose_rules
from engine.commands.rules_drafts import edit_rules, rules_draft_of
from engine.commands.rules_examining import examine_rules
from engine.commands.rules_publishing import publish_rules_drafts, roll_back_rules
from engine.commands.tickets import NewTicket, create_ticket
from engine.errors import Conflict, VorgangError
from engine.timers.sweep import sweep
from tests.engine.commands.test_at_once import at_once
from tests.engine.commands.test_rules_dry_run import draft


def seen_and_marks(work):
    examined = examine_rules(work)
    revisions = {name: one.revision for name, one in examined.stand.drafts.items()}
    return revisions, [mark for mark, _ in examined.warnings]


def publishing(seen, marks, actor):
    return lambda desk: desk.run(
        lambda work: publish_rules_drafts(work, seen, "now", marks).number, actor
    )


def course(town):
    """The releases that decided one after the other, and the one that is in force."""

    def question(work):
        periods = work.session.scalars(select(RulesPeriod).order_by(RulesPeriod.id))
        numbers = [period.release.number for period in periods]
        return numbers, work.session.get_one(RulesInForce, 1).release.number

    return town.desk.read(question)


def refused(command):
    def run(desk):
        try:
            return command(desk)
        except VorgangError as error:
            return error

    return run


def test_two_who_publish_the_same_drafts_put_one_release_in_force(town, fresh_desk):
    draft(town)
    seen, marks = town.desk.read(seen_and_marks)
    publish = [refused(publishing(seen, marks, town.actor(name))) for name in ("ada", "olga")]
    came = at_once(fresh_desk, *publish)
    assert sorted(isinstance(one, VorgangError) for one in came) == [False, True]
    assert course(town) == ([1, 2], 2)


def test_who_publishes_and_who_goes_back_at_once_leave_one_order(town, fresh_desk):
    draft(town)
    publishing(*town.desk.read(seen_and_marks), town.actor("ada"))(town.desk)
    draft(town, lambda text: text.replace("queue: Purchasing", "queue: HR"))
    seen, marks = town.desk.read(seen_and_marks)
    back = lambda desk: desk.run(lambda w: roll_back_rules(w, 1).number, town.actor("olga"))  # noqa: E731
    came = at_once(fresh_desk, refused(publishing(seen, marks, town.actor("ada"))), refused(back))
    numbers, in_force = course(town)
    assert numbers[:2] == [1, 2]
    assert numbers[-1] == in_force
    assert in_force in [one for one in came if isinstance(one, int)]


def test_what_waits_for_its_time_comes_once_with_two_workers(town, fresh_desk, clock):
    draft(town)

    def wait(work):
        seen, marks = seen_and_marks(work)
        propose_rules(work, seen, "later", marks, work.now + timedelta(hours=1))

    town.desk.run(wait, town.actor("ada"))
    clock.move(hours=2)
    at_once(fresh_desk, *[lambda desk: sweep(desk, fire_timer)] * 2)
    assert course(town) == ([1, 2], 2)


def test_tickets_that_come_in_meanwhile_are_each_decided_by_one_release(town, fresh_desk):
    draft(town)
    seen, marks = town.desk.read(seen_and_marks)
    actor = town.actor("clara")

    def make(work):
        customer = town.person(work, "clara")
        return create_ticket(work, NewTicket("A telex", "x", "web", customer=customer)).id

    def come_in(desk):
        return [desk.run(make, actor) for _ in range(2)]

    came = at_once(fresh_desk, publishing(seen, marks, town.actor("ada")), *[come_in] * 4)
    assert came[0] == 2
    ids = [ticket for some in came[1:] for ticket in some]
    assert len(set(ids)) == 8

    def decided(work):
        query = select(DecisionTrace.ticket_id, DecisionTrace.release, DecisionTrace.ruleset)
        known = set(work.session.scalars(select(RulesRelease.digest)))
        found = {}
        for ticket, release, ruleset in work.session.execute(query):
            assert release in known
            found.setdefault(ticket, set()).add(release)
            found.setdefault((ticket, ruleset), []).append(1)
        return found

    found = town.desk.read(decided)
    assert all(len(found[ticket]) == 1 and found[ticket, "routing"] for ticket in ids)


def test_a_draft_that_is_changed_while_it_is_built_is_not_lost(town, fresh_desk, monkeypatch):
    draft(town)
    seen, marks = town.desk.read(seen_and_marks)
    if town.desk.database.sqlite:
        pytest.skip("whoever writes has the whole database")
    other, building, done = fresh_desk(), rules_publishing.built, []

    def meanwhile(stand):
        if not done:
            done.append(1)
            changed = lambda text: text.replace("queue: Purchasing", "queue: HR")  # noqa: E731
            other.run(lambda w: edit_rules(w, "routing", seen["routing"], changed).revision,
                      town.actor("olga"))  # fmt: skip
        return building(stand)

    monkeypatch.setattr(rules_publishing, "built", meanwhile)
    with pytest.raises(Conflict):
        publishing(seen, marks, town.actor("ada"))(town.desk)
    assert course(town) == ([1], 1)
    text = town.desk.read(lambda work: rules_draft_of(work.session, "routing").text)
    assert "queue: HR" in text
