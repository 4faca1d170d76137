"""The index directory: opened fresh, written by one at a time, made anew when it cannot be read."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from whoosh.index import FileIndex, LockError, create_in, open_dir
from whoosh.util.filelock import FileLock, try_for
from whoosh.writing import CLEAR, SegmentWriter

from search.schema import schema, stamp

SCHEMA = "schema"  # names schema and library since the index was made
STAMP = "complete"  # says the same, once everything is in
LOCK = "write.lock"
TRIES = 4
PAUSE = 0.05  # seconds between tries of a reader whose segment was merged away
MEMORY = 64  # MB that a writer may hold

T = TypeVar("T")


class IndexBusyError(Exception):
    """Somebody else kept writing for longer than we may wait; worth another try later."""


class Store:
    """The directory of one index. Whoosh unpickles what lies in it, so it is ours alone (0700)."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self.timeout = timeout

    def complete(self) -> bool:
        """True when a whole load of documents was written in the present schema."""
        return self._says(STAMP)

    def ours(self) -> bool:
        """True when there is an index of the present schema, however much is in it."""
        return self._says(SCHEMA)

    def read(self, work: Callable[[Any], T]) -> T:
        """`work` with a fresh searcher. One is never refreshed: that would show deleted texts.

        A commit may take a segment away between our reading of the table of contents and the
        opening of the file, so a missing file is looked for again. Raises what remains wrong.
        """
        for left in reversed(range(TRIES)):
            try:
                with open_dir(str(self.path)).searcher() as searcher:
                    return work(searcher)
            except FileNotFoundError:
                if not left:
                    raise
                time.sleep(PAUSE)
        raise AssertionError("unreachable")

    def broken(self) -> bool:
        """True when the files cannot be read through: every stored text, every term."""
        try:
            return self.read(_walk)
        except Exception:  # damaged files raise anything: EOFError, TypeError, struct.error …
            return True

    @contextmanager
    def writer(self, *, clear: bool = False) -> Iterator[SegmentWriter]:
        """The one writer; commits at the end, takes everything back on an error.

        Raises IndexBusyError when another writer does not finish in time. A directory that cannot
        be read is emptied first.
        """
        with self._alone(self.timeout):
            index = self._opened()
            if clear:
                self._unstamp()
            try:
                writer = index.writer(timeout=self.timeout, limitmb=MEMORY)
            except LockError as error:
                raise IndexBusyError("the search index is being written") from error
            try:
                yield writer
            except BaseException:
                writer.cancel()
                raise
            writer.commit(**({"mergetype": CLEAR} if clear else {}))
            if clear:
                self._stamp()

    def mend(self) -> None:
        """An empty index in the place of one that is missing, of another schema or broken.

        Raises IndexBusyError at once when somebody is writing: readers do not wait.
        """
        with self._alone(0.0):
            self._opened()

    def _opened(self) -> FileIndex:
        if self.ours() and not self.broken():
            return open_dir(str(self.path))
        self._unstamp()
        for entry in self.path.iterdir():
            if entry.name == LOCK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
        (self.path / SCHEMA).write_text(stamp(), "utf-8")
        return create_in(str(self.path), schema())

    def _says(self, name: str) -> bool:
        try:
            return (self.path / name).read_text("utf-8") == stamp()
        except (OSError, UnicodeDecodeError):
            return False

    @contextmanager
    def _alone(self, timeout: float) -> Iterator[None]:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        lock = FileLock(str(self.path / LOCK))
        if not try_for(lock.acquire, timeout=timeout, delay=PAUSE):
            raise IndexBusyError("the search index is being written")
        try:
            yield
        finally:
            lock.release()

    def _unstamp(self) -> None:
        (self.path / STAMP).unlink(missing_ok=True)

    def _stamp(self) -> None:
        fresh = self.path / f"{STAMP}.{os.getpid()}"
        fresh.write_text(stamp(), "utf-8")
        fresh.replace(self.path / STAMP)


def _walk(searcher: Any) -> bool:
    reader = searcher.reader()
    for _ in reader.all_stored_fields():
        pass
    for _ in reader.all_terms():
        pass
    return False
