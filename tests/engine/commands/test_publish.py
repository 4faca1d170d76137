"""Publishing is whole or not at all, remembers versions, and is for owners and admins."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.commands.publish import publish_processes, publish_rules
from engine.errors import Invalid, NotAllowed

ROOT = Path(__file__).parents[3]


@pytest.fixture
def drafts(tmp_path):
    """A copy of the starter set to change."""
    for name in ("processes", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def versions(town):
    query = select(ProcessInForce)
    return town.desk.read(lambda w: {r.key: r.version.number for r in w.session.scalars(query)})


def release(town):
    return town.desk.read(lambda w: w.session.get_one(RulesInForce, 1).release.digest)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_publishing_the_same_again_changes_nothing(town, drafts):
    before = versions(town), release(town)
    town.desk.run(lambda w: publish_processes(w, drafts / "processes"))
    town.desk.run(lambda w: publish_rules(w, drafts / "rules"))
    assert (versions(town), release(town)) == before


def test_a_changed_diagram_becomes_version_two_and_running_tickets_stay_on_one(town, drafts):
    number = town.report()
    edit(drafts / "processes/incident/process.bpmn", "Sort the fault", "Sort this fault")
    town.desk.run(lambda w: publish_processes(w, drafts / "processes"))
    assert versions(town)["incident"] == 2
    assert versions(town)["question"] == 1
    from engine.tickets.queries import instance_of

    def version(work, ticket):
        return instance_of(work.session, ticket).version.number

    assert town.see(number, version) == 1
    assert town.see(town.report(), version) == 2


def test_a_broken_diagram_is_refused_with_its_place_and_the_last_good_one_stays(town, drafts):
    edit(drafts / "processes/incident/process.bpmn", "<bpmn:userTask", "<bpmn:complexGateway")
    before = versions(town)
    with pytest.raises(Invalid) as caught:
        town.desk.run(lambda w: publish_processes(w, drafts / "processes"))
    assert caught.value.problems
    assert versions(town) == before


def test_a_broken_rule_is_refused_with_its_line_and_the_last_release_stays(town, drafts):
    edit(drafts / "rules/routing.yaml", "op: contains", "op: cnotains")
    before = release(town)
    with pytest.raises(Invalid) as caught:
        town.desk.run(lambda w: publish_rules(w, drafts / "rules"))
    assert any(problem.line for problem in caught.value.problems)
    assert release(town) == before


def test_a_changed_rule_decides_from_the_next_transaction_on(town, drafts):
    assert town.see(town.report(), lambda w, t: t.queue.name) == "Network::VPN"
    edit(drafts / "rules/routing.yaml", "Network::VPN", "HR")
    town.desk.run(lambda w: publish_rules(w, drafts / "rules"))
    assert town.see(town.report(), lambda w, t: t.queue.name) == "HR"


@pytest.mark.parametrize("name", ["clara", "agnes"])
def test_agents_and_customers_publish_nothing(town, drafts, name):
    with pytest.raises(NotAllowed):
        town.desk.run(lambda w: publish_rules(w, drafts / "rules"), town.actor(name))
    with pytest.raises(NotAllowed):
        town.desk.run(lambda w: publish_processes(w, drafts / "processes"), town.actor(name))
