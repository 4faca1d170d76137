"""Searching by terms, sorting, counting, kept views and the file for spreadsheets."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest

from webapp.presenters import ticket_list

pytestmark = pytest.mark.both_databases


def rows(page: Any) -> list[str]:
    """The titles in the order of the list."""
    return [
        html.unescape(t)
        for t in re.findall(r'<a href="/tickets/\d+" data-open>([^<]*)</a>', page.text)
    ]


def tabs(page: Any) -> dict[str, int]:
    """The numbers on the tabs."""
    nav = page.text.partition('aria-label="State"')[2].partition("</nav>")[0]
    return {name: int(n) for name, n in re.findall(r'>(\w+)<span class="n">(\d+)<', nav)}


def next_of(page: Any) -> str:
    found = re.search(r'href="([^"]+)" rel="next"', page.text)
    return html.unescape(found.group(1)) if found else ""


def ask(web: Any, q: str, **more: str) -> Any:
    return web.get("/tickets", params={"q": q, "language": "en", **more})


@pytest.fixture
def four(web: Any) -> Any:
    """Four tickets that differ in everything that can be asked for."""
    from engine.catalogue.models import Priority, Queue, Service, State
    from engine.tickets.models import TicketTag

    def shape(number: str, **values: Any) -> None:
        def command(work: Any, ticket: Any) -> None:
            kinds = {"queue": Queue, "priority": Priority, "service": Service, "state": State}
            for name, value in values.items():
                if name in kinds:
                    table: Any = kinds[name]
                    row = work.session.query(table).filter(table.name == value).one()
                    setattr(ticket, name, row)
                elif name == "tag":
                    ticket.tag_rows.append(TicketTag(tag=value))
                elif name == "owner":
                    ticket.owner = web.town.person(work, value)
                else:
                    setattr(ticket, name, value)

        web.town.desk.run(lambda w: command(w, _ticket(w, number)))

    now = web.town.desk.clock()
    one = web.town.report(title="VPN drops", body="The paper jam is back again")
    shape(one, queue="Network::VPN", owner="agnes", priority="5 very high", tag="vip",
          due_at=now + timedelta(hours=1), service="E-mail")  # fmt: skip
    web.town.desk.clock.move(days=1)
    two = web.town.report(title="Printer jams", by="sam", body="again a jam of paper")
    shape(two, queue="Service Desk", priority="1 very low", due_at=now + timedelta(days=3))
    web.town.desk.clock.move(days=1)
    three = web.town.report(title="Monitor dark", body="nothing")
    shape(three, queue="Service Desk::Hardware", state="closed successful", due_at=None)
    four = web.town.report(title="Keyboard", body="key lost", type="question")
    shape(four, queue="Network", state="pending reminder", priority="3 normal", due_at=None)
    web.login("agnes")
    return web.town


def _ticket(work: Any, number: str) -> Any:
    from engine.tickets.access import ticket_for

    return ticket_for(work, number)


TERMS: list[tuple[str, set[str]]] = [
    ("queue:network", {"VPN drops", "Keyboard"}),
    ("queue:vpn", {"VPN drops"}),
    ('warteschlange:"Service Desk" state:all', {"Printer jams", "Monitor dark"}),
    ("owner:me", {"VPN drops"}),
    ("besitzer:meier", {"VPN drops"}),
    ("owner:nobody", {"Printer jams", "Keyboard"}),
    ("-owner:me", {"Printer jams", "Keyboard"}),
    ("tag:VIP", {"VPN drops"}),
    ("-tag:vip state:open", {"Printer jams", "Keyboard"}),
    ("due:overdue", {"VPN drops"}),
    ("due:<2h", {"VPN drops"}),
    ("due:>12h", {"Printer jams"}),
    ("due:tomorrow", {"Printer jams"}),
    ("due:none", {"Keyboard"}),
    ("created:>36h", {"VPN drops"}),
    ("created:today", {"Keyboard"}),
    ("created:2026-03-02..2026-03-03", {"VPN drops", "Printer jams"}),
    ("state:closed", {"Monitor dark"}),
    ("state:waiting", {"Keyboard"}),
    ("zustand:geschlossen", {"Monitor dark"}),
    ("-state:waiting", {"VPN drops", "Printer jams", "Monitor dark"}),
    ("priority:>3", {"VPN drops"}),
    ("prio:1", {"Printer jams"}),
    ("type:question", {"Keyboard"}),
    ("service:e-mail", {"VPN drops"}),
    ("customer:carter", {"Printer jams"}),
    ("org:sample", {"Printer jams"}),
    ("jam", {"VPN drops", "Printer jams"}),
    ('"paper jam"', {"VPN drops"}),
    ('"jam of pap', {"Printer jams"} - {"Printer jams"}),
    ("queue:network jam", {"VPN drops"}),
    ("org:%", set()),
    ("tag:nowhere", set()),
]
BAD = [
    ("queue:netwrok vpn", "“queue:netwrok”: there is no queue"),
    ("owner:zorro", "“owner:zorro”: there is no agent"),
    ("clock:sol:odd", "“clock:sol:odd”: there is no such clock"),
    ("frist:lösung:irgendwann", "“frist:lösung:irgendwann”: there is no such clock"),
    ("due:soonish", "“due:soonish”: this is no time"),
    ("state:odd", "“state:odd”: there is no such state"),
    ("priority:<x", "“priority:<x”: there is no such priority"),
    ("qeue:network", "did you mean queue: …?"),
    ('type:"<script>alert(1)</script>"', "there is no such type"),
]
HOSTILE = (
    "' OR 1=1 --", "%", "\\", "tag:%' OR '1'='1", "customer:%_\\", "x" * 4000, "🙂:🙂",
    "owner:#999999999999", "customer:#-1", "due:<9999w created:>9999w", "::",
    "clock:solution:<9999", "clock:::", "clock:<", "clock:solution:'--",
)  # fmt: skip


def test_terms_narrow_the_list(web: Any, four: Any) -> None:
    wrong = {}
    for q, found in TERMS:
        page = ask(web, q)
        if set(rows(page)) != found or 'role="alert"' in page.text:
            wrong[q] = rows(page)
    assert wrong == {}


def test_clock_asks_for_one_promise_and_how_it_stands(web: Any, clock: Any) -> None:
    from engine.commands.articles import reply

    town = web.town
    answered = town.report(title="answered", sla="standard")
    asked = town.report(title="asked", sla="standard")
    town.report(title="silent", sla="standard")
    town.report(title="nothing promised")
    triage = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    town.complete("agnes", asked, "triage", triage)
    clock.move(hours=1)
    town.do("agnes", answered, lambda w, t: reply(w, t, "We are on it."))
    town.complete("agnes", asked, "work", {"work_result": "solved", "message": "Done."})
    web.login("agnes")

    def found(q: str) -> set[str]:
        return set(rows(ask(web, q)))

    assert found("clock:response") == found("uhr:antwort") == {"silent"}
    assert found("clock:solution") == {"answered", "asked", "silent"}
    assert found("-frist:lösung") == {"nothing promised"}
    assert found("clock:solution:resting") == found("clock:ruht") == {"asked"}
    assert found("clock:solution:running") == {"answered", "silent"}
    assert found("clock:response:kept") == {"answered", "asked"}
    assert found("clock:response<1h") == set()
    assert found("clock:response<4h") == found("clock:response:today") == {"silent"}
    clock.move(hours=4)
    assert found("clock:response:overdue") == found("clock:overdue") == {"silent"}
    assert found("clock:solution:overdue") == set()


def test_a_bad_term_is_named_and_kept_and_finds_nothing(web: Any, four: Any) -> None:
    for q, said in BAD:
        page = ask(web, q)
        assert said in html.unescape(page.text)
        assert rows(page) == []
        assert page.html.find("input", {"name": "q"})["value"] == q
        assert "<script>alert" not in page.text


def test_hostile_questions_are_harmless(web: Any, four: Any) -> None:
    for q in HOSTILE:
        assert rows(ask(web, q)) == [], q


def test_nobody_finds_what_they_may_not_read(web: Any, four: Any) -> None:
    web.login("olga")
    for q in ("state:all", "owner:agnes state:all", "jam", "-tag:vip state:all"):
        page = ask(web, q)
        assert rows(page) == []
        assert set(tabs(page).values()) == {0}
        assert web.get("/tickets/export.csv", params={"q": q}).text.count("\n") == 1


def test_tabs_say_how_many_they_lead_to(web: Any, four: Any) -> None:
    page = ask(web, "-type:change")
    counted = tabs(page)
    assert counted["Open"] == 3
    assert counted["Closed"] == 1
    assert counted["All"] == 4
    assert counted["Waiting"] == 1
    links = re.findall(r'<a href="(/tickets\?[^"]*)"[^>]*>(\w+)<span class="n">', page.text)
    for href, name in links:
        assert len(rows(web.get(html.unescape(href)))) == counted[name]


ORDERS = [
    ("new", "Keyboard, Monitor dark, Printer jams, VPN drops"),
    ("old", "VPN drops, Printer jams, Monitor dark, Keyboard"),
    ("due", "VPN drops, Printer jams, Monitor dark, Keyboard"),
    ("-due", "Printer jams, VPN drops, Keyboard, Monitor dark"),
    ("priority", "VPN drops, Keyboard, Monitor dark, Printer jams"),
    ("-priority", "Printer jams, Monitor dark, Keyboard, VPN drops"),
    ("changed", "Keyboard, Monitor dark, Printer jams, VPN drops"),
    ("-changed", "VPN drops, Printer jams, Monitor dark, Keyboard"),
    ("nonsense", "Keyboard, Monitor dark, Printer jams, VPN drops"),
]


def test_pages_follow_the_order_whatever_has_no_value(
    web: Any, four: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(ticket_list, "PAGE", 1)
    for sort, order in ORDERS:
        page, seen = ask(web, "state:all", sort=sort), []
        for _ in range(5):
            seen += rows(page)
            if not next_of(page):
                break
            page = web.get(next_of(page))
        assert ", ".join(seen) == order, sort


def keep(web: Any, name: str, **more: str) -> str:
    fields = {"name": name, "q": "queue:network", "sort": "due", "cols": "tags,owner"} | more
    return str(web.post("/tickets/views", fields).location)


def test_a_view_is_kept_shown_renamed_and_deleted(web: Any, four: Any) -> None:
    here = keep(web, "My network")
    page = web.get(here)
    assert set(rows(page)) == {"VPN drops", "Keyboard"}
    assert rows(page)[0] == "VPN drops"
    heads = page.text.partition("<thead>")[2].partition("</thead>")[0]
    assert "Tags" in heads
    assert "Customer" not in heads
    number = here.rpartition("=")[2]
    web.post(f"/tickets/views/{number}", {"name": "Net <b>"})
    assert "Net &lt;b&gt;" in web.get("/tickets").text
    web.post(f"/tickets/views/{number}/delete")
    web.get("/tickets")  # says so once
    assert "Net &lt;b&gt;" not in web.get("/tickets").text
    web.get(here, status=404)


def test_a_shared_view_is_seen_by_the_group_and_changed_by_its_owner_only(
    web: Any, four: Any
) -> None:
    from sqlalchemy import select

    from engine.people.models import Group

    team = four.desk.read(
        lambda w: w.session.scalars(select(Group.id).where(Group.name == "network")).one()
    )
    number = keep(web, "Team network", group=str(team)).rpartition("=")[2]
    private = keep(web, "Mine alone").rpartition("=")[2]
    web.login("ada")
    assert "Team network" in web.get("/tickets").text
    assert "Mine alone" not in web.get("/tickets").text
    web.get(f"/tickets?view={number}")
    web.get(f"/tickets?view={private}", status=404)
    web.post(f"/tickets/views/{number}", {"name": "Ours"}, status=404)
    web.post(f"/tickets/views/{number}/delete", status=404)
    web.login("bruno")
    web.get(f"/tickets?view={number}", status=404)
    web.post("/tickets/views", {"name": "x", "group": str(team)}, status=403)


def test_a_view_shows_to_each_only_what_they_may_read(web: Any, four: Any) -> None:
    from sqlalchemy import select

    from engine.people.models import Group

    team = four.desk.read(
        lambda w: w.session.scalars(select(Group.id).where(Group.name == "complaints")).one()
    )
    number = keep(web, "Shared", q="state:all", group=str(team)).rpartition("=")[2]
    assert rows(web.login("olga").get(f"/tickets?view={number}")) == []


def exported(web: Any, **query: str) -> list[list[str]]:
    answer = web.get("/tickets/export.csv", params={"language": "en", **query})
    assert answer.content_type == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    text = answer.body.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_list_goes_into_a_file_with_its_columns_and_order(
    web: Any, four: Any, monkeypatch: Any
) -> None:
    from webapp.views.agent import ticket_views

    monkeypatch.setattr(ticket_views, "BATCH", 2)
    found = exported(web, q="state:all", sort="old", cols="tags,queue,owner,organisation,due")
    assert found[0] == ["Number", "Title", "Due", "Organisation", "Queue", "Owner", "Tags"]
    assert [row[1] for row in found[1:]] == [
        "VPN drops",
        "Printer jams",
        "Monitor dark",
        "Keyboard",
    ]
    assert found[1][3:7] == ["Example GmbH", "Network::VPN", "Agnes Meier", "vip"]
    monkeypatch.setattr(ticket_views, "MOST", 2)
    assert len(exported(web, q="state:all")) == 3


def test_customers_export_nothing(web: Any, four: Any) -> None:
    web.login("clara").get("/tickets/export.csv", status=404)
    web.post("/tickets/views", {"name": "x"}, status=404)
