"""What is played: the draft of a process where there is one, or what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.catalogue.published import ProcessInForce
from engine.commands.process_drafts import draft_bytes, draft_of, shared_bytes
from engine.errors import Invalid, NotFound, Problem
from engine.workflow import Definition
from engine.workflow.definition import load_to_play
from engine.workflow.examples import EXAMPLES

DRAFT, FORCE = "draft", "force"


@dataclass(frozen=True)
class Source:
    """The files that are played; without a definition they cannot be, for the `problems`."""

    key: str
    title: Mapping[str, Any]
    which: str
    files: Mapping[str, bytes]
    definition: Definition | None
    problems: tuple[Problem, ...] = ()
    has_draft: bool = False
    version: int = 0  # the one in force, 0 where there is none
    revision: int = 0  # of the draft, 0 where there is none
    locked: bool = False  # the draft lies before a second pair of eyes

    @property
    def examples(self) -> str:
        """The text of the examples beside the diagram."""
        return self.files.get(EXAMPLES, b"").decode("utf-8", "replace")


def source_of(request: Request, key: str, wanted: str = "") -> Source:
    """The draft, unless there is none or what is in force is wanted; raises `NotFound`."""
    draft, row = draft_of(request.db, key), request.db.get(ProcessInForce, key)
    if draft is None and row is None:
        raise NotFound("There is no such process.")
    drafted = draft is not None and (wanted != FORCE or row is None)
    common: dict[str, Any] = {
        "key": key,
        "which": DRAFT if drafted else FORCE,
        "has_draft": draft is not None,
        "version": row.version.number if row else 0,
        "revision": draft.revision if draft else 0,
        "locked": draft is not None and draft.proposed_at is not None,
    }
    if drafted and draft is not None:
        files = draft_bytes(draft)
        definition, problems = _loaded(key, files, shared_bytes(request.db))
        title = definition.title if definition else draft.title
        return Source(title=title, files=files, definition=definition, problems=problems, **common)
    assert row is not None  # one of both is there
    files = {name: text.encode() for name, text in row.version.files.items()}
    definition = request.desk.library.definition(row.version)
    return Source(title=row.version.title, files=files, definition=definition, **common)


def _loaded(
    key: str, files: Mapping[str, bytes], shared: Mapping[str, Mapping[str, bytes]]
) -> tuple[Definition | None, tuple[Problem, ...]]:
    try:
        return load_to_play(key, files, shared), ()
    except Invalid as error:
        return None, tuple(p for p in error.problems if p.severity == "error")
