"""The tickets behind the live count: those that the reader may read, the others as a figure."""

from __future__ import annotations

import json
from typing import Any

NASTY = "VPN <script>alert(1)</script> \u202e"
RULE = {
    "id": "x",
    "when": {"all": [{"fact": "ticket.title", "op": "contains", "value": "VPN"}]},
    "then": [{"set": {"queue": "Network"}}],
}


def test_the_count_leads_to_its_tickets(web: Any) -> None:
    number = web.town.report(title=NASTY)
    web.town.report(title="Toner")
    web.login("ada")
    query = {"ruleset": "routing", "data": json.dumps(RULE)}
    line = web.get("/rules/live-count", params=query)
    assert "would have matched 1 of the last 2 tickets" in line.text
    page = line.click(href="/rules/matched-tickets")
    assert f"#{number}" in page.text
    assert "VPN &lt;script&gt;" in page.text
    assert "<script>alert" not in page.text


def test_who_may_not_read_a_ticket_sees_that_there_is_one(web: Any) -> None:
    number = web.town.report(title=NASTY)
    web.login("olga")
    page = web.get(
        "/rules/matched-tickets", params={"ruleset": "routing", "data": json.dumps(RULE)}
    )
    assert number not in page.text
    assert "VPN &lt;" not in page.text
    assert "1 more is on a ticket that you may not read." in page.text


def test_a_rule_that_stands_in_the_ruleset_is_tried_from_there(web: Any) -> None:
    web.town.report(title=NASTY)
    web.login("ada")
    page = web.get("/rules/routing").click(href="rule=vpn")
    assert "would have matched 1 of the last 1 tickets" in page.text


def test_what_is_no_rule_is_no_error_while_one_writes(web: Any) -> None:
    web.login("ada")
    for data in ('{"id": "x"', "[]", '{"when": 1}', "[" * 5000):
        line = web.get("/rules/live-count", params={"ruleset": "routing", "data": data})
        assert "not complete yet" in line.text
    web.get("/rules/matched-tickets?ruleset=routing&rule=nowhere", status=404)


def typed(web: Any, path: str, status: int = 200, **fields: str) -> Any:
    """What the form of a rule says of the past while it holds this."""
    sent = {"w0-kind": "group:0", "w1-kind": "atom:1", **fields, "do": "count"}
    script = {"X-Requested-With": "fetch"}
    return web.post(path, sent, status=status, headers=script)


def test_a_form_that_was_not_kept_is_counted_as_it_is_typed(web: Any) -> None:
    web.town.report(title=NASTY)
    web.town.report(title="Toner")
    web.login("ada")
    new = "/rules/routing/new-rule"
    said = typed(web, new, **{"w1-fact": "ticket.title", "w1-op": "contains", "w1-value": "on"})
    assert "would have matched 1 of the last 2 tickets" in said.text
    assert "Toner" in web.get(said.html.find("a")["href"]).text
    for missing in ({}, {"w1-op": "contains"}, {"w1-op": "contains", "w1-value": " \n"}):
        said = typed(web, new, **{"w1-fact": "ticket.title", **missing})
        assert "not complete yet" in said.text
        assert "a value is missing here" in said.text
    odd = {"w1-fact": "ticket.priority", "w1-op": "gte", "w1-value": "<b>"}
    assert "&lt;b&gt;" in typed(web, new, **odd).text
    assert "draft-bar" not in web.get("/rules").text
    page = web.get("/rules/routing/rule/vpn")
    form = next(form for form in page.forms.values() if "note" in form.fields)
    values = [button._value for button in form.fields["do"]]
    page = form.submit("do", index=values.index("count"))  # without a script, too
    assert "would have matched 1 of the last 2 tickets" in page.text


def test_a_rule_too_long_for_an_address_leads_to_its_tickets_all_the_same(web: Any) -> None:
    web.town.report(title=NASTY)
    web.login("ada")
    words = "\n".join(["VPN", *(f"größer-{n}" for n in range(400))])
    fields = {"w1-fact": "ticket.title", "w1-op": "contains", "w1-value": words}
    said = typed(web, "/rules/routing/new-rule", **fields)
    data = said.html.find("button")["value"]
    page = web.post("/rules/matched-tickets", {"ruleset": "routing", "data": data}, status=200)
    assert "VPN &lt;script&gt;" in page.text


def test_what_the_past_cannot_say_is_said(web: Any) -> None:
    web.town.report()
    web.login("ada")
    fields = {"w1-fact": "clock.left_minutes", "w1-op": "lt", "w1-value": "30"}
    said = typed(web, "/rules/routing/new-rule", **fields)
    assert "None of them tells the minutes left" in said.text
    said = typed(web, "/rules/escalation/new-rule", **fields)
    assert "About none of them is this ruleset asked." in said.text


def test_a_line_of_the_table_is_counted_as_it_stands_there(web: Any) -> None:
    web.town.report(title=NASTY)
    web.town.report(title="Toner")
    web.login("ada")
    token = {"csrf_token": web.csrf(), "ruleset": "routing"}
    cells = {"id": "new", "when ticket.title contains": "toner; VPN"}
    said = web.app.post("/rules/live-count", {**token, "line": json.dumps({"cells": cells})})
    assert "would have matched 2 of the last 2 tickets" in said.text
    line = {"was": "change", "cells": {"id": "change", "when ticket.title contains": "toner"}}
    said = web.app.post("/rules/live-count", {**token, "line": json.dumps(line)})
    assert "would have matched 1 of the last 2 tickets" in said.text
    for odd in ({"was": "nowhere", "cells": {"id": "x"}}, {"cells": 5}, {}):
        said = web.app.post("/rules/live-count", {**token, "line": json.dumps(odd)})
        assert "not complete yet" in said.text
