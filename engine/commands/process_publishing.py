"""A draft becomes the version in force, with author, note and what was acknowledged; and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from engine.audit.trail import record_desk
from engine.catalogue.drafting import ProcessDraft
from engine.catalogue.published import SHARED, ProcessInForce, ProcessVersion
from engine.commands.examining import Examination, examine, examine_files, files_of, mark_of
from engine.commands.own_offers import put_offer_in_force
from engine.commands.process_drafts import draft_bytes, held_draft, remove_draft, shared_bytes
from engine.commands.publish import publish_process
from engine.commands.publishers import may_publish, publish_alone
from engine.commands.shared_parts import is_shared
from engine.errors import Invalid, NotFound
from engine.work import Work

STOPPED = "The draft was not published."
UNSEEN = "Warnings have to be acknowledged before publishing."
LONGEST_NOTE = 2000


def publish_draft(
    work: Work, key: str, revision: int, note: str, acknowledged: Collection[str] = ()
) -> ProcessVersion:
    """Put a draft in force as it was seen; raises `Conflict` where it has changed since.

    `Invalid` with all problems where one of them is an error, an example goes another way, or a
    warning is not among the `acknowledged` (marks of `examining.mark_of`).
    """
    draft = held_draft(work, key, revision)
    if work.desk.settings.approve_processes:
        raise Invalid("Somebody else has to approve this before it is in force.")
    return put_in_force(work, draft, note, acknowledged)


def put_in_force(
    work: Work,
    draft: ProcessDraft,
    note: str,
    acknowledged: Collection[str],
    approved_by: str = "",
) -> ProcessVersion:
    """Publish what a draft holds, in all processes that it goes into, and take the draft away."""
    publish_alone(work)
    examined = examine(work, draft)
    refuse_unfit(examined, acknowledged)
    files, shared = draft_bytes(draft), shared_bytes(work.session)
    if is_shared(draft.key):
        shared = {**shared, draft.key.removeprefix(SHARED): files}
    version = publish_process(
        work, draft.key, files, shared, note[:LONGEST_NOTE],
        acknowledged=acknowledged, approved_by=approved_by,
    )  # fmt: skip
    _into_callers(work, examined, shared, note, approved_by)
    remove_draft(work, draft)
    return version


def _into_callers(
    work: Work,
    examined: Examination,
    shared: Mapping[str, Mapping[str, bytes]],
    note: str,
    approved_by: str = "",
) -> None:
    """Let each process that calls a part have it as it is by now."""
    for caller in examined.callers:
        current = work.session.get_one(ProcessInForce, caller).version
        publish_process(
            work, caller, files_of(current), shared, note[:LONGEST_NOTE],
            acknowledged=current.acknowledged, approved_by=approved_by,
        )  # fmt: skip


def refuse_unfit(examined: Examination, acknowledged: Collection[str]) -> None:
    """Raise `Invalid` with everything that stands in the way of a publishing."""
    if examined.errors:
        raise Invalid(STOPPED, examined.errors)
    unseen = examined.unacknowledged(acknowledged)
    if unseen:
        raise Invalid(UNSEEN, unseen)


def roll_back(work: Work, key: str, number: int, note: str = "") -> ProcessVersion:
    """Put an earlier version in force again, as it is; running tickets stay where they are.

    A part that others call goes back in all of them; `Invalid` where it does not fit them any more.
    """
    may_publish(work)
    publish_alone(work)
    version = version_or_missing(work, key, number)
    current = work.session.get(ProcessInForce, key)
    if current is None:
        raise NotFound("There is no such process.")
    if current.version_id != version.id:
        work.desk.library.definition(version)  # what cannot be run any more is not put in force
        current.version = version
        put_offer_in_force(work, version)
        if is_shared(key):
            files = files_of(version)
            examined = examine_files(work, key, files)
            refuse_unfit(examined, {mark_of(problem) for problem in examined.warnings})
            shared = {**shared_bytes(work.session), key.removeprefix(SHARED): files}
            _into_callers(work, examined, shared, note)
        record_desk(
            work, "process rolled back", key=key, version=version.number, note=note[:LONGEST_NOTE]
        )
        work.session.flush()
    return version


def version_or_missing(work: Work, key: str, number: int) -> ProcessVersion:
    """A version of a process by its number; raises `NotFound`."""
    query = select(ProcessVersion).where(ProcessVersion.key == key, ProcessVersion.number == number)
    version = work.session.scalar(query)
    if version is None:
        raise NotFound("There is no such version.")
    return version
