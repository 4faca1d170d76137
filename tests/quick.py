"""What a worker learns once and keeps for all its tests; none of it can be seen by a test.

Databases come and go with the tests, but how a statement is compiled, a connection to the worker's
PostgreSQL and the modules that were imported are the same for all of them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache

STAMPS = 20  # catalogues that are remembered

_kept: dict[str, dict[str, Engine]] = {}


def keep_connections(url: str) -> None:
    """From now on desks on this database get the connections of those before them."""
    _kept.setdefault(url, {})


def pytest_collection() -> None:
    """What is collected stays too, and it is as much: until then nothing is looked through."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come first, and so to one worker: they take longest and share a browser and a desk.

    At the end, where workers take tests from each other, each would start its own for a few of
    them, and one would go on alone with the longest.
    """
    journeys = Path(__file__).parent / "journeys"
    items.sort(key=lambda item: journeys not in item.path.parents)


def pytest_collection_finish() -> None:
    """What is imported stays to the end: the collector need not look through it again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def one_dialect_per_worker() -> Iterator[None]:
    """SQLAlchemy keeps compiled statements per dialect object, and would compile all of them again
    for the engine of each test, which takes longer than running them."""
    from engine.db import session

    dialects: dict[str, Any] = {}
    compiled = LRUCache(10_000)

    def create(url: str, **options: Any) -> Engine:
        pooled = url in _kept and "poolclass" not in options
        wanted = repr(sorted(options.items()))
        if pooled and wanted in _kept[url]:
            return _kept[url][wanted]
        made = create_engine(url, execution_options={"compiled_cache": compiled}, **options)
        kind = f"{made.dialect.name} {options.get('isolation_level')}"
        if kind in dialects and dialects[kind].server_version_info:  # it has met a server
            made.dialect = dialects[kind]
        dialects[kind] = made.dialect
        if pooled:
            made.dispose = lambda close=True: None  # type: ignore[method-assign]
            _kept[url][wanted] = made
        return made

    prepare = session._prepare_sqlite

    def prepare_for_a_test(connection: Any, record: Any) -> None:
        # What is lost when the power fails is not what tests in one process can see.
        prepare(connection, record)
        connection.execute("PRAGMA synchronous = OFF")
        # Without ORDER BY rows may come in any order, so here in another than is usual.
        connection.execute("PRAGMA reverse_unordered_selects = ON")

    prepare_for_a_test.as_delivered = prepare  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_engine", create)
        patch.setattr(session, "_prepare_sqlite", prepare_for_a_test)
        yield
    for engines in _kept.values():
        for engine in engines.values():
            Engine.dispose(engine)


class Stood(dict[bytes, None]):
    """Rules that stood their examples in a child process, known to all workers of a run."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder

    def __contains__(self, digest: object) -> bool:
        assert isinstance(digest, bytes)
        return (self.folder / digest.hex()).exists()

    def __setitem__(self, digest: bytes, _: None) -> None:
        (self.folder / digest.hex()).touch()


@pytest.fixture(scope="session", autouse=True)
def rules_stand_once(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Iterator[None]:
    """The same rules are published by hundreds of tests; a child looks at them once in a run."""
    from engine.rules import probe

    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "_stood", Stood((base if worker == "main" else base.parent) / "stood"))
        yield


@pytest.fixture
def waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases that are opened from now on are as they are outside of tests."""
    from engine.db import session

    as_delivered = session._prepare_sqlite.as_delivered  # type: ignore[attr-defined]
    monkeypatch.setattr(session, "_prepare_sqlite", as_delivered)


@pytest.fixture(scope="session", autouse=True)
def one_catalogue_per_stamp() -> Iterator[None]:
    """A copy of the town has the town's stamp, and so what was read of its catalogue before."""
    from engine.catalogue import shelf

    known: dict[str, Any] = {}
    read = shelf._Stock

    def stock(session: Any, stamp: str) -> Any:
        if not stamp:
            return read(session, stamp)
        if stamp not in known:
            known[stamp] = read(session, stamp)
            if len(known) > STAMPS:
                del known[next(iter(known))]
        return known[stamp]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "_Stock", stock)
        yield
