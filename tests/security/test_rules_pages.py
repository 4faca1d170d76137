"""What an owner of rules, or somebody with their login, can send to the pages of rules."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from tests.town import ROOT

BASE = "/rules/routing"
TEXT = (ROOT / "rules/routing.yaml").read_text("utf-8")
CANARY = "<img src=x onerror=alert(1)>"
ODD: list[Any] = [
    None, True, -1, 10**400, float("nan"), float("inf"), 1e400, "", "\x00", "\ud800", "\u202e",
    "²", "9" * 400, "x" * 100_000, [], [[]], {}, {"__proto__": {"polluted": 1}}, CANARY,
]  # fmt: skip
DEEP = ("[" * 5000 + "]" * 5000).encode()
PAGES = ("", "/head", "/rule/vpn", "/rule/__proto__", "/new-rule", "/text", "/examples", "/table",
         "/table/rows", "/table/problems")  # fmt: skip
AROUND = ("/rules", "/rules/review-changes", "/rules/dry-run", "/rules/all-releases",
          "/rules/live-count?ruleset=routing&rule=vpn")  # fmt: skip


def keep(web: Any, text: str, kind: str = "text") -> None:
    page = web.get(f"{BASE}/{kind}")
    revision = next(f["revision"].value for f in page.forms.values() if "revision" in f.fields)
    web.post(f"{BASE}/{kind}", {"text": text, "revision": revision}, status=303)


RULE = "ruleset: routing\ntitle: {de: A, en: A}\nevents: []\nrules:\n"
ONE = RULE + "  - id: vpn\n    title: {de: A, en: A}\n"
TEXTS = [
    "", "- a", "5", "ruleset: [routing]", "ruleset: routing\nrules: {a: 1}",
    RULE + "  - 5\n  - [a]",
    "title: [a, b]\nevents: {a: b}\nrules: 7\ndefault: 5", "? [a, b]\n: c", "a: &x [*x]",
    "a: !!python/object/apply:os.system [id]", "<<: {a: 1}", "a: " + "[" * 3000, "a: .nan",
    "rules: [{id: __proto__, title: {de: constructor, en: toString}, then: []}]",
    ONE + "    when: 5\n    then: 5", ONE + "    when: {all: {a: 1}}\n    then: [5, [a], {a: b}]",
    ONE + "    when: {all: [{fact: [], op: {}, value: {}}]}\n    then: [{set: []}, {notify: x}]",
    ONE + "    when: {all: [{fact: ticket.title, op: matches, value: '(a+)+$'}]}\n    then: []",
    ONE + "    when: {all: [{fact: ticket.title, op: matches, value: '(((('}]}\n    then: []",
    ONE + "    when: {any: [{fact: ticket.priority, op: gt, value: 1e999}]}\n    then: []",
    ONE + "    order: 99999999999999999999999\n    valid_from: 99999-99-99\n    then: []",
    ONE + "    active: maybe\n    stop: [x]\n    events: 5\n    changed: {a: b}\n    then: []",
    TEXT.replace("Network", html.escape(CANARY)).replace("en: ", f"en: '{CANARY}' # "),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_any_text_is_shown_as_text_on_every_page(web: Any, number: int) -> None:
    web.login("olga")
    keep(web, TEXTS[number])
    answers = {page: web.get(page, status="*") for page in (*[BASE + p for p in PAGES], *AROUND)}
    sent = {"days": "30", "rulesets": "routing"}
    answers["try"] = web.post("/rules/dry-run", sent, status="*")
    assert [page for page, answer in answers.items() if answer.status_int >= 500] == []
    pages = [page for page, one in answers.items() if "html" in one.headers["Content-Type"]]
    assert [page for page in pages if CANARY in answers[page].text] == []


def test_any_examples_are_shown_as_text(web: Any) -> None:
    web.login("olga")
    for odd in ("5", "- 5", "- {name: [a], facts: 5, expect: {a: [b]}}", f"- name: '{CANARY}'",
                "- {name: a, facts: {ticket.title: .nan}, now: x, event: [], expect: 7}",
                "- {name: a, facts: {}, changed: {ticket.queue: 5}, rules: {a: b}}"):  # fmt: skip
        keep(web, odd, "examples")
        for page in (f"{BASE}/examples", BASE, "/rules/review-changes"):
            answer = web.get(page, status="*")
            assert answer.status_int < 500, (odd, page)
            assert CANARY not in answer.text


def rules_sent() -> list[Any]:
    found: list[Any] = [*ODD]
    for odd in ODD:
        found += [{key: odd} for key in ("id", "title", "when", "then", "events", "changed", odd)
                  if isinstance(key, str)]  # fmt: skip
        found += [{"when": {"all": [{"fact": odd, "op": odd, "value": odd}]}, "then": [odd]}]
        found += [{"when": {"all": [{"fact": "ticket.title", "op": "matches", "value": odd}]}}]
        found += [{"when": {"any": [odd]}, "then": [{"set": {"queue": odd, "custom.": odd}}]}]
    return found


def test_any_rule_is_counted_or_refused(web: Any) -> None:
    web.login("olga")
    wrong = []
    bodies = [json.dumps(one) for one in rules_sent()]
    bodies += [DEEP.decode(), '{"when":' * 2000 + "1" + "}" * 2000, '{"a":"\\ud800"}', "{"]
    for body in bodies:
        for name in ("routing", CANARY, "\x00"):
            sent = {"ruleset": name, "data": body}
            answer = web.post("/rules/live-count", sent, status="*")
            if answer.status_int >= 500 or CANARY in answer.text:
                wrong.append((body[:80], name, answer.status_int))
    assert wrong == []


def rows_sent(mark: str) -> list[Any]:
    found: list[Any] = [*ODD, {"rows": [], "mark": mark}]
    for odd in ODD:
        found += [{"rows": odd, "mark": mark, "revision": 0}, {"rows": [], "mark": odd}]
        line = {"was": odd, "cells": {"when:ticket.title:contains": odd}, "rest": odd}
        whole = {"id": odd, "title": odd, "when": {"all": [odd]}, "then": [odd]}
        for row in (odd, line, {"was": "vpn", "cells": odd}, {"rule": odd}, {"rule": whole}):
            found.append({"rows": [row], "mark": mark, "revision": 0})
    return found


def test_any_table_is_kept_or_refused(web: Any) -> None:
    web.login("olga")
    mark, wrong = web.get(f"{BASE}/table/rows").json["mark"], []
    headers = {"X-CSRF-Token": web.csrf(), "Content-Type": "application/json"}
    for sent in [json.dumps(one).encode() for one in rows_sent(mark)] + [DEEP, b"{", b"\xff"]:
        answer = web.app.post(f"{BASE}/table", sent, headers=headers, status="*")
        if answer.status_int >= 500:
            wrong.append(sent[:120])
        answer.request.environ["wsgi.input"].close()
    assert wrong == []
    assert web.get(f"{BASE}/table", status="*").status_int < 500


def test_any_form_of_a_rule_is_kept_or_shown_again(web: Any) -> None:
    web.login("olga")
    wrong = []
    texts = ("", "\x00", "\u202e" + CANARY, "9" * 400, "x" * 3000, "__proto__", "²", "-1", "[1]")
    for odd in texts:
        for do in ("", "save", odd[:40], "add-w0", "remove-w1", "add-a"):
            sent = {
                "title_en": odd, "title_de": odd, "valid_from": odd, "note": odd, "events": odd,
                "changed": odd, "w0-kind": "group:" + odd[:9], "w0-mode": odd, "w1-kind": odd,
                "w1-fact": odd, "w1-op": odd, "w1-value": odd, "w2-kind": "odd", "w2-odd": "[NaN]",
                "w9999-kind": "atom", "w9999-fact": "ticket.title", "a0-verb": odd,
                "a0-value": odd, "a0-value-queue": odd, "a1-odd": "{}", "do": do, "revision": "0",
            }  # fmt: skip
            for path in ("/new-rule", "/rule/vpn", "/head"):
                answer = web.post(BASE + path, sent, status="*")
                if answer.status_int >= 500 or CANARY in answer.text:
                    wrong.append((path, odd[:20], do, answer.status_int))
    assert wrong == []
