"""What people are told leaves as they have chosen: at once, as one, later, or not at all."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update

from engine.commands import passing_on
from engine.commands.absences import say_away
from engine.commands.carry_out import do_action
from engine.commands.notice_choices import choose_notices, set_notice_rules
from engine.commands.notice_texts import create_text, remove_text, save_text
from engine.commands.notices import tell_agent
from engine.commands.passing_on import pass_on
from engine.commands.people import make_password_link, set_groups
from engine.commands.tickets import change_ticket, close_ticket
from engine.errors import Invalid, NotAllowed
from engine.notify.kinds import GROUPS
from engine.notify.models import Notification, NotificationDelivery
from engine.outbox.drain import drain
from engine.outbox.handlers import handlers
from engine.outbox.models import OutboxRow
from engine.people.models import Person
from engine.work import Work
from tests.desks import MovableClock
from tests.smtp_sink import SmtpSink
from tests.town import Town

TRIAGE = {"queue": "Network", "impact": "person", "priority": "3 normal"}


class Post:
    """The town with a real mail server, from which each test reads what arrived."""

    def __init__(self, town: Town, sink: SmtpSink, clock: MovableClock) -> None:
        self.town, self.sink, self.clock = town, sink, clock

    def deliver(self) -> None:
        """Let everything leave that is due now."""
        pass_on(self.town.desk)
        drain(self.town.desk, handlers(make_password_link))

    def after(self, **by: float) -> None:
        """Let time pass, and everything leave that is due then."""
        self.clock.move(**by)
        self.deliver()

    def mails(self, name: str) -> list[Any]:
        """What somebody has got, in order."""
        return [
            one.message
            for one in self.sink.messages
            if any(to.startswith(f"{name}@") for to in one.recipients)
        ]

    def tell(self, number: str, name: str, kind: str = "customer_wrote", times: int = 1) -> None:
        """Tell somebody about a ticket, so many times."""

        def command(work: Work, ticket: Any) -> None:
            for _ in range(times):
                tell_agent(work, ticket, self.town.person(work, name), kind)

        self.town.do("ada", number, command)

    def choose(self, name: str, how: str = "", **more: Any) -> None:
        """Somebody chooses one way for all but escalations."""
        groups = {group: {"how": how} for group in GROUPS if how and group != "escalation"}
        given = {"groups": groups, "through": True} | more
        self.town.desk.run(
            lambda work: choose_notices(work, self.town.person(work, name), given),
            self.town.actor(name),
        )

    def unread(self, name: str) -> int:
        """How many notifications the browser counts."""

        def count(work: Work) -> int:
            person = self.town.person(work, name).id
            mine = Notification.person_id == person, Notification.read_at.is_(None)
            return len(work.session.scalars(select(Notification.id).where(*mine)).all())

        return self.town.desk.read(count)

    def states(self, name: str) -> list[tuple[str, str, str]]:
        """Of each way out of the last notifications: channel, state and why."""

        def read(work: Work) -> list[tuple[str, str, str]]:
            person = self.town.person(work, name).id
            rows = select(NotificationDelivery).where(NotificationDelivery.person_id == person)
            found = work.session.scalars(rows.order_by(NotificationDelivery.id))
            return [(row.channel, row.state, row.why) for row in found]

        return self.town.desk.read(read)


def text(mail: Any) -> str:
    """The words of a mail."""
    return mail.get_payload(decode=True).decode()


def subject(mail: Any) -> str:
    """Its subject, decoded."""
    from email.header import decode_header, make_header

    return str(make_header(decode_header(mail["Subject"])))


@pytest.fixture
def post(town: Town, smtp_sink: SmtpSink, clock: MovableClock) -> Post:
    """The town with a mail server."""
    address = f"smtp://{smtp_sink.host}:{smtp_sink.port}"
    town.desk.settings = replace(town.desk.settings, smtp_url=address)
    return Post(town, smtp_sink, clock)


@pytest.fixture
def ticket(post: Post) -> str:
    """A ticket of Agnes, of which nobody waits to hear."""
    return owned(post)


def owned(post: Post, title: str = "VPN drops", owner: str = "agnes") -> str:
    number = post.town.report(queue="Network", title=title)
    login = f"{owner}@example.com"
    post.town.do(owner, number, lambda work, t: change_ticket(work, t, {"owner": login}) and None)

    def forget(work: Work) -> None:
        work.session.execute(update(Notification).values(decided_at=work.now))
        work.session.execute(update(OutboxRow).values(status="done"))

    post.town.desk.run(forget)
    return number


def test_the_first_is_mailed_at_once_and_what_follows_comes_as_one(post: Post, ticket: str) -> None:
    post.tell(ticket, "agnes")
    post.deliver()
    assert len(post.mails("agnes")) == 1
    for kind in ("others_wrote", "customer_wrote", "customer_wrote"):
        post.after(seconds=30)
        post.tell(ticket, "agnes", kind)
    post.deliver()
    assert len(post.mails("agnes")) == 1
    post.after(minutes=5)
    first, second = post.mails("agnes")
    assert subject(first) == f"[Ticket#{ticket}] The customer has answered: VPN drops"
    assert subject(second) == f"[Ticket#{ticket}] 3 messages: VPN drops"
    lines = [line for line in text(second).splitlines() if line[:2] == "10"]
    assert lines == [
        "10:00  Somebody has written",
        "10:01  The customer has answered (2×)",
    ]
    assert first["Auto-Submitted"] == second["Auto-Submitted"] == "auto-replied"
    assert first["Message-ID"] != second["Message-ID"]
    post.after(minutes=30)
    assert len(post.mails("agnes")) == 2


def test_a_thousand_events_in_a_minute_are_one_mail(post: Post, ticket: str) -> None:
    post.choose("agnes", "bundled")
    for _ in range(10):
        post.tell(ticket, "agnes", times=100)
        post.after(seconds=6)
    assert post.mails("agnes") == []
    post.after(minutes=5)
    (mail,) = post.mails("agnes")
    assert subject(mail) == f"[Ticket#{ticket}] 1000 messages: VPN drops"
    assert "(1000×)" in text(mail)
    assert post.unread("agnes") >= 1000


def test_a_thousand_at_once_are_one_mail_too(post: Post, ticket: str) -> None:
    post.tell(ticket, "agnes", times=1000)
    post.deliver()
    post.after(minutes=10)
    assert len(post.mails("agnes")) == 1


def test_many_tickets_at_once_come_as_a_few_mails_and_one(post: Post) -> None:
    numbers = [owned(post, title=f"Printer {n}") for n in range(9)]
    for number in numbers:
        post.tell(number, "agnes")
    post.deliver()
    assert len(post.mails("agnes")) == 5
    post.after(minutes=5)
    last = post.mails("agnes")[-1]
    assert len(post.mails("agnes")) == 6
    assert subject(last) == "4 messages about 4 tickets"
    assert [f"Printer {n}" in text(last) for n in range(9)] == [False] * 5 + [True] * 4


def test_an_escalation_does_not_wait_for_the_window(post: Post, ticket: str) -> None:
    post.tell(ticket, "agnes")
    post.deliver()
    post.clock.move(minutes=1)
    post.tell(ticket, "agnes")
    post.tell(ticket, "agnes", "clock_breached")
    post.deliver()
    assert [subject(one).partition("] ")[2] for one in post.mails("agnes")] == [
        "The customer has answered: VPN drops",
        "2 messages: VPN drops",  # and takes along what waited
    ]
    post.after(minutes=10)
    assert len(post.mails("agnes")) == 2


def test_in_quiet_hours_only_escalations_come_and_the_rest_when_they_end(
    post: Post, ticket: str
) -> None:
    other = owned(post, title="Printer")
    quiet = {"kind": "hours", "begins": "20:00", "ends": "07:00", "days": [*range(7)]}
    post.choose("agnes", "at_once", quiet=quiet)
    post.clock.set(datetime(2026, 3, 2, 22, 0, tzinfo=ZoneInfo("Europe/Berlin")))
    post.tell(ticket, "agnes")
    post.tell(other, "agnes")
    post.deliver()
    assert post.mails("agnes") == []
    post.tell(ticket, "agnes", "clock_breached")
    post.after(hours=1)
    assert [subject(one).partition("] ")[2] for one in post.mails("agnes")] == [
        "Promise broken: VPN drops"
    ]
    post.after(hours=7, minutes=59)
    assert len(post.mails("agnes")) == 1
    post.after(minutes=1)
    assert [subject(one) for one in post.mails("agnes")][1:] == ["2 messages about 2 tickets"]


def test_what_a_rule_calls_urgent_comes_like_an_escalation(post: Post, ticket: str) -> None:
    quiet = {"kind": "hours", "begins": "20:00", "ends": "07:00", "days": [*range(7)]}
    post.choose("agnes", "daily", quiet=quiet)
    post.clock.set(datetime(2026, 3, 2, 22, 0, tzinfo=ZoneInfo("Europe/Berlin")))

    def notify(work: Work, found: Any) -> None:
        for kind, more in (("others_wrote", {}), ("customer_wrote", {"urgency": "high"})):
            do_action(work, found, "notify", {"to": "owner", "template": kind, **more})

    post.town.do("ada", ticket, notify)
    post.deliver()
    assert [subject(one).partition("] ")[2] for one in post.mails("agnes")] == [
        "The customer has answered: VPN drops"
    ]


def test_who_wants_no_escalations_at_night_gets_none(post: Post, ticket: str) -> None:
    quiet = {"kind": "hours", "begins": "20:00", "ends": "07:00", "days": [*range(7)]}
    post.choose("agnes", "at_once", quiet=quiet, through=False)
    post.clock.set(datetime(2026, 3, 2, 22, 0, tzinfo=ZoneInfo("Europe/Berlin")))
    post.tell(ticket, "agnes", "clock_breached")
    post.deliver()
    assert post.mails("agnes") == []
    post.after(hours=9)
    assert len(post.mails("agnes")) == 1


def test_a_digest_comes_once_a_day_by_ticket_and_never_empty(post: Post, ticket: str) -> None:
    other = owned(post, title="Printer")
    gone = owned(post, title="Salaries of all")
    post.choose("agnes", "daily", digest_at="08:00")
    for number in (ticket, other, ticket, gone):
        post.tell(number, "agnes")
        post.after(minutes=20)
    secret = lambda work, t: change_ticket(work, t, {"owner": "", "queue": "HR"}) and None  # noqa: E731
    post.town.do("ada", gone, secret)
    assert post.mails("agnes") == []
    post.clock.set(datetime(2026, 3, 3, 8, 0, tzinfo=ZoneInfo("Europe/Berlin")))
    post.deliver()
    (mail,) = post.mails("agnes")
    assert subject(mail) == "Your day (3 new)"
    said = text(mail)
    assert said.index("VPN drops") < said.index("Printer")
    assert said.count("The customer has answered") == 2
    assert "The customer has answered (2×)" in said[: said.index("Printer")]
    assert "Salaries" not in said
    assert gone not in said
    post.after(days=3)
    assert len(post.mails("agnes")) == 1


def test_the_frame_of_a_summary_is_worded_like_any_text(post: Post, ticket: str) -> None:
    words = {
        f"{part}_{one}": text
        for one in ("de", "en")
        for part, text in (
            ("subject", "{count} things for {name}"),
            ("body", "Dear {name},\n{text}\n-- {tickets}"),
        )
    }
    olga = post.town.actor("olga")
    for name in ("bundle", "digest_daily"):
        post.town.desk.run(lambda w, n=name: save_text(w, n, words, seen=0) and None, olga)
    other = owned(post, title="Printer {count}")
    for how, until in (("bundled", {"minutes": 6}), ("daily", {"days": 1})):
        post.choose("agnes", how)
        for number in (ticket, other):
            post.tell(number, "agnes")
        post.deliver()
        post.after(**until)
        mail = post.mails("agnes")[-1]
        assert subject(mail) == "2 things for Agnes Meier"
        assert "Dear Agnes Meier," in text(mail)
        assert "Printer {count}" in text(mail)
        assert "-- 2" in text(mail)
    for body, code in (("Hello {name}", "needs_text"), ("{text} {queue}", "placeholder")):
        with pytest.raises(Invalid) as told:
            post.town.desk.run(
                lambda w, b=body: save_text(w, "bundle", words | {"body_en": b}, seen=1) and None,
                olga,
            )  # fmt: skip
        assert told.value.fields["body_en"] == code


def test_a_weekly_digest_is_in_the_language_and_zone_of_its_reader(post: Post, ticket: str) -> None:
    def german(work: Work) -> None:
        agnes = post.town.person(work, "agnes")
        agnes.language, agnes.zone = "de", "Asia/Tokyo"

    post.town.desk.run(german)
    post.choose("agnes", "weekly", digest_at="08:00", digest_day=4)
    post.tell(ticket, "agnes")
    post.deliver()
    post.clock.set(datetime(2026, 3, 6, 7, 59, tzinfo=ZoneInfo("Asia/Tokyo")))
    post.deliver()
    assert post.mails("agnes") == []
    post.after(minutes=1)
    (mail,) = post.mails("agnes")
    assert subject(mail) == "Wochenübersicht (1 neu)"
    assert "02.03.2026 18:00  Antwort vom Kunden" in text(mail)


def test_what_was_read_or_is_over_or_forbidden_is_not_mailed_any_more(post: Post) -> None:
    read, closed, forbidden = owned(post), owned(post), owned(post, title="Salaries of all")
    post.choose("agnes", "bundled")
    for number in (read, closed, forbidden):
        post.tell(number, "agnes")
    post.deliver()

    def mark(work: Work, ticket: Any) -> None:
        mine = Notification.ticket_id == ticket.id
        work.session.execute(update(Notification).where(mine).values(read_at=work.now))

    post.town.do("agnes", read, mark)
    post.clock.move(minutes=1)
    post.town.do("ada", closed, lambda work, t: close_ticket(work, t))
    other = lambda work, t: change_ticket(work, t, {"owner": "", "queue": "HR"}) and None  # noqa: E731
    post.town.do("ada", forbidden, other)
    post.after(minutes=5)
    assert post.mails("agnes") == []
    dropped = [why for channel, state, why in post.states("agnes") if state == "dropped"]
    assert dropped == ["read", "closed", "right"]


def test_who_switches_a_group_off_is_told_nothing_and_counts_nothing(
    post: Post, ticket: str
) -> None:
    before = post.unread("agnes")
    post.choose("agnes", "off")
    post.tell(ticket, "agnes")
    post.tell(ticket, "agnes", "clock_breached")
    post.deliver()
    assert [subject(one).partition("] ")[2] for one in post.mails("agnes")] == [
        "Promise broken: VPN drops"
    ]
    assert post.unread("agnes") == before + 1


def test_in_the_browser_only(post: Post, ticket: str) -> None:
    before = post.unread("agnes")
    post.choose("agnes", "browser")
    post.tell(ticket, "agnes")
    post.after(days=8)
    assert post.mails("agnes") == []
    assert post.unread("agnes") == before + 1


def test_nobody_switches_off_what_an_admin_keeps_and_nobody_chooses_for_others(post: Post) -> None:
    def choose(by: str, group: str, how: str) -> None:
        given = {"groups": {group: {"how": how}}}
        post.town.desk.run(
            lambda work: choose_notices(work, post.town.person(work, "agnes"), given),
            post.town.actor(by),
        )

    with pytest.raises(Invalid) as refused:
        choose("agnes", "escalation", "off")
    assert refused.value.fields == {"escalation": "enum"}
    with pytest.raises(NotAllowed):
        choose("ada", "queue", "off")
    choose("agnes", "queue", "off")
    with pytest.raises(NotAllowed):
        post.town.desk.run(lambda work: set_notice_rules(work, {}), post.town.actor("agnes"))


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"digest_at": "8"}, {"digest_at"}),
        ({"digest_day": 7}, {"digest_day"}),
        ({"quiet": {"kind": "hours", "begins": "x", "ends": "07:00", "days": []}},
         {"begins", "days"}),
        ({"quiet": {"kind": "hours", "begins": "07:00", "ends": "07:00", "days": [*range(7)]}},
         {"ends"}),
        ({"quiet": {"kind": "calendar", "calendar": "moon"}}, {"calendar"}),
        ({"quiet": {"kind": "always"}}, {"quiet"}),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_field(post: Post, given: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        post.choose("agnes", "at_once", **given)
    assert set(refused.value.fields) == fields


def test_a_new_choice_holds_for_what_waits_and_tells_nothing_twice(post: Post, ticket: str) -> None:
    post.tell(ticket, "agnes")
    post.deliver()
    post.choose("agnes", "weekly")
    post.tell(ticket, "agnes", "others_wrote")
    post.deliver()
    assert len(post.mails("agnes")) == 1
    post.choose("agnes", "bundled")
    post.deliver()
    post.after(minutes=5)
    assert [subject(one).partition("] ")[2] for one in post.mails("agnes")] == [
        "The customer has answered: VPN drops",
        "Somebody has written: VPN drops",
    ]
    post.after(days=8)
    assert len(post.mails("agnes")) == 2


def away(post: Post, name: str, substitute: str) -> None:
    login = f"{substitute}@example.com" if substitute else ""
    post.town.desk.run(
        lambda work: say_away(
            work, post.town.person(work, name), "2026-03-01", "2026-03-08", login
        ),
        post.town.actor("ada"),
    )


def test_while_somebody_is_away_their_substitute_is_told_with_their_name(
    post: Post, ticket: str
) -> None:
    away(post, "agnes", "ada")
    post.town.do("olga", post.town.report(by="clara", queue="Complaints"), lambda work, t: None)
    told_by_clara(post, ticket, "agnes")
    post.deliver()
    assert post.mails("agnes") == []
    (mail,) = post.mails("ada")
    assert subject(mail).endswith("The customer has answered: VPN drops")
    assert "because Agnes Meier is away" in text(mail)
    assert ("email", "dropped", "substitute") in post.states("agnes")
    assert post.unread("agnes") >= 1  # it is there when they are back


def told_by_clara(post: Post, number: str, *names: str) -> None:
    def command(work: Work) -> None:
        from engine.tickets.access import ticket_for

        ticket = ticket_for(work, number)
        for name in names:
            tell_agent(work, ticket, post.town.person(work, name), "customer_wrote")

    post.town.desk.run(command, post.town.actor("clara"))


def test_a_substitute_who_may_not_read_the_ticket_is_not_told(post: Post, ticket: str) -> None:
    away(post, "agnes", "bruno")
    told_by_clara(post, ticket, "agnes")
    post.deliver()
    assert post.mails("bruno") == []
    assert len(post.mails("agnes")) == 1


def test_a_substitute_is_asked_for_the_right_again_when_it_leaves(post: Post, ticket: str) -> None:
    def may(groups: dict[str, list[str]]) -> None:
        post.town.desk.run(lambda work: set_groups(work, post.town.person(work, "bruno"), groups))

    may({"network": ["rw"]})
    away(post, "agnes", "bruno")
    post.choose("bruno", "bundled")
    told_by_clara(post, ticket, "agnes")
    post.deliver()
    may({"hr": ["rw"]})
    post.after(minutes=5)
    assert post.mails("bruno") == []
    assert post.states("bruno") == [("email", "dropped", "right")]


def test_who_stands_in_is_followed_but_not_in_a_circle(post: Post, ticket: str) -> None:
    away(post, "agnes", "bruno")
    away(post, "bruno", "ada")
    told_by_clara(post, ticket, "agnes")
    post.deliver()
    assert [len(post.mails(name)) for name in ("agnes", "bruno", "ada")] == [0, 0, 1]
    away(post, "ada", "agnes")
    post.clock.move(minutes=10)
    told_by_clara(post, ticket, "agnes")
    post.deliver()
    assert [len(post.mails(name)) for name in ("agnes", "bruno", "ada")] == [1, 0, 1]


def test_nothing_is_doubled_for_who_is_told_anyway_or_did_it(post: Post, ticket: str) -> None:
    away(post, "agnes", "ada")
    told_by_clara(post, ticket, "agnes", "ada")
    post.deliver()
    assert len(post.mails("ada")) == 1
    post.tell(ticket, "agnes")  # ada does this
    post.after(minutes=10)
    assert len(post.mails("ada")) == 1


@pytest.mark.parametrize("names", [("agnes", "ada"), ("ada", "agnes")])
def test_who_is_told_as_one_of_many_and_stands_in_is_told_as_who_stands_in(
    post: Post, ticket: str, names: tuple[str, ...]
) -> None:
    away(post, "agnes", "ada")
    told_by_clara(post, ticket, *names)
    post.deliver()
    (mail,) = post.mails("ada")  # at once, and not some time later with others of the queue
    assert "You are told because Agnes Meier is away" in text(mail)
    post.after(minutes=10)
    assert len(post.mails("ada")) == 1
    assert post.mails("agnes") == []


def test_a_hostile_title_adds_no_header_and_no_line(post: Post) -> None:
    evil = "x\r\nBcc: victim@example.com\r\n\r\n=?utf-8?q?y?= {link} \u202e"
    first, second = owned(post, title=evil), owned(post, title=evil)
    post.choose("agnes", "bundled")
    for number in (first, second):
        post.tell(number, "agnes")
    post.deliver()
    post.after(minutes=5)
    (mail,) = post.mails("agnes")
    assert mail["Bcc"] is None
    assert {to for one in post.sink.messages for to in one.recipients} == {"agnes@example.com"}
    assert "\nBcc:" not in text(mail)
    assert "{link}" in text(mail)


def test_texts_are_short_and_go_where_there_is_a_gateway(post: Post, ticket: str) -> None:
    long = owned(post, title="T" * 300)

    def mobile(work: Work) -> None:
        post.town.person(work, "agnes").mobile = "+491715550001"

    post.town.desk.run(mobile)
    groups = {"written": {"how": "browser", "sms": True}}
    post.choose("agnes", groups=groups)
    post.tell(long, "agnes")
    post.deliver()
    assert post.states("agnes") == []  # the desk has none
    sent: list[str] = []
    post.town.desk.settings = replace(post.town.desk.settings, sms_url="https://sms.example/x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "engine.outbox.notices.send_sms",
            lambda provider, to, words, key: sent.append(f"{to} {words}"),
        )
        post.tell(long, "agnes", times=3)
        post.deliver()
    assert len(sent) == 1
    assert sent[0].startswith("+491715550001 The customer has answered: TTT")
    assert len(sent[0]) <= 320
    assert "and 2 more" in sent[0]
    assert post.mails("agnes") == []


def test_the_desks_webhook_is_told_by_choice(post: Post, ticket: str) -> None:
    from engine.commands.webhooks import create_webhook
    from engine.outbox.webhook_models import WebhookDelivery

    def make(work: Work) -> None:
        create_webhook(work, {"name": "chat", "url": "https://chat.example/in"})
        groups = {group: {"how": "at_once"} for group in GROUPS}
        set_notice_rules(work, {"groups": groups, "window": 5, "webhook": "chat"})

    post.town.desk.run(make, post.town.actor("ada"))
    post.choose("agnes", groups={"written": {"how": "browser", "webhook": True}})
    post.tell(ticket, "agnes")
    pass_on(post.town.desk)

    def calls(work: Work) -> list[dict[str, Any]]:
        rows = work.session.scalars(select(WebhookDelivery).where(
            WebhookDelivery.event == "notification.sent"
        ))  # fmt: skip
        return [json.loads(row.body) for row in rows]

    (body,) = post.town.desk.read(calls)
    assert body["notification"]["to"] == "agnes@example.com"
    assert body["notification"]["subject"].endswith("The customer has answered: VPN drops")
    assert body["ticket"]["number"] == ticket
    assert post.states("agnes") == [("webhook", "sent", "")]


def test_what_waits_while_the_server_is_down_is_one_mail_when_it_is_back(
    post: Post, ticket: str
) -> None:
    post.sink.answers += ["451 later"] * 4
    for _ in range(4):
        post.tell(ticket, "agnes")
        post.deliver()
        post.clock.move(minutes=6)
    post.after(hours=2)
    (mail,) = post.mails("agnes")
    assert "4 messages" in subject(mail)
    assert {state for _, state, _ in post.states("agnes")} == {"sent"}


class Killed(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize("point", ["decide", "_hand_out"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_while_passing_on_loses_and_doubles_nothing(
    post: Post, ticket: str, monkeypatch: pytest.MonkeyPatch, point: str, when: str
) -> None:
    real: Callable[..., Any] = getattr(passing_on, point)
    left = [1]

    def dying(*given: Any) -> Any:
        if left and when == "before":
            left.clear()
            raise Killed
        found = real(*given)
        if left:
            left.clear()
            raise Killed
        return found

    monkeypatch.setattr(passing_on, point, dying)
    post.tell(ticket, "agnes")
    with pytest.raises(Killed):
        post.deliver()
    post.deliver()
    post.after(minutes=10)
    assert len(post.mails("agnes")) == 1


def test_several_workers_pass_on_each_thing_once(
    post: Post, ticket: str, fresh_desk: Callable[[], Any]
) -> None:
    post.choose("agnes", "bundled")
    numbers = [ticket, owned(post, title="Printer")]
    desks = [post.town.desk, *(fresh_desk() for _ in range(3))]
    for number in numbers:
        post.tell(number, "agnes", times=40)

    def all_at_once() -> None:
        workers = [threading.Thread(target=pass_on, args=(desk,)) for desk in desks]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    all_at_once()
    pass_on(post.town.desk)
    post.clock.move(minutes=5)
    all_at_once()
    post.deliver()
    (mail,) = post.mails("agnes")
    assert subject(mail) == "80 messages about 2 tickets"
    assert [state for _, state, _ in post.states("agnes")] == ["sent"] * 80


def test_what_an_older_version_left_in_the_outbox_is_still_told(post: Post, ticket: str) -> None:
    from engine.outbox import write

    def old(work: Work, found: Any) -> None:
        agnes = post.town.person(work, "agnes")
        write.add(work, "notice", ticket_id=found.id, person_id=agnes.id, template="assigned")

    post.town.do("ada", ticket, old)
    post.deliver()
    assert [subject(one).partition("] ")[2] for one in post.mails("agnes")] == [
        "For you: VPN drops"
    ]


def test_who_is_gone_is_told_nothing(post: Post, ticket: str) -> None:
    post.tell(ticket, "agnes")

    def leave(work: Work) -> None:
        work.session.execute(
            update(Person).where(Person.login == "agnes@example.com").values(active=False)
        )

    post.town.desk.run(leave)
    post.deliver()
    assert post.mails("agnes") == []


def test_who_lost_the_right_hears_no_title(post: Post) -> None:
    number = post.town.report(queue="Network", title="Salaries of all")
    post.tell(number, "agnes", "assigned")
    post.town.desk.run(lambda work: set_groups(work, post.town.person(work, "agnes"), {}))
    post.deliver()
    post.after(days=1)
    assert [one for one in post.mails("agnes") if "Salaries" in subject(one)] == []


def test_a_text_that_was_removed_meanwhile_keeps_nothing_else_from_leaving(
    post: Post, ticket: str
) -> None:
    words = {f"{part}_{language}": "Hello" for part in ("title", "subject", "body")
             for language in ("de", "en")}  # fmt: skip
    olga = post.town.actor("olga")
    post.town.desk.run(lambda work: create_text(work, "hello", words) and None, olga)
    post.choose("agnes", "bundled")
    post.tell(ticket, "agnes", "hello")
    post.tell(ticket, "agnes")
    post.deliver()
    post.town.desk.run(lambda work: remove_text(work, "hello") and None, olga)
    post.after(minutes=6)
    assert len(post.mails("agnes")) == 1
    assert [(state, why) for _, state, why in post.states("agnes")][-2:] == [
        ("dropped", "text"), ("sent", "bundled")]  # fmt: skip


def test_of_many_about_one_ticket_nothing_is_asked_for_each(post: Post, ticket: str) -> None:
    post.choose("agnes", "bundled")
    asked = []
    for times in (3, 60):
        post.tell(ticket, "agnes", times=times)
        with questions(post.town) as heard:
            post.deliver()
            post.after(minutes=6)
        asked.append(len(heard))
    few, many = asked
    assert many - few < 10
    assert len(post.mails("agnes")) == 2


@contextmanager
def questions(town: Town) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    heard: list[str] = []

    def hear(*given: Any) -> None:
        if given[2].lstrip().startswith("SELECT"):
            heard.append(given[2])

    event.listen(town.desk.database.pool, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(town.desk.database.pool, "before_cursor_execute", hear)
