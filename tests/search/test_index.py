"""What the service desk relies on: found, gone, not leaked, and alive on damaged files."""

from __future__ import annotations

import gc
import os
import stat
import threading
from pathlib import Path

import pytest
from whoosh.util.filelock import FileLock

from search import Document, Index, IndexBusyError, schema, store
from search.index import MOST_HITS

ALL = ("public", "external", "internal")


def keys(index: Index, text: str, audiences=ALL, language: str | None = "de") -> list[str]:
    return [hit.key for hit in index.find(text, audiences=audiences, language=language)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Drucker", "printer"),
        ("Druckern", "printer"),
        ("DRUCKER", "printer"),
        ("Bahnhofstrasse", "printer"),
        ("Straße", "printer"),  # inside a compound
        ("Strassen", "printer"),
        ("Netzwerk", "printer"),
        ("Druker", "printer"),  # a slip of the pen
        ("drucker offline was tun", "printer"),
        ("Mueller", "password"),
        ("Müller", "password"),
        ("Mu\u0308ller", "password"),  # decomposed, as a Mac sends it
        ("Passwörter", "password"),
        ("passwoerter", "password"),
        ("Haus", "password"),  # Häuser
        ("Kennwort", "password"),
        ("zurückgesetzt", "password"),
        ("VPN", "vpn"),
        ("Verbindungen", "vpn"),
        ("Fernzugang", "vpn"),
    ],
)
def test_finds_german_in_the_words_of_the_asker(index, text, first):
    assert keys(index, text, ("public", "external"))[:1] == [first]


@pytest.mark.parametrize(
    ("text", "first"),
    [("printers", "printer"), ("resetting passwords", "password"), ("dropped", "vpn"),
     ("log-in", "password"), ("sign in", "password"), ("remote", "vpn")],
)  # fmt: skip
def test_finds_english(index, text, first):
    assert keys(index, text, language="en")[:1] == [first]


@pytest.mark.parametrize("typed", ["pa", "pas", "pass", "passw", "passwort zur"])
def test_finds_while_the_last_word_is_being_typed(index, typed):
    assert keys(index, typed, ("public",))[:1] == ["password"]


def test_a_finished_word_is_no_beginning(index):
    assert keys(index, "pa ", ("public",)) == []


def test_without_a_language_each_key_comes_once(index):
    found = keys(index, "VPN password", language=None)
    assert sorted(found) == sorted(set(found))
    assert {"vpn", "password"} <= set(found)


def test_a_region_is_its_language(index):
    assert keys(index, "Drucker", language="de-AT") == ["printer"]


def test_texts_of_other_languages_are_found_unstemmed(index):
    index.put([Document("cle", "fr", "public", "Clé perdue", "La clé du bureau est perdue")])
    assert keys(index, "cle perdue", language="fr") == ["cle"]
    assert "cle" in keys(index, "perdue", language=None)


def test_what_is_not_there_is_not_found(index):
    assert keys(index, "Xylophon") == []
    assert keys(index, "Wetterbericht") == []


def test_limit_is_kept_and_bounded(index):
    index.replace_all(
        Document(f"k{n}", "de", "public", f"Drucker {n}", "Drucker im Büro") for n in range(80)
    )
    find = {"audiences": ALL, "language": "de"}
    assert len(index.find("Drucker", limit=3, **find)) == 3
    assert len(index.find("Drucker", limit=-1, **find)) == 1
    assert 3 < len(index.find("Drucker", limit=10**9, **find)) <= MOST_HITS


def test_put_replaces_the_same_text_and_keeps_the_other_language(index):
    index.put([Document("vpn", "de", "public", "Tunnel", "Ganz anders")] * 2)
    assert keys(index, "Verbindung") == []
    assert keys(index, "Tunnel") == ["vpn"]
    assert keys(index, "connection", language="en") == ["vpn"]
    assert index.count() == 7


def test_removed_texts_are_gone_in_all_languages(index):
    index.remove(["vpn", "unknown"])
    assert keys(index, "VPN", language=None) == []
    assert index.count() == 5


def test_many_updates_leave_one_text(index):
    for number in range(12):
        index.put([Document("vpn", "de", "public", "Tunnel", f"Fassung {number}")])
    hits = index.find("Tunnel Fassung", audiences=ALL, language="de")
    assert [hit.key for hit in hits] == ["vpn"]
    assert "11" in hits[0].excerpt
    assert index.count() == 7


def test_replace_all_leaves_nothing_old(index):
    index.replace_all([Document("new", "de", "public", "Neu", "Alles neu")])
    assert keys(index, "VPN Drucker Passwort") == []
    assert index.count() == 1
    index.replace_all([])
    assert index.count() == 0
    assert index.healthy()


def test_an_audience_sees_only_its_own_texts(index):
    assert keys(index, "Administratorkennwort Tresor Hotline", ("public", "external")) == []
    assert "admin" in keys(index, "Administratorkennwort", ("internal",))
    assert keys(index, "Drucker offline", ("public",)) == []
    assert keys(index, "Drucker", ()) == []
    assert keys(index, "Drucker", ("everybody",)) == []


