"""The page of what could be lost: found by kinds, looked at again, mended after a preview."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from engine.audit.findings import AuditFinding, AuditRun
from engine.commands.mending import MENDS
from engine.invariant.looks import KINDS
from engine.invariant.night import LOOKER, TOPIC
from engine.outbox.drain import drain
from tests.lost import looked_over
from webapp.i18n import LOCALE_DIR, read_catalogues

HOSTILE = "<script>alert(1)</script> %(x)s"


def lose_steps(web: Any) -> None:
    from engine.tickets.flow import WorkItem

    def lose(work: Any) -> None:
        for item in work.session.query(WorkItem):
            item.status = "done"

    web.town.desk.run(lose)


def picked(ids: Iterable[Any], *, sure: bool = False) -> list[tuple[str, str]]:
    return [*(("select", str(one)) for one in ids), *([("sure", "1")] if sure else [])]


def lost(web: Any) -> list[tuple[str, Any]]:
    def ask(work: Any) -> list[tuple[str, Any]]:
        rows = work.session.query(AuditFinding).order_by(AuditFinding.code)
        return [(row.code, row.gone_at) for row in rows]

    return web.town.desk.read(ask)  # type: ignore[no-any-return]


def test_a_desk_that_nobody_has_looked_at_says_so(web: Any) -> None:
    page = web.login("ada").get("/audit").text
    assert "Nobody has looked yet" in page
    assert "The worker looks every night." in page


def test_a_desk_of_which_nothing_is_lost_says_so(web: Any) -> None:
    web.town.report()
    looked_over(web.town.desk)
    page = web.login("ada").get("/audit").text
    assert 'class="zero">0<' in page
    assert "Nothing was found" in page
    assert 'class="zero">0<' in web.get("/health").text


def test_what_is_lost_is_shown_previewed_and_mended(web: Any) -> None:
    number = web.town.report()
    lose_steps(web)
    looked_over(web.town.desk)
    page = web.login("ada").get("/audit")
    assert "An open step is on no list" in page.text
    assert f"#{number}" in page.text
    ids = [box["value"] for box in page.html.select('input[name="select"]')]
    assert len(ids) == 2
    preview = web.post("/audit/repair", picked(ids), status=200)
    assert "Nothing has been changed yet." in preview.text
    assert all(gone is None for _, gone in lost(web)), "a preview changes nothing"
    assert web.town.steps(number) == []
    web.post("/audit/repair", picked(ids, sure=True))
    assert web.town.steps(number) == ["triage"]
    assert all(gone is not None for _, gone in lost(web))
    assert "Found before, and gone" in web.get("/audit").text
    german = web.get("/audit?language=de").text
    assert "Ein offener Schritt steht auf keiner Liste" in german


def test_what_has_gone_meanwhile_is_left_alone(web: Any) -> None:
    number = web.town.report()
    lose_steps(web)
    looked_over(web.town.desk)
    page = web.login("ada").get("/audit")
    ids = [box["value"] for box in page.html.select('input[name="select"]')]
    web.post("/audit/repair", picked(ids, sure=True))
    web.post("/audit/repair", picked(ids, sure=True), status=400)
    assert web.town.steps(number) == ["triage"]


def test_what_a_person_has_to_mend_says_why(web: Any) -> None:
    web.town.report()

    def damage(work: Any) -> None:
        from engine.catalogue.models import Queue

        work.session.query(Queue).update({"active": False})

    web.town.desk.run(damage)
    looked_over(web.town.desk)
    page = web.login("ada").get("/audit")
    assert "An open ticket lies in a queue out of use" in page.text
    assert page.html.select('input[name="select"]') == []
    row = web.town.desk.read(lambda w: w.session.query(AuditFinding).first().id)
    web.post("/audit/repair", picked([row], sure=True))
    assert "Not mended: Somebody has to mend this by hand." in web.get("/audit").text


def test_damage_that_breaks_its_own_repair_stops_no_other(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.town.report()
    lose_steps(web)
    looked_over(web.town.desk)

    def broken(*given: Any) -> None:
        raise KeyError("trees")

    monkeypatch.setitem(MENDS, "step.lost", broken)
    ids = web.town.desk.read(lambda w: [row.id for row in w.session.query(AuditFinding)])
    web.login("ada").post("/audit/repair", picked(ids, sure=True))
    assert "Not mended: KeyError" in web.get("/audit").text
    assert [(code, gone is None) for code, gone in lost(web)] == [
        ("step.lost", True), ("ticket.stuck", False)]  # fmt: skip


def test_a_look_is_asked_for_once_and_made_by_the_worker(web: Any) -> None:
    web.town.report()
    lose_steps(web)
    web.login("ada").post("/audit/look", {"repairs": "1"})
    assert "The worker is looking" in web.get("/audit").text
    web.post("/audit/look", {}, status=409)
    drain(web.town.desk, {TOPIC: LOOKER}, only=TOPIC)
    run = web.town.desk.read(lambda w: w.session.query(AuditRun).one())
    assert (run.why, run.actor, run.repairs) == ("page", "Ada Vogt", True)
    assert run.ended_at is not None
    assert (run.found, run.mended) == (1, 1), "the ticket moves again once its step is there"
    page = web.get("/audit").text
    assert "asked for on this page" in page
    assert 'class="zero">0<' in page


def test_what_somebody_else_wrote_is_shown_as_text(web: Any) -> None:
    def plant(work: Any) -> None:
        row = AuditFinding(
            code="message.no_outcome", key=HOSTILE, row=1, first_seen=work.now,
            last_seen=work.now, details={"sender": HOSTILE, "at": "no time", "outcome": "%"},
        )  # fmt: skip
        other = AuditFinding(
            code="of.another.version", key="x", row=1, first_seen=work.now, last_seen=work.now,
            details={},
        )  # fmt: skip
        bare = AuditFinding(
            code="file.missing", key="y", row=1, first_seen=work.now, last_seen=work.now,
            details={},
        )  # fmt: skip
        work.session.add_all([row, other, bare])

    web.town.desk.run(plant)
    page = web.login("ada").get("/audit").text
    assert "<script>alert" not in page
    assert "of.another.version" in page
    for ids in (["x"], ["999999999999"], [], [HOSTILE]):
        web.post("/audit/repair", picked(ids, sure=True), status=400)


@pytest.mark.parametrize("name", ["agnes", "olga", "clara"])
def test_only_admins_see_it(web: Any, name: str) -> None:
    web.login(name).get("/audit", status=404)
    web.post("/audit/look", {}, status=404)
    web.post("/audit/repair", picked([1]), status=404)


def test_every_kind_of_damage_has_its_german() -> None:
    german = read_catalogues(LOCALE_DIR, "de")
    said = {text for kind in KINDS.values() for text in (kind.title, kind.text, kind.mend)}
    assert {text for text in said if not (text in german and german[text].string)} == set()


def test_what_was_found_is_said_in_the_words_of_its_reader(web: Any) -> None:
    found = {
        "timer.failing": {"kind": "clock", "tries": 3,
                          "problem": "the worker has ended each time that this was begun"},
        "clock.differs": {"clock": "solution", "field": "due_at", "ought": "None",
                          "stands": "2026-03-02 09:00:00+00:00"},
        "notification.unsent": {"kind": "assigned", "name": "Agnes Meier", "channel": "email",
                                "at": "2026-03-02T09:00:00+00:00"},
        "ticket.link": {"kind": "clock"},
    }  # fmt: skip

    def plant(work: Any) -> None:
        for code, details in found.items():
            work.session.add(AuditFinding(
                code=code, key=code, details=details, first_seen=work.now, last_seen=work.now,
            ))  # fmt: skip

    web.town.desk.run(plant)
    page = web.login("ada").get("/audit?language=de").text
    assert "Ein Zeitgeber der Art „Zugesagte Zeit“ ist 3 Mal fehlgeschlagen" in page
    assert "der Worker endete jedes Mal, wenn er damit begann" in page
    assert "Die Frist „Lösung“: due_at ist 02.03.2026" in page
    assert "„Ticket übergeben“ für Agnes Meier" in page
    assert "per E-Mail fällig" in page
    assert "verknüpft als „clock“" in page  # what is no timer has no name of one
