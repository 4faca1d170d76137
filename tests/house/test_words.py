"""German words of what desks are delivered with are the words of the pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "rules").glob("*.yaml")),
    *sorted((ROOT / "processes").rglob("*.ui.json")),
    ROOT / "processes" / "catalogue.yaml",
]
ENGLISH = ("queue", "customer", "owner ", "request ")


def german(value: Any) -> Iterator[str]:
    """Every text that stands under `de`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "de" and isinstance(inner, str):
                yield inner
            else:
                yield from german(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from german(inner)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_german_is_german(path: Path) -> None:
    text = path.read_text("utf-8")
    found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    wrong = [said for said in german(found) if any(word in said.lower() for word in ENGLISH)]
    assert wrong == []
