"""Every task that somebody could take can be reached, and the numbers are those of the lists."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.tickets import task_lists

pytestmark = pytest.mark.both_databases

ROW = re.compile(r'<li class="task')


def numbers(page: Any) -> list[str]:
    """The tickets of the rows, in their order."""
    return re.findall(r'<span class="number">#(\d+)</span>', page.text)


def next_of(page: Any) -> str:
    found = re.search(r'href="([^"]+)" rel="next"', page.text)
    return found.group(1).replace("&amp;", "&") if found else ""


def only_reads(web: Any, name: str, group: str) -> None:
    """Take all rights but reading in one group away."""
    from sqlalchemy import delete, select

    from engine.people.models import Group, Membership

    def command(work: Any) -> None:
        person = web.town.person(work, name)
        team = work.session.scalars(select(Group.id).where(Group.name == group)).one()
        work.session.execute(delete(Membership).where(Membership.person_id == person.id))
        work.session.add(Membership(person_id=person.id, group_id=team, permission="ro"))

    web.town.desk.run(command)


def test_each_free_task_is_on_one_page_of_the_list(web: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(task_lists, "PAGE", 2)
    made = []
    for n in range(5):
        web.town.desk.clock.move(minutes=1)
        made.append(web.town.report(title=f"VPN {n}"))
    web.login("agnes")
    seen, page = [], web.get("/tasks")
    assert ">5<" in page.text
    while True:
        seen += numbers(page)
        if not next_of(page):
            break
        page = web.get(next_of(page))
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == 5


def test_today_leads_to_what_waits_behind(web: Any, monkeypatch: Any) -> None:
    from webapp.presenters import today

    monkeypatch.setattr(today, "FREE", 1)
    for n in range(3):
        web.town.report(title=f"VPN {n}")
    page = web.login("agnes").get("/today?language=en").text
    assert re.search(r'<a href="/tasks">2 more wait behind these\.</a>', page)


def test_the_number_of_a_queue_leads_to_its_tasks_and_no_others(web: Any) -> None:
    vpn = web.town.report(title="VPN drops")
    web.town.report(title="Printer jams")
    queue = web.town.see(vpn, lambda w, t: t.queue.name)
    top = queue.split("::")[0]
    web.login("agnes")
    found = re.search(rf'href="(/tasks\?queue={top}[^"]*)"', web.get("/queues").text)
    assert found
    assert numbers(web.get(found.group(1))) == [vpn]
    assert numbers(web.get("/tasks?queue=Net_ork")) == []


def test_what_one_only_reads_is_not_counted_as_free(web: Any) -> None:
    web.town.report(title="VPN drops")
    only_reads(web, "agnes", "network")
    loads = web.town.desk.read(
        lambda w: task_lists.queue_loads(w.session, w.actor), web.town.actor("agnes")
    )
    assert sum(load.unclaimed for load in loads) == 0
    assert sum(load.open for load in loads) == 1
    assert numbers(web.login("agnes").get("/tasks")) == []


def test_mine_are_counted_beyond_what_is_shown(web: Any, monkeypatch: Any) -> None:
    from webapp.presenters import today

    monkeypatch.setattr(today, "MINE", 1)
    web.login("agnes")
    for n in range(3):
        number = web.town.report(title=f"VPN {n}")
        item = web.town.see(number, lambda w, t: _first(w, t))
        web.post(f"/steps/{item}/claim")
    page = web.get("/today?language=en").text
    assert "<b>3</b> mine" in page
    assert "Show all 3 tasks" in page
    assert len(numbers(web.get("/tasks?scope=mine"))) == 3


def _first(work: Any, ticket: Any) -> int:
    from engine.tickets.queries import open_items

    return int(open_items(work.session, ticket)[0].id)


@pytest.mark.parametrize("after", ["x", "~~", "2026-03-02T09:00:00~1~1", "9~9~" + "9" * 30, "\x00"])
def test_a_place_that_is_none_is_the_beginning(web: Any, after: str) -> None:
    number = web.town.report()
    web.login("agnes")
    assert numbers(web.get("/tasks", params={"after": after})) == [number]


def test_claiming_comes_back_to_the_list_and_never_leads_away(web: Any) -> None:
    number = web.town.report()
    item = web.town.see(number, lambda w, t: _first(w, t))
    web.login("agnes")
    here = "/tasks?scope=free&queue=Network"
    assert web.post(f"/steps/{item}/claim", {"from": here}).location.endswith(here)
    away = web.post(f"/steps/{item}/unclaim", {"from": "//evil.example/tasks"}).location
    assert away.endswith("/today")
