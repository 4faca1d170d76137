"""Calendars and SLAs come from folders and from the browser, and neither overwrites the other.

Of each entry the desk remembers what a folder gave it last. Where only the folder has changed it
since, the folder's is taken; where only the desk has, the desk's stays; where both have, somebody
has to say which one counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from engine.catalogue.published import StarterUnit
from engine.work import Work

Document = Mapping[str, Any]
SAME, TAKE, KEEP, BOTH = "same", "take", "keep", "both"
NOTHING = ""  # the digest of an entry that is not there


def digest(document: Document | None) -> str:
    """Of the content of an entry; that of one which is not there is empty."""
    if document is None:
        return NOTHING
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def outcome(work: Work, unit: str, mine: Document | None, theirs: Document) -> str:
    """What becomes of an entry that a folder brings, beside what is in force here."""
    if digest(mine) == digest(theirs):
        return SAME
    row = work.session.get(StarterUnit, unit)
    if row is None or row.digest == digest(mine):
        return TAKE
    return KEEP if row.digest == digest(theirs) else BOTH


def note_given(work: Work, unit: str, document: Document | None) -> None:
    """Remember what a folder has given, whether it was taken or not."""
    row = work.session.get(StarterUnit, unit)
    if row is None:
        work.session.add(StarterUnit(name=unit, digest=digest(document), at=work.now))
    elif row.digest != digest(document):
        row.digest, row.at = digest(document), work.now


def note_own(work: Work, unit: str, before: Document | None) -> None:
    """Before a change made here: what stood there came from a folder, unless that is known."""
    if work.session.get(StarterUnit, unit) is None:
        note_given(work, unit, before)
