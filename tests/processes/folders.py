"""The process folders as the tests read them: keys, files, and what may be called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "processes"
SHARED = ROOT / "shared"
LANGUAGES = ("de", "en")
KEYS = sorted(f.parent.name for f in ROOT.glob("*/process.bpmn"))
SHARED_KEYS = sorted(f.parent.name for f in SHARED.glob("*/process.bpmn"))
FOLDERS = [*KEYS, *(f"shared/{key}" for key in SHARED_KEYS)]
FORMS = sorted(
    str(f.relative_to(ROOT)).removesuffix(".schema.json") for f in ROOT.rglob("*.schema.json")
)


def files_of(folder: str) -> dict[str, bytes]:
    """Name → bytes of every file of one process folder."""
    return {f.name: f.read_bytes() for f in sorted((ROOT / folder).iterdir()) if f.is_file()}


def shared_files() -> Mapping[str, Mapping[str, bytes]]:
    """Key → files of every process that others may call."""
    return {key: files_of(f"shared/{key}") for key in SHARED_KEYS}
