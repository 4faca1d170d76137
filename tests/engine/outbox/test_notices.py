"""A notice is read in the reader's language, and only by whoever may still see the ticket."""

from collections.abc import Callable
from typing import Any

from engine.commands.people import send_password_link, set_groups, use_password_link
from engine.outbox import write
from engine.people.passwords import password_fits
from engine.work import Work
from tests.smtp_sink import SmtpSink
from tests.town import Town


def notice(town: Town, number: str, to: str, template: str = "assigned") -> None:
    def add(work: Work, ticket: Any) -> None:
        person = town.person(work, to)
        write.add(work, "notice", ticket_id=ticket.id, person_id=person.id, template=template)

    town.see(number, lambda work, ticket: None)
    town.do("ada", number, add)


def for_address(sink: SmtpSink, address: str) -> list[Any]:
    return [one for one in sink.messages if address in one.recipients]


def test_an_agent_is_told(
    town: Town, posted: SmtpSink, deliver: Callable[[], int], plain: Callable[[Any], str]
) -> None:
    number = town.report(queue="Network")
    notice(town, number, "agnes")
    deliver()
    got = for_address(posted, "agnes@example.com")[-1]
    assert f"/tickets/{number}" in plain(got)
    assert got.message["Auto-Submitted"] == "auto-replied"


def test_who_has_lost_the_right_meanwhile_is_told_nothing(
    town: Town, posted: SmtpSink, deliver: Callable[[], int]
) -> None:
    number = town.report(queue="Network")
    deliver()
    before = len(for_address(posted, "agnes@example.com"))
    notice(town, number, "agnes")
    town.desk.run(lambda work: set_groups(work, town.person(work, "agnes"), {}))
    deliver()
    assert len(for_address(posted, "agnes@example.com")) == before


def test_a_customer_hears_nothing_of_foreign_tickets(
    town: Town, posted: SmtpSink, deliver: Callable[[], int]
) -> None:
    number = town.report(queue="Network")
    notice(town, number, "sam", "your_turn")
    deliver()
    assert for_address(posted, "sam@example.net") == []


def test_an_agent_is_told_of_their_own_request_where_customers_read_it(
    town: Town, posted: SmtpSink, deliver: Callable[[], int], plain: Callable[[Any], str]
) -> None:
    number = town.report(by="bruno", queue="Network")
    notice(town, number, "bruno", "your_turn")
    deliver()
    texts = [plain(one) for one in for_address(posted, "bruno@example.com")]
    assert f"/requests/{number}" in texts[-1]
    assert not any(f"/tickets/{number}" in text for text in texts)


def test_a_password_link_works_once(
    town: Town, posted: SmtpSink, deliver: Callable[[], int], plain: Callable[[Any], str]
) -> None:
    town.desk.run(lambda work: send_password_link(work, town.person(work, "clara")))
    deliver()
    words = plain(for_address(posted, "clara@example.org")[-1]).split()
    link = next(word for word in words if "/password/" in word)
    token = link.rsplit("/", 1)[-1]
    town.desk.run(lambda work: use_password_link(work, token, "a new password") and None)
    stored = town.desk.read(lambda work: town.person(work, "clara").password_hash)
    assert password_fits(stored, "a new password")