def test_hidden_texts_take_no_place_in_the_list(index):
    index.put(
        Document(f"secret{n}", "de", "internal", "Drucker Drucker", "Drucker " * 9)
        for n in range(60)
    )
    assert keys(index, "Drucker", ("external",)) == ["printer"]
    assert "secret" not in repr(index.find("Drucker", audiences=("external",), language="de"))


def test_the_hit_carries_what_a_page_shows(index):
    (hit,) = index.find("Drucker", audiences=ALL, language="de")
    assert (hit.key, hit.language, hit.title) == ("printer", "de", "Der Drucker ist offline")
    assert "<mark>Netzwerkdrucker</mark>" in hit.excerpt
    assert 0 < hit.score <= 2


def test_missing_index_is_empty_and_unhealthy(folder):
    index = Index(folder)
    assert not index.healthy()
    assert keys(index, "VPN") == []
    assert index.count() == 0


def test_put_alone_does_not_make_it_healthy(folder):
    index = Index(folder)
    index.put([Document("a", "de", "public", "Drucker", "")])
    assert keys(index, "Drucker") == ["a"]
    assert not index.healthy()
    index.replace_all([])
    assert index.healthy()


def test_the_directory_is_ours_alone(index, folder):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    os.chmod(folder, 0o755)
    index.put([Document("a", "de", "public", "A", "b")])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def damage(folder: Path, pattern: str, how: str) -> None:
    found = sorted(folder.glob(pattern))
    assert found
    for path in found:
        if how == "delete":
            path.unlink()
        elif how == "empty":
            path.write_bytes(b"")
        elif how == "half":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        else:
            path.write_bytes(os.urandom(path.stat().st_size))


# Whoosh leaves a damaged segment open until it is collected.
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
@pytest.mark.parametrize("pattern", ["*.toc", "*.seg"])
@pytest.mark.parametrize("how", ["delete", "empty", "half", "noise"])
@pytest.mark.parametrize("noticed_by", ["find", "healthy", "put"])
def test_damaged_files_answer_nothing_and_are_made_anew(index, folder, pattern, how, noticed_by):
    damage(folder, pattern, how)
    if noticed_by == "find":
        assert keys(index, "VPN") == []
    elif noticed_by == "put":
        index.put([Document("a", "de", "public", "Fernseher", "")])
        assert keys(index, "Fernseher") == ["a"]
    assert not index.healthy()
    index.replace_all([Document("b", "de", "public", "Drucker", "")])
    assert index.healthy()
    assert keys(index, "Drucker") == ["b"]
    gc.collect()


def test_a_lost_directory_is_made_anew(index, folder):
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert not index.healthy()
    index.replace_all([Document("b", "de", "public", "Drucker", "")])
    assert keys(index, "Drucker") == ["b"]


def test_another_schema_is_not_read(index, folder, monkeypatch):
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    assert keys(index, "VPN") == []
    assert not index.healthy()
    index.put([Document("a", "de", "public", "Fernseher", "")])
    assert index.count() == 1
    assert not index.healthy()


def test_a_second_writer_is_refused_in_time_and_readers_go_on(index, folder):
    lock = FileLock(str(folder / store.LOCK))
    assert lock.acquire()
    try:
        with pytest.raises(IndexBusyError):
            Index(folder, timeout=0.1).put([Document("a", "de", "public", "A", "b")])
        assert keys(index, "VPN") == ["vpn"]
    finally:
        lock.release()
    index.put([Document("a", "de", "public", "Fernseher", "")])
    assert keys(index, "Fernseher") == ["a"]


def test_whooshs_own_lock_is_answered_alike(index, folder):
    lock = FileLock(str(folder / "MAIN_WRITELOCK"))
    assert lock.acquire()
    try:
        with pytest.raises(IndexBusyError):
            Index(folder, timeout=0.1).remove(["vpn"])
    finally:
        lock.release()
    assert keys(index, "VPN") == ["vpn"]


def _half_a_write(index: Index) -> None:
    with index._store.writer() as writer:
        writer.delete_by_term("key", "vpn")
        raise RuntimeError("half way")


def test_a_failing_writer_takes_everything_back(index):
    with pytest.raises(RuntimeError):
        _half_a_write(index)
    assert keys(index, "VPN") == ["vpn"]
    index.remove(["vpn"])
    assert keys(index, "VPN") == []


def test_readers_never_stumble_over_a_writer(index, folder):
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        mine = Index(folder)
        while not stop.is_set():
            found = mine.find("VPN", audiences=ALL, language="de")
            if [hit.key for hit in found] != ["vpn"] or not mine.healthy():
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(25):
        index.put([Document(f"n{number % 5}", "de", "public", "Bildschirm", f"Nummer {number}")])
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert index.count() == 12


@pytest.mark.parametrize(
    "fields",
    [{"key": ""}, {"language": ""}, {"audience": "everybody"}],
)
def test_a_document_says_who_may_read_it(fields):
    whole = {"key": "a", "language": "de", "audience": "public", "title": "", "body": ""}
    with pytest.raises(ValueError):
        Document(**{**whole, **fields})
