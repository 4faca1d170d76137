"""The API does what the pages do, with the same rights, and says no more than its document."""

import base64
import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from engine.commands.due import fire_timer
from engine.timers.sweep import sweep
from webapp.api import PREFIX, ROUTES
from webapp.api.knowledge import document

REPORT = {"title": "VPN drops", "body": "Every hour.", "type": "incident"}


def test_the_document_is_valid_and_served_to_anybody(api: Any) -> None:
    served = api.get(None, "/openapi.json")
    validate(served)
    assert served == json.loads(json.dumps(document()))


def test_every_route_of_the_api_is_in_the_document_with_its_methods(api: Any) -> None:
    introspector = api.app.app.registry.introspector
    views = [
        item["introspectable"]
        for item in introspector.get_category("views")
        if str(item["introspectable"]["route_name"]).startswith("api.")
    ]
    patterns = {name: PREFIX + pattern for name, pattern in ROUTES}
    found: dict[str, set[str]] = {}
    for view in views:
        if view["route_name"] in patterns:
            methods = view["request_methods"]
            methods = {methods} if isinstance(methods, str) else set(methods)
            found.setdefault(patterns[view["route_name"]], set()).update(methods - {"HEAD"})
    described = {
        path: {verb.upper() for verb in item if verb in ("get", "post", "patch")}
        for path, item in document()["paths"].items()
    }
    assert {**described, PREFIX + "/openapi.json": {"GET"}} == found


@pytest.mark.parametrize("path", ["/me", "/tickets", "/tasks", "/faq", "/offers", "/tickets/1"])
def test_without_a_token_nothing_is_said(api: Any, path: str) -> None:
    answer = api.ask("GET", None, path, status=401)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Basic Y2xhcmE6eA==", "nonsense"])
def test_a_token_that_is_none_opens_nothing(api: Any, header: str) -> None:
    answer = api.app.get("/api/v1/me", headers={"Authorization": header}, status=401)
    assert answer.json["status"] == 401


def test_a_cookie_counts_for_nothing(api: Any) -> None:
    from engine.commands.people import open_session
    from webapp.security import LOGIN_COOKIE

    key = api.town.desk.run(lambda w: open_session(w, api.town.person(w, "ada")))
    api.app.set_cookie(LOGIN_COOKIE, key)
    assert api.ask("GET", None, "/me", status=401).json["status"] == 401
    assert api.ask("POST", None, "/tickets", REPORT, status=401).json["status"] == 401


def test_a_revoked_token_and_one_of_somebody_disabled_are_refused(api: Any) -> None:
    from sqlalchemy import update

    from engine.commands.people import change_person
    from engine.people.models import ApiToken

    assert api.get("clara", "/me")["login"] == "clara@example.org"
    api.town.desk.run(
        lambda w: change_person(w, api.town.person(w, "clara"), {"active": False}),
        api.town.actor("ada"),
    )
    api.get("clara", "/me", status=401)
    api.get("sam", "/me")
    api.town.desk.run(lambda w: w.session.execute(update(ApiToken).values(revoked_at=w.now)))
    assert api.get("sam", "/me", status=401)["status"] == 401


def test_a_customer_reports_reads_and_answers(api: Any) -> None:
    made = api.post("clara", "/tickets", REPORT)
    number = made["number"]
    assert made["customer"]["login"] == "clara@example.org"
    assert "queue" not in made
    assert api.get("clara", f"/tickets/{number}")["title"] == "VPN drops"
    said = api.post("clara", f"/tickets/{number}/articles", {"body": "Still so."})
    assert (said["direction"], said["channel"]) == ("in", "api")
    bodies = [a["body"] for a in api.get("clara", f"/tickets/{number}/articles")["items"]]
    assert bodies[0] == "Every hour."
    assert "Still so." in bodies
    assert [t["number"] for t in api.get("clara", "/tickets")["items"]] == [number]


def test_an_agent_works_on_a_ticket(api: Any) -> None:
    number = api.post("agnes", "/tickets", {**REPORT, "customer": "clara@example.org"})["number"]
    task = api.get("agnes", "/tasks?scope=unclaimed")["items"][0]
    assert task["ticket"]["number"] == number
    assert api.post("agnes", f"/tasks/{task['id']}/claim", status=200)["person"]["name"]
    assert api.get("agnes", "/tasks")["items"][0]["id"] == task["id"]
    assert api.post("agnes", f"/tasks/{task['id']}/unclaim", status=200)["person"] is None
    whole = api.get("agnes", f"/tasks/{task['id']}")
    assert "impact" in whole["form"]["schema"]["properties"]
    refused = api.post("agnes", f"/tasks/{task['id']}/complete", {"answers": {}}, status=400)
    assert refused["fields"]
    answers = {"impact": "person", "queue": "Network", "priority": "3 normal"}
    done = api.post("agnes", f"/tasks/{task['id']}/complete", {"answers": answers}, status=200)
    assert done["status"] == "done"
    again = api.post("agnes", f"/tasks/{task['id']}/complete", {"answers": answers}, status=409)
    assert again["status"] == 409


