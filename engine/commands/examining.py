"""What is to be known before a draft is published: findings, examples, what differs, whom.

A part that others call is looked at in each process that calls it, since it goes into all of them.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue.drafting import ProcessDraft
from engine.catalogue.published import SHARED, ProcessInForce, ProcessVersion
from engine.commands.own_offers import check_own_offer
from engine.commands.process_drafts import draft_bytes, shared_bytes
from engine.commands.process_names import check_names, of_this_desk
from engine.commands.publish import ruleset_names
from engine.commands.shared_parts import is_shared
from engine.errors import Problem
from engine.tickets.flow import ProcessInstance
from engine.work import Work
from engine.workflow import Proof, Soundness, prove
from engine.workflow.coverage import Coverage, play_all
from engine.workflow.difference import Difference, difference
from engine.workflow.source import read_bundle

Files = Mapping[str, bytes]
KEPT = 64


@dataclass(frozen=True)
class Examination:
    """A draft as it would be published; `callers` are the processes that a part goes into."""

    problems: tuple[Problem, ...]
    red: tuple[Problem, ...]  # examples that go another way
    difference: Difference
    callers: tuple[str, ...] = ()
    running: int = 0  # tickets under way on other versions, which stay there
    coverage: Coverage = field(default_factory=Coverage)
    soundness: Soundness | None = None

    @property
    def errors(self) -> list[Problem]:
        """What stops a publishing."""
        return [p for p in (*self.problems, *self.red) if p.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What has to be acknowledged."""
        return [p for p in self.problems if p.severity != "error"]

    def unacknowledged(self, marks: Collection[str]) -> list[Problem]:
        """The warnings that nobody has accepted."""
        return [p for p in self.warnings if mark_of(p) not in marks]


_kept: OrderedDict[tuple[str, ...], Any] = OrderedDict()
_lock = threading.Lock()


def examine(work: Work, draft: ProcessDraft) -> Examination:
    """Look at a draft from all sides; raises nothing, whatever it holds."""
    return examine_files(work, draft.key, draft_bytes(draft))


def examine_files(work: Work, key: str, files: Files) -> Examination:
    """The same for any files that are to be in force under a key."""
    shared: dict[str, Files] = {**shared_bytes(work.session)}
    base = _standing(work.session, key)
    callers: dict[str, Files] = {}
    if is_shared(key):
        folder = key.removeprefix(SHARED)
        shared[folder] = files
        callers = _callers(work.session, folder, shared)
    proof = looked_at(work, key, files, shared)
    played = _played(key, files, shared, proof.problems)
    red = list(played.problems)
    for caller, theirs in callers.items():
        found = looked_at(work, caller, theirs, shared).problems
        wrong = [p for p in found if p.severity == "error"]
        problems = wrong or _played(caller, theirs, shared, wrong).problems
        red += [_in(caller, problem) for problem in problems]
    return Examination(
        proof.problems,
        tuple(red),
        difference(base, files),
        tuple(callers),
        _running(work.session, {key, *callers}),
        played,
        proof.soundness,
    )


def looked_at(work: Work, key: str, files: Files, shared: Mapping[str, Files]) -> Proof:
    """All findings about files, by the checks and by what this desk has, and the verdict.

    What the checks say of the same files is remembered; what the desk has may change.
    """
    rulesets = ruleset_names(work)
    name = ("prove", key, _content(files, shared), *sorted(rulesets or ("*",)))
    proof: Proof = _remembered(name, lambda: prove(key, files, shared, rulesets))
    problems = [
        *of_this_desk(work.session, list(proof.problems), files),
        *check_names(work.session, key, files, shared),
        *check_own_offer(work, key, files),
    ]
    problems.sort(key=lambda p: p.severity != "error")
    return replace(proof, problems=tuple(problems))


def mark_of(problem: Problem) -> str:
    """A short name of a finding, by which it is acknowledged as long as it says the same."""
    said = f"{problem.code}\0{problem.element}\0{problem.message}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def files_of(version: ProcessVersion) -> dict[str, bytes]:
    """The files of a version as checks and players take them."""
    return {name: text.encode() for name, text in version.files.items()}


def _standing(session: Session, key: str) -> dict[str, bytes]:
    row = session.get(ProcessInForce, key)
    return files_of(row.version) if row is not None else {}


def _played(
    key: str, files: Files, shared: Mapping[str, Files], problems: Collection[Problem]
) -> Coverage:
    """What the examples come to; none is played where there are errors."""
    if any(problem.severity == "error" for problem in problems):
        return Coverage()
    name = ("play", key, _content(files, shared))
    coverage: Coverage = _remembered(name, lambda: play_all(key, files, shared))
    return coverage


def _callers(session: Session, folder: str, shared: Mapping[str, Files]) -> dict[str, Files]:
    """The processes in force that call a part, directly or through another."""
    found: dict[str, Files] = {}
    for row in session.scalars(select(ProcessInForce).order_by(ProcessInForce.key)):
        files = files_of(row.version)
        if is_shared(row.key) or folder not in read_bundle(row.key, files, shared).called:
            continue
        found[row.key] = files
    return found


def _running(session: Session, keys: Collection[str]) -> int:
    query = (
        select(func.count(ProcessInstance.id))
        .join(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        .where(ProcessInstance.status == "running", ProcessVersion.key.in_(keys))
    )
    return session.scalar(query) or 0


def _in(key: str, problem: Problem) -> Problem:
    return replace(problem, message=f"{key}: {problem.message}", element=None)


def _content(files: Files, shared: Mapping[str, Files]) -> str:
    total = hashlib.sha256()
    for folder, inner in [("", files), *sorted(shared.items())]:
        for name in sorted(inner):
            for part in (folder.encode(), name.encode(), inner[name]):
                total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def _remembered(name: tuple[str, ...], make: Callable[[], Any]) -> Any:
    with _lock:
        if name in _kept:
            _kept.move_to_end(name)
            return _kept[name]
    made = make()
    with _lock:
        _kept[name] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made
