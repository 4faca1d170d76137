"""SQLite as strict and as concurrent as it can be; on both databases, asking never writes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from engine.db.session import Database
from engine.people.models import Group


def test_many_may_open_a_new_database_at_once(tmp_path):
    def mode(number):
        database = Database(f"sqlite:///{tmp_path / 'new.db'}")
        with database.reading() as session:
            found = session.scalar(text("PRAGMA journal_mode"))
        database.close()
        return found

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(mode, range(16))) == {"wal"}


def test_foreign_keys_are_kept_and_writes_are_synchronous(tmp_path, waiting_for_the_disk):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with database.writing() as session:
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA synchronous")) == 2
        session.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        session.execute(text("CREATE TABLE b (a INTEGER REFERENCES a (id))"))
        with pytest.raises(IntegrityError):
            session.execute(text("INSERT INTO b VALUES (1)"))
    database.close()


def test_a_reader_does_not_wait_for_a_writer_and_sees_one_moment(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with database.writing() as session:
        session.execute(text("CREATE TABLE a (id INTEGER)"))
        session.commit()
    with database.writing() as writer, database.reading() as reader:
        writer.execute(text("INSERT INTO a VALUES (1)"))
        assert reader.scalar(text("SELECT count(*) FROM a")) == 0
        writer.commit()
        assert reader.scalar(text("SELECT count(*) FROM a")) == 0
    with database.reading() as reader:
        assert reader.scalar(text("SELECT count(*) FROM a")) == 1
    database.close()


def test_what_is_changed_while_asking_is_never_written(desk):
    desk.run(lambda work: work.session.add(Group(name="one")))

    def ask(work):
        work.session.scalars(select(Group)).one().name = "other"
        work.session.add(Group(name="two"))
        return work.session.scalars(select(Group.name)).all()

    assert desk.read(ask) == ["one"]
    assert desk.read(lambda work: work.session.scalars(select(Group.name)).all()) == ["one"]


def test_postgresql_remembers_the_questions_that_it_was_asked_often(
    new_postgres: Callable[[], str],
) -> None:
    """It plans them once, which for a page takes longer than answering them."""
    database = Database(new_postgres())
    question = text("SELECT 4711 AS number")
    for _ in range(12):
        with database.reading() as session:
            session.execute(question)
    kept = text("SELECT statement FROM pg_prepared_statements")
    with database.reading() as session:
        assert "SELECT 4711 AS number" in session.scalars(kept).all()
    database.close()