def test_agents_note_and_reply_and_customers_see_only_the_reply(api: Any) -> None:
    number = api.town.report()
    api.post("agnes", f"/tickets/{number}/articles", {"kind": "note", "body": "secret-note"})
    api.post("agnes", f"/tickets/{number}/articles", {"kind": "reply", "body": "hello Clara"})
    inside = api.ask("GET", "agnes", f"/tickets/{number}/articles").text
    outside = api.ask("GET", "clara", f"/tickets/{number}/articles").text
    assert "secret-note" in inside
    assert "hello Clara" in outside
    for hidden in ("secret-note", "Agnes", "recipients", "delivery", "address"):
        assert hidden not in outside
    ticket = api.ask("GET", "clara", f"/tickets/{number}").text
    for hidden in ("owner", "agnes", "queue", "sla", "tags"):
        assert hidden not in ticket


def test_an_agent_says_what_it_is_and_a_customer_cannot_note(api: Any) -> None:
    number = api.town.report()
    path = f"/tickets/{number}/articles"
    assert api.post("agnes", path, {"body": "x"}, status=400)["fields"] == {"kind": "required"}
    for kind in ("note", "reply"):
        assert api.post("clara", path, {"kind": kind, "body": "x"}, status=400)["fields"]
    assert api.post("clara", path, {"subject": "y", "body": "x"}, status=400)["fields"]


def test_a_change_needs_the_version_that_was_seen(api: Any) -> None:
    number = api.town.report()
    seen = api.get("agnes", f"/tickets/{number}")
    body = {"version": seen["version"], "priority": 5, "tags": ["Printer", "vip"]}
    changed = api.patch("agnes", f"/tickets/{number}", body)
    assert (changed["priority"], changed["tags"]) == (5, ["printer", "vip"])
    assert api.patch("agnes", f"/tickets/{number}", body, status=409)["status"] == 409
    again = {"version": changed["version"], "tags": []}
    assert api.patch("agnes", f"/tickets/{number}", again)["tags"] == []


def test_the_version_that_was_seen_lasts_while_only_the_clock_goes_on(api: Any, clock: Any) -> None:
    number = api.town.report(sla="standard", type="question", priority="2 low")
    seen = api.get("agnes", f"/tickets/{number}")
    for _ in range(7):
        clock.move(minutes=30)
        sweep(api.town.desk, fire_timer)
    assert "clock" in [
        entry["what"] for entry in api.get("agnes", f"/tickets/{number}/history")["items"]
    ]
    body = {"version": seen["version"], "priority": 3}
    assert api.patch("agnes", f"/tickets/{number}", body)["version"] > seen["version"]


def test_a_customer_changes_nothing_and_an_agent_only_what_their_groups_allow(api: Any) -> None:
    number = api.town.report()
    seen = api.get("agnes", f"/tickets/{number}")
    body = {"version": seen["version"], "priority": 1}
    assert api.patch("clara", f"/tickets/{number}", body, status=403)["status"] == 403
    moved = {"version": seen["version"], "queue": "HR"}
    refused = api.patch("agnes", f"/tickets/{number}", moved, status=400)
    assert refused["fields"] == {"queue": "unknown"}
    assert api.get("agnes", f"/tickets/{number}")["version"] == seen["version"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/tickets/{}", None),
        ("PATCH", "/tickets/{}", {"version": 1, "title": "x"}),
        ("GET", "/tickets/{}/articles", None),
        ("POST", "/tickets/{}/articles", {"kind": "note", "body": "x"}),
        ("GET", "/tickets/{}/attachments/1", None),
        ("GET", "/tickets?before={}", None),
    ],
)
def test_foreign_and_absent_tickets_answer_alike(
    api: Any, method: str, path: str, body: Any
) -> None:
    number = api.town.report()
    for wrong in ("sam", "bruno"):
        foreign = api.ask(method, wrong, path.format(number), body, status=404)
        absent = api.ask(method, wrong, path.format("4711"), body, status=404)
        assert foreign.body == absent.body
        assert number not in api.ask("GET", wrong, "/tickets").text


