"""What differs between two versions is told by element and field, not by line."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.workflow.difference import Change, difference

FOLDER = Path(__file__).parents[3] / "processes/incident"
FILES = {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def changed(name, *pairs):
    data = FILES[name].decode()
    for old, new in pairs:
        assert old in data
        data = data.replace(old, new)
    return FILES | {name: data.encode()}


def test_the_same_differs_in_nothing():
    assert not difference(FILES, dict(FILES))


def test_another_name_is_a_change_of_that_element_alone():
    found = difference(FILES, changed("process.bpmn", ('name="Sort the fault"', 'name="Sort it"')))
    (one,) = found.elements
    assert (one.id, one.kind, one.element) == ("triage", "changed", "userTask")
    assert one.changes == (Change("name", "Sort the fault", "Sort it"),)
    assert not found.redrawn


def test_what_came_and_went_is_told_with_its_name():
    found = difference({}, FILES)
    assert {e.kind for e in found.elements} == {"added"}
    assert {"triage", "work"} <= {e.id for e in found.elements}
    assert [f.name for f in found.forms] == ["triage", "work"]
    gone = difference(FILES, {})
    assert gone.ids("removed") == found.ids("added")
    assert {f.kind for f in (*gone.forms, *gone.files)} == {"removed"}


def test_lanes_states_conditions_and_times_are_told():
    state = "<spiffworkflow:ticketState>%s<"
    found = difference(FILES, changed("process.bpmn", (state % "new", state % "open")))
    assert Change("ticketState", "new", "open") in found.elements[0].changes


def test_where_a_flow_leads_is_told_by_name():
    text = FILES["process.bpmn"].decode()
    at = text.index('targetRef="work"')
    other = text[:at] + 'targetRef="triage"' + text[at + len('targetRef="work"') :]
    found = difference(FILES, FILES | {"process.bpmn": other.encode()})
    assert [c.what for e in found.elements for c in e.changes] == ["targetRef"]
    assert found.elements[0].changes[0].after == "Sort the fault"


def test_only_drawn_anew_is_said_to_be_that():
    found = difference(FILES, changed("process.bpmn", ('<dc:Bounds x="', '<dc:Bounds x="1')))
    assert found.redrawn
    assert not found.elements


def test_forms_are_compared_by_field():
    found = difference(
        FILES, changed("triage.schema.json", ("Who is affected?", "Whom does it hit?"))
    )
    (form,) = found.forms
    assert form.changes == (Change("field.impact.title", "Who is affected?", "Whom does it hit?"),)
    found = difference(FILES, changed("triage.schema.json", ('"hint"', '"remark"')))
    assert Change("field.remark", "", "remark") in found.forms[0].changes


def test_other_files_are_named():
    found = difference(FILES, FILES | {"README.md": b"x", "examples.yaml": b"[]"})
    assert [f.name for f in found.files] == ["README.md", "examples.yaml"]


NAMES = st.sampled_from(["process.bpmn", "a.schema.json", "a.ui.json", "README.md"])


@given(st.dictionaries(NAMES, st.binary()))
def test_whatever_files_hold_they_are_compared(files):
    assert not difference(files, dict(files))
    difference(FILES, files)
    difference(files, FILES)
