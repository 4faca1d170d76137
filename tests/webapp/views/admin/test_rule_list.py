"""Rules are put in order, copied, switched and deleted on the page of their ruleset."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.rules_drafts import rules_draft_of
from engine.rules.editing import rules_of
from engine.rules.rearranging import ids_in_order
from tests.webapp.views.admin.test_rule_form import rule_of, text_of

FIRST = ["placed-on-arrival", "placed", "complaint", "change", "hr", "vpn"]


def do(web: Any, what: str, status: int = 303, **more: Any) -> Any:
    draft = web.town.desk.run(lambda work: rules_draft_of(work.session, "routing"))
    sent = {"do": what, "revision": draft.revision if draft else 0, **more}
    return web.post("/rules/routing/change", sent, status=status)


def test_a_rule_is_moved_and_keeps_the_focus(web: Any) -> None:
    web.login("ada")
    page = do(web, "down:placed").follow()
    assert ids_in_order(text_of(web))[:3] == ["placed-on-arrival", "complaint", "placed"]
    focused = page.html.find(attrs={"autofocus": True})
    assert focused["value"] == "down:placed"
    do(web, "up:placed")
    assert ids_in_order(text_of(web))[:3] == FIRST[:3]
    do(web, "up:placed-on-arrival")
    ids = ids_in_order(text_of(web))
    assert ids[:3] == FIRST[:3]
    do(web, "order:vpn", order=" ".join(["vpn", "none", *ids]))
    assert ids_in_order(text_of(web))[:2] == ["vpn", "placed-on-arrival"]
    assert len(ids_in_order(text_of(web))) == len(ids)


def test_a_copy_stands_behind_its_rule_and_is_off(web: Any) -> None:
    web.login("ada")
    do(web, "copy:vpn")
    assert ids_in_order(text_of(web))[5:7] == ["vpn", "vpn-2"]
    copy = rule_of(web, "vpn-2")
    assert copy["active"] is False
    assert copy["title"]["en"] == "VPN to Network (copy)"
    assert copy["when"] == rule_of(web, "vpn")["when"]
    do(web, "switch:vpn-2")
    assert "active" not in rule_of(web, "vpn-2")
    do(web, "switch:vpn")
    assert rule_of(web, "vpn")["active"] is False


def test_a_deleted_rule_is_taken_back_at_once_or_put_back_later(web: Any) -> None:
    web.login("ada")
    before = text_of(web)
    page = do(web, "drop:vpn").follow()
    assert "vpn" not in ids_in_order(text_of(web))
    undo = page.html.find("form", action=lambda to: to and "undo" in to)["action"]
    web.post(undo)
    assert text_of(web) == before
    web.post(undo, status=409)
    do(web, "drop:vpn")
    page = web.get("/rules/routing")
    button = page.html.find("button", value="restore:vpn")
    assert button.get_text(strip=True) in button["aria-label"]
    tried = page.html.find("a", string="try it")
    assert tried["aria-label"].startswith("try it")
    page = do(web, "restore:vpn").follow()
    assert ids_in_order(text_of(web)) == ids_in_order(before)
    assert "is there again" in page.text


def test_a_deletion_is_not_taken_back_over_the_changes_of_others(web: Any) -> None:
    web.login("ada")
    page = do(web, "drop:vpn").follow()
    undo = page.html.find("form", action=lambda to: to and "undo" in to)["action"]
    do(web, "down:placed")
    web.post(undo, status=409)
    assert "vpn" not in ids_in_order(text_of(web))
    web.login("olga").post(undo, status=404)


@pytest.mark.parametrize("what", ["up:none", "what:vpn", "restore:none", "", "drop:", "undo:x"])
def test_what_is_not_there_is_not_found(web: Any, what: str) -> None:
    web.login("ada")
    do(web, what, status=404)
    web.post("/rules/none/change", {"do": "up:vpn", "revision": 0}, status=404)
    assert "draft-bar" not in web.get("/rules").text


def test_whoever_was_slower_moves_nothing(web: Any) -> None:
    web.login("ada")
    do(web, "down:placed")
    do(web, "down:placed", status=409, revision=0)
    assert [rule["id"] for rule in rules_of(text_of(web))][1:3] == ["complaint", "placed"]


def test_others_than_owners_and_admins_change_nothing(web: Any) -> None:
    web.login("agnes")
    do(web, "drop:vpn", status=404)
