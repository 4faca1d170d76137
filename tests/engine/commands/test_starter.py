"""After an upgrade what came anew is offered; what was changed here is never overwritten."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import select

from engine.catalogue.models import Sla
from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.commands.candidates import read_processes, read_rules
from engine.commands.publish import publish_processes, publish_rules
from engine.commands.starter import decline, differences, in_force, news, remember, shipped, take
from engine.errors import Invalid, NotAllowed, NotFound
from tests.town import ROOT

ROUTING, NOTICES = "rules/routing.yaml", "rules/notification.yaml"
INCIDENT = "processes/incident/process.bpmn"


@pytest.fixture
def came(town, tmp_path):
    """The folders that come with a version; the town has been given what lies there now."""
    for name in ("processes", "rules"):
        shutil.copytree(ROOT / name, tmp_path / "came" / name)
    folder = tmp_path / "came"
    town.desk.settings = replace(
        town.desk.settings, processes_dir=folder / "processes", rules_dir=folder / "rules"
    )
    units = shipped(town.desk.settings)
    town.desk.run(lambda work: remember(work, units))
    return folder


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def change_here(town, tmp_path, name, old, new):
    """Publish the starter set with one file changed, as a company does."""
    mine = tmp_path / "mine"
    if not mine.exists():
        for folder in ("processes", "rules"):
            shutil.copytree(ROOT / folder, mine / folder)
    edit(mine / name, old, new)
    rules, processes = read_rules(mine / "rules"), read_processes(mine / "processes", None)
    town.desk.run(lambda w: publish_rules(w, rules, "ours") and None)
    town.desk.run(lambda w: publish_processes(w, processes, "ours") and None)


def found(town):
    return {one.name: one.kind for one in differences(town.desk)}


def mine(town, name):
    return "".join(town.desk.read(in_force)[name].values())


def test_what_is_in_force_reads_as_what_came(town, came):
    assert town.desk.read(in_force) == shipped(town.desk.settings)
    assert found(town) == {}


def test_what_nobody_changed_here_is_an_offer_with_its_difference_and_is_taken(town, came):
    edit(came / NOTICES, "Acknowledge the arrival", "Say that it came")
    edit(came / "rules/slas.yaml", "first_response: PT4H", "first_response: PT2H")
    edit(came / INCIDENT, "Sort the fault", "Sort this fault")
    assert found(town) == {
        "processes/incident": "offer", NOTICES: "offer", "rules/slas.yaml": "offer",
    }  # fmt: skip
    lines = {one.name: one.lines for one in differences(town.desk)}[NOTICES]
    assert any(line.startswith("+") and "Say that it came" in line for line in lines)
    take(town.desk, list(found(town)))
    assert found(town) == {}
    assert "Say that it came" in mine(town, NOTICES)
    assert "Sort this fault" in mine(town, "processes/incident")
    first = town.desk.read(
        lambda w: w.session.scalar(select(Sla.first_response).where(Sla.name == "standard"))
    )
    assert first == 2 * 3600


def test_a_start_tells_how_much_came_until_it_is_decided(town, came):
    assert [news(town.desk), news(town.desk)] == [0, 0]
    edit(came / NOTICES, "Acknowledge the arrival", "Say that it came")
    assert [news(town.desk), news(town.desk)] == [1, 1]
    take(town.desk, [NOTICES])
    assert news(town.desk) == 0


def test_what_was_changed_here_alone_is_no_news(town, came, tmp_path):
    change_here(town, tmp_path, INCIDENT, "Sort the fault", "Sort our fault")
    change_here(town, tmp_path, NOTICES, "Acknowledge the arrival", "Say thanks")
    assert found(town) == {}


def test_what_was_changed_on_both_sides_is_a_conflict_and_the_others_are_taken_beside_it(
    town, came, tmp_path
):
    change_here(town, tmp_path, NOTICES, "Acknowledge the arrival", "Say thanks")
    edit(came / NOTICES, "Acknowledge the arrival", "Say that it came")
    edit(came / ROUTING, "en: Routing", "en: Where to")
    assert found(town) == {NOTICES: "conflict", ROUTING: "offer"}
    take(town.desk, [ROUTING])
    assert found(town) == {NOTICES: "conflict"}
    assert "Say thanks" in mine(town, NOTICES)
    assert "Where to" in mine(town, ROUTING)


def test_what_was_declined_is_not_offered_again_until_it_comes_anew(town, came):
    edit(came / ROUTING, "en: Routing", "en: Where to")
    town.desk.run(lambda w: decline(w, town.desk.settings, [ROUTING]))
    assert found(town) == {}
    assert "en: Routing" in mine(town, ROUTING)
    edit(came / ROUTING, "en: Where to", "en: Whereto")
    assert found(town) == {ROUTING: "conflict"}


def test_a_process_that_is_new_is_offered_and_taken_and_one_that_was_declined_is_not(town, came):
    shutil.copytree(came / "processes/question", came / "processes/enquiry")
    edit(came / "processes/enquiry/process.bpmn", 'id="question"', 'id="enquiry"')
    assert found(town) == {"processes/enquiry": "new"}
    take(town.desk, ["processes/enquiry"])
    keys = town.desk.read(lambda w: set(w.session.scalars(select(ProcessInForce.key))))
    assert "enquiry" in keys
    assert found(town) == {}


def test_what_does_not_stand_its_examples_is_not_taken_and_nothing_else_either(town, came):
    edit(came / ROUTING, "Network::VPN", "HR")
    edit(came / INCIDENT, "Sort the fault", "Sort this fault")
    before = town.desk.read(in_force)
    with pytest.raises(Invalid):
        take(town.desk, [ROUTING, "processes/incident"])
    assert town.desk.read(in_force) == before
    assert found(town) == {ROUTING: "offer", "processes/incident": "offer"}


def test_a_desk_from_before_knows_by_its_notes_what_it_was_given(town, came, tmp_path):
    from engine.catalogue.published import StarterUnit
    from engine.commands.starter import remember_delivered

    def as_before(work):
        work.session.query(StarterUnit).delete()
        work.session.get_one(RulesInForce, 1).release.note = "as delivered"
        for row in work.session.scalars(select(ProcessInForce)):
            row.version.note = "as delivered"

    town.desk.run(as_before)
    edit(came / NOTICES, "Acknowledge the arrival", "Say that it came")
    assert found(town) == {NOTICES: "offer"}
    town.desk.run(remember_delivered)
    change_here(town, tmp_path, ROUTING, "en: Routing", "en: Where to")
    assert found(town) == {NOTICES: "offer"}


def test_only_owners_and_admins_decide_and_only_about_what_there_is(town, came):
    edit(came / ROUTING, "en: Routing", "en: Where to")
    with pytest.raises(NotAllowed):
        town.desk.run(lambda w: decline(w, town.desk.settings, [ROUTING]), town.actor("agnes"))
    with pytest.raises(NotFound):
        take(town.desk, ["rules/absent.yaml"])
