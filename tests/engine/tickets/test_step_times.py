"""Stays at steps are kept as they happen, and added up as one would by hand."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from math import ceil

from sqlalchemy import select, text

from engine.commands.tickets import close_ticket
from engine.tickets.flow import ProcessInstance, StepVisit
from engine.tickets.step_times import (
    Scope,
    outlier_count,
    outliers,
    standing_now,
    step_times,
)

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def scope_of(town, key="incident", **more):
    from engine.catalogue.published import ProcessVersion

    ids = select(ProcessVersion.id).where(ProcessVersion.key == key)
    return Scope(tuple(town.desk.read(lambda w: w.session.scalars(ids).all())), **more)


def times(town, scope):
    return {one.step_id: one for one in town.desk.read(lambda w: step_times(w.session, scope))}


def standing(town, scope):
    return town.desk.read(lambda w: standing_now(w.session, scope))


def test_a_stay_lasts_from_entering_to_leaving(town, clock):
    number = town.report()
    clock.move(hours=2)
    town.complete("agnes", number, "triage", TRIAGE)
    clock.move(hours=1)
    scope = scope_of(town)
    found = times(town, scope)
    assert (found["triage"].visits, found["triage"].total) == (1, 7_200)
    assert (found["reported"].visits, found["reported"].total) == (1, 0)
    assert "work" not in found
    (now,) = standing(town, scope)
    assert (now.step_id, now.whom, now.name, now.count) == ("work", "person", "Agnes Meier", 1)


def test_working_time_is_kept_beside_the_time_of_the_clock(town, clock):
    number = town.report()
    clock.move(days=1)  # from Monday to Tuesday, the same hour
    town.complete("agnes", number, "triage", TRIAGE)
    kept = times(town, scope_of(town))["triage"]
    working = times(town, scope_of(town, working=True))["triage"]
    assert kept.total == 86_400
    assert 4 * 3_600 <= working.total <= 14 * 3_600
    town.desk.run(lambda w: w.session.execute(text("update step_visit set worked = null")))
    assert times(town, scope_of(town, working=True)) == {}
    assert times(town, scope_of(town))["triage"].total == 86_400


def test_every_way_to_wait_says_for_whom(town):
    number = town.report()
    fresh = town.report(title="Another one")
    town.complete("agnes", number, "triage", TRIAGE)
    town.complete("agnes", number, "work", {"work_result": "ask", "message": "Which one?"})
    found = {one.step_id: (one.whom, one.name) for one in standing(town, scope_of(town))}
    assert found.pop("triage") == ("queue", "Service Desk")
    assert {whom for whom, _ in found.values()} == {"other"}  # the first of several events
    asked = town.report(title="A laptop", type="service request")
    assert asked
    waits = standing(town, scope_of(town, "service_request"))
    assert ("customer", "Max Lang") in [(one.whom, one.name) for one in waits]
    town.do("agnes", fresh, close_ticket)
    assert "triage" not in {one.step_id for one in standing(town, scope_of(town))}


def test_a_process_ended_by_hand_stays_nowhere(town, clock):
    number = town.report()
    clock.move(minutes=30)
    town.do("agnes", number, close_ticket)
    scope = scope_of(town)
    assert standing(town, scope) == []
    triage = times(town, scope)["triage"]
    assert (triage.visits, triage.cancelled, triage.total) == (1, 1, 1_800)


def test_loops_are_as_many_visits_and_branches_joined_leave_nothing_open(town, clock):
    number = town.report(title="A laptop and access", type="service request")
    clock.move(hours=1)
    town.complete("max", number, "decide", {"decision": "approved"})
    hardware = {"hardware_result": "provided", "asset_tag": "NB-1"}
    town.complete("bruno", number, "provide_hardware", hardware)
    clock.move(hours=1)
    access = {"access_result": "provided", "account": "clara"}
    town.complete("agnes", number, "provide_access", access)
    scope = scope_of(town, "service_request")
    open_now = {one.step_id.rsplit("/", 1)[-1] for one in standing(town, scope)}
    assert "confirm" in open_now
    assert not {"provide_access", "provide_hardware"} & open_now
    assert times(town, scope)["provide_access"].total == 3_600


def fill(town, rows):
    """Visits of one ticket's instance, as many as a test wants: (step, seconds, left at)."""

    def command(work):
        row = work.session.scalars(select(ProcessInstance)).first()
        work.session.execute(StepVisit.__table__.delete())
        for step, seconds, left in rows:
            work.session.add(
                StepVisit(
                    instance_id=row.id, ticket_id=row.ticket_id, version_id=row.version_id,
                    queue_id=row.ticket.queue_id, step_id=step, seconds=seconds,
                    entered_at=left - timedelta(seconds=seconds), left_at=left, outcome="completed",
                )
            )  # fmt: skip

    town.desk.run(command)


def test_the_figures_are_those_of_the_sorted_list(town):
    town.report()
    dice = random.Random(7)
    rows = [
        (dice.choice("abc"), int(dice.expovariate(1 / 5_000)), NOW - timedelta(hours=dice.random()))
        for _ in range(400)
    ]
    fill(town, rows)
    by_step = defaultdict(list)
    for step, seconds, _ in rows:
        by_step[step].append(seconds)
    for step, found in times(town, scope_of(town)).items():
        values = sorted(by_step[step])
        n = len(values)
        assert found.visits == n
        assert found.total == sum(values)
        assert found.median == values[ceil(n / 2) - 1]
        assert found.p90 == values[ceil(n * 0.9) - 1]
        assert found.longest == values[-1]


def test_a_time_and_a_queue_narrow_it(town):
    number = town.report()
    fill(town, [("a", 60, NOW - timedelta(days=days)) for days in (1, 10, 100)])
    week = scope_of(town, since=NOW - timedelta(days=7))
    assert times(town, week)["a"].visits == 1
    before = scope_of(town, until=NOW - timedelta(days=50))
    assert times(town, before)["a"].visits == 1
    queue = town.see(number, lambda w, t: t.queue_id)
    assert times(town, scope_of(town, queue_id=queue))["a"].visits == 3
    assert times(town, scope_of(town, queue_id=queue + 1)) == {}


def test_outliers_are_told_apart_and_shown_only_to_who_may_read_the_ticket(town):
    town.report()
    fill(town, [("a", 600 + n, NOW) for n in range(18)] + [("a", 90_000, NOW), ("a", 80_000, NOW)])
    scope = scope_of(town)
    a = times(town, scope)["a"]
    assert a.outliers
    limits = {"a": a.far}
    assert town.desk.read(lambda w: outlier_count(w.session, scope, limits)) == {"a": 2}
    seen = town.desk.read(lambda w: outliers(w.session, town.actor("agnes"), scope, limits))
    assert [visit.seconds for visit, _ in seen[0]] == [90_000, 80_000]
    assert seen[1] == 0
    unseen = town.desk.read(lambda w: outliers(w.session, town.actor("olga"), scope, limits))
    assert unseen == ([], 2)


def test_few_visits_do_not_say_what_is_usual(town):
    town.report()
    fill(town, [("a", 60, NOW)] * 5 + [("a", 900_000, NOW)])
    assert not times(town, scope_of(town))["a"].outliers


def test_a_visit_from_before_tasks_were_noted_is_left_at_its_step(town, clock):
    number = town.report()
    town.desk.run(lambda w: w.session.execute(text("update step_visit set task_id = ''")))
    clock.move(hours=3)
    town.complete("agnes", number, "triage", TRIAGE)
    found = times(town, scope_of(town))["triage"]
    assert (found.visits, found.total, found.cancelled) == (1, 10_800, 0)
