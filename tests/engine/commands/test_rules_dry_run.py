"""Drafts are tried on the tickets of the past: what would be otherwise, and for whom."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.catalogue.models import Queue
from engine.catalogue.rules_trials import RulesDryRun
from engine.commands import rules_dry_run
from engine.commands.rules_drafts import edit_rules, rules_draft_of, standing
from engine.commands.rules_dry_run import (
    cancel_dry_run,
    dry_run_or_missing,
    latest_of_drafts,
    start_dry_run,
    work_on,
)
from engine.commands.tickets import change_ticket
from engine.errors import Conflict, Invalid, NotAllowed
from engine.housekeeping import tidy
from engine.outbox.drain import drain
from engine.rules.editing import put_rule, rules_of
from engine.tables import metadata
from engine.tasks import DELIVERY
from engine.tickets.models import Ticket

TELEX = {
    "id": "telex",
    "title": {"de": "Telex", "en": "Telex"},
    "when": {"all": [{"fact": "ticket.title", "op": "contains_word", "value": "telex"}]},
    "then": [{"set": {"queue": "Purchasing"}}],
    "stop": True,
}
NASTY = "An old telex <script>'\u202e\U0001f600"


def draft(town, change=None, name="routing"):
    def command(work):
        known = rules_draft_of(work.session, name)
        revision = known.revision if known else 0
        return edit_rules(work, name, revision, change or with_telex).revision

    return town.desk.run(command, town.actor("ada"))


def with_telex(text):
    return put_rule(text, TELEX, before=rules_of(text)[0]["id"])


def run(town, by="ada", **wanted):
    wanted = wanted or {"days": 30}
    return town.desk.run(lambda work: start_dry_run(work, **wanted).id, town.actor(by))


def seen(town, run_id):
    def question(work):
        row = dry_run_or_missing(work.session, run_id)
        return row.status, row.tally, row.total

    return town.desk.read(question)


def id_of(town, number):
    query = select(Ticket.id).where(Ticket.number == number)
    return town.desk.read(lambda work: work.session.scalar(query))


def in_the_background(monkeypatch, batch=2):
    monkeypatch.setattr(rules_dry_run, "AT_ONCE", 0)
    monkeypatch.setattr(rules_dry_run, "BATCH", batch)


def test_it_says_which_tickets_would_go_elsewhere_and_decides_nothing(town, clock):
    one, other = town.report(title=NASTY), town.report(title="VPN drops")
    queue = town.see(one, lambda work, ticket: ticket.queue.name)
    clock.move(minutes=5)
    town.do("ada", one, lambda work, ticket: change_ticket(work, ticket, {"queue": "HR"}))
    draft(town)
    status, tally, total = seen(town, run(town))
    assert (status, total, tally["tickets"], tally["different"]) == ("done", 2, 2, 1)
    assert tally["fields"]["queue"]["cells"] == [[queue, "Purchasing", 1, [id_of(town, one)]]]
    assert tally["rules"]["routing/telex"] == [0, 1]
    assert tally["rules"]["routing/vpn"] == [1, 1]
    assert tally["queues"] == {"HR": 1}
    assert tally["organisations"] == {"Example GmbH": 1}
    assert len(tally["customers"]) == 1
    assert town.see(other, lambda work, ticket: ticket.queue.name) == "Network::VPN"


def test_a_run_writes_itself_down_and_nothing_else(town, clock):
    number = town.report(title=NASTY)
    clock.move(minutes=5)
    town.do("ada", number, lambda work, ticket: change_ticket(work, ticket, {"queue": "HR"}))
    draft(town)

    def rows():
        def question(work):
            return {
                table.name: sorted(map(repr, work.session.execute(select(table)).all()))
                for table in metadata.sorted_tables
                if table.name != RulesDryRun.__tablename__
            }

        return town.desk.read(question)

    before = rows()
    assert seen(town, run(town))[1]["different"] == 1
    assert rows() == before


def test_notices_and_tags_are_compared_too(town):
    town.report()

    def without(text):
        return text.replace("template: acknowledgement", "template: resolved")

    draft(town, without, "notification")
    fields = seen(town, run(town))[1]["fields"]
    pairs = [cell[:3] for cell in fields[":notify"]["cells"]]
    assert pairs == [
        ["to: customer, template: acknowledgement", "to: customer, template: resolved", 1]
    ]


def test_only_the_days_or_what_the_search_finds_is_looked_at(town, clock):
    town.report(title=NASTY)
    clock.move(days=10)
    town.report(title="Another telex", type="question")
    draft(town)
    assert seen(town, run(town, days=5))[2] == 1
    assert seen(town, run(town, days=11))[2] == 2
    status, tally, total = seen(town, run(town, query="type:question state:all"))
    assert (status, total, tally["different"]) == ("done", 1, 1)


def test_a_removed_ruleset_decides_nothing_any_more(town):
    from engine.commands.rules_drafts import remove_ruleset

    town.report(title="VPN drops")
    town.desk.run(lambda work: remove_ruleset(work, "routing", 0) and None, town.actor("ada"))
    tally = seen(town, run(town))[1]
    assert tally["rules"]["routing/vpn"] == [1, 0]
    assert tally["different"] == 1


def test_what_cannot_be_tried_is_refused(town):
    town.report()
    with pytest.raises(Invalid, match="Nothing has been changed"):
        run(town)
    draft(town)
    with pytest.raises(NotAllowed):
        run(town, by="agnes")
    for days in (0, -1, 100_000, None):
        with pytest.raises(Invalid):
            run(town, days=days)
    with pytest.raises(Invalid, match="cannot be searched"):
        run(town, query="queue:nowhere")
    draft(town, lambda text: "rules: [")
    with pytest.raises(Invalid, match="cannot be read"):
        run(town)


def test_a_large_run_goes_on_in_the_background_behind_the_last_ticket(town, monkeypatch):
    for index in range(5):
        town.report(title=f"A telex {index}")
    draft(town)
    in_the_background(monkeypatch)
    run_id = run(town)
    assert seen(town, run_id)[0] == "running"
    assert work_on(town.desk, run_id, batches=1)
    assert seen(town, run_id)[1]["tickets"] == 2
    counting, killed = rules_dry_run.counted_on, []

    def dies(session, comparison, tally, ids):
        killed.append(ids)
        raise SystemExit

    monkeypatch.setattr(rules_dry_run, "counted_on", dies)
    with pytest.raises(SystemExit):
        work_on(town.desk, run_id)
    assert killed
    monkeypatch.setattr(rules_dry_run, "counted_on", counting)
    draft(town, lambda text: text.replace("queue: Purchasing", "queue: HR"))  # nothing to the run
    while work_on(town.desk, run_id):
        pass
    status, tally, total = seen(town, run_id)
    assert (status, tally["tickets"], total) == ("done", 5, 5)
    assert [cell[1:3] for cell in tally["fields"]["queue"]["cells"]] == [["Purchasing", 5]]


def test_the_worker_takes_it_up_and_two_admins_do_not_disturb_each_other(town, monkeypatch):
    for index in range(3):
        town.report(title=f"A telex {index}")
    draft(town)
    in_the_background(monkeypatch)
    one, other = run(town), run(town, by="olga", query="telex state:all")
    for _ in range(6):
        drain(town.desk, DELIVERY)
    for run_id in (one, other):
        status, tally, _ = seen(town, run_id)
        assert (status, tally["tickets"], tally["different"]) == ("done", 3, 3)


def test_two_workers_at_one_batch_count_it_once(town, monkeypatch):
    for index in range(3):
        town.report(title=f"A telex {index}")
    draft(town)
    in_the_background(monkeypatch)
    run_id = run(town)
    counting = rules_dry_run.counted_on
    inner = []

    def meanwhile(session, comparison, tally, ids):
        if not inner:
            inner.append(1)
            session.rollback()
            work_on(town.desk, run_id, batches=1)
        return counting(session, comparison, tally, ids)

    monkeypatch.setattr(rules_dry_run, "counted_on", meanwhile)
    while work_on(town.desk, run_id):
        pass
    monkeypatch.setattr(rules_dry_run, "counted_on", counting)
    while work_on(town.desk, run_id):
        pass
    status, tally, _ = seen(town, run_id)
    assert (status, tally["tickets"]) == ("done", 3)


def test_a_run_can_be_called_off_and_there_are_never_many(town, monkeypatch):
    town.report()
    draft(town)
    in_the_background(monkeypatch)
    runs = [run(town) for _ in range(rules_dry_run.MOST_RUNNING)]
    with pytest.raises(Conflict):
        run(town)
    town.desk.run(lambda work: cancel_dry_run(work, runs[0]) and None, town.actor("olga"))
    assert not work_on(town.desk, runs[0])
    assert seen(town, runs[0])[0] == "cancelled"
    run(town)
    with pytest.raises(Conflict):
        town.desk.run(lambda work: cancel_dry_run(work, runs[0]) and None, town.actor("ada"))


def test_a_queue_that_is_gone_or_renamed_stands_in_no_ones_way(town, clock):
    number = town.report(title=NASTY)

    def rename(work):
        work.session.scalars(select(Queue).where(Queue.name == "Network")).one().name = "Netze"

    clock.move(minutes=1)
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "Network"}))
    clock.move(minutes=1)
    town.do("ada", number, lambda w, t: change_ticket(w, t, {"queue": "HR"}))
    town.desk.run(rename, town.actor("ada"))
    draft(town)
    status, tally, _ = seen(town, run(town))
    assert (status, tally["different"], tally["queues"]) == ("done", 1, {"HR": 1})


def test_the_last_run_of_just_these_drafts_is_known_and_kept_for_a_month(town, clock):
    town.report(title=NASTY)
    draft(town)
    run_id = run(town)

    def latest():
        def question(work):
            found = latest_of_drafts(work.session, standing(work.session))
            return found.id if found else None

        return town.desk.read(question)

    assert latest() == run_id
    draft(town, lambda text: text.replace("queue: Purchasing", "queue: HR"))
    assert latest() is None
    clock.move(days=31)
    tidy(town.desk)
    assert town.desk.read(lambda work: work.session.scalars(select(RulesDryRun)).all()) == []
