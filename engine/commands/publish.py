"""Putting processes and rules in force that have been checked as a whole and tried before."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from engine.audit.trail import record_desk
from engine.catalogue.models import CalendarRow
from engine.catalogue.published import (
    SHARED,
    ProcessInForce,
    ProcessVersion,
    RulesInForce,
    RulesRelease,
)
from engine.catalogue.rules_drafting import RulesPeriod
from engine.commands.candidates import ProcessesCandidate, RulesCandidate
from engine.commands.hourly import keep_hours
from engine.commands.own_offers import put_offer_in_force
from engine.commands.promise_files import take_promises
from engine.commands.promises import promises_changed
from engine.commands.publishers import may_publish, publish_alone, publish_rules_alone
from engine.library import is_whole
from engine.sla.stored import free_days
from engine.work import Work
from engine.workflow import load_definition
from engine.workflow.source import read_bundle


def publish_processes(
    work: Work, candidate: ProcessesCandidate, note: str = ""
) -> list[ProcessVersion]:
    """Put processes in force that have been read and tried; unchanged ones stay as they are.

    The parts that they call are kept as they come with them.
    """
    may_publish(work)
    publish_alone(work)
    called = {
        folder
        for key, files in candidate.processes.items()
        for folder in read_bundle(key, files, candidate.shared).called
    }
    for folder in sorted(called):
        publish_process(work, SHARED + folder, candidate.shared[folder], candidate.shared, note)
    return [
        publish_process(work, key, files, candidate.shared, note)
        for key, files in candidate.processes.items()
    ]


def publish_process(
    work: Work,
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    note: str = "",
    *,
    acknowledged: Collection[str] = (),
    approved_by: str = "",
) -> ProcessVersion:
    """Put one checked process in force as a new version, unless its content is in force already.

    Examples and descriptions decide nothing: where only they differ, the version gets the new ones.
    """
    may_publish(work)
    definition = load_definition(key, files, shared)
    current = work.session.get(ProcessInForce, key)
    if current is not None and current.version.digest == definition.digest:
        texts = _texts(files)
        if current.version.files != texts:
            current.version.files = texts
            work.session.flush()
        return current.version
    same = select(ProcessVersion).where(
        ProcessVersion.key == key, ProcessVersion.digest == definition.digest
    )
    version = work.session.scalar(same)
    if version is None:
        version = _new_version(work, key, files, shared, note)
        version.acknowledged, version.approved_by = sorted(acknowledged), approved_by
    else:
        version.files = _texts(files)
    if current is None:
        work.session.add(ProcessInForce(key=key, version=version, version_id=version.id))
    else:
        current.version = version
    put_offer_in_force(work, version)
    record_desk(work, "process published", key=key, version=version.number, note=note)
    work.session.flush()
    return version


def publish_rules(
    work: Work, candidate: RulesCandidate, note: str = "", promises: str = ""
) -> RulesRelease:
    """Put rulesets in force that have been read and tried, with their calendars and SLAs.

    `promises` says whose calendars and SLAs count that were changed here, too: `folder` or `desk`.
    """
    may_publish(work)
    publish_rules_alone(work)
    publish_slas(work, candidate, promises)
    return put_rules_in_force(work, candidate, note)


def publish_slas(work: Work, candidate: RulesCandidate, promises: str = "") -> None:
    """Take over calendars and SLAs; those not among them stay, since tickets may count by them.

    What open tickets were promised is reckoned anew where it has changed.
    """
    take_promises(work, candidate.calendars, candidate.slas, promises)
    if _free_days_differ(work):
        promises_changed(work)


def keep_free_days(work: Work) -> None:
    """Work out the holidays of all calendars by what is known of them in this version."""
    if _free_days_differ(work):
        promises_changed(work)


def ruleset_names(work: Work) -> list[str] | None:
    """Names of the rulesets in force, or None before the first publishing."""
    row = work.session.get(RulesInForce, 1)
    return sorted(row.release.documents) if row else None


def _new_version(
    work: Work,
    key: str,
    files: Mapping[str, bytes],
    shared: Mapping[str, Mapping[str, bytes]],
    note: str,
) -> ProcessVersion:
    definition = load_definition(key, files, shared)
    last = work.session.scalar(
        select(func.max(ProcessVersion.number)).where(ProcessVersion.key == key)
    )
    version = ProcessVersion(
        key=key,
        digest=definition.digest,
        number=(last or 0) + 1,
        files=_texts(files),
        shared={name: _texts(members) for name, members in shared.items()},
        title=dict(definition.title),
        published_at=work.now,
        published_by=work.actor.name,
        note=note,
    )
    work.session.add(version)
    work.session.flush()
    return version


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: data.decode("utf-8") for name, data in files.items()}


def _free_days_differ(work: Work) -> bool:
    differ = False
    for row in work.session.scalars(select(CalendarRow)):
        found = free_days(row.name, row.document)
        differ = differ or (row.free_days not in ("", found))
        row.free_days = found
    return differ


def put_rules_in_force(
    work: Work,
    candidate: RulesCandidate,
    note: str = "",
    *,
    kind: str = "published",
    approved_by: str = "",
    acknowledged: Collection[str] = (),
) -> RulesRelease:
    """Let a release that was built decide from now on, and write down since when it does.

    The same content is the same release, also when it comes a second time.
    """
    release = work.session.scalar(
        select(RulesRelease).where(RulesRelease.digest == candidate.digest)
    )
    if release is None:
        release = _new_release(work, candidate, note)
    elif not is_whole(release):  # what was damaged in the database is mended by publishing it again
        release.documents, release.vocabulary = dict(candidate.documents), candidate.vocabulary
    if release.examples != candidate.examples:
        release.examples = dict(candidate.examples)
    work.session.flush()
    current = work.session.get(RulesInForce, 1)
    if current is not None and current.release_id == release.id:
        return release
    if current is None:
        work.session.add(RulesInForce(id=1, release=release, release_id=release.id, since=work.now))
    else:
        current.release, current.since = release, work.now
    work.session.add(
        RulesPeriod(
            release=release, release_id=release.id, since=work.now, by=work.actor.name, kind=kind,
            approved_by=approved_by, note=note, acknowledged=sorted(acknowledged),
        )
    )  # fmt: skip
    record_desk(work, "rules published", release=release.digest[:12], number=release.number,
                note=note)  # fmt: skip
    work.session.flush()
    keep_hours(work, release.documents)
    return release


def _new_release(work: Work, candidate: RulesCandidate, note: str) -> RulesRelease:
    last = work.session.scalar(select(func.max(RulesRelease.number)))
    release = RulesRelease(
        digest=candidate.digest,
        number=(last or 0) + 1,
        documents=dict(candidate.documents),
        vocabulary=candidate.vocabulary,
        examples=dict(candidate.examples),
        published_at=work.now,
        published_by=work.actor.name,
        note=note,
    )
    work.session.add(release)
    return release
