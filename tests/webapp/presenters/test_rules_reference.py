"""The page of what rules can say: all of the vocabulary and of this desk, with good examples."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from engine.catalogue.models import CustomField, Queue
from engine.commands.rules_drafts import standing
from engine.rules import vocabulary_of
from engine.rules.operators import OPERATORS
from engine.rules.pieces import action_problems, condition_problems
from engine.rules.source import read_yaml

PATH = "/rules/what-rules-can-say"
ENTRY = re.compile(r'<details id="(\w+)-([^"]+)".*?</details>', re.S)
EXAMPLE = re.compile(r"<pre><code>(.*?)</code></pre>", re.S)


def entries(page: Any) -> dict[tuple[str, str], str]:
    """The HTML of what is listed, by kind and name."""
    return {(one[1], one[2]): one[0] for one in ENTRY.finditer(page.text)}


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_example_can_stand_in_a_rule_here(web: Any, language: str) -> None:
    web.login("ada")
    web.post("/language", {"language": language})
    known = vocabulary_of(web.town.desk.read(lambda work: standing(work.session).vocabulary))
    read = 0
    for (kind, name), html in entries(web.get(PATH)).items():
        found = EXAMPLE.search(html)
        if kind == "key" or found is None:
            continue
        data, problems = read_yaml(unescape(found[1]))
        assert problems == [], name
        if kind == "event":
            assert data == {"events": [name]}
            continue
        check = action_problems if kind == "action" else condition_problems
        assert check(dict(data[0]), known) == [], name
        read += 1
    assert read >= len(OPERATORS) + len(known.actions) + len(known.facts) - 1


def test_what_this_desk_has_is_there_by_itself(web: Any) -> None:
    site = {"name": "site", "kind": "choice", "title": {"de": "Standort", "en": "Site <b>"},
            "choices": ["Ulm"], "active": True}  # fmt: skip

    def add(work: Any) -> None:
        work.session.add(CustomField(**site))
        hr = work.session.query(Queue).filter_by(name="HR").one()
        hr.name = "HR <i>"

    web.town.desk.run(add)
    web.login("ada")
    listed = entries(web.get(PATH))
    own = listed["fact", "custom.site"]
    assert "Site &lt;b&gt;" in own
    assert "{fact: custom.site, op: is, value: Ulm}" in unescape(own)
    assert "HR &lt;i&gt;" in listed["fact", "ticket.queue"]
    assert "custom.site" in listed["action", "set"]
    assert "older_than_minutes" in listed["fact", "ticket.created"]
    assert "gte" not in listed["fact", "ticket.queue"]


def test_it_is_looked_through_in_the_language_of_the_reader(web: Any) -> None:
    web.login("ada")
    web.post("/language", {"language": "de"})
    found = entries(web.get(f"{PATH}?q=die+warteschlange"))
    assert ("fact", "ticket.queue") in found
    assert ("fact", "ticket.title") not in found
    assert ("action", "notify") not in found
    assert "Nichts gefunden" in web.get(f"{PATH}?q=%3Cscript%3E").text
    web.post("/language", {"language": "en"})
    assert ("operator", "contains_word") in entries(web.get(f"{PATH}?q=contains+the+word"))


def test_it_is_led_to_from_where_rules_are_written(web: Any) -> None:
    web.login("ada")
    for page in ("/rules", "/rules/routing/text", "/rules/routing/examples",
                 "/rules/routing/rule/vpn"):  # fmt: skip
        assert f'href="{PATH}"' in web.get(page).text
    web.login("bruno")
    web.get(PATH, status=404)
