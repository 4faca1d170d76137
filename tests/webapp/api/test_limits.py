"""A token that writes too often gets a problem document that says when to come again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

NEW = {"title": "VPN drops", "body": "Every hour."}


def test_a_token_writes_up_to_the_limit_and_reads_on(api: Any, clock: Any) -> None:
    desk = api.town.desk
    desk.settings = replace(desk.settings, limit_api_writes=2)
    for _ in range(2):
        api.post("clara", "/tickets", NEW)
    answer = api.ask("POST", "clara", "/tickets", NEW, 429)
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == 429
    assert answer.headers["Retry-After"] == "30"
    assert len(api.get("clara", "/tickets")["items"]) == 2
    api.post("sam", "/tickets", NEW)
    clock.move(seconds=30)
    api.post("clara", "/tickets", NEW)
    assert api.ask("POST", "clara", "/tickets", NEW).status_int == 429


def test_who_has_no_token_is_refused_as_ever(api: Any) -> None:
    desk = api.town.desk
    desk.settings = replace(desk.settings, limit_api_writes=1)
    assert [api.ask("POST", None, "/tickets", NEW).status_int for _ in range(3)] == [401] * 3
