"""What the check says about a published version; asked once per content, because it takes long."""

from __future__ import annotations

import threading
from collections.abc import Collection

from engine.catalogue.published import ProcessVersion
from engine.errors import Problem
from engine.workflow import check_files

KEPT = 128
_kept: dict[tuple[str, str, tuple[str, ...]], list[Problem]] = {}
_lock = threading.Lock()


def problems_of(version: ProcessVersion, rulesets: Collection[str] | None) -> list[Problem]:
    """All findings about the files of a version, errors first."""
    key = (version.key, version.digest, tuple(sorted(rulesets or ())))
    with _lock:
        if key in _kept:
            return _kept[key]
    found = check_files(version.key, *version.as_bytes(), rulesets)
    with _lock:
        if len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = found
    return found
