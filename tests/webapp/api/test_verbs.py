"""What pages can do with tickets, steps and the FAQ, the API can, too, with the same rights."""

from __future__ import annotations

from typing import Any

import pytest

ITEM = {"title": "Printer", "solution": "Turn it on.", "language": "en", "audience": "public"}
UNTIL = "2026-03-09T09:00:00Z"


def end(work: Any, ticket: Any) -> None:
    """Close a ticket by hand."""
    from engine.commands.tickets import close_ticket

    close_ticket(work, ticket)


def stopped(api: Any, number: str) -> int:
    """A step of the ticket has failed; the id of its incident."""
    from engine.tickets.flow import Incident
    from engine.tickets.queries import instance_of

    def command(work: Any, ticket: Any) -> int:
        instance = instance_of(work.session, ticket)
        row = Incident(ticket_id=ticket.id, instance_id=instance.id, task_id="x", step_id="route",
                       message="no such queue", at=work.now)  # fmt: skip
        work.session.add(row)
        work.session.flush()
        return row.id

    return api.town.do("ada", number, command)


def test_tickets_are_found_by_their_words(api: Any) -> None:
    number = api.town.report(title="Fountain pen")
    api.town.report(title="Printer")
    assert [t["number"] for t in api.get("agnes", "/tickets?q=fountain")["items"]] == [number]
    assert api.get("agnes", "/tickets?q=fountain%20printer")["items"] == []
    assert api.get("agnes", "/tickets?q=%22*%27%20-%20%5C")["items"] == []
    assert api.get("bruno", "/tickets?q=fountain")["items"] == []


def test_customers_do_not_search_through_internal_notes(api: Any) -> None:
    assert api.get("clara", "/tickets?q=fountain", status=400)["fields"] == {"q": "unknown"}


def test_an_agent_opens_a_ticket_again(api: Any) -> None:
    number = api.town.report()
    api.town.do("agnes", number, end)
    now = api.post("agnes", f"/tickets/{number}/reopen", {"reason": "not solved"}, 200)
    assert now["state_type"] == "new"
    assert now["steps"]


def test_a_customer_opens_a_ticket_again_and_says_why(api: Any) -> None:
    number = api.town.report()
    api.town.do("agnes", number, end)
    path = f"/tickets/{number}/reopen"
    assert api.post("clara", path, {}, 400)["fields"] == {"reason": "required"}
    assert api.get("clara", f"/tickets/{number}")["state_type"] == "closed successful"
    assert api.post("clara", path, {"reason": "It drops again."}, 200)["state_type"] == "new"
    bodies = [a["body"] for a in api.get("clara", f"/tickets/{number}/articles")["items"]]
    assert "It drops again." in bodies


def test_a_customer_cannot_open_what_their_queue_keeps_closed(api: Any) -> None:
    number = api.town.report()
    api.town.do("agnes", number, end)

    def keep(work: Any, ticket: Any) -> None:
        ticket.queue.follow_up = "reject"

    api.town.do("ada", number, keep)
    refused = api.post("clara", f"/tickets/{number}/reopen", {"reason": "again"}, 409)
    assert "cannot be opened again" in refused["detail"]


def test_a_ticket_is_laid_aside_until_a_moment(api: Any) -> None:
    number = api.town.report()
    now = api.post("agnes", f"/tickets/{number}/pending", {"until": UNTIL}, 200)
    assert (now["state_type"], now["pending_until"]) == ("pending reminder", UNTIL)
    past = {"until": "2020-01-01T00:00:00Z"}
    assert api.post("agnes", f"/tickets/{number}/pending", past, 400)["fields"]
    for wrong in ({"until": "tomorrow"}, {"until": "2026-03-09T09:00:00"}, {}):
        api.post("agnes", f"/tickets/{number}/pending", wrong, 422)


