"""Remembers what was installed from which lock files, so that a second start needs no network."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Iterable


def fingerprint(*texts: str, files: Iterable[Path]) -> str:
    """One hash over the texts and the files' bytes."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    for path in files:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def fits(stamp: Path, value: str) -> bool:
    """Was this very state installed?"""
    try:
        return stamp.read_text(encoding="utf-8").strip() == value
    except OSError:
        return False


def put(stamp: Path, value: str) -> None:
    """Written last, so that an interrupted install is done again."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value + "\n", encoding="utf-8")
