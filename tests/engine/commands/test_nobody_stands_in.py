"""Who has a ticket is away and nobody stands in: the team hears of what cannot wait."""

from datetime import timedelta
from typing import Any

import pytest

from engine.catalogue.models import CalendarRow
from engine.commands.articles import reply
from engine.commands.due import fire_timer
from engine.commands.notices import send_notice, tell_agent
from engine.commands.reminders import remind
from engine.notify.models import Notification
from engine.people.models import Person
from engine.tickets.access import ticket_for
from engine.timers.sweep import sweep
from engine.worker import make_app
from tests.engine.commands.test_passing_on import Post, away, owned, subject, text, told_by_clara
from tests.engine.commands.test_passing_on import post as post  # a fixture


@pytest.fixture
def number(post: Post) -> str:
    """A ticket of Agnes, who is away; nobody was told anything so far."""
    made = owned(post)
    away(post, "agnes", "")
    return made


def test_what_a_customer_writes_reaches_the_team(post: Post, number: str) -> None:
    told_by_clara(post, number, "agnes")
    post.deliver()
    assert [len(post.mails(name)) for name in ("agnes", "ada", "bruno")] == [1, 0, 0]
    post.after(minutes=5)  # for the team it is one of the things in its queue
    (mail,) = post.mails("ada")
    assert subject(mail).endswith("The customer has answered: VPN drops")
    assert "because Agnes Meier is away and nobody stands in" in text(mail)
    assert post.mails("bruno") == []  # who may not read it


def test_where_all_who_stand_in_are_away_the_team_hears_too(post: Post, number: str) -> None:
    away(post, "agnes", "bruno")
    away(post, "bruno", "agnes")
    told_by_clara(post, number, "agnes")
    post.deliver()
    post.after(minutes=5)
    assert len(post.mails("ada")) == 1


def test_a_promise_that_runs_out_reaches_the_team_at_once(post: Post, number: str) -> None:
    def breach(work: Any) -> None:
        ticket = ticket_for(work, number)
        tell_agent(work, ticket, post.town.person(work, "agnes"), "clock_breached")

    post.town.desk.run(breach)
    post.deliver()
    assert [len(post.mails(name)) for name in ("agnes", "ada", "bruno")] == [1, 1, 0]


def test_what_can_wait_and_what_is_private_stays_with_who_is_away(post: Post, number: str) -> None:
    def own(work: Any, ticket: Any) -> None:
        remind(work, ticket, work.now + timedelta(minutes=1), "call my doctor")

    post.tell(number, "agnes", "assigned")
    post.town.do("agnes", number, own)
    away(post, "agnes", "ada")
    post.clock.move(minutes=2)
    sweep(post.town.desk, fire_timer)
    post.after(minutes=6)
    assert [text(one) for one in post.mails("ada") if "doctor" in text(one)] == []
    assert any("doctor" in text(one) for one in post.mails("agnes"))


def test_one_persons_broken_zone_or_calendar_stops_nobody_else(post: Post, number: str) -> None:
    away(post, "agnes", "")

    def spoil(work: Any) -> None:
        calendar = work.session.query(CalendarRow).first()
        calendar.document = {"hours": "nonsense"}
        agnes: Person = post.town.person(work, "agnes")
        agnes.zone = "Europe/Atlantis"
        for name in ("agnes", "bruno"):
            one = post.town.person(work, name)
            work.session.add(Notification(person_id=one.id, kind="rules_failed",
                             created_at=work.now, payload={"page": "rules"}))  # fmt: skip

    post.choose("agnes", "bundled", quiet={"kind": "calendar", "calendar": calendar_name(post)})
    post.town.desk.run(spoil)
    post.deliver()
    assert len(post.mails("bruno")) == 1


def test_mail_leaves_whatever_is_wrong_with_what_agents_are_told(
    post: Post, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.town.do("ada", number, lambda work, t: reply(work, t, "We are on it.") and None)
    before = len(post.mails("clara"))

    def broken(desk: Any) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr("engine.tasks.pass_on", broken)
    app = make_app(post.town.desk)
    with pytest.raises(RuntimeError):
        app.tasks["drain_outbox"]()
    assert len(post.mails("clara")) == before + 1


def calendar_name(post: Post) -> str:
    return str(post.town.desk.read(lambda work: work.session.query(CalendarRow).first().name))


def test_without_an_owner_the_team_is_told_as_of_its_queue(post: Post) -> None:
    number = post.town.report(queue="Network", title="VPN drops")
    post.deliver()
    before = len(post.mails("ada")) + len(post.mails("agnes"))

    def wrote(work: Any) -> None:
        send_notice(work, ticket_for(work, number), "owner", "others_wrote")

    post.town.desk.run(wrote)
    post.deliver()
    assert len(post.mails("ada")) + len(post.mails("agnes")) == before
    post.after(minutes=5)
    assert len(post.mails("ada")) + len(post.mails("agnes")) == before + 2