def test_tickets_are_linked_and_merged(api: Any) -> None:
    first, second = api.town.report(), api.town.report(title="VPN drops again")
    linked = api.post("agnes", f"/tickets/{first}/links", {"to": second}, 200)
    assert [(one["kind"], one["number"]) for one in linked["links"]] == [("related", second)]
    gone = api.post("agnes", f"/tickets/{second}/merge", {"into": first}, 200)
    assert gone["state_type"] == "merged"
    assert len(api.get("agnes", f"/tickets/{first}/articles")["items"]) >= 2
    assert api.post("agnes", f"/tickets/{first}/merge", {"into": first}, 400)["detail"]


def test_a_link_does_not_show_a_foreign_ticket(api: Any) -> None:
    mine, foreign = api.town.report(), api.town.report(queue="HR", title="Secret matter")
    for verb, name in (("links", "to"), ("merge", "into")):
        absent = api.ask("POST", "agnes", f"/tickets/{mine}/{verb}", {name: "4711"}, 404)
        found = api.ask("POST", "agnes", f"/tickets/{mine}/{verb}", {name: foreign}, 404)
        assert found.body == absent.body
    api.post("ada", f"/tickets/{mine}/links", {"to": foreign}, 200)
    assert "Secret matter" not in api.ask("GET", "agnes", f"/tickets/{mine}").text


def test_a_ticket_is_forwarded_with_the_articles_named(api: Any) -> None:
    number = api.town.report()
    first = api.get("agnes", f"/tickets/{number}/articles")["items"][0]["id"]
    path = f"/tickets/{number}/forward"
    body = {"address": "maker@example.com", "body": "Is this known?", "articles": [first]}
    made = api.post("agnes", path, body)
    assert made["recipients"] == ["maker@example.com"]
    assert "> It happens every hour." in made["body"]
    assert not made["visible"]
    unknown = {**body, "articles": [first, 99999]}
    assert api.post("agnes", path, unknown, 400)["fields"] == {"articles": "unknown"}
    several = {**body, "address": "a@example.com, b@example.com"}
    assert api.post("agnes", path, several, 400)["fields"] == {"address": "email"}


def test_a_reply_goes_to_whom_the_agent_says(api: Any) -> None:
    path = f"/tickets/{api.town.report()}/articles"
    body = {"kind": "reply", "body": "x", "to": "boss@example.org", "cc": ["max@example.org"]}
    assert api.post("agnes", path, body)["recipients"] == ["boss@example.org", "max@example.org"]
    for wrong in ({"to": "a@b\r\nBcc: c@d"}, {"cc": ["nobody"]}):
        refused = api.post("agnes", path, {**body, **wrong}, 400)
        assert list(refused["fields"]) == list(wrong)
    assert api.post("clara", path, {"body": "x", "to": "a@example.org"}, 400)["fields"]


def test_history_clocks_decisions_and_path_are_told(api: Any) -> None:
    number = api.town.report()
    history = api.get("agnes", f"/tickets/{number}/history")["items"]
    assert history[-1]["what"] == "created"
    assert {"rule", "step"} & {entry["cause"] for entry in history}
    why = api.get("agnes", f"/tickets/{number}/why")["items"]
    routed = next(one for one in why if one["ruleset"] == "routing")
    assert routed["sentence"]
    assert routed["decisions"][0]["rule"]
    path = api.get("agnes", f"/tickets/{number}/path")
    assert (path["process"], path["status"]) == ("incident", "running")
    assert path["steps"][-1]["outcome"] == "entered"
    clocks = api.get("agnes", f"/tickets/{number}/clocks")["items"]
    known = api.town.see(number, _clocks)
    assert [one["kind"] for one in clocks] == known


def test_the_courses_of_the_clocks_say_what_moved_them(api: Any) -> None:
    from engine.commands.articles import reply

    number = api.town.report(sla="gold")
    api.town.do("agnes", number, lambda w, t: reply(w, t, "We are on it."))
    told = api.get("agnes", f"/tickets/{number}/clocks/courses")
    assert told["earlier"] == 0
    first, solution = sorted(told["items"], key=lambda one: str(one["kind"]))
    assert (first["sla"], first["phase"], first["target"]) == ("gold", "ended", 3600)
    assert [span["because"]["what"] for span in first["spans"]] == ["opened", "answered"]
    articles = {one["id"] for one in api.get("agnes", f"/tickets/{number}/articles")["items"]}
    assert {span["because"]["article"] for span in first["spans"]} <= articles
    assert solution["phase"] == "running"
    marks = [(mark["event"], mark["percent"]) for mark in solution["marks"]]
    assert marks[:3] == [("clock.warning", percent) for percent in (50, 75, 90)]
    assert marks[3][0] == "clock.breached"
    assert solution["due_at"] == solution["marks"][3]["at"]
    latest = api.get("agnes", f"/tickets/{number}/clocks/courses?limit=1")
    assert (len(latest["items"]), latest["earlier"]) == (1, 1)


