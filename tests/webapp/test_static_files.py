"""Scripts and styles come from one folder per state, to be kept for good."""

from __future__ import annotations

import re
from typing import Any

import pytest

from webapp import static_files
from webapp.static_files import static, version


def test_a_page_loads_all_its_files_from_one_folder(web: Any) -> None:
    page = web.get("/login").text
    found = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    assert len(found) > 8
    assert {re.match(r"([0-9a-f]{10})/[a-z]", path)[1] for path in found} == {version()}
    script = web.get(static("app.js"))
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    neighbours = re.findall(r'from "\./([^"]+)"', script.text)
    assert neighbours
    for name in neighbours:  # the browser takes them from beside the module
        assert "immutable" in web.get(static(name)).headers["Cache-Control"]


@pytest.mark.parametrize("path", ["0123456789/app.js", "app.js"])
def test_what_is_of_another_state_is_not_kept_for_good(web: Any, path: str) -> None:
    """In an upgrade, the page of a new process may ask an old one."""
    answer = web.get(f"/static/{path}")
    assert "immutable" not in answer.headers["Cache-Control"]
    assert web.get("/static/0123456789/none.js", status=404)


def test_the_folder_changes_with_any_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def started(words: str) -> str:
        folder = tmp_path / words
        folder.mkdir()
        (folder / "app.js").write_text('import "./words.js";')
        (folder / "words.js").write_text(words)
        monkeypatch.setattr(static_files, "STATIC", folder)
        return static("app.js")

    assert started("one") != started("another")
    assert static("none.js") == "/static/none.js"


def test_a_file_that_changed_since_the_start_is_not_kept_for_good(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that goes on during an upgrade still names the state that it began with."""
    address = static("app.js")
    assert "immutable" in web.get(address).headers["Cache-Control"]
    monkeypatch.setattr(static_files, "version", lambda: "0123456789")
    assert web.get(address).headers["Cache-Control"] == "no-cache"