@pytest.mark.parametrize("verb", ["", "/claim", "/unclaim", "/complete"])
def test_foreign_and_absent_tasks_answer_alike(api: Any, verb: str) -> None:
    api.town.report()
    item = api.get("agnes", "/tasks?scope=unclaimed")["items"][0]["id"]
    body = {"answers": {}} if verb == "/complete" else None
    method = "POST" if verb else "GET"
    for wrong in ("sam", "clara", "bruno"):
        foreign = api.ask(method, wrong, f"/tasks/{item}{verb}", body, status=404)
        absent = api.ask(method, wrong, f"/tasks/99999{verb}", body, status=404)
        assert foreign.body == absent.body
        assert api.get(wrong, "/tasks?scope=unclaimed")["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"body": "x"}, "/body"),
        ({"title": 5, "body": "x"}, "/body/title"),
        ({**REPORT, "roles": ["admin"]}, "/body"),
        ({**REPORT, "priority": 9}, "/body/priority"),
        ({**REPORT, "files": [{"name": "a", "data": 1}]}, "/body/files/0/data"),
        ({**REPORT, "title": "x" * 301}, "/body/title"),
        ([], "/body"),
        ("text", "/body"),
    ],
)
def test_what_the_document_does_not_allow_is_refused_with_its_place(
    api: Any, body: Any, pointer: str
) -> None:
    answer = api.ask("POST", "agnes", "/tickets", body, status=422)
    assert answer.content_type == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"title": "a"',
        b"[" * 5000,
        b"NaN",
        b'{"title": "a\\u0000b", "body": "x"}',
        b'{"title": "\\ud800", "body": "x"}',
    ],
)
def test_what_is_no_json_is_refused(api: Any, raw: bytes) -> None:
    answer = api.app.post(
        "/api/v1/tickets",
        raw,
        headers={"Authorization": f"Bearer {api.token('clara')}"},
        content_type="application/json",
        status="*",
    )
    assert answer.status_int in (400, 422)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("field", ["queue", "priority", "owner", "customer", "sla", "tags"])
def test_a_customer_cannot_say_what_is_not_theirs_to_say(api: Any, field: str) -> None:
    value: Any = {"priority": 5, "tags": ["x"]}.get(field, "max@example.org")
    refused = api.post("clara", "/tickets", {**REPORT, field: value}, status=400)
    assert refused["fields"] == {field: "not allowed"}


def test_an_agent_creates_only_where_they_may(api: Any) -> None:
    refused = api.post("agnes", "/tickets", {**REPORT, "queue": "HR"}, status=400)
    absent = api.post("agnes", "/tickets", {**REPORT, "queue": "No such"}, status=400)
    assert refused["fields"] == absent["fields"] == {"queue": "unknown"}
    made = api.post("bruno", "/tickets", {**REPORT, "queue": "HR", "tags": ["x"]})
    assert (made["queue"], made["tags"]) == ("HR", ["x"])


@pytest.mark.parametrize(
    "path",
    ["/tickets?limit=0", "/tickets?limit=x", "/tickets?nonsense=1", "/tasks?scope=all",
     "/tickets?before=abc", "/tasks/0", "/tasks/x", "/faq?limit=1000", "/tickets?state_type=odd"],
)  # fmt: skip
def test_parameters_that_do_not_fit_are_refused(api: Any, path: str) -> None:
    answer = api.ask("GET", "agnes", path, status="*")
    assert answer.status_int in (400, 404)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("filter_", ["queue=Network", "tag=x", "owner=agnes@example.com"])
def test_customers_cannot_ask_by_what_they_do_not_see(api: Any, filter_: str) -> None:
    assert api.get("clara", f"/tickets?{filter_}", status=400)["fields"]


def test_lists_are_filtered(api: Any) -> None:
    number = api.town.report()
    assert api.get("agnes", "/tickets?queue=Network&open=true&type=incident")["items"]
    assert api.get("agnes", "/tickets?customer=clara@example.org")["items"][0]["number"] == number
    for nothing in ("owner=me", "owner=nobody@example.com", "priority=1", "tag=none", "queue=HR"):
        assert api.get("agnes", f"/tickets?{nothing}")["items"] == []


def test_files_go_up_and_come_down_as_they_were(api: Any) -> None:
    data = bytes(range(256))
    evil = {"name": '../../x"\r\ny.html', "media_type": "text/html"}
    file = {**evil, "data": base64.b64encode(data).decode()}
    number = api.post("clara", "/tickets", {**REPORT, "files": [file]})["number"]
    found = api.get("clara", f"/tickets/{number}/articles")["items"][0]["attachments"][0]
    assert found["size"] == 256
    assert "/" not in found["name"]
    path = found["href"].removeprefix("/api/v1")
    answer = api.ask("GET", "clara", path, status=200)
    assert answer.body == data
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert api.ask("GET", "sam", path, status=404).json["status"] == 404


