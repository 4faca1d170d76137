"""Rows that are deleted together are gone for everybody who looks, as if each had gone at once."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.db.later import delete_later
from engine.desk import Desk
from engine.timers.models import Timer
from engine.work import Work
from tests.engine.timers.test_together import asked
from tests.town import Town


def timers(desk: Desk, *subjects: str) -> None:
    desk.run(lambda work: work.session.add_all([timer(one, work.now) for one in subjects]))


def timer(subject: str, at: datetime) -> Timer:
    return Timer(kind="step", subject=subject, ticket_id=7, due_at=at)


def strike(session: Session, *subjects: str) -> None:
    for row in session.scalars(select(Timer).where(Timer.subject.in_(subjects))).all():
        session.expunge(row)
        delete_later(session, Timer, row.id)


def subjects(desk: Desk) -> list[str]:
    return desk.read(lambda work: sorted(work.session.scalars(select(Timer.subject))))


def test_they_go_with_one_word_and_nobody_who_looks_finds_them(town: Town) -> None:
    timers(town.desk, "1", "2", "3", "4")

    def look(work: Work) -> list[str]:
        strike(work.session, "1", "2")
        found = sorted(work.session.scalars(select(Timer.subject)))
        strike(work.session, "3")
        return found

    with asked(town) as said:
        assert town.desk.run(look) == ["3", "4"]
    assert sum(one.startswith("DELETE") for one in said) == 2
    assert subjects(town.desk) == ["4"]


def test_another_row_takes_the_place_of_one_that_goes(desk: Desk) -> None:
    timers(desk, "1", "2")

    def again(work: Work) -> None:
        strike(work.session, "1", "2")
        work.session.add(timer("1", work.now))
        work.session.flush()
        strike(work.session, "1")
        work.session.add(timer("1", work.now))

    desk.run(again)
    assert subjects(desk) == ["1"]


def test_a_savepoint_brings_back_only_what_it_deleted_itself(desk: Desk) -> None:
    timers(desk, "1", "2")

    def undo(work: Work) -> int | None:
        strike(work.session, "1")
        savepoint = work.session.begin_nested()
        strike(work.session, "2")
        work.session.add(timer("1", work.now))
        work.session.flush()
        savepoint.rollback()
        return work.session.scalar(select(func.count()).select_from(Timer))

    desk.run(undo)
    assert subjects(desk) == ["2"]


def test_what_is_rolled_back_was_not_deleted(desk: Desk) -> None:
    timers(desk, "1")

    def drop(work: Work) -> None:
        strike(work.session, "1")
        work.session.rollback()

    desk.run(drop)
    assert subjects(desk) == ["1"]
