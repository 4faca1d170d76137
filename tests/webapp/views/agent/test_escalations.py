"""What is late comes first, then what will be; nobody sees what is not theirs to read."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from engine.catalogue.models import Queue
from engine.commands.people import set_groups
from engine.sla.models import TicketClock
from engine.tickets.models import Ticket

MARKUP = '<script>alert("x")</script>=1+1'


def titles(page: Any, section: str = "") -> list[str]:
    rows = page.html.select(f"{section} td.main-cell > a[data-open]")
    return [row.text for row in rows]


def see(web: Any, **query: str) -> Any:
    return web.get("/escalations", params={"language": "en", **query})


@pytest.fixture
def three(web: Any, clock: Any) -> dict[str, str]:
    """One answer that is late, one that is due in an hour, one that nobody of ours may read."""
    town = web.town
    made = {"late": town.report(title=f"Late {MARKUP}", sla="standard", queue="Network")}
    made["foreign"] = town.report(title="Foreign", sla="standard", queue="HR")
    clock.move(hours=3)
    made["soon"] = town.report(title="Soon", sla="gold", queue="Network::VPN")
    clock.move(minutes=70)  # twelve past two in Berlin: four hours of standard are over
    made["later"] = town.report(title="Later", sla="gold", queue="Service Desk")
    return made


def test_overdue_comes_before_what_is_due_soon(web: Any, three: dict[str, str]) -> None:
    from engine.commands.due import fire_timer
    from engine.timers.sweep import sweep

    for _ in range(4):
        sweep(web.town.desk, fire_timer)
    page = web.login("agnes").get("/escalations?language=en")
    assert titles(page, "#late") == [f"Late {MARKUP}", "Soon"]
    assert titles(page, "#soon") == ["Later"]
    assert "<script>alert" not in page.text
    assert "Foreign" not in page.text
    late = page.html.select_one("#late tbody tr")
    assert "Level 1" in late.text
    assert "First response" in late.text
    assert late.select_one(".clock.overdue time")["data-due"]
    why = late.select_one("a.to-clocks")["href"]  # to how it came to that
    explained = web.get(why)
    assert why.partition("#")[0] == f"/tickets/{three['late']}/clocks"
    assert explained.html.find(id=why.partition("#")[2]).select_one(".clock-band")
    assert "Warning" in page.html.select_one("#soon tbody tr").text  # what comes next, and when


def test_numbers_are_of_what_one_may_read(web: Any, three: dict[str, str]) -> None:
    page = see(web.login("agnes"))
    assert page.html.select_one(".summary-line .late b").text == "2"
    assert "HR" not in {one.text for one in page.html.select(".part a")}
    bruno = see(web.login("bruno"))
    assert titles(bruno) == ["Foreign"]
    assert bruno.html.select_one(".summary-line .late b").text == "1"
    assert "Network" not in bruno.html.select_one("#escalations .parts").text
    assert "Every promise holds" in see(web.login("olga")).text
    for customer in ("clara", "max"):
        for path in ("", "/live", "/export.csv", "/kept"):
            web.login(customer).get(f"/escalations{path}", status=404)
    web.logout().get("/escalations", status=303)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "due:overdue"}, ["Late", "Soon"]),
        ({"q": "queue:=Network"}, ["Late"]),
        ({"in": "Network"}, ["Late", "Soon"]),
        ({"team": "network"}, ["Late", "Soon"]),
        ({"team": "hr"}, []),
        ({"sla": "gold"}, ["Soon", "Later"]),
        ({"owner": "me"}, []),
        ({"owner": "nobody"}, ["Late", "Soon", "Later"]),
        ({"clock": "solution"}, ["Soon", "Later", "Late"]),
        ({"q": "team:nowhere"}, []),
        ({"q": "sla:nothing"}, []),
        ({"q": "due:<2h later"}, ["Later"]),
    ],
)
def test_the_address_narrows_it(
    web: Any, three: dict[str, str], query: dict[str, str], found: list[str]
) -> None:
    shown = [
        title.split(" ")[0] for title in titles(see(web.login("agnes"), **query), "#escalations")
    ]
    assert sorted(shown) == sorted(found)


@pytest.mark.parametrize("by", ["queue", "team", "owner", "sla", "clock", "nonsense"])
def test_each_sum_leads_to_just_its_tickets(web: Any, three: dict[str, str], by: str) -> None:
    page = see(web.login("agnes"), by=by)
    parts = page.html.select(".part")
    assert parts
    for part in parts:
        numbers = [int(one.text.split(" ")[0]) for one in part.select(".n")]
        first = part.select_one("a.clip")["href"]
        assert len(titles(web.get(first), "#escalations")) == sum(numbers)
        if late := part.select_one("a.late"):
            assert len(titles(web.get(late["href"]), "#late")) == int(late.text)


def test_a_wrong_term_is_named(web: Any, three: dict[str, str]) -> None:
    page = see(web.login("agnes"), q="sla:nothing")
    assert "there is no such SLA" in page.text
    assert "there is no team" in see(web, q="team:<b>x").text
    assert "<b>x" not in see(web, q="team:<b>x").text


def test_several_are_changed_and_one_comes_back_here(web: Any, three: dict[str, str]) -> None:
    chosen = [("select", three["late"]), ("select", three["foreign"])]
    fields = [("do", "owner"), ("owner", "agnes@example.com"), ("f.from", "escalations")]
    fields += [("f.q", "due:overdue"), *chosen]
    answer = web.login("agnes").post("/tickets/bulk", fields)
    assert answer.location.endswith("/escalations?q=due%3Aoverdue")
    assert "1 of 2" in web.get("/escalations").text
    owners = see(web, by="owner")
    assert "Agnes Meier" in owners.html.select_one(".parts").text
    bruno = web.town.see(three["foreign"], lambda w, t: t.owner)
    assert bruno is None


def test_a_poll_is_answered_by_304_until_something_changes(
    web: Any, three: dict[str, str], clock: Any
) -> None:
    tag = web.login("agnes").get("/escalations/live").headers["ETag"]
    web.get("/escalations/live", status=304, headers={"If-None-Match": tag})
    clock.move(hours=4)  # what was due soon is late now, and nobody has touched it
    page = web.get("/escalations/live", headers={"If-None-Match": tag})
    assert titles(page, "#late")[-1] == "Later"


def test_the_file_has_the_same_rows_and_computes_nothing(web: Any, three: dict[str, str]) -> None:
    web.town.report(title="=1+1", sla="gold", queue="Network")
    whole = web.login("agnes").get("/escalations/export.csv?language=en").body.decode("utf-8-sig")
    assert "'=1+1" in {row[1] for row in csv.reader(io.StringIO(whole))}
    answer = web.get("/escalations/export.csv?language=en&q=due:overdue")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Number", "Title", "Queue"]
    assert [row[0] for row in rows[1:]] == [three["late"], three["soon"]]
    assert int(rows[1][8]) == 10  # minutes over
    assert "Foreign" not in answer.text


def test_nothing_to_fear_is_good_news(web: Any) -> None:
    page = see(web.login("agnes"))
    assert "Every promise holds" in page.text
    assert "Too little has been done" in page.text
    german = web.get("/escalations?language=de")
    assert "Alle Zusagen halten" in german.text


def busy(web: Any, clock: Any, queue: str = "Network", each_day: int = 4) -> None:
    """Four weeks in which each working day so many solutions came about, then a line of ten."""
    town, now = web.town, clock()

    def command(work: Any) -> None:
        place = work.session.query(Queue).filter_by(name=queue).one()
        agnes, ada = town.person(work, "agnes"), town.person(work, "ada")
        numbers = iter(range(1000))
        pattern = town_ticket(work)
        for ago in range(1, 27):
            day = (now - timedelta(days=ago)).replace(hour=10)
            for turn in range(each_day if day.weekday() < 5 else 0):
                owner = (agnes, ada)[turn % 2]
                clocked(work, pattern, place, next(numbers), owner, stopped_at=day)
        for ahead in range(10):
            due = now + timedelta(minutes=30 * ahead + 20)
            clocked(work, pattern, place, next(numbers), None, due_at=due)

    town.desk.run(command)


def town_ticket(work: Any) -> Any:
    return work.session.query(Ticket).order_by(Ticket.id).first()


def clocked(
    work: Any, like: Any, queue: Any, number: int, owner: Any, *,
    due_at: datetime | None = None, stopped_at: datetime | None = None,
    breached_at: datetime | None = None,
) -> None:  # fmt: skip
    skip = ("id", "number", "version")
    same = {c.name: getattr(like, c.name) for c in Ticket.__table__.c if c.name not in skip}
    own = {"number": f"77{number:06}", "title": f"Line {number}", "due_at": due_at}
    own |= {"queue_id": queue.id, "owner_id": owner.id if owner else None}
    row = Ticket(**same | own)
    work.session.add(row)
    work.session.flush()
    old = work.session.query(TicketClock).filter_by(ticket_id=like.id, kind="solution").one()
    gone = ("id", "ticket_id", "due_at", "warn_at", "stopped_at", "breached_at")
    same = {c.name: getattr(old, c.name) for c in TicketClock.__table__.c if c.name not in gone}
    work.session.add(
        TicketClock(**same, ticket_id=row.id, due_at=due_at, stopped_at=stopped_at,
                    breached_at=breached_at)
    )  # fmt: skip


def test_what_the_queue_will_not_get_to_is_foreseen_and_says_why(web: Any, clock: Any) -> None:
    web.town.report(title="Pattern", sla="gold", queue="HR")
    busy(web, clock)
    page = see(web.login("agnes"))
    likely = titles(page, "#forecast")
    assert likely == [f"Line {number}" for number in range(72, 82)]
    row = page.html.select_one("#forecast tbody tr")
    before, pace = row.select("td a.small")
    number = int(before.text.split(" ")[0])
    listed = web.get(before["href"])
    assert len(listed.html.select("td.main-cell > a[data-open]")) == number
    assert pace.text.startswith("0.3")  # Saturdays are worked, too, and nothing came about on them
    assert pace.text.endswith("an hour")
    done = web.get(pace["href"])
    assert "72 tickets" in done.text
    assert "not there" not in page.text
    # Who may not read the queue learns neither its tickets nor how fast it is.
    bruno = see(web.login("bruno"))
    assert "Line" not in bruno.html.select_one("#forecast").text
    assert "Network" not in bruno.html.select_one("#forecast").text


def test_who_is_away_makes_it_slower(web: Any, clock: Any) -> None:
    from engine.commands.absences import say_away

    def pace() -> float:
        page = see(web.login("agnes"))
        cell = next(
            r for r in page.html.select("#forecast details tbody tr") if "Network" in r.text
        )
        return float(cell.select_one("td.num").text.split(" ")[0])

    web.town.report(title="Pattern", sla="gold", queue="HR")
    busy(web, clock)
    both = pace()
    web.town.desk.run(
        lambda w: say_away(w, web.town.person(w, "ada"), "2026-03-01", "2026-03-20", ""),
        web.town.actor("ada"),
    )
    assert pace() == pytest.approx(both / 2, rel=0.1)
    assert "1 of 2 who did it are away" in see(web).text


def test_without_much_behind_it_there_is_no_figure(web: Any, clock: Any) -> None:
    web.town.report(title="Pattern", sla="gold", queue="HR")
    busy(web, clock, each_day=0)
    page = see(web.login("agnes"))
    assert titles(page, "#forecast") == []
    assert "too little to say" in page.html.select_one("#forecast details").text


def test_what_is_not_known_is_not_called_in_time(web: Any, clock: Any) -> None:
    web.town.report(title="Pattern", sla="gold", queue="Network")
    busy(web, clock, each_day=9)
    web.town.report(title="Quiet", sla="gold", queue="Network::VPN")
    said = see(web.login("agnes")).html.select_one("#forecast").text
    assert "will be in time with everything" not in said
    assert "Too little has been done lately to say anything of Network::VPN" in said


def test_a_ticket_is_taken_from_the_list_with_one_click(web: Any, three: dict[str, str]) -> None:
    page = web.login("agnes").get("/escalations?language=en&q=queue%3ANetwork")
    row = page.html.select_one("#late tbody tr")
    assert row.select_one('a[data-key="r"]')["href"] == f"/tickets/{three['late']}#reply-text"
    assert web.get(f"/tickets/{three['late']}").html.select_one("textarea#reply-text")
    form = row.select_one('form:has([data-key="c"])')
    assert "Claim" in form.text
    assert row.select("td")[-1].select_one('[data-key="c"]')  # the cell that stays in sight
    fields = {one["name"]: one["value"] for one in form.select("input:not([name=csrf_token])")}
    after = web.post(form["action"], fields | {"do": "owner"}).follow()
    assert after.request.path_qs == "/escalations?q=queue%3ANetwork"
    assert "Agnes" in after.html.select_one("#late tbody tr").text
    mine = after.html.select_one("#late tbody tr")
    assert mine.select_one('[data-key="c"]') is None  # it is hers now
    town = web.town
    assert town.see(three["late"], lambda w, t: t.owner.login) == "agnes@example.com"


def test_who_may_only_read_is_offered_nothing(web: Any, three: dict[str, str]) -> None:
    town = web.town
    town.desk.run(lambda w: set_groups(w, town.person(w, "bruno"), {"network": ["ro"]}))
    page = see(web.login("bruno"))
    assert titles(page)
    assert page.html.select("#escalations [data-key='c'], #escalations [data-key='r']") == []


def test_kept_and_missed_lead_to_their_tickets(web: Any, clock: Any) -> None:
    town = web.town
    town.report(title="Pattern", sla="gold", queue="Service Desk")

    def command(work: Any) -> None:
        like, agnes = town_ticket(work), town.person(work, "agnes")
        queues = {queue.name: queue for queue in work.session.query(Queue)}
        for number in range(12):
            day = datetime(2026, 1 + number % 3, 1 + number, 9, tzinfo=UTC)
            bad = day if number % 4 == 0 else None
            where, owner = queues["Network"], agnes
            if number > 9:
                where, owner = queues["HR"], None
            clocked(work, like, where, number, owner, stopped_at=min(day, clock()), breached_at=bad)

    town.desk.run(command)
    web.login("agnes")
    for address in ("", "?by=sla", "?by=clock", "?by=clock&clock=solution"):
        page = web.get("/escalations/kept" + address, params={"language": "en"})
        links = page.html.select("tbody td.num a")
        latest = page.html.select_one(".summary-line a")  # this month, all together
        found = web.get(latest["href"]).html.select("td.main-cell > a[data-open]")
        assert len(found) == int(latest.text.split(" ")[0])
        assert sum(int(link.text.split(" ")[0]) for link in links) == 10
        for link in links:
            found = web.get(link["href"]).html.select("td.main-cell > a[data-open]")
            assert len(found) == int(link.text.split(" ")[0])
    usual, odd = (web.get(f"/escalations/kept{more}").html for more in ("", "?by=x&clock=y"))
    assert "HR" not in usual.select_one("table").text
    assert str(usual.select_one("table")) == str(odd.select_one("table"))
    assert "No promise has ended yet" in web.login("olga").get("/escalations/kept?language=en").text


def test_the_rail_leads_there(web: Any) -> None:
    page = web.login("agnes").get("/today?language=de")
    link = BeautifulSoup(page.text, "html.parser").select_one('nav a[href="/escalations"]')
    assert "Eskalationen" in link.text


def test_the_metrics_say_how_many_are_late_in_each_queue(web: Any, three: dict[str, str]) -> None:
    told = web.login("ada").get("/metrics").text
    assert 'vorgang_overdue{queue="Network"} 1.0' in told
    assert 'vorgang_overdue{queue="HR"} 1.0' in told
    assert 'vorgang_overdue{queue="Service Desk"}' not in told
