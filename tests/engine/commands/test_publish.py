"""Publishing is whole or not at all, remembers versions, and is for owners and admins."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.catalogue.queries import offers
from engine.commands.candidates import read_processes, read_rules
from engine.commands.offers import publish_catalogue, read_catalogue
from engine.commands.publish import publish_processes, publish_rules
from engine.errors import Invalid, NotAllowed

ROOT = Path(__file__).parents[3]


@pytest.fixture
def drafts(tmp_path):
    """A copy of the starter set to change."""
    for name in ("processes", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def rules_of(drafts):
    candidate = read_rules(drafts / "rules")
    return lambda work: publish_rules(work, candidate)


def processes_of(drafts):
    candidate = read_processes(drafts / "processes", None)
    return lambda work: publish_processes(work, candidate)


def catalogue_of(drafts):
    candidate = read_catalogue(drafts / "processes")
    return lambda work: [offer.key for offer in publish_catalogue(work, candidate)]


def refused(town, command, drafts):
    """What publishing says is wrong: (element, line, message) each."""
    with pytest.raises(Invalid) as caught:
        town.desk.run(command(drafts))
    return [(p.element, p.line, p.message) for p in caught.value.problems]


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
    town.desk.run(processes_of(drafts))
    town.desk.run(rules_of(drafts))
    assert (versions(town), release(town)) == before


def test_a_changed_diagram_becomes_version_two_and_running_tickets_stay_on_one(town, drafts):
    number = town.report()
    edit(drafts / "processes/incident/process.bpmn", "Sort the fault", "Sort this fault")
    town.desk.run(processes_of(drafts))
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
        town.desk.run(processes_of(drafts))
    assert caught.value.problems
    assert versions(town) == before


def test_a_broken_rule_is_refused_with_its_line_and_the_last_release_stays(town, drafts):
    edit(drafts / "rules/routing.yaml", "op: contains", "op: cnotains")
    before = release(town)
    with pytest.raises(Invalid) as caught:
        town.desk.run(rules_of(drafts))
    assert any(problem.line for problem in caught.value.problems)
    assert release(town) == before


def test_a_changed_rule_decides_from_the_next_transaction_on(town, drafts):
    assert town.see(town.report(), lambda w, t: t.queue.name) == "Network::VPN"
    for name in ("routing.yaml", "examples/routing.yaml"):
        edit(drafts / "rules" / name, "Network::VPN", "HR")
    town.desk.run(rules_of(drafts))
    assert town.see(town.report(), lambda w, t: t.queue.name) == "HR"


@pytest.mark.parametrize("name", ["clara", "agnes"])
def test_agents_and_customers_publish_nothing(town, drafts, name):
    with pytest.raises(NotAllowed):
        town.desk.run(rules_of(drafts), town.actor(name))
    with pytest.raises(NotAllowed):
        town.desk.run(
            processes_of(drafts),
            town.actor(name),
        )


def test_an_example_that_comes_out_otherwise_keeps_rules_from_coming_in_force(town, drafts):
    edit(drafts / "rules/routing.yaml", "Network::VPN", "HR")
    before = release(town)
    found = refused(town, rules_of, drafts)
    assert any("expected" in text and "decided" in text and "HR" in text for *_, text in found)
    assert all(text.startswith("routing: ") for *_, text in found)
    assert release(town) == before


def test_an_example_that_goes_another_way_keeps_a_process_from_coming_in_force(town, drafts):
    edit(drafts / "processes/incident/process.bpmn", "Sort the fault", "Sort this fault")
    edit(drafts / "processes/incident/examples.yaml", "- {expect: [work]}", "- {expect: [triage]}")
    before = versions(town)
    found = refused(town, processes_of, drafts)
    element, line, text = found[0]
    assert element == "Solved, and the customer confirms"
    assert line == 2
    assert text == ("incident: examples.yaml: step 4: waits at work, expected triage")
    assert versions(town) == before


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- [", "cannot be read"),
        ("name: one", "is a list"),
        ("- 5", "is a mapping with a name"),
        ("- {name: a, steps: &x []}\n- {name: b, steps: *x}", "references"),
        ("- {name: a, steps: [{expect: 5}]}", "cannot be played"),
    ],
)
def test_examples_that_are_none_are_named(town, drafts, text, said):
    (drafts / "processes/shared/approval/examples.yaml").write_text(text)
    ((_, _, found),) = refused(town, processes_of, drafts)
    assert found.startswith("shared/approval: examples.yaml: ")
    assert said in found


def test_a_picture_beside_a_diagram_stays_there_and_a_readme_has_to_be_text(town, drafts):
    (drafts / "processes/incident/picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    candidate = read_processes(drafts / "processes", None)
    assert candidate.left_out == ("incident/picture.png",)
    town.desk.run(processes_of(drafts))
    (drafts / "processes/incident/README.md").write_bytes("für".encode("latin-1"))
    with pytest.raises(Invalid, match=r"incident/README.md is not text in UTF-8"):
        read_processes(drafts / "processes", None)


def test_an_sla_that_counts_by_no_calendar_is_named_with_its_line(town, drafts):
    edit(drafts / "rules/slas.yaml", "calendar: extended", "calendar: extendde")
    ((element, line, text),) = refused(town, rules_of, drafts)
    assert (element, line) == ("slas.gold.calendar", 16)
    assert "extendde" in text


def test_broken_calendars_and_rules_are_named_together(town, drafts):
    edit(drafts / "rules/calendars.yaml", "mon-fri:", "mon-fry:")
    edit(drafts / "rules/routing.yaml", "op: contains", "op: cnotains")
    said = [text.partition(":")[0] for *_, text in refused(town, rules_of, drafts)]
    assert {"calendars.yaml", "routing.yaml"} <= set(said)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "text",
    ["[]", "- {key: a}", "5", "offers: 5", "offers: [5]", "offers: [{title: {en: A}}]",
     "offers: [{key: '../a', title: {en: A}}]", "offers: [{key: a}]",
     "offers: [{key: a, title: {en: A}, audience: everyone}]",
     "offers: [{key: a, title: {en: A}}, {key: a, title: {en: A}}]",
     "offers: [{key: a, title: {en: A}, form: no_such}]"],
)  # fmt: skip
def test_a_catalogue_that_is_none_is_named(town, drafts, text):
    (drafts / "processes/catalogue.yaml").write_text(text)
    found = refused(town, catalogue_of, drafts)
    assert all(message.startswith("catalogue.yaml: ") for *_, message in found)


def test_a_catalogue_names_only_what_there_is_and_all_slips_are_listed(town, drafts):
    path = drafts / "processes/catalogue.yaml"
    edit(path, "process: change", "process: chnage")
    edit(path, "queue: Complaints", "queue: Complains")
    edit(path, "type: question", "type: qestion")
    edit(path, "priority: 2 low", "priority: 9 least")
    found = refused(town, catalogue_of, drafts)
    assert {element for element, *_ in found} == {"request_change", "complain", "ask_question"}
    assert len(found) == 4
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(
        re.search("[\"'“](.+?)[\"'”]", text)[1] in lines[line - 1] for _, line, text in found
    )


def test_the_form_of_an_offer_has_to_be_a_schema(town, drafts):
    path = drafts / "processes/offers/complain.schema.json"
    path.write_text('{"type": "nonsense"}')
    ((element, _, text),) = refused(town, catalogue_of, drafts)
    assert element == "complain"
    assert "complain.schema.json is no JSON schema" in text


def test_offers_not_in_the_catalogue_any_more_are_put_away(town, drafts):
    path = drafts / "processes/catalogue.yaml"
    path.write_text("offers: [{key: report_fault, title: {en: A}, form: report_fault}]")
    assert town.desk.run(catalogue_of(drafts)) == ["report_fault"]
    left = town.desk.read(
        lambda work: [offer.key for offer in offers(work.session, town.actor("ada"))]
    )
    assert left == ["report_fault"]
