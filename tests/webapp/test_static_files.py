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
    monkeypatch.setattr(static_files, "STATIC", tmp_path)
    (tmp_path / "app.js").write_text('import "./words.js";')
    (tmp_path / "words.js").write_text("one")
    first = static("app.js")
    (tmp_path / "words.js").write_text("another")
    assert static("app.js") != first
    assert static("none.js") == "/static/none.js"
