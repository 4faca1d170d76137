"""A dry run of rules as an owner reads it: figures of all tickets, titles of those one may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.catalogue.models import CustomField
from engine.catalogue.rules_trials import RulesDryRun
from engine.rules import Vocabulary, vocabulary_of
from engine.rules.editing import content, rules_of
from engine.rules.release import DEFAULT, HOURLY
from engine.tickets import overview
from engine.tickets.models import Ticket
from webapp.i18n import N_

STATUSES = {
    "running": N_("under way"),
    "done": N_("done"),
    "cancelled": N_("called off"),
    "failed": N_("broken off"),
}
LOOKS = {"running": "open", "done": "done", "cancelled": "closed", "failed": "bad"}
MOST_SHOWN = 30  # pairs of one field, the most frequent first
WIDEST = 12  # columns and rows of a matrix
MOST_RULES = 200
MOST_NAMES = 20


@dataclass(frozen=True)
class Cell:
    """One pair of before and after, with some of its tickets."""

    before: str
    after: str
    count: int
    tickets: list[Ticket]
    hidden: int


@dataclass(frozen=True)
class Changed:
    """One field that would become another on some tickets; `matrix` where it is small enough."""

    label: str
    tickets: int
    cells: list[Cell]
    more: int
    columns: list[str] = field(default_factory=list)
    matrix: list[tuple[str, list[int]]] = field(default_factory=list)


@dataclass(frozen=True)
class Fired:
    """One rule with how many tickets it fired on before and would fire on."""

    ruleset: str
    rule: str
    title: str
    before: int
    after: int


def changed_fields(request: Request, row: RulesDryRun) -> list[Changed]:
    """What would be otherwise: fields of the ticket first, and of these the one of most tickets."""
    vocabulary = vocabulary_of(row.release.vocabulary)
    fields: list[tuple[str, Mapping[str, Any]]] = sorted(
        row.tally["fields"].items(),
        key=lambda one: (one[0].startswith(":"), -one[1]["tickets"], one[0] != "queue", one[0]),
    )
    top = {name: sorted(one["cells"], key=lambda c: (-c[2], c[0], c[1])) for name, one in fields}
    ids = [key for cells in top.values() for cell in cells[:MOST_SHOWN] for key in cell[3]]
    seen = overview.readable(request.db, request.actor, ids)
    fixed = _choices(request)
    found = []
    for name, one in fields:
        cells = top[name]
        if (
            name.startswith("custom.") and name not in fixed
        ):  # what stands in it is told only of tickets that one may read
            cells = [cell for cell in cells if any(key in seen for key in cell[3])]
        found.append(_changed(label_of(request, vocabulary, name), one, cells, seen))
    return found


def _choices(request: Request) -> set[str]:
    """The company's own fields in which only what an admin has written can stand."""
    query = select(CustomField.name).where(CustomField.kind == "choice")
    return {f"custom.{name}" for name in request.db.scalars(query)}


def label_of(request: Request, vocabulary: Vocabulary, name: str) -> str:
    """What the vocabulary calls a field, or an action that sets none."""
    language = request.reader.language
    if name == ":tags":
        return str(request.translate(N_("Tags")))
    if name.startswith(":"):
        verb = vocabulary.actions.get(name[1:])
        label: Mapping[str, Any] = verb.label if verb else {}
        called = name[1:]
    else:
        fields = vocabulary.actions["set"].fields if "set" in vocabulary.actions else {}
        label, called = fields.get(name, {}).get("label", {}), name
    text = str(label.get(language, called))
    return text[:1].upper() + text[1:]


def fired_rules(request: Request, row: RulesDryRun) -> list[Fired]:
    """Rules that fired on either side, those with the largest difference first."""
    titles = _titles(request, row)
    default = request.translate(N_("When nothing fits"))
    found = []
    for name, (before, after) in row.tally["rules"].items():
        ruleset, _, rule = name.partition("/")
        title = default if rule == DEFAULT else titles.get(name, rule)
        found.append(Fired(ruleset, rule, title, before, after))
    found.sort(key=lambda one: (-abs(one.after - one.before), one.ruleset, -one.after, one.rule))
    return found[:MOST_RULES]


def not_tried(row: RulesDryRun) -> list[str]:
    """The rulesets of the run that are asked every hour, which no history tells of."""
    heads = {name: content(text).get("events") for name, text in row.documents.items()}
    return sorted(name for name, events in heads.items() if HOURLY in (events or ()))


def top_names(counts: Mapping[str, int]) -> tuple[list[tuple[str, int]], int]:
    """The most frequent names, and how many tickets have another one."""
    named = sorted(((n, c) for n, c in counts.items() if n), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in named[MOST_NAMES:]) + counts.get("", 0)
    return named[:MOST_NAMES], rest


def _changed(
    label: str, one: Mapping[str, Any], cells: list[Any], seen: Mapping[int, Ticket]
) -> Changed:
    shown = [
        Cell(before, after, count, tickets, count - len(tickets))
        for before, after, count, ids in cells[:MOST_SHOWN]
        for tickets in [[seen[key] for key in ids if key in seen]]
    ]
    more = sum(cell[2] for cell in one["cells"]) + one["others"] - sum(c.count for c in shown)
    columns, matrix = _matrix(cells) if len(cells) == len(one["cells"]) else ([], [])
    return Changed(label, one["tickets"], shown, more, columns, matrix)


def _matrix(cells: list[Any]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Before down, after across; nothing where that is a mere line or does not fit a page."""
    counts = {(before, after): count for before, after, count, _ in cells}
    rows = list(dict.fromkeys(before for before, _ in counts))
    columns = list(dict.fromkeys(after for _, after in counts))
    if not 1 < len(rows) <= WIDEST or not 1 < len(columns) <= WIDEST:
        return [], []
    return columns, [(row, [counts.get((row, column), 0) for column in columns]) for row in rows]


def _titles(request: Request, row: RulesDryRun) -> dict[str, str]:
    """What rules are called, as drafted; those that are gone as they were called in force."""
    found = {}
    for documents in (row.release.documents, row.documents):
        for name in row.rulesets:
            for rule in rules_of(documents.get(name, "")):
                title = rule.get("title")
                known = request.reader.pick(title) if isinstance(title, dict) else ""
                found[f"{name}/{rule.get('id')}"] = known or str(rule.get("id"))
    return found


def ruleset_titles(request: Request, documents: Mapping[str, str]) -> list[tuple[str, str]]:
    """Rulesets to choose from."""
    found = []
    for name in sorted(documents):
        title = content(documents[name]).get("title")
        found.append((name, request.reader.pick(title if isinstance(title, dict) else {}) or name))
    return found
