"""Drafts of processes: begin one, keep what is drawn, throw it away; nothing is in force by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.audit.trail import record_desk
from engine.catalogue.drafting import DraftVisit, ProcessDraft
from engine.catalogue.published import ProcessInForce
from engine.commands.publishers import may_publish
from engine.commands.shared_parts import shared_files
from engine.errors import Conflict, Invalid, NotFound
from engine.people.models import Person
from engine.work import Work
from engine.workflow.source import DIAGRAM, title_of

Texts = dict[str, str]
HERE = timedelta(seconds=40)  # longer than two signs of life of a page
MOST_FILES = 200
LONGEST = 6_000_000  # characters of all files of a draft together
KEY = re.compile(r"(shared\.)?[a-z][a-z0-9_]{0,58}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,98}(\.[a-z]{2,8}){1,2}")
SUFFIXES = (".bpmn", ".json", ".yaml", ".md")
MINE_TO_WAIT = "This draft lies before a second pair of eyes; withdraw it to change it."


def draft_of(session: Session, key: str) -> ProcessDraft | None:
    """The draft of a process, if somebody has begun one."""
    return session.get(ProcessDraft, key)


def draft_or_missing(session: Session, key: str) -> ProcessDraft:
    """The draft of a process; raises `NotFound` without one."""
    draft = draft_of(session, key)
    if draft is None:
        raise NotFound("There is no draft of this process.")
    return draft


def drafts(session: Session) -> list[ProcessDraft]:
    """All drafts, the latest change first."""
    return list(session.scalars(select(ProcessDraft).order_by(ProcessDraft.changed_at.desc())))


def open_draft(work: Work, key: str) -> ProcessDraft:
    """The draft of a process; without one it begins as what is in force. Raises `NotFound`."""
    may_publish(work)
    draft = draft_of(work.session, key)
    if draft is not None:
        return draft
    current = work.session.get(ProcessInForce, key)
    if current is None:
        raise NotFound("There is no such process.")
    return _begin(work, key, dict(current.version.files), base_id=current.version_id)


def new_draft(
    work: Work, key: str, files: Mapping[str, str], *, base_id: int | None = None
) -> ProcessDraft:
    """The first draft of a new process; `Invalid` where the key is taken or not fit to be one."""
    may_publish(work)
    if not KEY.fullmatch(key):
        raise Invalid(
            "The key of a process is made of small letters, digits and underscores.",
            fields={
                "key": "The key of a process is made of small letters, digits and underscores."
            },
        )
    if draft_of(work.session, key) or work.session.get(ProcessInForce, key):
        text = "There is a process with this key already."
        raise Invalid(text, fields={"key": text})
    return _begin(work, key, acceptable(files), base_id=base_id)


def save_draft(
    work: Work, key: str, revision: int, changes: Mapping[str, str | None]
) -> ProcessDraft:
    """Keep changed files of a draft (None takes one away); revision 0 begins one with them.

    Raises `Conflict` when somebody has saved since this revision, and `Invalid` for what cannot be
    a file of a process or while the draft waits for its approval.
    """
    draft = held_draft(work, key, revision) if revision else _first(work, key)
    _check({name: text for name, text in changes.items() if text is not None})
    merged = dict(draft.files) | dict(changes)
    files = {name: text for name, text in merged.items() if text is not None}
    _whole(files)
    if files == draft.files:
        return draft
    draft.files, draft.title = files, title_of(files) or draft.title
    draft.changed_at, draft.changed_by = work.now, work.actor.name
    work.session.flush()
    return draft


def discard_draft(work: Work, key: str, revision: int) -> None:
    """Throw a draft away; what is in force stays. Raises `Conflict` as `save_draft` does."""
    draft = held_draft(work, key, revision)
    record_desk(work, "process draft discarded", key=key, revision=draft.revision)
    remove_draft(work, draft)


def remove_draft(work: Work, draft: ProcessDraft) -> None:
    """Take a draft off the table, with the marks of who was there."""
    work.session.execute(delete(DraftVisit).where(DraftVisit.key == draft.key))
    work.session.delete(draft)
    work.session.flush()


def draft_bytes(draft: ProcessDraft) -> dict[str, bytes]:
    """The files of a draft as checks and players take them."""
    return {name: text.encode() for name, text in draft.files.items()}


def shared_bytes(session: Session) -> dict[str, dict[str, bytes]]:
    """The parts that drafts may call, as checks and players take them."""
    return {
        folder: {name: text.encode() for name, text in files.items()}
        for folder, files in shared_files(session).items()
    }


def look_in(work: Work, key: str) -> list[str]:
    """Note that the actor has the draft open; the names of the others who have, too."""
    person_id = work.actor.id
    if person_id is not None:
        visit = work.session.get(DraftVisit, (key, person_id))
        if visit is None:
            work.session.add(DraftVisit(key=key, person_id=person_id, at=work.now))
        else:
            visit.at = work.now
    return others_at(work.session, key, person_id, work.now)


def others_at(session: Session, key: str, person_id: int | None, now: Any) -> list[str]:
    """Who else has this draft open now."""
    query = (
        select(Person.name)
        .join(DraftVisit, DraftVisit.person_id == Person.id)
        .where(DraftVisit.key == key, DraftVisit.at > now - HERE, Person.id != person_id)
        .order_by(Person.name)
        .limit(10)
    )
    return list(session.scalars(query))


def acceptable(files: Mapping[str, Any]) -> Texts:
    """The files as they may be kept; `Invalid` for names, sizes and bytes that no process has."""
    _check(files)
    _whole(files)
    return dict(files)


def _check(files: Mapping[str, Any]) -> None:
    for name, text in files.items():
        if not NAME.fullmatch(name) or not name.endswith(SUFFIXES):
            raise Invalid(
                'A process has no file called "%(name)s".', values={"name": str(name)[:120]}
            )
        if not isinstance(text, str) or "\x00" in text or not _sound(text):
            raise Invalid('"%(name)s" is not text.', values={"name": name})


def _whole(files: Mapping[str, str]) -> None:
    if len(files) > MOST_FILES:
        raise Invalid("A process has at most %(number)s files.", values={"number": MOST_FILES})
    if sum(map(len, files.values())) > LONGEST:
        raise Invalid(
            "The files of a process hold at most %(number)s MB together.",
            values={"number": LONGEST // 1_000_000},
        )
    if DIAGRAM not in files:
        raise Invalid('A process needs its diagram, "%(name)s".', values={"name": DIAGRAM})


def _sound(text: str) -> bool:
    """Half a character of UTF-16 can be sent as JSON, but not kept."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _begin(work: Work, key: str, files: Texts, base_id: int | None) -> ProcessDraft:
    draft = ProcessDraft(
        key=key,
        files=files,
        title=title_of(files),
        base_id=base_id,
        created_at=work.now,
        created_by=work.actor.name,
        changed_at=work.now,
        changed_by=work.actor.name,
        note="",
        acknowledged=[],
    )
    work.session.add(draft)
    work.session.flush()
    return draft


def _first(work: Work, key: str) -> ProcessDraft:
    draft = draft_of(work.session, key)
    if draft is not None:
        raise Conflict(
            "%(name)s has changed this draft meanwhile.", values={"name": draft.changed_by}
        )
    return open_draft(work, key)


def held_draft(work: Work, key: str, revision: int) -> ProcessDraft:
    """The draft as it was seen, for this transaction alone; raises `Conflict` and `Invalid`."""
    may_publish(work)
    query = select(ProcessDraft).where(ProcessDraft.key == key).with_for_update()
    draft = work.session.scalar(query.execution_options(populate_existing=True))
    if draft is None:
        raise NotFound("There is no draft of this process.")
    if draft.revision != revision:
        raise Conflict(
            "%(name)s has changed this draft meanwhile.", values={"name": draft.changed_by}
        )
    if draft.proposed_at is not None:
        raise Invalid(MINE_TO_WAIT)
    return draft
