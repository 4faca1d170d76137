"""What the pages load from npm's packages is what the bootstrap puts there."""

from __future__ import annotations

import re
from pathlib import Path

LOADED = re.compile(r"vendor/([\w./-]+)")
LOOKED_INTO = (".jinja2", ".js", ".css", ".py")


def test_every_file_that_a_page_asks_for_is_brought(root: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(root / "bin"))
    from bootstrap.node import PAGES

    brought = {target for _, target in PAGES}
    asked = {
        name: path
        for path in (root / "webapp").rglob("*.*")
        if path.suffix in LOOKED_INTO and "vendor" not in path.parts
        for name in LOADED.findall(path.read_text(encoding="utf-8"))
    }
    assert asked, "the pages load nothing from npm: has the folder another name now?"
    assert {name: path for name, path in asked.items() if name not in brought} == {}
