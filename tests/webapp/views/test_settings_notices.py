"""How one is told is chosen on the page of settings; an admin says what holds for all."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.commands.notice_choices import notice_rules, set_notice_rules
from engine.commands.notices import tell_agent, tell_customer
from engine.commands.passing_on import pass_on
from engine.notify.choices import Choices, choices_of
from engine.notify.kinds import GROUPS
from engine.notify.models import NotificationDelivery
from engine.notify.queries import remembered
from engine.outbox.webhook_models import Webhook
from engine.tickets.models import Article
from engine.work import Work

if TYPE_CHECKING:
    from tests.town import Town
    from tests.webapp.conftest import Web

FIELDS = {
    "how_assigned": "at_once", "how_written": "bundled", "how_decision": "at_once",
    "how_due": "browser", "how_escalation": "at_once", "how_queue": "off", "how_other": "weekly",
    "quiet": "hours", "begins": "19:30", "ends": "06:45", "days": "5", "through": "true",
    "digest_at": "07:15", "digest_day": "4",
}  # fmt: skip


def chosen(town: Town, name: str) -> Choices:
    def read(work: Work) -> Choices:
        person = town.person(work, name)
        return choices_of(notice_rules(work), remembered(work.session, person.id))

    return town.desk.read(read)


def test_what_is_chosen_stands_there_again_and_holds(web: Web) -> None:
    page = web.login("agnes").get("/settings")
    assert "How you are told" in page.text
    assert page.html.find("select", {"name": "how_queue"}).find(selected=True)["value"] == "bundled"
    web.post("/settings/notices", FIELDS)
    page = web.get("/settings").html

    def value(name: str) -> Any:
        return page.find("select", {"name": name}).find(selected=True)["value"]

    assert [value(f"how_{one}") for one in ("written", "queue", "other")] == [
        "bundled", "off", "weekly",
    ]  # fmt: skip
    assert (value("quiet"), value("digest_day")) == ("hours", "4")
    assert page.find("input", {"name": "begins"})["value"] == "19:30"
    days = [
        one["value"] for one in page.find_all("input", {"name": "days"}) if one.has_attr("checked")
    ]
    assert days == ["5"]
    mine = chosen(web.town, "agnes")
    assert (mine.groups["queue"].how, f"{mine.digest_at:%H:%M}", mine.digest_day) == (
        "off", "07:15", 4,
    )  # fmt: skip
    assert chosen(web.town, "bruno").groups["queue"].how == "bundled"  # nobody else's


def test_what_cannot_be_is_said_at_its_place_and_stays_typed(web: Web) -> None:
    wrong = FIELDS | {"begins": "half past", "digest_at": "", "how_escalation": "off", "days": "x"}
    page = web.login("agnes").post("/settings/notices", wrong, status=422)
    for name in ("begins", "digest_at", "escalation", "days"):
        assert page.html.find(id=f"f-{name}-error"), name
    told = [one.text for one in page.html.select(".error-summary a")]
    assert any(one.startswith("They begin on: ") for one in told)  # each with its field
    assert page.html.find("select", {"name": "how_other"}).find(selected=True)["value"] == "weekly"
    assert chosen(web.town, "agnes").groups["other"].how == "at_once"


def test_the_page_speaks_german_and_offers_only_what_is_allowed(web: Web) -> None:
    def german(work: Work) -> None:
        web.town.person(work, "agnes").language = "de"

    web.town.desk.run(german)
    page = web.login("agnes").get("/settings")
    assert "Wie Sie benachrichtigt werden" in page.text
    ways = page.html.find("select", {"name": "how_escalation"}).find_all("option")
    assert [one["value"] for one in ways] == ["at_once"]
    assert page.html.find("input", {"name": "sms_written"}) is None


def test_sms_is_offered_where_there_are_a_gateway_and_a_number(web: Web) -> None:
    web.town.desk.settings = replace(web.town.desk.settings, sms_url="https://sms.example/x")
    assert "mobile number" in web.login("agnes").get("/settings").text

    def mobile(work: Work) -> None:
        web.town.person(work, "agnes").mobile = "+491715550001"

    web.town.desk.run(mobile)
    assert web.get("/settings").html.find("input", {"name": "sms_written"})
    web.post("/settings/notices", FIELDS | {"sms_written": "true"})
    assert chosen(web.town, "agnes").groups["written"].sms


def test_customers_do_without_news_but_not_without_answers(web: Web) -> None:
    town = web.town
    page = web.login("clara").get("/settings")
    assert page.html.find("select", {"name": "how_written"}) is None
    web.post("/settings/notices", {"reminders": "true"})
    assert not web.get("/settings").html.find("input", {"name": "state"}).has_attr("checked")
    number = town.report()

    def say(work: Work, ticket: Any) -> None:
        for kind in ("closed", "answer_reminder", "your_turn"):
            tell_customer(work, ticket, kind)

    town.do("agnes", number, say)

    def said(work: Work, ticket: Any) -> list[tuple[str, bool]]:
        query = select(Article).where(Article.ticket_id == ticket.id, Article.direction == "out")
        rows = work.session.scalars(query.order_by(Article.id))
        return [(one.delivery, "has chosen not to" in one.problem) for one in rows]

    assert town.see(number, said)[-3:] == [("", True), ("waiting", False), ("waiting", False)]
    assert "geschlossen" in web.get(f"/requests/{number}").text


def test_an_admin_says_what_holds_for_who_chose_nothing(web: Web) -> None:
    page = web.login("ada").get("/notification-rules")
    assert page.html.find("input", {"name": "kept_escalation"}).has_attr("checked")
    fields = {name: value for name, value in FIELDS.items() if name.startswith("how_")}
    seen = page.html.find("input", {"name": "seen"})["value"]
    rules = fields | {"window": "10", "kept_written": "true", "seen": seen}
    web.post("/notification-rules", rules)
    assert chosen(web.town, "bruno").groups["queue"].how == "off"
    stale = web.post("/notification-rules", rules | {"how_queue": "daily"}, status=409)
    theirs = stale.html.select_one(".notice.warn").text
    assert "Something happens in your queues that nobody has taken yet" in theirs
    assert "Not at all" in theirs
    refused = web.post("/notification-rules", fields | {"window": "9999"}, status=422)
    assert refused.html.find(id="f-window-error")
    web.login("agnes").get("/notification-rules", status=404)
    ways = web.get("/settings").html.find("select", {"name": "how_written"}).find_all("option")
    assert [one["value"] for one in ways] == ["at_once", "bundled"]


def test_a_webhook_that_is_off_stays_chosen(web: Web) -> None:
    def off(work: Work) -> None:
        work.session.add(Webhook(name="chat", url="https://chat.example/x", active=False, salt="0"))
        work.session.flush()
        groups = {group: {"how": "at_once"} for group in GROUPS}
        set_notice_rules(work, {"groups": groups, "window": 5, "webhook": "chat"})

    web.town.desk.run(off)
    page = web.login("ada").get("/notification-rules").html
    chosen = page.find("select", {"name": "webhook"}).find(selected=True)
    assert chosen["value"] == "chat"


def test_a_choice_decides_what_leaves(web: Web) -> None:
    town = web.town
    web.login("agnes").post("/settings/notices", FIELDS)
    number = town.report(queue="Network")
    town.do("ada", number, lambda w, t: tell_agent(w, t, town.person(w, "agnes"), "assigned"))
    town.do("ada", number, lambda w, t: tell_agent(w, t, town.person(w, "agnes"), "new_ticket"))
    pass_on(town.desk)

    def ways(work: Work) -> list[str]:
        agnes = town.person(work, "agnes").id
        rows = select(NotificationDelivery).where(NotificationDelivery.person_id == agnes)
        return [one.state for one in work.session.scalars(rows)]

    assert town.desk.read(ways).count("leaving") == 1


def test_the_ticket_says_how_somebody_was_told_and_why_not(web: Web) -> None:
    town = web.town
    number = town.report(queue="Network")

    def why() -> str:
        return " ".join(web.get(f"/tickets/{number}/why?field=notice").html.get_text(" ").split())

    def tell(kind: str) -> None:
        town.do("ada", number, lambda w, t: tell_agent(w, t, town.person(w, "agnes"), kind))
        pass_on(town.desk)

    web.login("agnes").post("/settings/notices", FIELDS | {"how_assigned": "daily", "quiet": ""})
    tell("assigned")
    assert "laid into the daily summary of" in why()
    tell("new_ticket")
    assert "told nothing, by their own choice" in why()
    tell("clock_breached")
    assert "E-mail is on its way" in why()
    web.post("/settings/notices", FIELDS | {"through": "", "begins": "00:00", "ends": "23:00"}
             | {"days": "0"})  # fmt: skip
    tell("clock_breached")
    assert "quiet hours: E-mail comes" in why()


def test_the_ways_of_one_notification_are_told_in_the_order_in_which_it_took_them(web: Web) -> None:
    town = web.town
    number = town.report(queue="Network")
    town.do("ada", number, lambda w, t: tell_agent(w, t, town.person(w, "agnes"), "clock_breached"))
    pass_on(town.desk)

    def by_sms_too(work: Work) -> None:
        agnes = town.person(work, "agnes").id
        rows = select(NotificationDelivery).where(NotificationDelivery.person_id == agnes)
        mail = work.session.scalars(rows.order_by(NotificationDelivery.id.desc())).first()
        assert mail is not None
        work.session.add(NotificationDelivery(
            notification_id=mail.notification_id, person_id=agnes, channel="sms", how="at_once",
            due_at=work.now, state="sent", done_at=work.now,
        ))  # fmt: skip
        work.session.flush()
        mail.state = "sent"  # which puts its row behind the other one in PostgreSQL

    town.desk.run(by_sms_too)
    page = web.login("agnes").get(f"/tickets/{number}/why?field=notice").html.get_text(" ")
    assert re.search(r"E-mail sent [^;]+; SMS sent", page)
