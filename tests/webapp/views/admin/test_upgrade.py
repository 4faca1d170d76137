"""What a new version brings is shown with its difference, and taken, drafted or left here."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.commands.notice_texts import save_text
from engine.commands.starter import remember, shipped
from engine.notify import texts
from tests.town import ROOT


@pytest.fixture
def came(web: Any, tmp_path: Path) -> Path:
    """The folders that came with a version, after the town was given what lay there before."""
    for name in ("processes", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    desk = web.town.desk
    desk.settings = replace(
        desk.settings, processes_dir=tmp_path / "processes", rules_dir=tmp_path / "rules"
    )
    desk.run(lambda work: remember(work, shipped(desk.settings)))
    path = tmp_path / "processes/incident/process.bpmn"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Sort the fault", "Sort this &lt;fault&gt;"), encoding="utf-8")
    return tmp_path


def test_nothing_anew_is_said(web: Any) -> None:
    desk = web.town.desk
    desk.run(lambda work: remember(work, shipped(desk.settings)))
    page = web.login("olga").get("/upgrade")
    assert "Nothing came anew" in page.text
    assert page.html.select_one(".rail [aria-current]").text.strip() == "Processes"


def test_a_process_is_looked_at_as_a_draft(web: Any, came: Path) -> None:
    web.login("olga")
    page = web.get("/upgrade").text
    assert "processes/incident" in page
    assert "Sort this &amp;lt;fault&amp;gt;" in page
    web.post("/upgrade", {"name": "processes/incident", "how": "draft"})
    assert "Sort this &lt;fault&gt;" in web.get("/processes/incident/publish").text
    assert web.get("/processes/incident/draft").json["base"] == 1
    assert "Nothing came anew" in web.get("/upgrade").text


def test_it_is_taken_or_left_here(web: Any, came: Path) -> None:
    web.login("olga")
    web.post("/upgrade", {"name": "processes/incident", "how": "take"})
    assert "Version 2, in force" in web.get("/processes/incident/versions").text
    path = came / "rules/routing.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# anew\n", encoding="utf-8")
    assert "rules/routing.yaml" in web.get("/upgrade").text
    web.post("/upgrade", {"name": "rules/routing.yaml", "how": "decline"})
    assert "Nothing came anew" in web.get("/upgrade").text


def test_what_cannot_be_is_said_and_nothing_is_changed(web: Any, came: Path) -> None:
    web.login("olga")
    sent = {"revision": 0, "files": {"README.md": "Mine"}}
    web.app.post_json("/processes/incident/draft", sent, headers={"X-CSRF-Token": web.csrf()})
    page = web.post("/upgrade", {"name": "processes/incident", "how": "draft"}, status=409)
    assert "Olga Brandt has changed this draft meanwhile." in page.text
    (came / "rules/routing.yaml").write_text("rules: [", encoding="utf-8")
    web.post("/upgrade", {"name": "rules/routing.yaml", "how": "take"}, status=422)
    web.post("/upgrade", {"name": "processes/none", "how": "take"}, status=404)
    web.post("/upgrade", {"name": "rules/routing.yaml", "how": "draft"}, status=404)


def test_a_text_that_was_changed_here_is_compared_and_taken_over(
    web: Any, came: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {f"{part}_{one}": f"Ours <{one}>" for one in ("de", "en") for part in
             ("subject", "body")}  # fmt: skip
    for name in ("closed", "password_link"):
        web.town.desk.run(
            lambda w, n=name: save_text(
                w, n, {key: f"{text} {{link}}" for key, text in words.items()}, seen=0
            ) and None
        )  # fmt: skip
    web.login("olga")
    assert "/upgrade" not in web.get("/notices").html.select_one("main").decode()
    assert "notices/closed" not in web.get("/upgrade").text
    known = texts.shipped
    for module in ("engine.notify.texts", "engine.commands.notice_texts",
                   "engine.commands.starter_notices", "webapp.views.admin.notice_texts",
                   ):  # fmt: skip
        monkeypatch.setattr(
            f"{module}.shipped", lambda name: known("reopened" if name == "closed" else name)
        )
    told = web.get("/notices?language=en")
    assert "1 text that was changed here comes with other words now." in told.text
    page = web.get("/upgrade?language=en")
    assert "notices/closed" in page.text
    assert "notices/password_link" not in page.text
    assert "-[en] Ours &lt;en&gt;" in page.text
    side = web.get(page.html.find("a", string="Side by side")["href"])
    assert "Ours &lt;en&gt;" in side.html.find(id="differs").parent.parent.decode()
    web.post("/upgrade", {"name": "notices/closed", "how": "draft"}, status=404)
    web.login("agnes").post("/upgrade", {"name": "notices/closed", "how": "take"}, status=404)
    web.login("olga").post("/upgrade", {"name": "notices/closed", "how": "take"})
    assert "notices/closed" not in web.get("/upgrade").text
    said = web.town.desk.read(lambda w: texts.notice(w.session, "closed"))
    assert (said.own, said.number) == (False, 2)
    web.post("/upgrade", {"name": "notices/closed", "how": "decline"}, status=404)
