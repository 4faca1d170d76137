"""What is in force, parsed once per content and kept: process definitions and rule releases.

Each transaction reads from the database which version is in force, and gets it here by its digest;
so no process of the desk ever decides by an old one, and none parses the same one twice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.catalogue.published import ProcessInForce, ProcessVersion, RulesInForce, RulesRelease
from engine.catalogue.shelf import shelf
from engine.errors import NotFound
from engine.rules import Release, compile_release, load_vocabulary, parse_ruleset
from engine.workflow import Definition, load_definition

if TYPE_CHECKING:
    from collections.abc import Hashable

KEPT = 64


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
        files = {name: text.encode() for name, text in version.files.items()}
        shared = {
            folder: {name: text.encode() for name, text in inner.items()}
            for folder, inner in version.shared.items()
        }
        made = load_definition(version.key, files, shared, published=True)
        self._keep(("process", version.digest), made)
        return made

    def in_force(self, session: Session, key: str) -> ProcessVersion:
        """The version of a process that new tickets take; raises `NotFound`."""
        row = shelf(session).get(ProcessInForce, key)
        version = shelf(session).get(ProcessVersion, row.version_id) if row else None
        if version is None:
            raise NotFound(f"No process {key!r} has been published.")
        return version

    def release(self, session: Session) -> Release:
        """The rules in force for this transaction; `NotFound` before the first publishing."""
        row = shelf(session).get(RulesInForce, 1)
        release = shelf(session).get(RulesRelease, row.release_id) if row else None
        if release is None:
            raise NotFound("No rules have been published.")
        return self.release_of(release)

    def release_of(self, row: RulesRelease) -> Release:
        """A stored release, compiled."""
        found = self._look(("rules", row.digest))
        if isinstance(found, Release):
            return found
        vocabulary = load_vocabulary(row.vocabulary)
        parsed = [
            parse_ruleset(name, text, vocabulary, name)[0] for name, text in row.documents.items()
        ]
        made = compile_release([ruleset for ruleset in parsed if ruleset is not None], vocabulary)
        self._keep(("rules", row.digest), made)
        return made

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
