"""What is in force, parsed once per content and kept: process definitions and rule releases.

Each transaction reads from the database which version is in force, and gets it here by its digest;
so no process of the desk ever decides by an old one, and none parses the same one twice.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue.published import ProcessInForce, ProcessVersion, RulesInForce, RulesRelease
from engine.catalogue.rules_drafting import RulesPeriod
from engine.catalogue.shelf import shelf
from engine.errors import NotFound, VorgangError
from engine.rules import (
    Release,
    compile_release,
    digest_of,
    parse_ruleset,
    vocabulary_of,
)
from engine.workflow import Definition, load_definition

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

KEPT = 64
MOST_TRIED = 20  # periods before the one whose release is damaged
log = logging.getLogger(__name__)


class DamagedError(NotFound):
    """A release in the database is not, or no longer, what was published."""


class Library:
    """Parsed definitions and releases of this process, the least used forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    def definition(self, version: ProcessVersion) -> Definition:
        """The parsed diagram of a stored version."""
        found = self._look(("process", version.digest))
        if isinstance(found, Definition):
            return found
        made = load_definition(version.key, *version.as_bytes(), published=True)
        self._keep(("process", version.digest), made)
        return made

    def in_force(self, session: Session, key: str) -> ProcessVersion:
        """The version of a process that new tickets take; raises `NotFound`."""
        row = shelf(session).get(ProcessInForce, key)
        version = shelf(session).get(ProcessVersion, row.version_id) if row else None
        if version is None:
            raise NotFound(f"No process {key!r} has been published.")
        return version

    def all_in_force(self, session: Session) -> Iterator[Definition]:
        """The processes in force by their keys, without those that cannot be read here."""
        for row in session.scalars(select(ProcessInForce).order_by(ProcessInForce.key)):
            try:
                yield self.definition(row.version)
            except VorgangError:
                continue

    def release(self, session: Session) -> Release:
        """The rules in force for this transaction; `NotFound` before the first publishing.

        Where they are damaged in the database, the last ones before them that are not decide.
        """
        row = shelf(session).get(RulesInForce, 1)
        release = shelf(session).get(RulesRelease, row.release_id) if row else None
        if release is None:
            raise NotFound("No rules have been published.")
        try:
            return self.release_of(release)
        except DamagedError as error:
            before = self._last_good(session, release.id)
            log.error("%s Release %s decides.", error, before.digest[:12] if before else "none")
            if before is None:
                raise
            return before

    def release_of(self, row: RulesRelease) -> Release:
        """A stored release, compiled; `DamagedError` where it is not what was published."""
        found = self._look(("rules", row.digest))
        if isinstance(found, Release):
            return found
        documents = _texts(row)
        vocabulary = vocabulary_of(row.vocabulary)
        parsed = [
            parse_ruleset(name, text, vocabulary, name)[0] for name, text in documents.items()
        ]
        made = compile_release([ruleset for ruleset in parsed if ruleset is not None], vocabulary)
        self._keep(("rules", row.digest), made)
        return made

    def _last_good(self, session: Session, but: int) -> Release | None:
        """The release that was in force last, of those that are as they were published."""
        query = select(RulesPeriod.release_id).where(RulesPeriod.release_id != but)
        ids = session.scalars(query.order_by(RulesPeriod.id.desc()).limit(MOST_TRIED))
        for number in dict.fromkeys(ids):
            try:
                return self.release_of(session.get_one(RulesRelease, number))
            except DamagedError:
                continue
        return None

    def _look(self, key: Hashable) -> object | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: Hashable, value: object) -> None:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def is_whole(row: RulesRelease) -> bool:
    """Whether the texts in the database are those that were published."""
    try:
        _texts(row)
    except DamagedError:
        return False
    return True


def damage(session: Session) -> str:
    """What is wrong with the rules in force as they lie in the database, in a sentence."""
    row = session.get(RulesInForce, 1)
    try:
        if row is not None:
            _texts(row.release)
    except DamagedError as error:
        return error.message
    return ""


def _texts(row: RulesRelease) -> dict[str, str]:
    try:
        documents, vocabulary = row.documents, row.vocabulary
        same = digest_of(documents, vocabulary) == row.digest
    except (ValueError, TypeError, AttributeError, LookupError):  # no JSON, or of another form
        same = False
    if not same:
        raise DamagedError(
            "Release %(number)s of the rules is damaged in the database.",
            values={"number": row.number},
        )
    return documents
