"""The files of a process as they go out and come in: those in force, of a version, of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyramid.request import Request

from engine.commands.process_drafts import draft_or_missing
from engine.commands.process_publishing import version_or_missing
from engine.errors import NotFound
from engine.tickets.overview import process_in_force

DRAFT = "draft"


@dataclass(frozen=True)
class Chosen:
    """Files by name, what to call them, and the number of their version (None for a draft)."""

    name: str
    number: int | None
    files: Mapping[str, str]


def chosen_files(request: Request, key: str, which: str | None = None) -> Chosen:
    """What the query (or `which`) names: `draft`, a version's number, else what is in force."""
    asked = request.GET.get("version", "") if which is None else which
    if asked == DRAFT:
        draft = draft_or_missing(request.db, key)
        return Chosen(f"{key}-draft", None, draft.files)
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 9):
        raise NotFound("There is no such version.")
    version = (
        version_or_missing(request.work, key, int(asked))
        if asked
        else process_in_force(request.db, key)
    )
    return Chosen(f"{key}-v{version.number}", version.number, version.files)
