"""The ticket page shows everything as text, to nobody who may not see it."""

from __future__ import annotations

from typing import Any

import pytest

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def number(web: Any) -> str:
    """A ticket in which every text that a stranger chooses is hostile."""
    from engine.commands.articles import NewFile

    def rename(work: Any) -> None:
        web.town.person(work, "clara").name = EVIL

    web.town.desk.run(rename)
    files = [NewFile(f"{EVIL}.txt", "text/html", EVIL.encode())]
    return str(web.town.report(title=EVIL, body=EVIL, files=files))


@pytest.mark.parametrize(
    "path",
    ["/tickets/{}", "/tickets/{}/live", "/tickets", "/tickets?q=script", "/today", "/today/live"],
)  # fmt: skip
def test_what_strangers_wrote_is_shown_as_text(web: Any, number: str, path: str) -> None:
    page = web.login("agnes").get(path.format(number)).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_names_in_json_stay_data(web: Any, number: str) -> None:
    answer = web.login("agnes").get("/options/people?q=script")
    assert answer.content_type == "application/json"
    assert [one["label"] for one in answer.json] == [EVIL]


def test_a_field_note_and_a_tag_are_text_too(web: Any, number: str) -> None:
    web.login("agnes")
    web.post(f"/tickets/{number}/note", {"body": EVIL})
    web.post(f"/tickets/{number}/tags", {"add": EVIL})
    web.post(f"/tickets/{number}/change", {"title": EVIL + "2"})
    assert "<script>alert" not in web.get(f"/tickets/{number}").text
    page = web.post(f"/tickets/{number}/reply", {"body": " ", "to": EVIL}, status=422)
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("who", ["olga", "clara"])
@pytest.mark.parametrize("path", ["", "/live", "/diagram.bpmn"])
def test_to_the_wrong_person_it_does_not_exist(web: Any, who: str, path: str) -> None:
    number = web.town.report()
    web.login(who).get(f"/tickets/{number}{path}", status=404)


@pytest.mark.parametrize(
    "path",
    ["reply", "note", "forward", "change", "close", "reopen", "merge", "pending", "reclassify",
     "tags", "link", "incidents/1/retry"],
)  # fmt: skip
def test_the_wrong_person_changes_nothing(web: Any, path: str) -> None:
    number = web.town.report()
    web.login("olga").post(f"/tickets/{number}/{path}", {"body": "x", "queue": "HR"}, status=404)
    web.login("clara").post(f"/tickets/{number}/{path}", {"body": "x"}, status=404)


