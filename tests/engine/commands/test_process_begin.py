"""A new process begins with a step, as a copy or with anybody's file, and never as another one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from engine.commands.process_archive import unpacked
from engine.commands.process_begin import begin_process, blank, copied, key_of, named
from engine.commands.process_drafts import draft_of, shared_bytes
from engine.errors import Invalid, NotFound
from engine.workflow import check_files, load_definition

WIDE = "<?xml version='1.0' encoding='UTF-16'?><a>ü</a>"


def encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


def test_an_empty_process_already_runs() -> None:
    files = encoded(named(blank(), "leave", "Urlaub & mehr", "de"))
    problems = check_files("leave", files, {}, [])
    assert [p.severity for p in problems if p.severity == "error"] == []
    definition = load_definition("leave", files, {})
    assert (definition.process_id, definition.title) == ("leave", {"de": "Urlaub & mehr"})


def test_a_copy_is_a_process_of_its_own(town: Any) -> None:
    def copy(work: Any) -> None:
        draft = begin_process(work, "Second incident", "en", copied(work.session, "incident"))
        assert draft.key == "second_incident"
        definition = load_definition(draft.key, encoded(draft.files), shared_bytes(work.session))
        assert definition.process_id == "second_incident"
        assert definition.title == {"en": "Second incident"}

    town.desk.run(copy, actor=town.actor("olga"))
    with pytest.raises(NotFound):
        town.desk.run(lambda work: copied(work.session, "nowhere"))


@pytest.mark.parametrize("key", ["incident", "Ä", "../x", "x" * 80])
def test_a_key_is_free_and_plain(town: Any, key: str) -> None:
    with pytest.raises(Invalid):
        town.desk.run(
            lambda work: begin_process(work, "Name", "en", blank(), key), actor=town.actor("olga")
        )
    with pytest.raises(Invalid):
        town.desk.run(
            lambda work: begin_process(work, " ", "en", blank()), actor=town.actor("olga")
        )


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\x01", b"<x", b"<a/>", WIDE.encode("utf-16"),
     b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"\xff\xfe<\xff", b"<a>" * 50_000],
)  # fmt: skip
def test_any_file_becomes_a_draft_or_a_clear_no(town: Any, data: bytes) -> None:
    def begin(work: Any) -> None:
        with suppress(Invalid):  # a clear no
            draft = begin_process(work, "From elsewhere", "en", unpacked("x.bpmn", data))
            assert check_files(draft.key, encoded(draft.files), {}, [])
            assert draft_of(work.session, draft.key) is not None

    town.desk.run(begin, actor=town.actor("olga"))


def test_a_key_is_made_of_the_name() -> None:
    assert key_of("Neues Gerät bestellen!") == "neues_geraet_bestellen"
    assert key_of("42 Dinge") == "process_42_dinge"
    assert key_of("日本") == "process"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "cp1252"])
def test_a_file_in_any_encoding_becomes_a_draft_that_reads_the_same(codec: str) -> None:
    named_so = {"utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE", "cp1252": "windows-1252"}
    head = f"<?xml version='1.0' encoding='{named_so.get(codec, 'UTF-16')}'?>"
    text = blank()["process.bpmn"].split("?>", 1)[1].replace("New process", "Überprüfung")
    files = unpacked("x.bpmn", (head + text).encode(codec))
    assert "Überprüfung" in files["process.bpmn"]
    assert check_files("leave", encoded(named(files, "leave", "Leave", "en")), {}, []) == (
        check_files("leave", encoded(named(blank(), "leave", "Leave", "en")), {}, [])
    )


def test_references_with_a_prefix_are_plain_in_a_draft() -> None:
    text = blank()["process.bpmn"].replace('bpmnElement="', 'bpmnElement="bpmn:')
    assert named({"process.bpmn": text}, "leave", "Leave", "en") == (
        named(blank(), "leave", "Leave", "en")
    )
