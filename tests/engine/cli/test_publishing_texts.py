"""Texts of notifications travel as files, beside the processes and rules that name them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.cli.publishing import publish_folder
from engine.commands.notice_files import exported_texts
from engine.commands.notice_texts import create_text, save_text
from engine.errors import Invalid, NotFound
from engine.notify.render import render
from engine.notify.texts import templates
from tests.town import ROOT, Town

WORDS = {"subject_de": "Fertig: {title}", "body_de": "Guten Tag {name},\n\nfertig.",
         "subject_en": "Ready: {title}", "body_en": "Hello {name},\n\nready."}  # fmt: skip
TITLES = {"title_de": "Nachfrage", "title_en": "Asking back"}


def folder_of(town: Town, tmp_path: Path) -> Path:
    """What the desk exports, as files."""
    folder = tmp_path / "notices"
    folder.mkdir()
    for name, text in town.desk.read(exported_texts).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_what_is_exported_is_published_again_as_it_was(town: Town, tmp_path: Path) -> None:
    def write(work) -> None:
        save_text(work, "closed", WORDS, seen=0)
        create_text(work, "asking_back", WORDS | TITLES)

    town.desk.run(write)
    folder = folder_of(town, tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["asking_back.yaml", "closed.yaml"]
    assert publish_folder(town.desk, folder) == []  # nothing is other than it is
    file = folder / "closed.yaml"
    file.write_text(file.read_text().replace("Ready", "Over"))
    assert publish_folder(town.desk, folder, "from the test desk") == ["text       closed"]
    said = town.desk.read(lambda work: render(work.session, "closed", "en", {"title": "VPN"}))
    assert said[0] == "Over: VPN"


def test_a_text_comes_with_the_diagram_that_names_it(town: Town, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "processes", tmp_path / "processes")
    diagram = tmp_path / "processes/change/process.bpmn"
    diagram.write_text(diagram.read_text().replace("'change_refused'", "'asking_back'"))
    for file in diagram.parent.glob("examples.yaml"):
        file.write_text(file.read_text().replace("change_refused", "asking_back"))
    with pytest.raises(Invalid) as told:
        publish_folder(town.desk, tmp_path, accepted=True)
    assert "asking_back" in told.value.problems[0].message
    text = "title: {de: A, en: B}\nde: {subject: a, body: b}\nen: {subject: a, body: b}\n"
    (tmp_path / "notices").mkdir()
    (tmp_path / "notices/asking_back.yaml").write_text(text)
    assert "text       asking_back" in publish_folder(town.desk, tmp_path, accepted=True)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("closed", "de: {subject: a, body: '{nmae}'}\nen: {subject: a, body: b}", "{name}"),
        ("closed", "de: {subject: a, body: b}", "subject_en: required"),
        ("closed", "just words", "no message"),
        ("closed", "a: [", ""),
        ("Closed", "de: {subject: a, body: b}\nen: {subject: a, body: b}", "no message"),
        ("fresh", "de: {subject: a, body: b}\nen: {subject: a, body: b}", "title_de: required"),
        ("closed", 'de: {subject: "a\\nBcc: x", body: b}\nen: {subject: a, body: b}', "control"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_published(
    town: Town, tmp_path: Path, name: str, text: str, said: str
) -> None:
    folder = tmp_path / "notices"
    folder.mkdir()
    good = "title: {de: A, en: B}\nde: {subject: a, body: b}\nen: {subject: a, body: b}"
    (folder / "a_good_one.yaml").write_text(good)
    (folder / f"{name}.yaml").write_text(text)
    with pytest.raises(Invalid) as told:
        publish_folder(town.desk, folder)
    words = [f"{one.message} {one.mend}" for one in told.value.problems]
    assert any(f"{name}.yaml" in word and said in word for word in words)
    assert "a_good_one" not in town.desk.read(lambda work: templates(work.session))


def test_an_empty_folder_holds_nothing(town: Town, tmp_path: Path) -> None:
    (tmp_path / "notices").mkdir()
    with pytest.raises(NotFound):
        publish_folder(town.desk, tmp_path)
