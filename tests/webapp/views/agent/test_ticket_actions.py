"""Each action changes what it says, can be taken back where possible, and never overwrites."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def fact(web: Any, number: str, question: Any) -> Any:
    """Something about a ticket as it is stored."""
    return web.town.see(number, lambda w, t: question(t))


@pytest.mark.parametrize(
    ("field", "value", "question"),
    [
        ("queue", "Network", lambda t: t.queue.name),
        ("priority", "5 very high", lambda t: t.priority.name),
        ("owner", "agnes@example.com", lambda t: t.owner.login),
        ("responsible", "ada@example.com", lambda t: t.responsible.login),
        ("service", "E-mail", lambda t: t.service.name),
        ("title", "Another title", lambda t: t.title),
        ("state", "open", lambda t: t.state.name),
    ],
)
def test_a_fact_is_changed(web: Any, field: str, value: str, question: Any) -> None:
    number = web.town.report()
    version = fact(web, number, lambda t: t.edition)
    web.login("agnes").post(f"/tickets/{number}/change", {field: value, "version": version})
    assert fact(web, number, question) == value


def test_a_script_gets_json_with_the_way_back(web: Any) -> None:
    number = web.town.report()
    before = fact(web, number, lambda t: t.queue.name)
    answer = web.login("agnes").post(
        f"/tickets/{number}/change",
        {"queue": "Network"},
        status=200,
        headers={"X-Requested-With": "fetch"},
    )
    web.post(answer.json["undo"])
    assert fact(web, number, lambda t: t.queue.name) == before


def test_another_customer_is_chosen_by_the_list(web: Any) -> None:
    number = web.town.report()
    sam = web.town.desk.read(lambda w: web.town.person(w, "sam").id)
    web.login("agnes").post(f"/tickets/{number}/change", {"customer_id": sam})
    assert fact(web, number, lambda t: t.customer.login) == "sam@example.net"
    assert fact(web, number, lambda t: t.organisation.name) == "Sample Ltd"


def test_a_stale_version_shows_both_and_changes_nothing(web: Any) -> None:
    number = web.town.report()
    version = fact(web, number, lambda t: t.edition)
    web.login("agnes").post(f"/tickets/{number}/change", {"priority": "4 high"})
    fields = {"priority": "2 low", "version": version}
    page = web.post(f"/tickets/{number}/change", fields, status=409)
    assert "4 high" in page.text
    assert "2 low" in page.text
    assert fact(web, number, lambda t: t.priority.name) == "4 high"
    web.get("/today?language=de")
    german = web.post(f"/tickets/{number}/change", fields, status=409).html
    assert [cell.text for cell in german.select("tbody td")] == ["4 hoch", "2 niedrig"]
    assert german.select_one("form input[name=priority][value='2 low']")
    web.post(f"/tickets/{number}/change", fields, 409, headers={"X-Requested-With": "fetch"})


@pytest.mark.parametrize(
    "fields", [{"queue": "No such"}, {"owner": "clara@example.org"}, {"custom.secret": "x"}]
)
def test_what_does_not_exist_cannot_be_set(web: Any, fields: dict[str, str]) -> None:
    number = web.town.report()
    before = fact(web, number, lambda t: (t.queue.name, t.owner_id, t.version))
    web.login("agnes").post(f"/tickets/{number}/change", fields, status=400)
    assert fact(web, number, lambda t: (t.queue.name, t.owner_id, t.version)) == before


def test_moved_out_of_sight_one_goes_on_with_today(web: Any) -> None:
    number = web.town.report()
    answer = web.login("agnes").post(f"/tickets/{number}/change", {"queue": "Complaints"})
    assert fact(web, number, lambda t: t.queue.name) == "Complaints"
    assert answer.location.endswith(("/today", f"/tickets/{number}"))


def test_tags_come_and_go(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/tags", {"add": "Site B"})
    assert "site b" in fact(web, number, lambda t: t.tags)
    web.post(f"/tickets/{number}/tags", {"remove": "site b"})
    assert "site b" not in fact(web, number, lambda t: t.tags)


def test_closing_and_opening_again(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").post(
        f"/tickets/{number}/close", {"state": "closed unsuccessful", "reason": "no answer"}
    )
    assert fact(web, number, lambda t: t.state.type) == "closed unsuccessful"
    assert web.town.steps(number) == []
    assert "Open again" in web.get(f"/tickets/{number}").text
    web.post(f"/tickets/{number}/reopen")
    assert web.town.steps(number) != []
    web.post(f"/tickets/{number}/close", {"state": "open"}, status=400)


def test_laying_aside_in_the_readers_time(web: Any) -> None:
    number = web.town.report()
    now = web.town.desk.clock()
    web.login("agnes").post(f"/tickets/{number}/pending", {"quick": "day"})
    assert fact(web, number, lambda t: t.pending_until) == now + timedelta(days=1)
    web.post(f"/tickets/{number}/pending", {"quick": "morning"})  # 8 by the reader's clock
    assert fact(web, number, lambda t: t.pending_until).isoformat() == "2026-03-03T07:00:00+00:00"
    web.post(f"/tickets/{number}/pending", {"until": "2026-03-03T08:30"})
    until = fact(web, number, lambda t: t.pending_until)
    assert until.isoformat() == "2026-03-03T07:30:00+00:00"
    for wrong in ("", "soon", "2020-01-01T08:00"):
        web.post(f"/tickets/{number}/pending", {"until": wrong}, status=400)


def test_merging_goes_on_in_the_other_ticket(web: Any) -> None:
    source, target = web.town.report(title="One"), web.town.report(title="Two")
    fields = {"target": f"#{target}", "sure": "1"}
    answer = web.login("agnes").post(f"/tickets/{source}/merge", fields)
    assert answer.location.endswith(f"/tickets/{target}")
    assert fact(web, source, lambda t: t.state.type) == "merged"
    web.post(f"/tickets/{target}/merge", {"target": "99", "sure": "1"}, status=404)
    web.post(f"/tickets/{target}/merge", {"target": target, "sure": "1"}, status=400)


def test_another_type_brings_another_process(web: Any) -> None:
    from engine.tickets.queries import instance_of

    number = web.town.report()
    page = web.login("agnes").get(f"/tickets/{number}").text
    assert "The process “Question” begins." in page
    web.post(f"/tickets/{number}/reclassify", {"type": "question"})
    key = web.town.see(number, lambda w, t: instance_of(w.session, t).version.key)
    assert key == "question"
    web.post(f"/tickets/{number}/reclassify", {"type": "riddle"}, status=400)


def test_linked_tickets_name_each_other(web: Any) -> None:
    one, two = web.town.report(title="Cause"), web.town.report(title="Effect")
    web.login("agnes").post(f"/tickets/{one}/link", {"target": two})
    assert "Effect" in web.get(f"/tickets/{one}").text
    assert "Cause" in web.get(f"/tickets/{two}").text


def link_count(page: Any, number: str) -> int:
    """How often a page leads to a ticket."""
    return int(page.text.count(f'href="/tickets/{number}"'))


def test_a_link_is_taken_away_again_by_hand_and_by_undo(web: Any) -> None:
    one, two = web.town.report(title="Cause"), web.town.report(title="Effect", by="sam")
    fetch = {"X-Requested-With": "fetch"}
    web.login("agnes")
    said = web.post(f"/tickets/{one}/link", {"target": two}, status=200, headers=fetch).json
    web.post(said["undo"])
    assert link_count(web.get(f"/tickets/{one}"), two) == 0
    web.post(f"/tickets/{one}/link", {"target": two})
    said = web.post(f"/tickets/{two}/unlink", {"target": one}, status=200, headers=fetch).json
    assert link_count(web.get(f"/tickets/{one}"), two) == 0
    web.post(said["undo"])
    assert link_count(web.get(f"/tickets/{one}"), two) == 1
    web.login("olga").post(f"/tickets/{one}/unlink", {"target": two}, status=404)


def test_a_merged_ticket_cannot_be_parted(web: Any) -> None:
    source, target = web.town.report(title="One"), web.town.report(title="Two")
    web.login("agnes").post(f"/tickets/{source}/merge", {"target": target, "sure": "1"})
    web.post(f"/tickets/{target}/unlink", {"target": source})
    assert link_count(web.get(f"/tickets/{target}"), source) == 1


def test_what_is_moved_out_of_sight_is_brought_back(web: Any) -> None:
    number = web.town.report(queue="HR")
    item = web.town.see(number, lambda w, t: t.queue.name)
    assert item == "HR"
    answer = web.login("bruno").post(
        f"/tickets/{number}/change",
        {"queue": "Purchasing"},
        status=200,
        headers={"X-Requested-With": "fetch"},
    )
    web.post(answer.json["undo"])
    assert fact(web, number, lambda t: t.queue.name) == "HR"


def test_undo_says_so_where_somebody_else_was_there(web: Any) -> None:
    number = web.town.report()
    fetch = {"X-Requested-With": "fetch"}
    said = web.login("agnes").post(
        f"/tickets/{number}/change", {"priority": "2 low"}, status=200, headers=fetch
    )
    web.login("ada").post(f"/tickets/{number}/change", {"priority": "4 high"})
    assert web.post(said.json["undo"], status=404)
    page = web.login("agnes").post(said.json["undo"], status=409)
    assert "Somebody else has changed this since" in page.text
    assert fact(web, number, lambda t: t.priority.name) == "4 high"


def test_closing_is_taken_back_and_the_history_names_who(web: Any) -> None:
    number = web.town.report()
    steps = web.town.steps(number)
    said = web.login("agnes").post(
        f"/tickets/{number}/close", {}, status=200, headers={"X-Requested-With": "fetch"}
    )
    assert web.post(said.json["undo"]).location.endswith(f"/tickets/{number}")
    assert web.town.steps(number) == steps
    assert "Undone by Agnes Meier: closing" in web.get(f"/tickets/{number}").text


def test_a_merge_shows_first_what_it_will_do(web: Any) -> None:
    source, target = web.town.report(title="One"), web.town.report(title="Two", by="sam")
    web.login("agnes").post(f"/tickets/{source}/note", {"body": "for us alone"})
    page = web.post(f"/tickets/{source}/merge", {"target": target}, status=200).text
    for said in ("Two", "Sam Carter", "1 message moves there", "the other ticket has another"):
        assert said in page
    assert fact(web, source, lambda t: t.state.type) == "new"
    answer = web.post(
        f"/tickets/{source}/merge",
        {"target": target},
        status=200,
        headers={"X-Requested-With": "fetch"},
    )
    assert 'name="sure"' in answer.json["ask"]
    web.post(f"/tickets/{source}/merge", {"target": source}, status=400)
    foreign = web.town.report(title="Secret", queue="HR", type="change")
    if fact(web, foreign, lambda t: t.queue.name) == "HR":
        web.post(f"/tickets/{source}/merge", {"target": foreign}, status=404)


def test_the_head_of_a_ticket_says_when_it_is_due_soon(web: Any, clock: Any) -> None:
    from engine.tickets.queries import clocks

    number = web.town.report(sla="standard")
    warned = web.town.see(number, lambda w, t: [c.warn_at for c in clocks(w.session, t)])
    clock.set(min(warned) + timedelta(seconds=1))
    head = web.login("agnes").get(f"/tickets/{number}").text.partition('class="columns')[0]
    assert 'data-clock="soon"' in head