def _clocks(work: Any, ticket: Any) -> list[str]:
    from engine.tickets.queries import clocks

    return [row.kind for row in clocks(work.session, ticket)]


def test_the_sentences_are_in_the_language_of_who_asks(api: Any) -> None:
    from engine.commands.people import change_person

    number = api.town.report()
    english = api.get("agnes", f"/tickets/{number}/why")["items"][0]["sentence"]
    api.town.desk.run(
        lambda w: change_person(w, api.town.person(w, "agnes"), {"language": "de"}),
        api.town.actor("ada"),
    )
    german = api.get("agnes", f"/tickets/{number}/why")["items"][0]["sentence"]
    assert english.startswith("Rule")
    assert german.startswith("Die Regel")


@pytest.mark.parametrize("part", ["history", "clocks", "clocks/courses", "why", "path"])
def test_customers_are_not_told_what_the_desk_remembers(api: Any, part: str) -> None:
    number = api.town.report()
    refused = api.ask("GET", "clara", f"/tickets/{number}/{part}", status=403)
    assert "Network" not in refused.text


def test_a_step_is_handed_to_a_colleague_who_works_there(api: Any) -> None:
    api.town.report()
    item = api.get("agnes", "/tasks?scope=unclaimed")["items"][0]["id"]
    path = f"/tasks/{item}/hand-over"
    now = api.post("agnes", path, {"person": "ada@example.com"}, 200)
    assert now["person"]["login"] == "ada@example.com"
    for wrong in ("bruno@example.com", "clara@example.org", "nobody@example.com"):
        assert list(api.post("agnes", path, {"person": wrong}, 400)["fields"]) == ["person"]


def test_a_failed_step_is_seen_and_tried_again(api: Any) -> None:
    number = api.town.report()
    incident = stopped(api, number)
    seen = api.get("agnes", f"/tickets/{number}")["incidents"]
    assert [(one["id"], one["message"]) for one in seen] == [(incident, "no such queue")]
    assert "incidents" not in api.get("clara", f"/tickets/{number}")
    api.post("agnes", f"/tickets/{number}/incidents/{incident}/retry", status=200)
    assert api.get("agnes", f"/tickets/{number}/history")["items"][0]["what"] == "incident"
    other = api.town.report(title="Printer")
    foreign = api.ask("POST", "agnes", f"/tickets/{other}/incidents/{incident}/retry", None, 404)
    absent = api.ask("POST", "agnes", f"/tickets/{other}/incidents/99999/retry", None, 404)
    assert foreign.body == absent.body


def test_an_agent_writes_translates_changes_and_retires_an_item(api: Any) -> None:
    made = api.post("agnes", "/faq", {**ITEM, "keywords": ["toner"], "comment": "ours"})
    german = {**ITEM, "title": "Drucker", "language": "de", "number": made["number"]}
    assert api.post("agnes", "/faq", german)["number"] == made["number"]
    assert api.post("agnes", "/faq", german, 400)["fields"] == {"language": "taken"}
    absent = {**german, "number": 99999}
    assert api.post("agnes", "/faq", absent, 400)["fields"] == {"number": "unknown"}
    path = f"/faq/{made['id']}"
    changed = api.patch("agnes", path, {"version": made["version"], "title": "Printers"})
    assert (changed["title"], changed["keywords"]) == ("Printers", ["toner"])
    api.patch("agnes", path, {"version": made["version"], "title": "Mine"}, 409)
    taken = {"version": changed["version"], "language": "de"}
    assert api.patch("agnes", path, taken, 400)["fields"] == {"language": "taken"}
    assert api.post("agnes", f"{path}/retire", status=200)["active"] is False
    for by in ("agnes", "clara"):
        assert api.get(by, path, status=404)["status"] == 404


