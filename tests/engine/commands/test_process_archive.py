"""Archives that somebody sends: whatever is in them, they come in or are refused in words."""

from __future__ import annotations

import io
import random
import stat
import zipfile

import pytest

from engine.commands.process_archive import packed, unpacked
from engine.errors import Invalid
from tests.town import ROOT

FILES = {
    "process.bpmn": (ROOT / "processes/incident/process.bpmn").read_text("utf-8"),
    "x.schema.json": "{}" * 400,
}


def archive(*members: tuple[str | zipfile.ZipInfo, str], kind: int = zipfile.ZIP_STORED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", kind) as made:
        for name, text in members:
            made.writestr(name, text)
    return data.getvalue()


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_archive_is_refused_in_words(kind: int) -> None:
    whole, dice, refused = archive(*FILES.items(), kind=kind), random.Random(7), 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(dice.choice((1, 2, 5))):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        end = dice.randrange(len(damaged)) if dice.random() < 0.2 else len(damaged)
        try:  # anything but Invalid is a defect; what still reads may come in
            unpacked("x.zip", bytes(damaged[:end]))
        except Invalid:
            refused += 1
    assert refused > 100


def test_two_files_of_one_name_are_not_chosen_between() -> None:
    with pytest.raises(Invalid, match=r'"process\.bpmn" more than once'):
        unpacked("x.zip", archive(("a/process.bpmn", "<a/>"), ("b/process.bpmn", "<b/>")))


def test_a_link_in_an_archive_is_its_text_and_leads_nowhere() -> None:
    link = zipfile.ZipInfo("README.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    found = unpacked("x.zip", archive(("process.bpmn", "<a/>"), (link, "/etc/passwd")))
    assert found["README.md"] == "/etc/passwd"


def test_what_was_packed_comes_back() -> None:
    assert unpacked("x.zip", packed(FILES)) == FILES


def test_a_folder_around_and_what_macs_add_do_no_harm() -> None:
    data = archive(
        ("mine/process.bpmn", "<a/>"), ("__MACOSX/mine/process.bpmn", "x"), ("mine/.DS_Store", "x")
    )
    assert unpacked("x.zip", data) == {"process.bpmn": "<a/>"}


@pytest.mark.parametrize(
    ("said", "encoding"),
    [("UTF-8", "utf-8-sig"), ("UTF-16", "utf-16"), ("ISO-8859-1", "iso-8859-1")],
)
def test_a_diagram_in_another_encoding_is_read_by_what_it_says(said: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{said}"?><a name="Prüfen"/>'
    assert "Prüfen" in unpacked("x.bpmn", text.encode(encoding))["process.bpmn"]
