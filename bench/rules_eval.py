"""One evaluation of a ruleset beside the bare engine and beside plain Python, as rules grow.

`python -m bench.rules_eval [--small]`; "bare" is durable_rules asked directly, one fact in and out
again, without reading facts, trace or check; "plain" is our evaluator without the engine.
"""

from __future__ import annotations

import argparse
import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import durable_rules_engine as durable

from bench.figures import Run, number, table, timed
from engine.rules import Release, compile_release, load_vocabulary, parse_ruleset
from engine.rules.facts import Facts
from engine.rules.oracle import matching

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HEAD = ("ruleset", "rules", "desk p50 ms", "p95 ms", "bare p50 ms", "desk ÷ bare", "plain p50 ms")
FACTS = {
    "ticket.title": "VPN drops every hour",
    "ticket.body": "It began this morning and happens again and again. " * 8,
    "ticket.queue": "Service Desk",
    "ticket.type": "incident",
    "ticket.priority": 3,
    "ticket.state": "new",
    "ticket.channel": "web",
    "ticket.tags": [],
    "customer.email": "clara@example.org",
    "customer.organisation": "Example GmbH",
    "customer.vip": False,
}
_names = itertools.count()


def starter() -> Release:
    """The rulesets that come with the desk."""
    vocabulary = load_vocabulary((ROOT / "rules/vocabulary.yaml").read_text())
    parsed = []
    for path in sorted((ROOT / "rules").glob("*.yaml")):
        if path.stem not in ("vocabulary", "calendars", "slas"):
            parsed.append(parse_ruleset(path.stem, path.read_text(), vocabulary, path.name)[0])
    return compile_release([ruleset for ruleset in parsed if ruleset], vocabulary)


def many(count: int) -> Release:
    """So many routing rules, of which one matches: by organisation and priority."""
    vocabulary = load_vocabulary((ROOT / "rules/vocabulary.yaml").read_text())
    rules: list[dict[str, Any]] = [
        {
            "id": f"rule-{n}",
            "title": {"de": f"Regel {n}", "en": f"Rule {n}"},
            "order": n + 1,
            "when": {
                "all": [
                    {
                        "fact": "customer.organisation",
                        "op": "is",
                        "value": "Example GmbH" if n == count // 2 else f"Company {n}",
                    },
                    {"fact": "ticket.priority", "op": "gte", "value": 2},
                ]
            },
            "then": [{"set": {"queue": "Network"}}],
        }
        for n in range(count)
    ]
    # JSON is YAML, and is read in the same way.
    text = json.dumps(
        {"ruleset": "many", "title": {"de": "Viele", "en": "Many"}, "events": [], "rules": rules}
    )
    ruleset, problems = parse_ruleset("many", text, vocabulary, "many.yaml")
    if ruleset is None:
        raise SystemExit(f"The rules made for the benchmark are refused: {problems[:2]}")
    return compile_release([ruleset], vocabulary)


def bare(count: int, times: int) -> Run:
    """The engine itself with as many rules of the same shape, in sets as small as it can bear."""
    handles = []
    for start in range(0, count, 15):
        rules: dict[str, Any] = {
            f"r{n}": {"all": [{"m": {"$and": [{"o": n}, {"$gte": {"p": 2}}]}}]}
            for n in range(start, min(start + 15, count))
        }
        rules["w"] = {"all": [{"m": {"w": 1}}]}
        handles.append(durable.create_ruleset(f"bench{next(_names)}", json.dumps(rules)))
    fact = json.dumps({"id": "t", "sid": "0", "o": count // 2, "p": 3})

    def ask() -> None:
        for handle in handles:
            outcome, offset = durable.assert_fact(handle, fact)
            if outcome == 0:
                durable.start_action_for_state(handle, offset)
                durable.abandon_action(handle, offset)
                durable.retract_fact(handle, fact)

    return timed(ask, times)


def row(release: Release, name: str, times: int) -> list[str]:
    """The figures of one ruleset."""
    rules = release.rulesets[name].in_order()
    mine = timed(lambda: release.evaluate(name, FACTS, now=NOW), times)
    theirs = bare(len(rules), times)
    plain = timed(lambda: matching(Facts(FACTS, None, NOW), rules), times)
    return [
        name,
        str(len(rules)),
        number(mine.at(0.5)),
        number(mine.at(0.95)),
        number(theirs.at(0.5)),
        number(mine.at(0.5) / max(theirs.at(0.5), 1e-6)),
        number(plain.at(0.5)),
    ]


def main(arguments: list[str] | None = None) -> str:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick proof that it works")
    given = parser.parse_args(arguments)
    release = starter()
    rows = [row(release, name, 3 if given.small else 500) for name in release.names]
    for count in (10, 30) if given.small else (10, 100, 1_000, 10_000):
        rows.append(row(many(count), "many", 3 if given.small else max(20, 5_000 // count)))
    told = table("One evaluation of a ruleset", HEAD, rows)
    print(told)
    return told


if __name__ == "__main__":
    main()
