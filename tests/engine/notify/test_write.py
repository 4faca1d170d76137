"""What people are told is written with the change; indexes tell what is unread and what is due."""

from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text, update

from engine.commands.notices import tell_agent
from engine.commands.passing_on import pass_on
from engine.notify.models import Notification
from engine.work import Work
from tests.town import Town


def test_what_is_undone_has_told_nobody(town: Town) -> None:
    number = town.report(queue="Network")

    def count(work: Work) -> int:
        return len(work.session.scalars(select(Notification.id)).all())

    before = town.desk.read(count)

    def broken(work: Work, ticket: object) -> None:
        tell_agent(work, ticket, town.person(work, "bruno"), "assigned")
        raise RuntimeError("and then it broke")

    with pytest.raises(RuntimeError):
        town.do("ada", number, broken)
    assert town.desk.read(count) == before


def test_what_was_told_a_moment_ago_can_be_read_at_once(town: Town) -> None:
    def read(work: Work, ticket: object) -> None:
        tell_agent(work, ticket, town.person(work, "bruno"), "assigned")
        work.session.execute(update(Notification).values(read_at=work.now))

    def unread(work: Work) -> list[int]:
        query = select(Notification.id).where(Notification.read_at.is_(None))
        return list(work.session.scalars(query))

    town.do("ada", town.report(queue="Network"), read)
    assert town.desk.read(unread) == []


def test_looking_for_what_is_to_be_passed_on_reads_only_that(town: Town) -> None:
    seen: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if "FROM notification" in statement:
            seen.append((statement, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert pass_on(town.desk) == 0
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    def plan(work: Work) -> str:
        sqlite, found = town.desk.database.sqlite, []
        connection = work.session.connection()
        if not sqlite:
            connection.exec_driver_sql("set local enable_seqscan = off")  # the tables are tiny
        for statement, given in seen:
            how = "explain query plan " if sqlite else "explain "
            found += connection.exec_driver_sql(how + statement, given).all()
        return " ".join(map(str, found))

    told = town.desk.run(plan)
    assert len(seen) == 2
    assert "ix_notification_undecided" in told
    assert "ix_notification_delivery_waiting" in told


def test_the_unread_are_counted_by_an_index(town: Town) -> None:
    asked = "select count(*) from notification where person_id = 1 and read_at is null"

    def plan(work: Work) -> str:
        if town.desk.database.sqlite:
            steps = work.session.execute(text(f"explain query plan {asked}"))
        else:
            work.session.execute(text("set local enable_seqscan = off"))  # the table is tiny
            steps = work.session.execute(text(f"explain {asked}"))
        return " ".join(str(row) for row in steps)

    assert "ix_notification_person_id_read_at_id" in town.desk.run(plan)
