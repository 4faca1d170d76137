"""What a timer stands for is done by its kind, and a kind that nobody knows is not forgotten."""

from typing import Any

from sqlalchemy import select

from engine.commands.due import fire_timer
from engine.timers.models import Timer
from engine.timers.sweep import sweep
from engine.work import Work
from tests.town import Town


def test_a_timer_of_another_version_stays_and_says_why(town: Town) -> None:
    number = town.report()

    def foreign(work: Work, ticket: Any) -> None:
        work.session.add(
            Timer(kind="tea", subject="x", ticket_id=ticket.id, due_at=work.now, tries=0)
        )

    town.do("ada", number, foreign)
    sweep(town.desk, fire_timer)
    left = town.desk.read(
        lambda w: w.session.scalars(select(Timer).where(Timer.kind == "tea")).one()
    )
    assert left.last_error == "Nobody here knows what is to happen then."
