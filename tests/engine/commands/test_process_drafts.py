"""A draft keeps what owners draw, tells them of each other, and puts nothing in force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.catalogue.published import ProcessInForce
from engine.commands.process_drafts import (
    acceptable,
    discard_draft,
    draft_of,
    look_in,
    new_draft,
    open_draft,
    others_at,
    save_draft,
    shared_bytes,
)
from engine.commands.shared_parts import shared_files
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.town import ROOT

DIAGRAM = (ROOT / "processes/question/process.bpmn").read_text(encoding="utf-8")


def save(town, revision, changes, by="olga", key="incident"):
    def command(work):
        draft = save_draft(work, key, revision, changes)
        return draft.revision, dict(draft.files), dict(draft.title)

    return town.desk.run(command, town.actor(by))


def kept(town, key="incident"):
    def look(work):
        draft = draft_of(work.session, key)
        return draft and (draft.revision, dict(draft.files), draft.changed_by)

    return town.desk.read(look)


def test_the_first_change_begins_a_draft_of_what_is_in_force(town):
    revision, files, title = save(town, 0, {"README.md": "Mine"})
    assert files["README.md"] == "Mine"
    assert "triage.schema.json" in files
    assert title["de"]
    again, files, _ = save(town, revision, {"README.md": None})
    assert again > revision
    assert "README.md" not in files


def test_what_is_in_force_stays(town):
    def version(work):
        row = work.session.get(ProcessInForce, "incident")
        return row.version_id, row.version.files["README.md"]

    before = town.desk.read(version)
    save(town, 0, {"README.md": "Mine"})
    assert town.desk.read(version) == before


def test_saving_the_same_again_is_no_new_revision(town):
    revision, _, _ = save(town, 0, {"README.md": "Mine"})
    assert save(town, revision, {"README.md": "Mine"})[0] == revision


def test_who_saves_on_an_old_revision_is_told_who_was_quicker_and_loses_nothing(town):
    first, _, _ = save(town, 0, {"README.md": "Olga's"})
    second, _, _ = save(town, first, {"README.md": "Ada's"}, by="ada")
    for revision in (0, first):
        with pytest.raises(Conflict) as caught:
            save(town, revision, {"README.md": "Olga's second"})
        assert "Ada Vogt" in caught.value.message
    assert kept(town)[0] == second
    assert kept(town)[1]["README.md"] == "Ada's"


def test_a_draft_is_thrown_away_only_as_it_was_seen(town):
    first, _, _ = save(town, 0, {"README.md": "Mine"})
    save(town, first, {"README.md": "Ada's"}, by="ada")
    with pytest.raises(Conflict):
        town.desk.run(lambda w: discard_draft(w, "incident", first), town.actor("olga"))
    now = kept(town)[0]
    town.desk.run(lambda w: look_in(w, "incident"), town.actor("olga"))
    town.desk.run(lambda w: discard_draft(w, "incident", now), town.actor("olga"))
    assert kept(town) is None
    with pytest.raises(NotFound):
        town.desk.run(lambda w: discard_draft(w, "incident", now), town.actor("olga"))


def test_two_at_the_same_draft_are_told_of_each_other_for_a_while(town):
    save(town, 0, {"README.md": "Mine"})
    assert town.desk.run(lambda w: look_in(w, "incident"), town.actor("olga")) == []
    assert town.desk.run(lambda w: look_in(w, "incident"), town.actor("ada")) == ["Olga Brandt"]
    ada = town.actor("ada").id

    def later(work):
        return others_at(work.session, "incident", ada, work.now + timedelta(minutes=1))

    assert town.desk.read(later) == []


@pytest.mark.parametrize("by", ["agnes", "clara"])
def test_agents_and_customers_have_no_drafts(town, by):
    for command in (
        lambda w: open_draft(w, "incident"),
        lambda w: new_draft(w, "fresh", {"process.bpmn": DIAGRAM}),
        lambda w: save_draft(w, "incident", 0, {"README.md": "x"}),
        lambda w: discard_draft(w, "incident", 1),
    ):
        with pytest.raises(NotAllowed):
            town.desk.run(command, town.actor(by))


def test_a_new_process_begins_as_a_draft_under_a_free_and_fitting_key(town):
    olga = town.actor("olga")
    town.desk.run(lambda w: new_draft(w, "fresh", {"process.bpmn": DIAGRAM}).key, olga)
    assert kept(town, "fresh")
    for key in ("fresh", "incident", "Fresh", "", "../x", "a" * 80, "x y", "shared."):
        with pytest.raises(Invalid):
            town.desk.run(lambda w, key=key: new_draft(w, key, {"process.bpmn": DIAGRAM}), olga)


@pytest.mark.parametrize(
    "files",
    [
        {"../etc.bpmn": ""}, {"a/b.json": ""}, {".hidden.json": ""}, {"x.exe": ""}, {"x.json.": ""},
        {"a" * 130 + ".json": ""}, {"x.json": "a\x00b"}, {"x.json": "\ud800"}, {"x.json": 7},
        {"x.json": "a" * 6_100_000}, {f"f{n}.json": "" for n in range(201)},
    ],
)  # fmt: skip
def test_what_no_process_has_is_no_file_of_a_draft(files):
    with pytest.raises(Invalid):
        acceptable({"process.bpmn": DIAGRAM} | files)


def test_a_draft_keeps_its_diagram(town):
    with pytest.raises(Invalid):
        save(town, 0, {"process.bpmn": None})


def test_a_diagram_that_cannot_be_read_is_kept_all_the_same(town):
    assert save(town, 0, {"process.bpmn": "<bpmn:definitions"})[2]["de"]


def test_parts_that_are_called_are_at_hand(town):
    found = town.desk.read(lambda w: shared_files(w.session))
    assert set(found) == {"approval", "ask_customer", "confirm_solution"}
    assert town.desk.read(lambda w: shared_bytes(w.session))["approval"]["process.bpmn"]
