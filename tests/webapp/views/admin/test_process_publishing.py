"""Publishing, comparing and putting back are pages; they show beforehand what they will do."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from engine.commands.process_drafts import draft_of, new_draft, save_draft
from engine.errors import Invalid
from engine.people.models import PersonRole
from tests.town import ROOT

DIAGRAM = (ROOT / "processes/incident/process.bpmn").read_text(encoding="utf-8")
RENAMED = DIAGRAM.replace('name="Sort the fault"', 'name="Sort &lt;b&gt;it&lt;/b&gt;"')
ODD = DIAGRAM.replace('id="triage"', 'id="triage" xmlns:odd="urn:odd" odd:x="1"')


def drawn(web: Any, changes: dict[str, str | None], key: str = "incident") -> int:
    def command(work: Any) -> int:
        draft = draft_of(work.session, key)
        return save_draft(work, key, draft.revision if draft else 0, changes).revision

    made: int = web.town.desk.run(command, web.town.actor("olga"))
    return made


def packed(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()


def buttons(page: Any) -> set[str]:
    return {button.text.strip() for button in page.html.find_all("button")}


def test_without_a_draft_nothing_is_to_be_published(web: Any) -> None:
    assert "There is no draft" in web.login("olga").get("/processes/incident/publish").text


def test_what_was_put_back_says_by_whom_and_since_when_it_holds(web: Any, clock: Any) -> None:
    web.login("olga")
    web.post(
        "/processes/incident/publish",
        {"revision": drawn(web, {"process.bpmn": RENAMED}), "note": "Shorter words"},
    )
    clock.move(hours=5)
    web.login("ada").post("/processes/incident/versions/1/back")
    page = web.get("/processes/incident/versions")
    assert "Version 1, in force since 2 Mar 2026, 15:00" in page.text
    second, first = page.html.select("tbody tr")
    assert "put in force again by Ada Vogt 2 Mar 2026, 15:00" in " ".join(first.text.split())
    assert "again by" not in second.text
    assert "in force since 2 Mar 2026, 15:00" in web.get("/processes/incident").text


def test_a_draft_is_shown_published_and_put_back(web: Any) -> None:
    web.login("olga")
    revision = drawn(web, {"process.bpmn": RENAMED})
    page = web.get("/processes/incident/publish")
    assert "Publish" in buttons(page)
    page = page.text
    assert "Sort &lt;b&gt;it&lt;/b&gt;" in page
    assert 'data-marks="{&#34;triage&#34;: &#34;changed&#34;}"' in page
    web.post("/processes/incident/publish", {"revision": revision, "note": "Shorter words"})
    page = web.get("/processes/incident/versions").text
    assert "Shorter words" in page
    assert "Sort &lt;b&gt;it" in web.get("/processes/incident/versions/compare?a=1&b=2").text
    web.post("/processes/incident/versions/1/back")
    assert "Version 1, in force" in web.get("/processes/incident/versions").text


def test_an_arrow_without_a_name_is_told_by_what_it_joins(web: Any) -> None:
    web.login("olga")
    arrow = '<bpmn:sequenceFlow id="aside" sourceRef="triage" targetRef="closed"/>'
    drawn(web, {"process.bpmn": DIAGRAM.replace("</bpmn:process>", arrow + "</bpmn:process>")})
    rows = web.get("/processes/incident/publish").html.select(".difference li")
    assert any(
        "Sort the fault → Solved and closed Arrow" in " ".join(row.text.split()) for row in rows
    )
    german = web.get("/processes/incident/publish?language=de").text
    assert "Störung einordnen → Gelöst und geschlossen" in german
    assert "aside" not in " ".join(row.text for row in rows)


def test_a_draft_says_whose_it_is(web: Any) -> None:
    web.login("olga")
    drawn(web, {"process.bpmn": RENAMED})
    assert "You are working on a draft." in web.get("/processes/incident").text
    assert "You are working on a draft." in web.get("/processes").text
    assert "Olga Brandt is working on a draft." in web.login("ada").get("/processes/incident").text


def test_the_note_of_a_version_keeps_its_lines(web: Any) -> None:
    web.login("olga")
    revision = drawn(web, {"process.bpmn": RENAMED})
    web.post("/processes/incident/publish", {"revision": revision, "note": "One\n\nTwo"})
    row = web.get("/processes/incident/versions").html.select_one("tbody tr")
    assert "One\n\nTwo" in row.select_one(".why").text.replace("\r", "")
    assert row.select_one(".main-cell code") is None  # its fingerprint is for machines


def test_what_was_typed_stays_where_it_cannot_be_published(web: Any) -> None:
    web.login("olga")
    revision = drawn(web, {"process.bpmn": ODD})
    fields = {"revision": revision, "note": "Because of <this>"}
    page = web.post("/processes/incident/publish", fields, status=422)
    assert "Because of &lt;this&gt;" in page.text
    assert "Warnings have to be acknowledged" in page.text
    marks = page.html.find_all("input", {"name": "seen"})
    more = [*fields.items(), *(("seen", mark["value"]) for mark in marks)]
    web.post("/processes/incident/publish", more)


def test_what_somebody_else_changed_meanwhile_is_not_published(web: Any) -> None:
    web.login("olga")
    revision = drawn(web, {"README.md": "One"})
    drawn(web, {"README.md": "Two"})
    answer = web.post("/processes/incident/publish", {"revision": revision}, status=409)
    assert "Olga Brandt has changed this draft meanwhile." in answer.text


def test_what_stops_a_publishing_is_named_with_its_mend_and_there_is_no_button(web: Any) -> None:
    web.login("olga")
    drawn(web, {"process.bpmn": DIAGRAM.replace("routing</spiff", "nowhere</spiff")})
    page = web.get("/processes/incident/publish")
    assert "This stops it" in page.text
    assert "Publish" not in buttons(page)
    drawn(web, {"process.bpmn": "<odd"})
    assert "This stops it" in web.get("/processes/incident/publish").text


@pytest.mark.parametrize("revision", ["", "x", "-1", "1e9", "٣"])
def test_an_odd_revision_is_refused(web: Any, revision: str) -> None:
    web.login("olga")
    drawn(web, {"README.md": "One"})
    web.post("/processes/incident/publish", {"revision": revision}, status=400)
    assert "Version 1, in force" in web.get("/processes/incident/versions").text


def test_what_does_not_exist_is_not_found(web: Any) -> None:
    web.login("olga")
    for path in ("none/publish", "none/versions", "none/versions/compare", "none/files.zip",
                 "incident/versions/compare?a=7&b=1", "incident/versions/compare?a=x&b=1",
                 "incident/diagram.bpmn?version=7", "incident/diagram.bpmn?version=draft",
                 "incident/files.zip?version=%D9%A3"):  # fmt: skip
        web.get(f"/processes/{path}", status=404)
    web.post("/processes/incident/versions/7/back", status=404)
    web.post("/processes/incident/versions/x/back", status=404)


def test_a_diagram_that_cannot_be_read_is_not_shown(web: Any) -> None:
    web.login("olga")
    drawn(web, {"process.bpmn": "<odd"})
    web.get("/processes/incident/diagram.bpmn?version=draft", status=404)
    assert "<odd" in web.get("/processes/incident/diagram.bpmn?version=draft&download=1").text


def test_files_go_out_and_come_in_again(web: Any) -> None:
    web.login("olga")
    out = web.get("/processes/incident/files.zip")
    assert out.content_type == "application/zip"
    web.post("/processes/incident/draft/import", files=[("file", "x.zip", out.body)])
    assert "no difference" in web.get("/processes/incident/publish").text
    web.post("/processes/incident/draft/import",
             files=[("file", "mine.bpmn", RENAMED.encode())])  # fmt: skip
    assert "Sort &lt;b&gt;it" in web.get("/processes/incident/publish").text


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"\x00\xff\x80", b"PK\x03\x04" + b"x" * 50, packed({"a/../../b.exe": b"x"}),
     packed({f"f{n}.json": b"" for n in range(201)}), packed({"x.json": b"\xff\xfd\xfc"}),
     packed({"x.json": b"a\x00b"})],
)  # fmt: skip
def test_uploads_that_are_no_process_change_nothing(web: Any, data: bytes) -> None:
    web.login("olga")
    web.post("/processes/incident/draft/import", files=[("file", "x", data)], status=400)
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_an_archive_that_unpacks_to_much_is_refused(web: Any) -> None:
    web.login("olga")
    with_zeros = io.BytesIO()
    with zipfile.ZipFile(with_zeros, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x.json", b"0" * 9_000_000)
    sent = [("file", "x.zip", with_zeros.getvalue())]
    web.post("/processes/incident/draft/import", files=sent, status=400)
    assert web.get("/processes/incident/draft").json["revision"] == 0


def test_a_new_process_is_found_before_it_is_published(web: Any) -> None:
    web.login("olga")
    files = {"process.bpmn": DIAGRAM, "triage.schema.json": "{}"}
    web.town.desk.run(lambda w: new_draft(w, "fresh", files), web.town.actor("olga"))
    assert "/processes/fresh" in web.get("/processes").text
    web.get("/processes/fresh", status=303)
    page = web.get("/processes/fresh/publish").text
    assert "/processes/fresh/versions" not in page


def test_parts_that_processes_call_are_listed_apart(web: Any) -> None:
    web.login("olga")
    page = web.get("/processes").html
    (parts,) = (h.find_parent("section") for h in page.find_all("h2", id="parts"))
    assert "shared.approval" in parts.text
    assert page.find(class_="process-cards").find(string="shared.approval") is None
    web.get("/processes/shared.approval")
    web.get("/processes/shared.approval/versions")


def test_findings_are_read_in_german(web: Any) -> None:
    web.login("olga")
    drawn(web, {"process.bpmn": DIAGRAM.replace("routing</spiff", "&lt;b&gt;no</spiff")})
    page = web.get("/processes/incident/publish?language=de").text
    assert "Den Regelsatz „&lt;b&gt;no“ gibt es nicht" in page
    assert "Berichtigen Sie den Namen oder schreiben Sie den Regelsatz" in page
    assert "There is no ruleset" not in page
    drawn(web, {"process.bpmn": ODD})
    assert "Was für ein anderes Programm geschrieben ist (urn:odd), wird übergangen" in (
        web.get("/processes/incident/publish").text
    )
    assert "What is written for another engine (urn:odd) is ignored" in (
        web.get("/processes/incident/publish?language=en").text
    )


def test_findings_call_steps_what_the_diagram_calls_them_in_that_language(web: Any) -> None:
    web.login("olga")
    drawn(web, {"process.bpmn": DIAGRAM.replace("triage.schema.json", "gone.schema.json")})
    page = web.get("/processes/incident/publish?language=de").text
    assert "Das Formular „gone.schema.json“ von „Störung einordnen“ fehlt" in page
    page = web.get("/processes/incident/publish?language=en").text
    assert "The form &#34;gone.schema.json&#34; of &#34;Sort the fault&#34; is missing" in page


def test_with_four_eyes_a_draft_is_proposed_looked_at_and_withdrawn(web: Any) -> None:
    desk = web.town.desk
    desk.settings = replace(desk.settings, approve_processes=True)
    web.login("olga")
    revision = drawn(web, {"process.bpmn": RENAMED})
    page = web.get("/processes/incident/publish")
    assert "Propose" in buttons(page)
    web.post("/processes/incident/publish", {"revision": revision, "note": "Look at <this>"})
    page = web.get("/processes/incident/publish")
    assert "Olga Brandt has proposed this draft." in page.text
    assert "Look at &lt;this&gt;" in page.text
    assert "Propose" not in buttons(page)
    (ticket,) = (a for a in page.html.find_all("a") if "on which it is decided" in a.text)
    assert "it waits for Process owners." in web.get(ticket["href"])
    web.post("/processes/incident/withdraw")
    assert "Propose" in buttons(web.get("/processes/incident/publish"))
    web.post("/processes/incident/withdraw", status=400)


def test_who_would_propose_to_nobody_is_told_so(web: Any) -> None:
    desk = web.town.desk
    desk.settings = replace(desk.settings, approve_processes=True)
    drawn(web, {"process.bpmn": RENAMED})
    page = web.login("olga").get("/processes/incident/publish")
    assert "Nobody else is a process owner" in page
    rows = [PersonRole(person_id=web.town.actor("ada").id, role="owner")]
    desk.run(lambda work: work.session.add_all(rows))
    assert "Nobody else is a process owner" not in web.get("/processes/incident/publish")


def test_what_is_refused_half_way_leaves_nothing_behind(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise Invalid("There is no such version.")

    monkeypatch.setattr("engine.commands.process_publishing._into_callers", refused)
    text = (ROOT / "processes/shared/ask_customer/process.bpmn").read_text(encoding="utf-8")
    key = "shared.ask_customer"
    revision = drawn(web, {"process.bpmn": text.replace('"P3D"', '"P2DT20H"')}, key)
    web.login("olga")
    page = web.post(f"/processes/{key}/publish", {"revision": revision}, status=422)
    assert "There is no such version." in page.text
    assert "Version 1, in force" in web.get(f"/processes/{key}/versions").text
    assert web.get(f"/processes/{key}/draft").json["revision"] == revision
