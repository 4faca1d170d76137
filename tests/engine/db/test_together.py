"""What is asked together gives each the same answer as asked alone."""

from engine.db.together import asked_once, do_together, writing_only
from engine.desk import Desk
from engine.people.models import Group, Organisation
from engine.work import Work


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
