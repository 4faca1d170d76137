"""“Later” on a ticket: aside for everybody, a reminder for oneself, or one's own tasks put off."""

from typing import Any

import pytest

from engine.tickets import reminders

EVIL = "<script>alert(1)</script> call back"


def test_one_menu_offers_all_three_and_each_says_what_it_did(web: Any) -> None:
    number = web.town.report()
    page = web.login("agnes").get(f"/tickets/{number}").text
    for offer in ("Lay the ticket aside, for everybody", "Remind me, only me", "Put off my tasks"):
        assert offer in page
    web.post(f"/tickets/{number}/pending", {"how": "remind", "quick": "day", "note": EVIL})
    page = web.get(f"/tickets/{number}").text
    assert "You will be reminded tomorrow" in page
    assert "call back" in page
    assert "<script>alert" not in page
    listed = web.get("/reminders").text
    assert f"#{number}" in listed
    assert "<script>alert" not in listed
    assert 'href="/reminders"' in web.get("/today").text
    other = web.login("ada").get(f"/tickets/{number}").text
    assert "You will be reminded" not in other
    assert "call back" not in other
    assert f"#{number}" not in web.get("/reminders").text


def test_a_task_put_off_leaves_the_list_and_can_be_had_back(web: Any) -> None:
    number = web.town.report(title="Beamer is dark")
    web.login("agnes")
    item = web.town.see(number, first_item)
    web.post(f"/steps/{item}/claim")
    assert "Beamer is dark" in web.get("/tasks?scope=mine").text
    web.post(f"/tickets/{number}/pending", {"how": "hide", "quick": "week"})
    assert "Beamer is dark" not in web.get("/tasks?scope=mine").text
    page = web.get("/reminders")
    assert "tasks put off" in page.text
    (form,) = [f for f in page.forms.values() if "/reminders/" in f.action]
    web.post(form.action)
    assert "Beamer is dark" in web.get("/tasks?scope=mine").text
    assert "Nothing to be reminded of" in web.get("/reminders").text


def test_a_long_list_says_how_many_there_are_and_leads_on(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "PAGE", 2)
    numbers = [web.town.report() for _ in range(3)]
    web.login("agnes")
    for how, day in (("remind", "day"), ("hide", "week")):
        for number in numbers:
            note = f"{how} of {number}"
            sent = {"how": how, "quick": day, "note": note}
            web.post(f"/tickets/{number}/pending", sent)
    page = web.get("/reminders?language=en").html
    assert "6 reminders in all." in page.text
    assert len(page.select("tr[data-row]")) == 2
    page = web.get(f"/reminders{page.select_one('.pager a[rel=next]')['href'][-7:]}").html
    assert f"#{numbers[2]}" in page.select("tr[data-row]")[0].text
    assert "Page 2 of 3" in page.text
    last = web.get("/reminders?page=99").html
    assert len(last.select("tr[data-row]")) == 2
    assert not last.select(".pager a[rel=next]")
    form = last.select_one("form[action$=done]")
    fields = {one["name"]: one["value"] for one in form.select("[name]")}
    assert web.post(form["action"], fields).headers["Location"].endswith("/reminders?page=3")
    for odd in ("0", "-1", "x", "²", "9" * 40, ""):
        web.get("/reminders", params={"page": odd}, status=200)


def first_item(work: Any, ticket: Any) -> int:
    from engine.tickets.queries import open_items

    return int(open_items(work.session, ticket)[0].id)


def test_a_moment_in_the_past_or_none_is_refused_and_others_have_no_say(web: Any) -> None:
    number = web.town.report()
    web.login("agnes")
    for until in ("2001-01-01T10:00", "tomorrow", ""):
        values = {"how": "remind", "until": until}
        assert web.post(f"/tickets/{number}/pending", values, status="*").status_int in (400, 422)
    web.post(f"/tickets/{number}/pending", {"how": "remind", "quick": "day"})
    (form,) = [f for f in web.get("/reminders").forms.values() if "/reminders/" in f.action]
    web.login("ada").post(form.action, status=404)
    web.post("/reminders/99999999999/done", status=404)
    foreign = web.login("bruno").post(
        f"/tickets/{number}/pending", {"how": "remind", "quick": "day"}, status="*"
    )
    assert foreign.status_int == 404


def test_an_ended_ticket_can_still_be_remembered(web: Any) -> None:
    number = web.town.report()
    web.login("agnes")
    web.post(f"/tickets/{number}/close", {"state": "closed successful"})
    page = web.get(f"/tickets/{number}").text
    assert "Remind me, only me" in page
    assert "Lay the ticket aside" not in page
    web.post(f"/tickets/{number}/pending", {"how": "remind", "quick": "week"})
    assert "You will be reminded" in web.get(f"/tickets/{number}").text


def test_the_admin_says_when_a_queue_takes_steps_back(web: Any) -> None:
    from sqlalchemy import select

    from engine.catalogue.models import Queue

    def queue(work: Any) -> Any:
        return work.session.scalar(select(Queue).where(Queue.name == "HR"))

    row_id = web.town.desk.read(lambda work: queue(work).id)
    page = web.login("ada").get(f"/structure/queues/{row_id}")
    form = next(f for f in page.forms.values() if "unlock" in f.fields)
    form["unlock"] = "soon"
    again = form.submit(status="*")
    assert again.status_int in (200, 422)
    assert 'value="soon"' in again.text
    form["unlock"] = "240"
    form.submit()
    assert web.town.desk.read(lambda work: queue(work).unlock_minutes) == 240
    assert 'value="240"' in web.get(f"/structure/queues/{row_id}").text
