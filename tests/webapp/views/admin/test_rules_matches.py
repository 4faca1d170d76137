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
