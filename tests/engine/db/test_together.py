"""What is asked together gives each the same answer as asked alone."""

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine.db.together import ANY, Question, asked_once, do_together, writing_only
from engine.desk import Desk
from engine.people.models import Group, Organisation
from engine.tickets.flow import Subscription
from engine.work import Work
from tests.engine.timers.test_together import asked
from tests.town import Town

AWAITED = Question(
    Subscription, ("instance_id",), select(Subscription).where(Subscription.instance_id.in_(ANY))
)


def test_a_question_writes_first_only_what_it_is_about(desk: Desk) -> None:
    def ask(work: Work) -> list[int]:
        session = work.session
        session.add(Group(name="night shift"))
        found = []
        for about in ({}, {"name": "night shift"}, {"name": "day shift"}):
            with writing_only(session, Organisation):
                found.append(session.query(Group).filter_by(name="night shift").count())
            with writing_only(session, Group, **about):
                found.append(session.query(Group).filter_by(name="night shift").count())
            session.rollback()
            session.add(Group(name="night shift"))
        return found

    assert desk.run(ask) == [0, 1, 0, 1, 0, 0]


def test_what_is_done_together_asks_once_and_what_is_done_alone_each_time(desk: Desk) -> None:
    asked: list[str] = []

    def answer() -> int:
        asked.append("again")
        return len(asked)

    def alone(work: Work) -> list[int]:
        return [asked_once(work.session, ("how many",), answer) for _ in range(2)]

    def together(work: Work) -> list[int]:
        do_together(work.session)
        return alone(work)

    assert [desk.run(alone), desk.run(together), desk.run(together)] == [[1, 2], [3, 3], [4, 4]]


def awaited(session: Session, one: int) -> set[str]:
    return {row.message for row in AWAITED.answer(session, one, (1, 2, 3))}


def awaits(one: int, message: str) -> Subscription:
    return Subscription(instance_id=one, task_id="t", message=message)


def test_all_of_those_beside_are_asked_for_at_once(town: Town) -> None:
    for _ in range(3):
        town.report()

    def ask(work: Work) -> list[set[str]]:
        do_together(work.session)
        work.session.add_all([awaits(1, "a"), awaits(3, "b")])
        return [awaited(work.session, one) for one in (1, 2, 3)]

    with asked(town) as said:
        assert town.desk.run(ask) == [{"a"}, set(), {"b"}]
    assert len([one for one in said if "FROM subscription" in one]) == 1


def test_what_is_written_meanwhile_is_found(town: Town) -> None:
    for _ in range(3):
        town.report()

    def ask(work: Work) -> list[set[str]]:
        session = work.session
        do_together(session)
        found = [awaited(session, 1)]
        session.add(awaits(1, "waits to be written"))
        found.append(awaited(session, 1))
        session.add(awaits(2, "written"))
        session.flush()
        found.append(awaited(session, 2))
        session.execute(
            insert(Subscription), [{"instance_id": 3, "task_id": "t", "message": "by statement"}]
        )
        found.append(awaited(session, 3))
        session.execute(delete(Subscription).where(Subscription.instance_id == 1))
        found.append(awaited(session, 1))
        savepoint = session.begin_nested()
        session.add(awaits(1, "undone"))
        found.append(awaited(session, 1))
        savepoint.rollback()
        return [*found, awaited(session, 1)]

    assert town.desk.run(ask) == [
        set(), {"waits to be written"}, {"written"}, {"by statement"}, set(), {"undone"}, set()
    ]  # fmt: skip