def test_files_of_internal_articles_are_not_for_customers(api: Any) -> None:
    number = api.town.report()
    body = {"kind": "note", "body": "x", "files": [{"name": "a.txt", "data": "eA=="}]}
    made = api.post("agnes", f"/tickets/{number}/articles", body)
    path = made["attachments"][0]["href"].removeprefix("/api/v1")
    assert api.ask("GET", "agnes", path, status=200).body == b"x"
    assert api.ask("GET", "clara", path, status=404).json["status"] == 404


@pytest.mark.parametrize("data", ["not base64!", "eA=", "ä"])
def test_what_is_no_base64_is_refused(api: Any, data: str) -> None:
    body = {**REPORT, "files": [{"name": "a", "data": data}]}
    assert api.post("clara", "/tickets", body, status=400)["fields"] == {"files/0/data": "base64"}


def test_files_together_are_bounded(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.settings.Settings.max_upload_bytes", 10)
    object.__setattr__(api.town.desk.settings, "max_upload_bytes", 10)
    files = [{"name": n, "data": "eHh4eHh4"} for n in "ab"]
    refused = api.post("clara", "/tickets", {**REPORT, "files": files}, status=400)
    assert refused["fields"] == {"files": "size"}


def test_the_faq_shows_each_what_they_may_read(api: Any) -> None:
    from engine.commands.faq import save_item
    from engine.faq.queries import documents

    def write(work: Any) -> None:
        for audience in ("internal", "external", "public"):
            save_item(work, title=f"Printer {audience}", solution="Turn it on.", language="en",
                      audience=audience, comment="canary-comment")  # fmt: skip
        api.town.desk.index.replace_all(documents(work.session))

    api.town.desk.run(write, api.town.actor("agnes"))
    for query in ("/faq", "/faq?q=printer"):
        outside = api.ask("GET", "clara", query, status=200)
        inside = api.ask("GET", "agnes", query, status=200)
        assert len(outside.json["items"]) == 2
        assert len(inside.json["items"]) == 3
        assert "internal" not in outside.text
    hidden = next(i for i in inside.json["items"] if i["audience"] == "internal")
    assert api.get("agnes", f"/faq/{hidden['id']}")["comment"] == "canary-comment"
    absent = api.ask("GET", "clara", "/faq/99999", status=404)
    assert api.ask("GET", "clara", f"/faq/{hidden['id']}", status=404).body == absent.body
    shown = api.ask("GET", "clara", f"/faq/{outside.json['items'][0]['id']}", status=200)
    assert "canary-comment" not in shown.text


def test_an_offer_for_insiders_is_absent_for_customers_from_outside(api: Any) -> None:
    assert "order_hardware" not in [o["key"] for o in api.get("sam", "/offers")["items"]]
    assert "order_hardware" in [o["key"] for o in api.get("clara", "/offers")["items"]]
    said = [
        api.post("sam", "/tickets", {**REPORT, "offer": offer}, 404)
        for offer in ("order_hardware", "no_such_offer")
    ]
    assert said[0] == said[1]


def test_an_offer_is_asked_for_with_its_form(api: Any) -> None:
    offers = {offer["key"]: offer for offer in api.get("clara", "/offers")["items"]}
    assert offers["report_fault"]["title"]["de"]
    assert offers["report_fault"]["form"]["schema"]["properties"]
    wrong = {**REPORT, "offer": "report_fault", "answers": {"impact": "galaxy"}}
    refused = api.post("clara", "/tickets", wrong, status=400)
    assert refused["fields"]
    assert api.post("clara", "/tickets", {**REPORT, "answers": {"a": 1}}, status=400)["fields"]


def test_secrets_are_in_no_answer(api: Any) -> None:
    from sqlalchemy import select, update

    from engine.people.models import ApiToken, Person

    number = api.town.report()
    api.town.desk.run(
        lambda w: w.session.execute(update(Person).values(password_hash="canary-hash"))
    )
    for by in ("clara", "agnes", "ada"):
        token = api.token(by)
        digests = api.town.desk.read(lambda w: list(w.session.scalars(select(ApiToken.digest))))
        for path in ("/me", "/tickets", f"/tickets/{number}", f"/tickets/{number}/articles",
                     "/tasks", "/tasks?scope=unclaimed", "/faq", "/offers",
                     "/openapi.json"):  # fmt: skip
            text = api.ask("GET", by, path).text
            for secret in ("canary-hash", token, *digests, "password"):
                if secret != "password" or path != "/offers":
                    assert secret not in text


def test_what_the_api_does_not_have_is_a_problem_document(api: Any) -> None:
    for path in ("/nothing", "/tickets/x/y/z", ""):
        answer = api.ask("GET", "clara", path, status=404)
        assert answer.content_type == "application/problem+json"
    assert api.app.delete("/api/v1/tickets", status=404, headers={}).json["status"] == 404