def test_without_a_token_nothing_is_changed(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").app.post(f"/tickets/{number}/note", {"body": "x"}, status=403)


def test_the_head_of_the_page_follows_what_is_changed_below_it(web: Any) -> None:
    """After a fact was saved in place, the title form must not run into one's own change."""
    number = web.town.report()
    page = web.login("agnes").get(f"/tickets/{number}")
    old = page.forms[next(k for k, f in page.forms.items() if "title" in f.fields)]
    fields = {"priority": "4 high", "version": old["version"].value}
    web.post(f"/tickets/{number}/change", fields, 200, headers={"X-Requested-With": "fetch"})
    head = web.get(f"/tickets/{number}/live")
    assert "p4" in head.text
    form = next(f for f in head.forms.values() if "title" in f.fields)
    form["title"] = "Another title"
    form.submit(status=303)
    old["title"] = "Typed before"
    old.submit(status=409)


def test_the_page_says_what_is_to_be_done_and_why_it_is_here(web: Any) -> None:
    number = web.town.report(title="VPN drops", body="The VPN is gone")
    page = web.login("agnes").get(f"/tickets/{number}?language=en").text
    assert "Sort the fault" in page
    assert "Rule “" in page
    assert f"/tickets/{number}/diagram.bpmn" in page


def test_who_moved_it_is_why_it_is_here(web: Any) -> None:
    number = web.town.report(title="VPN drops")
    web.login("agnes").post(f"/tickets/{number}/change", {"queue": "Service Desk"}, status=303)
    page = web.get(f"/tickets/{number}?language=en").text
    assert "Agnes Meier moved it here from Network::VPN." in page
    assert (
        "Agnes Meier hat es aus Network::VPN hierher verschoben."
        in web.get(f"/tickets/{number}?language=de").text
    )


def test_a_call_is_where_it_was_put_when_it_was_taken(web: Any) -> None:
    from functools import partial

    from engine.commands.tickets import NewTicket, create_ticket

    town = web.town

    def call(work: Any, title: str) -> str:
        new = NewTicket(
            title=title, body="x", channel="phone", queue="Network", type="incident",
            customer=town.person(work, "clara"),
        )  # fmt: skip
        return create_ticket(work, new).number

    number = town.desk.run(partial(call, title="No wifi"), town.actor("agnes"))
    page = web.login("agnes").get(f"/tickets/{number}?language=en").text
    assert "Agnes Meier put it here when taking the call." in page


def test_the_diagram_is_the_one_of_the_version(web: Any) -> None:
    answer = web.login("agnes").get(f"/tickets/{web.town.report()}/diagram.bpmn")
    assert answer.content_type == "application/xml"
    assert b"bpmn:definitions" in answer.body or b"definitions" in answer.body


def test_an_incident_shows_its_reason_and_can_be_tried_again(web: Any) -> None:
    from engine.tickets import queries
    from engine.tickets.flow import Incident

    number = web.town.report()

    def stop(work: Any, ticket: Any) -> int:
        row = queries.instance_of(work.session, ticket)
        incident = Incident(
            ticket_id=ticket.id, instance_id=row.id, task_id="t", step_id="triage",
            message=f"No address {EVIL}", at=work.now,
        )  # fmt: skip
        work.session.add(incident)
        work.session.flush()
        return int(incident.id)

    incident = web.town.do("agnes", number, stop)
    page = web.login("agnes").get(f"/tickets/{number}").text
    assert "No address &lt;script&gt;" in page
    web.post(f"/tickets/{number}/incidents/{incident}/retry")
    said = [
        entry.after for entry in web.town.see(number, lambda w, t: queries.history(w.session, t))
    ]
    assert "tried again" in said
    web.post(f"/tickets/{number}/incidents/{incident + 99}/retry", status=404)


def test_why_it_is_here_calls_an_own_field_by_its_title(web: Any) -> None:
    from engine.audit.models import DecisionTrace

    asset = {"name": "asset", "kind": "text", "title_de": "Inventarnummer",
             "title_en": "Asset number", "choices": "", "active": "true"}  # fmt: skip
    web.login("ada").post("/structure/new-field", asset)
    number = web.town.report()
    asked = {"fact": "custom.asset", "op": "is", "value": "NB-1", "seen": "NB-1", "truth": True}

    def decide(work: Any, ticket: Any) -> None:
        trace = {
            "ruleset": "routing", "release": "abcdef", "facts": {"custom.asset": "NB-1"},
            "decisions": [{"rule": "one", "action": "set", "value": {"queue": "Network"}}],
            "rules": [{"id": "one", "matched": True, "conditions": [asked]}],
        }  # fmt: skip
        work.session.add(DecisionTrace(
            ticket_id=ticket.id, at=work.now, event="ticket.created", ruleset="routing",
            release="abcdef", trace=trace,
        ))  # fmt: skip

    web.town.do("agnes", number, decide)
    titles = {"en": "the field “Asset number”", "de": "das Feld „Inventarnummer“"}
    for language, title in titles.items():
        page = web.login("agnes").get(f"/tickets/{number}?language={language}")
        why = page.html.select_one(".why-here").text
        assert why.count(title) == 2  # in the sentence and in its condition
        assert "custom.asset" not in why


def test_each_letter_means_one_thing_on_the_page(web: Any) -> None:
    page = web.login("agnes").get(f"/tickets/{web.town.report()}").html
    keys = [one["data-key"] for one in page.select("[data-key]")]
    assert {"r", "n", "f", "a", "c", "h", "m", "o", "p", "w", "e"} <= set(keys)
    assert sorted(keys) == sorted(set(keys))


def test_a_message_as_long_as_a_book_stands_there_from_its_beginning(web: Any) -> None:
    number = web.town.report(body="word " * 2000)
    page = web.login("agnes").get(f"/tickets/{number}?language=en").html
    assert page.select_one(".bubble-text.long + .rest").text == "Whole message"
    short = web.get(f"/tickets/{web.town.report(body='It is off.')}").html
    assert short.select(".long, .rest") == []


def test_a_state_that_wants_a_date_asks_for_it(web: Any) -> None:
    number = web.town.report()
    page = web.login("agnes").get(f"/tickets/{number}").html
    asking = {o["value"] for o in page.select("#fact-state option[data-asks=pending]")}
    assert asking == {"pending reminder", "pending auto close", "pending auto close-"}
    assert page.select_one("dialog#pending select[name=state] option[value='pending reminder']")
    # Enter in the date presses the first button: it must not be one that means another date.
    assert "name" not in page.select_one("dialog#pending form.form button").attrs
    refused = web.post(f"/tickets/{number}/change?language=en", {"state": "pending reminder"}, 400)
    assert "until when" in refused.text


def test_a_ticket_in_a_called_process_stands_at_one_step(web: Any) -> None:
    """Asking for confirmation is one step of the strip, not the call and what is in it."""
    number = web.town.report()
    triage = {"queue": "Network::VPN", "impact": "person", "priority": "3 normal"}
    web.town.complete("agnes", number, "triage", triage)
    web.town.complete("agnes", number, "work", {"work_result": "solved", "message": "Done."})
    page = web.login("agnes").get(f"/tickets/{number}?language=en").html
    strip = page.select_one("[data-part=now] .strip:not(.down)")
    assert [one.text for one in strip.select(".now-step")] == ["now: Confirm the solution"]


def test_clocks_say_whose_hours_count_in_the_readers_words(web: Any) -> None:
    number = web.town.report()
    web.login("agnes").post(f"/tickets/{number}/change", {"sla": "standard"})
    for language, hours in (("de", "Bürozeiten"), ("en", "Office hours")):
        clocks = web.get(f"/tickets/{number}?language={language}").html.select_one(".clock-list")
        assert hours in clocks.text


def test_other_tickets_of_the_customer_are_counted_so_far_as_anybody_reads(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [web.town.report(title=f"VPN {n}") for n in range(9)]
    page = web.login("agnes").get(f"/tickets/{numbers[0]}").text
    assert "8 other open tickets<" in page
    monkeypatch.setattr("webapp.presenters.ticket_page.COUNTED", 7)
    page = web.get(f"/tickets/{numbers[0]}").text
    assert "7 other open tickets or more<" in page
