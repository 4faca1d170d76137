"""Putting processes, rules and the catalogue in force: checked as a whole, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select

from engine.audit.trail import record_desk
from engine.catalogue.models import CalendarRow, Offer, Sla
from engine.catalogue.published import (
    ProcessInForce,
    ProcessVersion,
    RulesInForce,
    RulesRelease,
)
from engine.errors import Invalid, NotAllowed, NotFound, Problem
from engine.rules import compile_release, load_vocabulary, parse_ruleset
from engine.sla.stored import entries
from engine.sla.targets import load_slas
from engine.work import Work
from engine.workflow import check_files, load_definition

NOT_A_PROCESS = {"shared", "offers"}
LARGEST = 4 * 2**20  # bytes of one file
NOT_A_RULESET = {"vocabulary", "calendars", "slas"}


def publish_processes(work: Work, folder: Path, note: str = "") -> list[ProcessVersion]:
    """Put every process of a folder in force; unchanged ones stay as they are.

    Raises `Invalid` with all problems of all files; then nothing has changed.
    """
    _may_publish(work)
    shared = {path.name: read_files(path) for path in _folders(folder / "shared")}
    found = {p.name: read_files(p) for p in _folders(folder) if p.name not in NOT_A_PROCESS}
    rulesets = ruleset_names(work)
    problems: list[Problem] = []
    for key, files in found.items():
        problems += [p for p in check_files(key, files, shared, rulesets) if p.severity == "error"]
    if problems:
        raise Invalid("The processes were not published.", problems)
    return [publish_process(work, key, files, shared, note) for key, files in found.items()]


def publish_process(
    work: Work,
    key: str,
    files: dict[str, bytes],
    shared: dict[str, dict[str, bytes]],
    note: str = "",
) -> ProcessVersion:
    """Put one checked process in force as a new version, unless its content is in force already."""
    definition = load_definition(key, files, shared)
    current = work.session.get(ProcessInForce, key)
    if current is not None and current.version.digest == definition.digest:
        return current.version
    same = select(ProcessVersion).where(
        ProcessVersion.key == key, ProcessVersion.digest == definition.digest
    )
    version = work.session.scalar(same) or _new_version(work, key, files, shared, note)
    if current is None:
        work.session.add(ProcessInForce(key=key, version=version, version_id=version.id))
    else:
        current.version = version
    record_desk(work, "process published", key=key, version=version.number, note=note)
    work.session.flush()
    return version


def publish_rules(work: Work, folder: Path, note: str = "") -> RulesRelease:
    """Put the rulesets of a folder in force as one release, with their calendars and SLAs.

    Raises `Invalid` with all problems of all files; then nothing has changed.
    """
    _may_publish(work)
    vocabulary_text = _text(folder / "vocabulary.yaml")
    vocabulary = load_vocabulary(vocabulary_text)
    documents: dict[str, str] = {}
    problems: list[Problem] = []
    rulesets = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in NOT_A_RULESET:
            continue
        documents[path.stem] = _text(path)
        ruleset, found = parse_ruleset(path.stem, documents[path.stem], vocabulary, path.name)
        problems += [p for p in found if p.severity == "error"]
        if ruleset is not None:
            rulesets.append(ruleset)
    if problems:
        raise Invalid("The rules were not published.", problems)
    release = compile_release(rulesets, vocabulary)
    publish_slas(work, folder)
    return _put_in_force(work, release.digest, documents, vocabulary_text, note)


def publish_slas(work: Work, folder: Path) -> None:
    """Take over calendars.yaml and slas.yaml."""
    calendars = folder / "calendars.yaml"
    if not calendars.is_file():
        return
    for name, entry in entries(_text(calendars)).items():
        row = work.session.get(CalendarRow, name)
        if row is None:
            work.session.add(CalendarRow(name=name, document=entry))
        else:
            row.document = entry
    work.session.flush()
    for name, target in load_slas(_text(folder / "slas.yaml")).items():
        sla = work.session.scalar(select(Sla).where(Sla.name == name)) or Sla(name=name)
        sla.title, sla.calendar = dict(target.title), target.calendar
        sla.first_response, sla.solution = target.first_response, target.solution
        sla.warn_percent = target.warn_percent
        work.session.add(sla)
    work.session.flush()


def publish_catalogue(work: Work, folder: Path) -> list[Offer]:
    """Take over catalogue.yaml with the forms of its offers; offers not in it are put away."""
    _may_publish(work)
    path = folder / "catalogue.yaml"
    if not path.is_file():
        return []
    entries = (_yaml(path) or {}).get("offers") or []
    published = []
    for position, entry in enumerate(entries):
        key = str(entry["key"])
        offer = work.session.get(Offer, key) or Offer(key=key)
        offer.position, offer.active, offer.document = position, True, entry
        offer.form = _offer_form(folder / "offers", key)
        work.session.add(offer)
        published.append(offer)
    for old in work.session.scalars(select(Offer)):
        old.active = old.key in {offer.key for offer in published}
    work.session.flush()
    return published


def ruleset_names(work: Work) -> list[str] | None:
    """Names of the rulesets in force, or None before the first publishing."""
    row = work.session.get(RulesInForce, 1)
    return sorted(row.release.documents) if row else None


def read_files(folder: Path) -> dict[str, bytes]:
    """All files of one process folder by name; raises `NotFound` when there is no such folder."""
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.")
    found = [path for path in sorted(folder.iterdir()) if path.is_file()]
    for path in found:
        if path.stat().st_size > 2 * LARGEST:
            raise Invalid(f"{path} is larger than {2 * LARGEST // 2**20} MB.")
    return {path.name: path.read_bytes() for path in found}


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if (p / "process.bpmn").is_file())


def _new_version(
    work: Work,
    key: str,
    files: dict[str, bytes],
    shared: dict[str, dict[str, bytes]],
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
        files={name: data.decode("utf-8") for name, data in files.items()},
        shared={
            name: {inner: data.decode("utf-8") for inner, data in members.items()}
            for name, members in shared.items()
        },
        title=dict(definition.title),
        published_at=work.now,
        published_by=work.actor.name,
        note=note,
    )
    work.session.add(version)
    work.session.flush()
    return version


def _put_in_force(
    work: Work, digest: str, documents: dict[str, str], vocabulary: str, note: str
) -> RulesRelease:
    release = work.session.scalar(select(RulesRelease).where(RulesRelease.digest == digest))
    if release is None:
        release = RulesRelease(
            digest=digest,
            documents=documents,
            vocabulary=vocabulary,
            published_at=work.now,
            published_by=work.actor.name,
            note=note,
        )
        work.session.add(release)
        work.session.flush()
    current = work.session.get(RulesInForce, 1)
    if current is None:
        work.session.add(RulesInForce(id=1, release=release, release_id=release.id, since=work.now))
    elif current.release_id != release.id:
        current.release, current.since = release, work.now
    record_desk(work, "rules published", release=digest[:12], note=note)
    work.session.flush()
    return release


def _offer_form(folder: Path, key: str) -> dict[str, Any]:
    schema, ui = folder / f"{key}.schema.json", folder / f"{key}.ui.json"
    if not schema.is_file():
        return {}
    return {"schema": _yaml(schema), "ui": _yaml(ui)}


def _yaml(path: Path) -> Any:
    """A document without references: ten lines of them could stand for a whole disk."""
    text = _text(path)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise Invalid(f"{path} uses references (*name), which are not allowed.")
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Invalid(f"{path} is larger than {LARGEST // 2**20} MB.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from None


def _may_publish(work: Work) -> None:
    if not work.actor.is_system and not work.actor.roles & {"owner", "admin"}:
        raise NotAllowed("Only process owners and admins publish.")
