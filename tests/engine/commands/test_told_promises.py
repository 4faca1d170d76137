"""What is told of a promise that runs out says which one it is, and until when it holds."""

from typing import Any

import pytest

from engine.catalogue.models import Queue, Sla
from engine.commands.due import fire_timer
from engine.commands.tickets import change_ticket
from engine.timers.sweep import sweep
from tests.engine.commands.test_passing_on import Post, subject, text
from tests.engine.commands.test_passing_on import post as post  # a fixture
from tests.town import Town


@pytest.fixture
def number(town: Town, post: Post) -> str:
    """Ada's question: an answer within three hours, a solution within four."""

    def promise(work: Any) -> None:
        sla = work.session.query(Sla).filter_by(name="gold").one()
        sla.first_response, sla.solution = 3 * 3600, 4 * 3600
        sla.warn_percents, sla.escalate_after = [50], [3600]
        for queue in work.session.query(Queue):
            queue.sla_id = sla.id

    town.desk.run(promise)
    made = town.report(queue="Network", type="question", priority="2 low", title="VPN drops")
    town.do("ada", made, lambda w, t: change_ticket(w, t, {"owner": "ada@example.com"}) and None)
    return made


def pass_time(post: Post, **by: float) -> None:
    post.clock.move(**by)
    while sweep(post.town.desk, fire_timer):
        pass
    post.deliver()


def test_a_warning_names_the_promise_that_runs_out_and_not_the_one_due_first(
    post: Post, number: str
) -> None:
    pass_time(post, minutes=91)
    assert "First response, due 2026-03-02 13:00" in text(post.mails("ada")[-1])
    pass_time(post, minutes=30)
    assert "Solution, due 2026-03-02 14:00" in text(post.mails("ada")[-1])


def test_several_as_one_tell_them_apart(post: Post, number: str) -> None:
    pass_time(post, minutes=121)  # the worker was down
    mail = post.mails("ada")[-1]
    assert "messages: VPN drops" in subject(mail)
    assert "Time is running out: First response" in text(mail)
    assert "Time is running out: Solution" in text(mail)


def test_what_comes_late_is_not_taken_for_the_promise(post: Post, number: str) -> None:
    pass_time(post, minutes=105)  # the worker was down a quarter of an hour ago
    mail = text(post.mails("ada")[-1])
    assert "First response, due 2026-03-02 13:00" in mail
    assert "comes late; it was meant for 2026-03-02 at 11:30" in mail


def test_a_text_message_says_it_too_and_keeps_its_link(post: Post, number: str) -> None:
    from engine.notify.compose import Letter, Told, text_for

    def short(work: Any, ticket: Any) -> str:
        ada = post.town.person(work, "ada")
        told = Told("clock_warning", work.now, ticket, "tickets", clock="solution",
                    stands_for="x" * 400)  # fmt: skip
        return text_for(Letter(work.session, work.desk.settings, ada, work.now), [told] * 3)

    said = post.town.see(number, short)
    assert "Solution, due 2026-03-02 14:00" in said.splitlines()
    assert said.endswith(f"/tickets/{number}")
    assert len(said) <= 300


def test_who_is_given_a_ticket_by_an_escalation_reads_why(post: Post, number: str) -> None:
    from engine.notify.compose import Letter, Told, message_for

    def mail(work: Any, ticket: Any, times: int) -> str:
        ada = post.town.person(work, "ada")
        told = Told("assigned", work.now, ticket, "tickets", clock="solution")
        return message_for(Letter(work.session, work.desk.settings, ada, work.now), [told] * times)[
            1
        ]

    assert "Solution, due 2026-03-02 14:00" in post.town.see(number, lambda w, t: mail(w, t, 1))
    assert "Solution" not in post.town.see(number, lambda w, t: mail(w, t, 2))
