"""Where in the YAML one is: in good text, in half of it, in braces and in lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.town import ROOT

RULE = "rules:\n  - id: x\n    "
ALL = RULE + "when:\n      all:\n        - "
FLOW = ALL + "{fact: ticket.queue, op: is, value: "
NEXT = "\n        - {fact: ticket.type, op: is, value: change}\n    then: []\n"
PLACES = [  # ‸ is where one is; part, path, word, what the mapping says else
    ("‸", "key", "", ""),
    ("rul‸", "key", "", "rul"),
    ("ruleset: x\ntitle: {de: A, ‸", "key", "title", ""),
    ("ruleset: x\nevents: [‸", "value", "events/*", ""),
    ("events: [ticket.created, ti‸]\n", "value", "events/*", "ti"),
    ("rules:\n  - ‸", "value", "rules/*", ""),
    ("rules:\n  - id: x\n  ‸", "value", "rules", ""),
    (RULE + "‸", "key", "rules/*", ""),
    (RULE + "st‸\n    order: 5", "key", "rules/*", "st"),
    (RULE + "stop: ‸", "value", "rules/*/stop", ""),
    (RULE + "stop: tr‸\n    order: 5", "value", "rules/*/stop", "tr"),
    (RULE + "when:\n      ‸", "value", "rules/*/when", ""),
    (ALL + "‸", "value", "rules/*/when/all/*", ""),
    (ALL + "{‸", "key", "rules/*/when/all/*", ""),
    (ALL + "{fact: ‸, op: is}" + NEXT, "value", "rules/*/when/all/*/fact", ""),
    (FLOW + "‸}" + NEXT, "value", "rules/*/when/all/*/value", ""),
    (FLOW + "‸" + NEXT, "value", "rules/*/when/all/*/value", ""),
    (FLOW + '"Net‸"}' + NEXT, "value", "rules/*/when/all/*/value", "Net"),
    (FLOW + "Service De‸", "value", "rules/*/when/all/*/value", "Service De"),
    (ALL + "op: in\n          value: [A, B‸]\n", "value", "rules/*/when/all/*/value/*", "B"),
    (ALL + "op: in\n          value:\n            - A\n            - ‸\n", "value",
     "rules/*/when/all/*/value/*", ""),
    ("rules:\n- id: x\n  then:\n  - set:\n      queue: Net‸\n", "value",
     "rules/*/then/*/set/queue", "Net"),
    ("rules:\n- id: x\n  then:\n  - set:\n      ‸", "value", "rules/*/then/*/set", ""),
    ("rules:\n- id: x\n  then:\n  - notify: {to: owner, te‸", "key", "rules/*/then/*/notify", "te"),
    ("rules:\n  - {id: x, then: [{set: {queue: a}, ‸", "key", "rules/*/then/*", ""),
    # What was never closed above does not swallow what stands below.
    ("rules:\n  - when: {all: [{fact: odd\n  - id: y\n    when:\n      any:\n        - {fact: t‸",
     "value", "rules/*/when/any/*/fact", "t"),
    ('a: "never closed\nb: ‸', "value", "b", ""),
    (RULE + "title: {de: \"a, b: {\", en: 'it''s'}\n    ‸", "key", "rules/*", ""),
    ("- name: x\n  facts: {ticket.queue: ‸}\n  expect: {rules: [a]}", "value",
     "*/facts/ticket.queue", ""),
    ("- name: x\n  expect: {rules: [‸]}", "value", "*/expect/rules/*", ""),
]  # fmt: skip
NOWHERE = ["# com‸", RULE + "order: 5 # a‸", RULE + "note: |\n      some: te‸xt\n", RULE + "stop:‸"]
PATH = "data.map(([text, at]) => m.place(text, at))"


def split(text: str) -> tuple[str, int]:
    at = text.index("‸")
    return text.replace("‸", ""), at


def test_the_place_is_known_in_half_written_text(ask: Callable[..., Any]) -> None:
    found = ask("rules/text_place.js", PATH, [split(text) for text, *_ in PLACES])
    said = [one and (one["part"], "/".join(one["path"]), one["word"]) for one in found]
    assert said == [(part, path, word) for _, part, path, word in PLACES]


def test_what_stands_around_it_is_known_before_and_behind(ask: Callable[..., Any]) -> None:
    texts = [
        ALL + "{value: ‸, op: is, fact: ticket.queue}" + NEXT,
        ALL + "value: ‸\n          op: is\n          fact: ticket.queue" + NEXT,
        ALL
        + "fact: ticket.queue\n          op: in\n          value:\n            - ‸\n    then: 1",
    ]
    for one in ask("rules/text_place.js", PATH, [split(text) for text in texts]):
        assert one["keys"]["fact"] == "ticket.queue"
        assert "id" not in one["keys"]


def test_nothing_is_offered_in_comments_and_long_texts(ask: Callable[..., Any]) -> None:
    assert ask("rules/text_place.js", PATH, [split(text) for text in NOWHERE]) == [None] * 4


@pytest.mark.parametrize("name", ["routing", "notification", "examples/notification"])
def test_long_texts_are_read_from_near_by_with_the_same_outcome(
    ask: Callable[..., Any], name: str
) -> None:
    text = (ROOT / f"rules/{name}.yaml").read_text("utf-8")
    same = (
        "Array.from({ length: data.length + 1 }, (_, at) => at).filter((at) =>"
        " JSON.stringify(m.place(data, at)) !== JSON.stringify(m.place(data, at, true)))"
    )
    assert ask("rules/text_place.js", same, text) == []


@pytest.mark.parametrize("odd", [
    "\t- a\t: {", "{" * 5000, "[{" * 2000, "- " * 3000, '"' * 999, "a: &x *x\nb: !!python {",
    "\r\n: : :", "'\\\n'", "x: " + "y" * 1_000_000, "rules:\n" + " - - - {[}]\n" * 50,
    "\ufeffrules:\n  -", "%\x00",
])  # fmt: skip
def test_whatever_is_typed_an_answer_comes(ask: Callable[..., Any], odd: str) -> None:
    places = "[0, 1, 2, Math.floor(data.length / 2), data.length].map((at) => m.place(data, at))"
    assert len(ask("rules/text_place.js", places, odd)) == 5
