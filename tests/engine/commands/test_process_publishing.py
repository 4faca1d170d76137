"""A draft is put in force only when nothing speaks against it, and an earlier version again."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from sqlalchemy import select

from engine.audit.models import DeskEntry
from engine.catalogue.published import ProcessInForce
from engine.commands import process_publishing
from engine.commands.examining import examine, mark_of
from engine.commands.process_drafts import draft_of, open_draft, save_draft
from engine.commands.process_publishing import publish_draft, roll_back
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.tickets.queries import instance_of
from engine.work import transaction
from tests.town import ROOT


def text(name, *pairs):
    found = (ROOT / "processes" / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in found
        found = found.replace(old, new)
    return found


def drawn(town, changes, key="incident"):
    return town.desk.run(lambda w: save_draft(w, key, 0, changes).revision, town.actor("olga"))


def publish(town, revision, key="incident", marks=(), by="olga"):
    def command(work):
        return publish_draft(work, key, revision, "Because", marks).number

    return town.desk.run(command, town.actor(by))


def in_force(town, key="incident"):
    def look(work):
        version = work.session.get_one(ProcessInForce, key).version
        return {"number": version.number, "by": version.published_by, "note": version.note,
                "files": dict(version.files), "shared": dict(version.shared),
                "acknowledged": list(version.acknowledged)}  # fmt: skip

    return town.desk.read(look)


def looked_at(town, key="incident"):
    return town.desk.read(lambda w: examine(w, draft_of(w.session, key)), town.actor("olga"))


WAIT = 2  # seconds
LATER = ('"P3D"', '"P2DT20H"')
SORTED = ("Sort the fault", "Sort out the fault")


def test_a_draft_is_in_force_for_new_tickets_with_author_and_note(town):
    before = town.report()
    publish(town, drawn(town, {"process.bpmn": text("incident/process.bpmn", SORTED)}))
    now = in_force(town)
    assert (now["number"], now["by"], now["note"]) == (2, "Olga Brandt", "Because")
    assert "Sort out the fault" in now["files"]["process.bpmn"]
    assert town.desk.read(lambda w: draft_of(w.session, "incident")) is None

    def number(work, ticket):
        return instance_of(work.session, ticket).version.number

    assert (town.see(before, number), town.see(town.report(), number)) == (1, 2)


def test_only_what_was_seen_is_published(town):
    seen = drawn(town, {"README.md": "One"})
    town.desk.run(
        lambda w: save_draft(w, "incident", seen, {"README.md": "Two"}), town.actor("ada")
    )
    with pytest.raises(Conflict):
        publish(town, seen)
    assert in_force(town)["number"] == 1


def test_an_error_stops_it_with_its_place_and_mend(town):
    broken = text("incident/process.bpmn", ("<bpmn:exclusiveGateway", "<bpmn:complexGateway"),
                  ("</bpmn:exclusiveGateway", "</bpmn:complexGateway"))  # fmt: skip
    revision = drawn(town, {"process.bpmn": broken})
    with pytest.raises(Invalid) as caught:
        publish(town, revision)
    assert any(p.element and p.mend for p in caught.value.problems)
    assert in_force(town)["number"] == 1


def test_a_red_example_stops_it(town):
    red = text("incident/examples.yaml", ("expect: [triage]", "expect: [work]"))
    revision = drawn(town, {"examples.yaml": red})
    with pytest.raises(Invalid) as caught:
        publish(town, revision)
    assert {p.code for p in caught.value.problems} == {"example-failed"}


def test_warnings_are_acknowledged_one_by_one_and_remembered(town):
    warned = text(
        "incident/process.bpmn", ('id="triage"', 'id="triage" xmlns:odd="urn:odd" odd:x="1"')
    )
    revision = drawn(town, {"process.bpmn": warned})
    marks = [mark_of(p) for p in looked_at(town).warnings]
    assert marks
    for given in ([], marks[1:], ["x"]):
        with pytest.raises(Invalid) as caught:
            publish(town, revision, marks=given)
        assert all(p.severity == "warning" for p in caught.value.problems)
    publish(town, revision, marks=marks)
    assert in_force(town)["acknowledged"] == sorted(marks)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("assign", "severity"),
    [("queue:Nowhere", "error"), ("group:nobody", "error"), ("person:no@example.com", "error"),
     ("queue:Network", None), ("group:network", None), ("person:agnes@example.com", None)],
)  # fmt: skip
def test_lanes_that_nobody_here_serves_are_named(town, assign, severity):
    lane = "<spiffworkflow:assign>"
    diagram = text("change/process.bpmn")
    start = diagram.index(lane) + len(lane)
    end = diagram.index("<", start)
    drawn(town, {"process.bpmn": diagram[:start] + assign + diagram[end:]}, "change")
    found = [p for p in looked_at(town, "change").problems if p.code == "unserved"]
    assert [p.severity for p in found] == ([severity] if severity else [])
    assert all(p.element and p.mend for p in found)


def test_states_and_notices_that_the_desk_has_not_are_named(town):
    diagram = text(
        "incident/process.bpmn",
        ("<spiffworkflow:ticketState>open<", "<spiffworkflow:ticketState>odd<"),
    )
    drawn(town, {"process.bpmn": diagram})
    assert "unknown-state" in {p.code for p in looked_at(town).errors}
    asking = text("shared/ask_customer/process.bpmn", ("'answer_reminder'", "'no_such_notice'"))
    drawn(town, {"process.bpmn": asking}, "shared.ask_customer")
    assert "unknown-notice" in {p.code for p in looked_at(town, "shared.ask_customer").errors}


def test_a_state_of_this_desk_is_no_finding(town):
    from engine.catalogue.models import State

    town.desk.run(lambda w: w.session.add(State(name="at the workshop", type="open")))
    diagram = text(
        "incident/process.bpmn",
        ("<spiffworkflow:ticketState>open<", "<spiffworkflow:ticketState>at the workshop<"),
    )
    drawn(town, {"process.bpmn": diagram})
    assert [p for p in looked_at(town).problems if "workshop" in p.message] == []


def test_examples_and_descriptions_alone_make_no_new_version(town):
    more = text(
        "incident/examples.yaml", ("Solved, and the customer confirms\n", "Solved, and confirmed\n")
    )
    publish(town, drawn(town, {"examples.yaml": more}))
    now = in_force(town)
    assert now["number"] == 1
    assert now["files"]["examples.yaml"] == more


def test_a_part_goes_into_every_process_that_calls_it(town):
    later = text("shared/ask_customer/process.bpmn", ('"P3D"', '"P2DT20H"'))
    key = "shared.ask_customer"
    revision = drawn(town, {"process.bpmn": later}, key)
    assert "incident" in looked_at(town, key).callers
    publish(town, revision, key)
    assert in_force(town, key)["files"]["process.bpmn"] == later
    assert in_force(town)["number"] == 2
    assert in_force(town)["shared"]["ask_customer"]["process.bpmn"] == later


def test_a_part_that_turns_an_example_of_a_caller_red_is_in_force_nowhere(town):
    other = text(
        "shared/ask_customer/process.bpmn",
        ('customer_answer = "answered"', 'customer_answer = "none"'),
    )
    key = "shared.ask_customer"
    revision = drawn(town, {"process.bpmn": other, "examples.yaml": "[]"}, key)
    with pytest.raises(Invalid) as caught:
        publish(town, revision, key)
    assert any(p.message.startswith("incident:") for p in caught.value.problems)
    assert in_force(town, key)["number"] == in_force(town)["number"] == 1


def test_an_earlier_version_is_put_back_in_one_step_and_the_step_is_written_down(town):
    publish(town, drawn(town, {"process.bpmn": text("incident/process.bpmn", SORTED)}))
    town.desk.run(lambda w: roll_back(w, "incident", 1, "Too hasty"), town.actor("olga"))
    assert in_force(town)["number"] == 1
    entries = town.desk.read(
        lambda w: [dict(e.detail) for e in w.session.scalars(
            select(DeskEntry).where(DeskEntry.what == "process rolled back"))]
    )  # fmt: skip
    assert entries == [{"key": "incident", "version": 1, "note": "Too hasty"}]
    again = drawn(town, {"process.bpmn": text("incident/process.bpmn", SORTED)})
    assert publish(town, again) == 2


def test_a_part_is_put_back_in_every_process_that_calls_it(town):
    key = "shared.ask_customer"
    before = in_force(town, key)["files"]["process.bpmn"]
    later = text("shared/ask_customer/process.bpmn", ('"P3D"', '"P2DT20H"'))
    publish(town, drawn(town, {"process.bpmn": later}, key), key)
    town.desk.run(lambda w: roll_back(w, key, 1, "Too soon"), town.actor("olga"))
    assert in_force(town, key)["number"] == 1
    assert in_force(town)["shared"]["ask_customer"]["process.bpmn"] == before


def test_what_does_not_exist_is_not_put_back(town):
    for key, number in (("incident", 7), ("none", 1)):
        with pytest.raises(NotFound):
            town.desk.run(lambda w, k=key, n=number: roll_back(w, k, n), town.actor("olga"))


def test_agents_and_customers_neither_publish_nor_put_back(town):
    revision = drawn(town, {"README.md": "One"})
    for by in ("agnes", "clara"):
        with pytest.raises(NotAllowed):
            publish(town, revision, by=by)
        with pytest.raises(NotAllowed):
            town.desk.run(lambda w: roll_back(w, "incident", 1), town.actor(by))
    assert in_force(town)["number"] == 1


def test_whatever_a_draft_holds_it_is_looked_at(town):
    for diagram in ("", "<a/>", "\ufffe", "<!DOCTYPE x>", "<definitions/>"):

        def command(work, diagram=diagram):
            draft = open_draft(work, "incident")
            save_draft(work, "incident", draft.revision, {"process.bpmn": diagram})

        town.desk.run(command, town.actor("olga"))
        assert looked_at(town).errors


@pytest.mark.both_databases
def test_a_part_put_back_while_a_caller_is_published_is_in_it_as_it_is_in_force(town, monkeypatch):
    key = "shared.ask_customer"
    later = text("shared/ask_customer/process.bpmn", LATER)
    publish(town, drawn(town, {"process.bpmn": later}, key), key)
    revision = drawn(town, {"process.bpmn": text("incident/process.bpmn", SORTED)})
    going_back, looked = town.desk.database.writing(), Event()
    with transaction(going_back):
        roll_back(town.desk.work(going_back, town.actor("olga")), key, 1)

        def examined(work, draft):
            found = examine(work, draft)
            looked.set()
            return found

        monkeypatch.setattr(process_publishing, "examine", examined)
        other = Thread(target=lambda: publish(town, revision))
        other.start()
        looked.wait(WAIT)  # whoever has looked by now has seen the part that is on its way out
    other.join()
    assert "Sort out the fault" in in_force(town)["files"]["process.bpmn"]
    assert in_force(town)["shared"]["ask_customer"] == in_force(town, key)["files"]
