"""Attachments and originals on disk, addressed by what they contain.

A file is complete and on disk before the transaction that names it commits: temporary file, fsync,
rename. The name is the SHA-256 of the bytes, so the same file is stored once and can be checked.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from engine.errors import NotFound, Unavailable

DIGEST = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """A folder of files named by digest, two levels deep."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Store the bytes durably and return their digest; raises `Unavailable` on a full disk."""
        digest = hashlib.sha256(data).hexdigest()
        target = self._path(digest)
        try:
            if _still_there(target, len(data)):
                return digest
            make_folder(target.parent)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
            sync_folder(target.parent)
        except OSError as error:
            raise Unavailable(
                "The file could not be stored: %(why)s.", values={"why": error.strerror}
            ) from error
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a stored file; raises `NotFound` when there is none of this digest."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound("There is no such file.") from None

    def size(self, digest: str) -> int | None:
        """How many bytes a stored file has; None when there is none of this digest."""
        try:
            return self._path(digest).stat().st_size
        except (FileNotFoundError, NotFound):
            return None

    def is_sound(self, digest: str) -> bool:
        """Whether the bytes are still those that were stored; raises `NotFound`."""
        try:
            with self._path(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest
        except FileNotFoundError:
            raise NotFound("There is no such file.") from None
        except OSError:  # the disk cannot read it any more
            return False

    def _path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise NotFound("There is no such file.")
        return self.root / digest[:2] / digest


def make_folder(folder: Path) -> None:
    """Make a folder so that its name is on disk, and those of the new ones above it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk; without that a file can be whole and not to be found."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _still_there(target: Path, size: int) -> bool:
    """Whether the file is stored; if so it is young again, so that nobody sweeps it up meanwhile.

    The row that names it is not committed yet, and an old file without a row is rubbish. One of
    another size was damaged, and these bytes are what it was.
    """
    try:
        os.utime(target)
        return target.stat().st_size == size
    except FileNotFoundError:
        return False
