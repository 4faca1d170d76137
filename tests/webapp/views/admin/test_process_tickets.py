"""An owner sees what moving running tickets would do, moves them, pauses and takes back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.commands.dry_run import version_of
from engine.commands.migrations import start_migration, work_on
from engine.tickets.moves import Migration
from engine.workflow import migrate
from tests.engine.commands.drawn import Pen, publish, take
from webapp.presenters.moving import REASONS

PATH = "/processes/small/tickets"


def flow(step: str = "work", *extra: str, lane: str = "") -> Pen:
    p = Pen("small").start().user(step, *extra, "rest").end()
    p.border("late", step, p.timer_event("P3D"), False).end("said").flow("late", "said")
    if lane:
        p.lane("Others", step, assign=lane)
    return p.flow("start", step, *extra, "rest", "done")


def begin(web: Any, *pens: Pen, count: int = 3) -> list[str]:
    publish(web.town, pens[0])
    numbers = [take(web.town, "small") for _ in range(count)]
    for pen in pens[1:]:
        publish(web.town, pen)
    return numbers


def lead(page: Any) -> str:
    return " ".join(page.html.select_one("#main .lead, .lead").text.split())


def finish(web: Any) -> None:
    last = web.town.desk.read(
        lambda w: w.session.scalar(select(Migration.id).order_by(Migration.id.desc()))
    )
    while work_on(web.town.desk, last):
        pass


def form(page: Any, method: str = "post") -> Any:
    """The form of the page that moves (post) or looks again (get)."""
    return next(
        f for f in page.forms.values() if f.method.lower() == method and f.action.endswith(PATH)
    )


def test_the_answer_comes_first_and_the_button_says_how_many(web: Any) -> None:
    numbers = begin(web, flow(), flow("do", lane="queue:Network"))
    web.town.complete("agnes", numbers[0], "work", {})
    page = web.login("olga").get(PATH)
    assert "3 tickets are on another version than 2; 1 can move, 2 cannot." in page.text
    assert "is not in the new diagram; say which step takes its place" in page.text
    assert "Move 1 ticket to version 2" in page.text
    look = form(page, "get")
    assert look["map.work"].value == "do"  # suggested
    again = look.submit()
    assert "all can move." in again.text
    assert "Done by: – → Others (queue:Network)" in again.text
    assert "Move 3 tickets to version 2" in again.text
    move = form(again)
    move["note"] = "Better words"
    page = move.submit().follow()
    assert "The tickets are being moved." in page.text
    assert "0 of 3" in page.text
    finish(web)
    page = web.get(PATH)
    assert "Every ticket under way is on version 2." in page.text
    assert "3 tickets were moved to version 2" in page.text
    assert "Better words" in page.text


def test_numbers_are_shown_only_of_tickets_that_the_reader_may_read(web: Any) -> None:
    numbers = begin(web, flow(), flow("work", "check"))
    page = web.login("olga").get(PATH)  # an owner without any group
    assert not any(number in page.text for number in numbers)
    assert "3 more, not shown here" in page.text
    web.get(f"{PATH}?ticket={numbers[0]}", status=404)
    web.post(PATH, {"ticket": numbers[0]}, status=404)


def test_progress_asks_again_and_answers_only_what_is_new(web: Any) -> None:
    begin(web, flow(), flow("work", "check"))
    page = form(web.login("olga").get(PATH)).submit().follow()
    box = page.html.find(id="moving")
    assert "on another version" not in lead(page)  # which would be so no longer
    url = box["data-poll-url"]
    assert url == f"{PATH}/live?moves=1"
    tag = box["data-poll-tag"]
    assert web.get(url, headers={"If-None-Match": tag}, status=304)
    finish(web)
    answer = web.get(url, headers={"If-None-Match": tag})
    assert "Take back" in answer.text
    assert "Moves so far" not in web.get(f"{PATH}/live").text
    assert web.get(PATH).html.find(id="moving")["data-poll-url"] == f"{PATH}/live"
    assert "3 tickets were moved to version 2" in answer.text
    assert "Look again" in answer.text
    assert answer.headers["ETag"] != tag


def test_a_move_is_paused_continued_and_taken_back(web: Any) -> None:
    begin(web, flow(), flow("work", "check"))
    page = form(web.login("olga").get(PATH)).submit().follow()

    def press(page: Any, what: str) -> Any:
        return next(f for f in page.forms.values() if f.action.endswith(f"/{what}")).submit()

    page = press(page, "pause").follow()
    assert "paused" in page.text
    assert "By version and place" not in page.text
    page = press(page, "continue").follow()
    finish(web)
    page = press(web.get(PATH), "undo").follow()
    assert "Tickets are being put back" in page.text
    finish(web)
    page = web.get(PATH)
    assert "3 tickets were put back" in page.text
    assert "3 tickets are on another version than 2" in page.text


def test_moves_are_taken_back_the_later_one_first_each_with_its_progress(web: Any) -> None:
    begin(web, flow(), flow("work", "check"))
    form(web.login("olga").get(PATH)).submit()
    finish(web)
    publish(web.town, flow("work", "check", "more"))
    form(web.get(PATH)).submit()
    finish(web)
    for version in (3, 2):
        page = web.get(PATH)
        backs = [f for f in page.forms.values() if f.action.endswith("/undo")]
        assert len(backs) == 1
        page = backs[0].submit().follow()
        assert "Tickets are being put back" in page.text
        move = int(backs[0].action.split("/")[-2])
        while work_on(web.town.desk, move):
            pass
        assert "3 tickets were put back" in web.get(PATH).text
        assert f"3 tickets are on another version than {version}" in web.get(
            f"{PATH}?to={version}"
        ).text  # fmt: skip


def test_what_a_move_left_is_listed_with_its_reason(web: Any) -> None:
    numbers = begin(web, flow(), flow("do"))
    moving = web.town.desk.run(
        lambda w: start_migration(w, version_of(w, "small")).id, web.town.actor("olga")
    )
    while work_on(web.town.desk, moving):
        pass
    page = web.login("ada").get(PATH)  # who may read them
    assert "3 could not be moved" in page.text
    left = page.html.find("h2", id="left-title").find_parent("section").text
    assert all(f"#{number}" in left for number in numbers)
    assert left.count("is not in the new diagram; say which step takes its place") == 3
    assert "#" not in web.login("olga").get(PATH).html.find("main").text


@pytest.mark.parametrize(
    "query", ["to=9", "to=x", "from=abc", "map.x=y", "map.work=nowhere", "to=99999999999", "from="]
)
def test_nonsense_in_the_address_harms_nobody(web: Any, query: str) -> None:
    begin(web, flow(), flow("do"))
    web.login("olga")
    answer = web.get(f"{PATH}?{query}", status="*")
    assert answer.status_int == (404 if query == "to=9" else 200)
    web.get("/processes/absent/tickets", status=404)
    web.post(f"{PATH}/1/undo", status=404)
    web.post(f"{PATH}/1/explode", status=404)


def test_two_owners_at_once_begin_one_move(web: Any) -> None:
    begin(web, flow(), flow("work", "check"))
    first = web.login("olga").get(PATH)
    form(first).submit()
    answer = form(first).submit(status=409)
    assert "are being moved already" in answer.text


def test_nobody_on_an_older_version_is_said_plainly(web: Any) -> None:
    begin(web, flow())
    page = web.login("olga").get(PATH)
    assert "Every ticket under way is on version 1." in page.text
    assert "Nobody is to be moved" in page.text


def test_german(web: Any) -> None:
    begin(web, flow(), flow("do"))
    web.login("olga")
    web.post("/language", {"language": "de"})
    page = web.get(PATH)
    assert "3 Tickets sind auf einer anderen Version als 2; 0 können umgestellt werden" in page.text
    assert "steht nicht im neuen Diagramm" in page.text


def test_every_reason_has_its_words() -> None:
    texts = {
        value for name, value in vars(migrate).items()
        if name.isupper() and isinstance(value, str) and " " in value.strip()
    }  # fmt: skip
    assert len(texts) > 8
    assert texts <= REASONS


def test_one_ticket_is_moved_from_its_page_by_an_owner_who_may_read_it(web: Any) -> None:
    old = flow("first", "work")
    titles = "<spiffworkflow:titleEn>Look</spiffworkflow:titleEn>"
    titles += "<spiffworkflow:titleDe>Ansehen</spiffworkflow:titleDe>"
    old.parts[1] = old.parts[1].replace(
        ">", f"><bpmn:extensionElements>{titles}</bpmn:extensionElements>", 1
    )
    numbers = begin(web, old, flow("work"))
    for number in numbers[:2]:
        web.town.complete("agnes", number, "first", {})
    assert "Move to version" not in web.login("agnes").get(f"/tickets/{numbers[0]}").text
    page = web.login("ada").get(f"/tickets/{numbers[0]}").click("Move to version 2 …")
    assert f"Ticket #{numbers[0]} alone" in page.text
    assert "Move 1 ticket to version 2" in page.text
    form(page).submit()
    finish(web)
    page = web.get(f"/tickets/{numbers[0]}")  # the step it came by is no longer drawn
    assert "version 2" in page.text
    assert "Moved from version 1 to 2 of its process" in page.text
    web.post("/language", {"language": "de"})
    assert "Schritt erledigt: Ansehen" in web.get(f"/tickets/{numbers[0]}").text
    web.post("/language", {"language": "en"})
    assert "Move to version" not in page.text
    assert web.login("clara").get(f"/requests/{numbers[0]}").status_int == 200
    assert "2 tickets are on another version" in web.login("olga").get(PATH).text


def test_a_move_that_moves_nobody_leaves_none_under_way(web: Any) -> None:
    from engine.tickets.moves import Migration

    web.login("olga")
    web.post("/processes/incident/tickets", {"to": "1"}, status=422)
    assert web.town.desk.read(lambda work: work.session.query(Migration).count()) == 0