def test_customers_do_not_write_the_faq(api: Any) -> None:
    hidden = api.post("agnes", "/faq", {**ITEM, "audience": "internal"})["id"]
    shown = api.post("agnes", "/faq", ITEM)["id"]
    assert api.post("clara", "/faq", ITEM, 403)["status"] == 403
    change = {"version": 1, "title": "x"}
    assert api.patch("clara", f"/faq/{shown}", change, 403)["status"] == 403
    assert api.post("clara", f"/faq/{shown}/retire", None, 403)["status"] == 403
    for method, verb, body in (("PATCH", "", change), ("POST", "/retire", None)):
        foreign = api.ask(method, "clara", f"/faq/{hidden}{verb}", body, 404)
        absent = api.ask(method, "clara", f"/faq/99999{verb}", body, 404)
        assert foreign.body == absent.body


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("POST", "reopen", {"reason": "x"}),
        ("POST", "pending", {"until": UNTIL}),
        ("POST", "merge", {"into": "1"}),
        ("POST", "links", {"to": "1"}),
        ("POST", "forward", {"address": "a@example.com", "body": "x"}),
        ("POST", "incidents/1/retry", None),
        ("GET", "history", None),
        ("GET", "clocks", None),
        ("GET", "clocks/courses", None),
        ("GET", "why", None),
        ("GET", "path", None),
    ],
)
def test_a_foreign_ticket_is_an_absent_one(api: Any, method: str, verb: str, body: Any) -> None:
    number = api.town.report()
    stopped(api, number)
    for wrong in ("sam", "bruno"):
        foreign = api.ask(method, wrong, f"/tickets/{number}/{verb}", body, 404)
        absent = api.ask(method, wrong, f"/tickets/4711/{verb}", body, 404)
        assert foreign.body == absent.body
    if method == "POST" and verb != "reopen":
        assert api.ask(method, "clara", f"/tickets/{number}/{verb}", body, 403).status_int == 403
    assert api.town.see(number, lambda w, t: (t.state.type, t.pending_until)) == ("new", None)


def test_a_foreign_step_is_an_absent_one(api: Any) -> None:
    api.town.report()
    item = api.get("agnes", "/tasks?scope=unclaimed")["items"][0]["id"]
    body = {"person": "agnes@example.com"}
    for wrong in ("sam", "clara", "bruno"):
        foreign = api.ask("POST", wrong, f"/tasks/{item}/hand-over", body, 404)
        absent = api.ask("POST", wrong, "/tasks/99999/hand-over", body, 404)
        assert foreign.body == absent.body


def test_another_type_starts_its_process_and_the_same_one_goes_on(api: Any) -> None:
    number = api.town.report()
    version = api.get("agnes", f"/tickets/{number}")["version"]
    api.patch("agnes", f"/tickets/{number}", {"version": version, "title": "A", "type": "incident"})
    assert api.town.steps(number) == ["triage"]
    version = api.get("agnes", f"/tickets/{number}")["version"]
    api.patch("agnes", f"/tickets/{number}", {"version": version, "type": "question"})
    now = api.get("agnes", f"/tickets/{number}")
    assert now["type"] == "question"
    assert api.town.steps(number) == ["answer"]
    path = api.get("agnes", f"/tickets/{number}/path")
    assert path["process"] == "question"


def test_rules_hear_of_tags_that_a_machine_sets(api: Any) -> None:
    number = api.town.report()
    version = api.get("agnes", f"/tickets/{number}")["version"]
    heard: list[object] = []
    library = api.town.desk.library
    release = api.town.desk.read(lambda w: library.release(w.session))
    asked = release.evaluate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            release, "evaluate", lambda *a, **k: heard.append(k.get("changed")) or asked(*a, **k)
        )
        api.patch("agnes", f"/tickets/{number}", {"version": version, "tags": ["VIP", "hot"]})
    assert {"ticket.tags": ([], ["hot", "vip"])} in heard
