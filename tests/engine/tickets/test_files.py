"""Files are kept by their content, once, and nothing but a digest leads to one."""

from __future__ import annotations

import os

import pytest

from engine.errors import NotFound, Unavailable
from engine.tickets.files import FileStore


def test_the_same_bytes_are_kept_once_and_come_back(tmp_path):
    store = FileStore(tmp_path)
    first, second = store.put(b"hello"), store.put(b"hello")
    assert first == second
    assert store.get(first) == b"hello"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 63, "A" * 64, "a" * 64 + "/x"])
def test_what_is_no_digest_leads_nowhere(tmp_path, name):
    with pytest.raises(NotFound):
        FileStore(tmp_path).get(name)


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        FileStore(tmp_path).get("a" * 64)


def test_a_file_that_cannot_be_written_is_said_so_and_leaves_nothing(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        FileStore(tmp_path).put(b"hello")


def synced(monkeypatch):
    """The numbers of the files and folders that have been brought to disk."""
    real, seen = os.fsync, []

    def watch(handle):
        seen.append(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", watch)
    return seen


def test_a_file_and_every_new_folder_above_it_are_on_disk(tmp_path, monkeypatch):
    seen = synced(monkeypatch)
    root = tmp_path / "home" / "files"
    digest = FileStore(root).put(b"hello")
    folders = [root / digest[:2], root, tmp_path / "home", tmp_path]
    assert {path.stat().st_ino for path in folders} <= set(seen)


def test_bytes_that_are_stored_again_are_young_again(tmp_path):
    store = FileStore(tmp_path)
    digest = store.put(b"hello")
    path = tmp_path / digest[:2] / digest
    os.utime(path, (0, 0))
    store.put(b"hello")
    assert path.stat().st_mtime > 0
