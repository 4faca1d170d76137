"""What rules may ask about is really told: a fact that nobody gives would never match."""

from __future__ import annotations

import re
from pathlib import Path

from engine.commands.facts import facts_of
from engine.commands.tickets import change_ticket
from engine.rules import load_vocabulary
from tests.town import Town

ROOT = Path(__file__).parents[2]


def test_every_fact_that_rules_may_name_is_given_by_the_desk(town: Town) -> None:
    number = town.report()
    given = set(town.see(number, facts_of))
    for path in (ROOT / "engine" / "commands").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        given |= {name.replace("__", ".") for name in re.findall(r"\b([a-z]+__[a-z_]+)\b", text)}
        given |= set(re.findall(r'"([a-z]+\.[a-z_]+)":', text))
    named = load_vocabulary((ROOT / "rules" / "vocabulary.yaml").read_text(encoding="utf-8")).facts
    assert {name for name in named if not name.endswith(".*")} - given == set()


def test_a_rule_reads_who_is_responsible(town: Town) -> None:
    number = town.report()
    wanted = {"responsible": "agnes@example.com"}
    town.do("agnes", number, lambda w, t: change_ticket(w, t, wanted) and None)
    assert town.see(number, facts_of)["ticket.responsible"] == "agnes@example.com"
