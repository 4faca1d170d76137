"""The page that explains a ticket's clocks: drawn, in words, under another promise."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.both_databases

TRIAGE = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}


@pytest.fixture
def lived(web: Any, clock: Any) -> str:
    """Reported on Monday at 10 in Berlin, answered, asked back, taken up again."""
    from engine.commands.articles import reply

    town = web.town
    number: str = town.report(sla="standard")
    town.complete("agnes", number, "triage", TRIAGE)
    clock.move(minutes=50)
    town.do("agnes", number, lambda w, t: reply(w, t, "We are on it."))
    clock.move(minutes=70)
    town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    clock.move(hours=2)
    town.complete("clara", number, "confirm", {"settled": "no", "comment": "It still drops."})
    web.login("agnes")
    return number


def page(web: Any, number: str, **query: str) -> Any:
    return web.get(f"/tickets/{number}/clocks", params={"language": "en", **query})


def ticket_side(web: Any, number: str) -> str:
    shown = web.get(f"/tickets/{number}", params={"language": "en"})
    return str(shown.html.find(class_="clock-list").get_text(" ", strip=True))


def lane(shown: Any, kind: str) -> Any:
    return shown.html.find(id=f"clock-{kind}")


def told(shown: Any, kind: str) -> list[str]:
    """Each row with its time in UTC."""
    rows = lane(shown, kind).find(class_="clock-story").find_all("li")
    return [
        f"{row.find('time')['datetime'][5:16]} {row.find_all('span')[1].get_text()}" for row in rows
    ]


def drawn(found: Any) -> list[str]:
    return [rect["class"][0] for rect in found.find(class_="clock-band").find_all("rect")]


def test_what_moved_the_clocks_is_told_with_the_messages_that_did(web: Any, lived: str) -> None:
    shown = page(web, lived)
    first, solution = told(shown, "first_response"), told(shown, "solution")
    assert first[0] == "03-02T09:00 Ticket opened by Clara Huber: begins"
    assert first[-1] == (
        "03-02T09:50 Answer of Agnes Meier: ends, kept with 3 h 10 min left · 50 min used"
    )
    assert [row[:11] for row in solution[:3]] == ["03-02T09:00", "03-02T11:00", "03-02T13:00"]
    assert "Step “Is it settled?”" in solution[1]
    assert solution[1].endswith("rests · 2 h used")
    assert solution[2].endswith("runs on")
    assert solution[-1].endswith("Due")
    links = [a["href"] for a in lane(shown, "first_response").find_all("a")]
    assert all(re.search(rf"/tickets/{lived}#m\d+$", href) for href in links)
    message = web.get(links[0])
    assert message.html.find(id=links[0].partition("#")[2])
    assert "22 h left" in lane(shown, "solution").text
    assert (
        "24 h of working time by “Standard”, counted by “Office hours”: Mo–Fr 08:00-17:00 "
        "(Europe/Berlin)."
    ) in lane(shown, "solution").text
    assert "Other than the week" not in shown.text


def test_the_ticket_names_the_step_at_which_its_clocks_rest(web: Any, lived: str) -> None:
    done = {"work_result": "solved", "message": "Done again."}
    web.town.complete("agnes", lived, "work", done)
    said = ticket_side(web, lived)
    assert "rests since the step “Is it settled?”; " in said
    assert "because the ticket is" not in said


def test_free_days_on_the_way_are_named(web: Any, clock: Any) -> None:
    """Why Wednesday, when there are 24 hours from Thursday on."""
    clock.move(days=31)
    number = web.town.report(sla="standard")
    web.login("agnes")
    said = lane(page(web, number), "solution").text
    assert "Fri 3 Apr no work (Good Friday); Mon 6 Apr no work (Easter Monday)." in said
    german = lane(page(web, number, language="de"), "solution").text
    assert "Fr. 3. Apr. arbeitsfrei (Karfreitag); Mo. 6. Apr. arbeitsfrei (Ostermontag)." in german
    assert "Min.." not in german
    day = page(web, number, zoom="day", at="2026-04-03T12:00")
    assert "Good Friday" in lane(day, "solution").text
    assert "Easter" not in lane(day, "solution").text


def test_a_rest_at_a_gateway_is_named_by_the_state_of_the_ticket(web: Any) -> None:
    number = web.town.report(sla="standard")
    web.town.complete("agnes", number, "triage", TRIAGE)
    asked = {"work_result": "ask", "message": "Which one?"}
    web.town.complete("agnes", number, "work", asked)
    web.login("agnes")
    (rest,) = [row for row in told(page(web, number), "solution") if "rests" in row]
    assert "State “waiting for customer”: rests" in rest
    assert ".." not in lane(page(web, number, language="de"), "solution").text
    assert "rests because the ticket is “waiting for customer”" in ticket_side(web, number)


def test_the_drawing_has_work_rest_and_closed_hours(web: Any, lived: str) -> None:
    shown = page(web, lived)
    assert drawn(lane(shown, "first_response")) == ["worked"]
    kinds = drawn(lane(shown, "solution"))
    assert kinds[:4] == ["worked", "rests", "ahead", "outside"]
    assert "style=" not in str(shown.html.find("main"))
    day = page(web, lived, zoom="day", at="2026-03-02T12:00")
    assert "Monday, 2 March 2026" in day.text
    assert day.html.find("line", class_="asked")
    later = web.get(f"/tickets/{lived}/clocks" + day.html.find("a", rel="next")["href"])
    assert "Tuesday, 3 March 2026" in later.text


def test_another_sla_is_tried_and_nothing_is_changed(web: Any, lived: str, clock: Any) -> None:
    def standing(work: Any, ticket: Any) -> Any:
        from engine.tickets import queries

        rows = [(c.kind, c.due_at, c.left) for c in queries.clocks(work.session, ticket)]
        return ticket.sla.name, ticket.version, ticket.due_at, rows

    before = web.town.see(lived, standing)
    shown = page(web, lived)
    form = next(f for f in shown.forms.values() if "sla" in f.fields and "calendar" in f.fields)
    form["sla"] = "gold"
    tried = form.submit()
    cells = [td.get_text(strip=True) for td in tried.html.find(id="what-if").find_all("td")]
    assert cells[0:4] == [
        "First response",
        "kept, 3 h 10 min left",
        "kept, 10 min left",
        "kept as before",
    ]
    assert cells[4] == "Solution"
    assert cells[7].endswith("earlier")
    assert "sla=gold" in tried.request.url
    assert len(lane(tried, "solution").find_all(class_="clock-band")) == 2
    assert web.town.see(lived, standing) == before
    around = page(web, lived, calendar="always")
    assert "“Standard” (Around the clock)" in around.text
    assert "earlier" in around.html.find(id="what-if").text


def test_a_ticket_without_a_promise_says_so_and_lets_one_try(web: Any) -> None:
    number = web.town.report(queue="Postmaster")
    web.login("agnes")
    shown = page(web, number)
    assert "No promise was made for this ticket" in shown.text
    assert "choose an SLA, too" in page(web, number, calendar="standard").text
    tried = page(web, number, sla="gold").html.find(id="what-if").text
    assert "newly promised" in tried


NONSENSE = [
    {"zoom": "century"}, {"zoom": "day", "at": "yesterday"}, {"zoom": "week", "at": "9999-12-31"},
    {"zoom": "month", "at": "0001-01-01T00:00"}, {"at": "2026-03-02T10:00+99:00"},
    {"zoom": "day", "at": "2026-03-29T02:30"}, {"zoom": "day", "at": "x" * 4000},
]  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_the_address_shows_the_page(web: Any, lived: str, query: Any) -> None:
    assert lane(page(web, lived, **query), "solution")


@pytest.mark.parametrize(
    "query", [{"sla": "<b>x"}, {"calendar": "'--"}, {"sla": "gold", "calendar": "moon"}]
)
def test_a_name_that_nobody_knows_is_said_to_be_one(web: Any, lived: str, query: Any) -> None:
    shown = page(web, lived, **query)
    assert "There is no" in shown.html.find(id="what-if").find(class_="notice").text
    assert "<b>x" not in shown.text


def test_others_find_nothing_here(web: Any, lived: str) -> None:
    foreign = web.town.report(queue="HR", sla="standard")
    web.get(f"/tickets/{foreign}/clocks", status=404)
    web.get("/tickets/2026999999999999/clocks", status=404)
    for who in ("clara", "olga"):
        web.login(who)
        web.get(f"/tickets/{lived}/clocks", status=[403, 404])


def test_hostile_names_stay_text(web: Any, clock: Any) -> None:
    from engine.commands.articles import add_article

    number = web.town.report(title="<script>alert(1)</script>", sla="gold")

    def say(work: Any, ticket: Any) -> None:
        from engine.commands.articles import heard

        said = add_article(
            work, ticket, body="x", channel="email", direction="in", visible=True,
            sender="<img src=x onerror=alert(1)>",
        )  # fmt: skip
        heard(work, ticket, said)

    clock.move(minutes=5)
    web.town.do("clara", number, say)
    web.login("agnes")
    shown = page(web, number)
    assert "<script>alert(1)" not in shown.text
    assert "<img src=x" not in shown.text


def test_the_ticket_leads_to_its_clocks_and_names_the_nearest(web: Any, lived: str) -> None:
    shown = web.get(f"/tickets/{lived}", params={"language": "en"})
    lead = shown.html.find(class_="to-clocks")
    assert lead["href"].endswith(f"/tickets/{lived}/clocks")
    assert "Solution" in lead.text
    labels = [li.find("span").text for li in shown.html.find(class_="clock-list").find_all("li")]
    assert labels == ["Solution", "First response"]
    listed = web.get("/tickets", params={"language": "en"})
    assert listed.html.find(class_="which").text == "Solution"


def test_what_a_clock_did_leads_to_the_clocks_of_that_moment(web: Any, clock: Any) -> None:
    from tests.webapp.views.agent.test_why_life import pass_time

    number = web.town.report(sla="gold")
    pass_time(web, clock, hours=2)
    web.login("agnes")
    why = web.get(f"/tickets/{number}/why", params={"language": "en"})
    link = why.html.find("a", string="The clocks at that moment")
    assert "zoom=day&at=2026-03-02T" in link["href"]
    assert lane(web.get(link["href"]), "first_response")


def test_a_customer_is_told_when_the_next_answer_comes(web: Any, clock: Any) -> None:
    from engine.catalogue.models import Sla
    from engine.commands.articles import add_article, heard, reply

    def with_update(work: Any) -> None:
        sla = work.session.query(Sla).filter(Sla.name == "gold").one()
        sla.update = 2 * 3600

    web.town.desk.run(with_update)
    number = web.town.report(sla="gold")
    web.town.do("agnes", number, lambda w, t: reply(w, t, "We are on it."))
    clock.move(hours=1)

    def ask(work: Any, ticket: Any) -> None:
        said = add_article(work, ticket, body="And?", channel="web", direction="in", visible=True)
        heard(work, ticket, said)

    web.town.do("clara", number, ask)
    web.login("clara")
    shown = web.get(f"/requests/{number}", params={"language": "en"})
    assert "You will get the next answer by today 13:00." in shown.text
    clock.now += timedelta(hours=3)
    late = web.get(f"/requests/{number}", params={"language": "en"})
    assert "We had promised this for today 13:00 and are late" in late.text
