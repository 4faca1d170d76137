"""The checkout as the house tests see it: tracked files and parsed modules."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "webapp", "search")
SKIPPED = {".venv", "node_modules", "build", "dist", "var", "vendor", "__pycache__"}


@dataclass(frozen=True)
class Module:
    """One Python file of the product: its place in the checkout, text and syntax tree."""

    place: str
    text: str
    tree: ast.Module


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every Python file of engine, webapp and search."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if SKIPPED.isdisjoint(path.parts):
                text = path.read_text(encoding="utf-8")
                place = path.relative_to(ROOT).as_posix()
                found.append(Module(place, text, ast.parse(text, filename=place)))
    return found


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file that git knows; outside a git checkout, every file that is ours."""
    asked = subprocess.run(
        ["git", "-c", f"safe.directory={root}", "ls-files", "-z"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        names = [name for name in asked.stdout.decode().split("\0") if name]
        return [root / name for name in names if (root / name).is_file()]
    return [p for p in root.rglob("*") if p.is_file() and SKIPPED.isdisjoint(p.parts)]
