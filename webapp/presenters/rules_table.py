"""A ruleset as its table shows it: columns in words with choices, lines, what can be added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pyramid.request import Request

from engine.commands.rules_examining import mark_of
from engine.errors import Problem
from engine.rules import Vocabulary
from engine.rules.cells import SAID
from engine.rules.editing import Rule
from engine.rules.operators import OPERATORS
from engine.rules.sentences import halves
from engine.rules.table import Grid, Row, grid_of, notation_of
from webapp.i18n import N_
from webapp.presenters.problem_words import finding_said
from webapp.presenters.rule_choices import NOT, WHOLE, RuleChoices
from webapp.presenters.rules_difference import rule_of

HEAD = {
    "id": N_("Id"), "title de": N_("Title (German)"), "title en": N_("Title (English)"),
    "active": N_("In use"), "stop": N_("Stops"),
}  # fmt: skip
WORDS = {
    "saved": N_("Kept in the draft"), "saving": N_("Saving …"), "typed": N_("Not saved yet"),
    "again": N_("Not saved; trying again"),
    "out": N_("You have been logged out. Log in in another tab; nothing typed is lost."),
    "refused": N_("Not saved"), "place": N_("Place"), "rows": N_("Rows: %(n)s"),
    "row": N_("Row %(n)s"), "found": N_("Rows: %(n)s of %(all)s"), "fresh": N_("New row"),
    "empty": N_("empty"), "moved": N_("Moved to place %(n)s"), "undone": N_("Undone"),
    "redone": N_("Done again"), "copied": N_("Rows copied: %(n)s"),
    "pasted": N_("Rows pasted: %(n)s"),
    "wide": N_("What was pasted has more columns than the table; the rest was left out."),
    "fixed": N_("This does not fit into columns; it is changed in its form."),
    "nomove": N_("Rows are moved while no search narrows the table."),
    "errors": N_("Errors: %(n)s"), "warnings": N_("Warnings: %(n)s"),
    "clean": N_("No problems found"),
    "drag": N_("Drag to another place"), "removed": N_("Rows deleted: %(n)s"),
    "back": N_("What you had not saved is back."), "form": N_("Form"),
    "login": N_("Log in"), "on": N_("yes"), "off": N_("no"), "if": N_("if"), "then": N_("then"),
    "choices": N_("Choices: %(n)s"), "long": N_("This is too much at once."),
    "theirs": N_("As it stands now"), "mine": N_("As you have typed it"),
    "theyremoved": N_("deleted there, changed here"),
    "iremoved": N_("changed there, deleted here"),
    "shown": N_("A ticket that shows it"),
    "merged": N_("Your changes stand on top of what others have saved."),
}  # fmt: skip


def table_of(request: Request, rules: Sequence[Rule], vocabulary: Vocabulary) -> dict[str, Any]:
    """Columns and lines of a table."""
    language = request.reader.language
    grid = grid_of(rules, vocabulary, language)
    words = RuleChoices(request, vocabulary)
    return {
        "columns": columns_of(grid, words),
        "rows": [_row(row, vocabulary, language) for row in grid.rows],
    }


def columns_of(grid: Grid, words: RuleChoices) -> list[dict[str, Any]]:
    """The columns of a table in words."""
    return [_column(key, words) for key in grid.columns]


def words_of_table(request: Request) -> dict[str, str]:
    """What the scripts of the page say."""
    return {name: request.translate(text) for name, text in WORDS.items()}


def offered_columns(
    request: Request, vocabulary: Vocabulary, events: Iterable[str] = ()
) -> dict[str, Any]:
    """What columns can be added: facts with the operators that fit, and actions."""
    words = RuleChoices(request, vocabulary, events)
    facts = words.facts()
    names = [name for _, some in facts for name, _ in some]
    actions = [(about, list(_actions(some, words))) for about, some in words.actions()]
    return {
        "facts": facts,
        "operators": {name: _operators(words, name) for name in names},
        "actions": [(about, some) for about, some in actions if some],
    }


def problems_said(
    request: Request, name: str, problems: Iterable[Problem], ids: Iterable[str]
) -> dict[str, list[dict[str, str]]]:
    """What was found, by the rule that it is about; under nothing what is about none of them."""
    known = set(ids)
    found: dict[str, list[dict[str, str]]] = {}
    language = request.reader.language
    for problem in problems:
        rule = problem.element if problem.element in known else ""
        found.setdefault(rule or "", []).append({
            "severity": problem.severity,
            "text": finding_said(problem.message, language),
            "mend": finding_said(problem.mend, language) if problem.mend else "",
            "shown": request.route_path("rules.shown", name=name, mark=mark_of(name, problem))
            if problem.witness else "",
        })  # fmt: skip
    return found


def _operators(words: RuleChoices, fact: str) -> list[dict[str, Any]]:
    """The columns that a fact can stand in; `form.*` asks for a name yet."""
    return [
        {**_column(f"when {fact} {name}", words), "said": label}
        for name, label in words.operators(fact)
        if not name.endswith(NOT)
    ]


def _actions(some: Iterable[tuple[str, str]], words: RuleChoices) -> Iterable[dict[str, Any]]:
    """The columns of some actions, of those with several fields one for each."""
    for name, _ in some:
        verb_name, _, item = name.partition(".")
        verb = words.vocabulary.actions[verb_name]
        fields = [item] if item else list(verb.fields) or ["*"] if verb.value == "mapping" else [""]
        for one in fields:
            yield _column(f"then {verb_name} {one}".strip(), words)


def _column(key: str, words: RuleChoices) -> dict[str, Any]:
    part, _, name = key.partition(" ")
    known = notation_of(key, words.vocabulary)
    choices: Sequence[tuple[str, str]] = []
    if key in HEAD:
        part, label = "head", words.request.translate(HEAD[key])
    elif part == "when":
        fact, _, op = name.partition(" ")
        label = f"{words.fact_label(fact)} {words.operator_label(op)}"
        free = OPERATORS[op].reads is None
        choices = words.compared(fact, op) or (words.values(fact) if free else [])
        choices = choices or (words.suggested(fact) if op in WHOLE else [])
    else:
        verb, _, item = name.partition(" ")
        label, choices = _action_label(words, verb, item), words.field_values(verb, item)
        choices = choices or words.suggested(item or verb)
    if known.kind == "boolean":
        choices = [(said, "") for said in reversed(SAID[words.language])]
    return {"key": key, "part": part, "label": label, "many": known.many != "one",
            "choices": [list(one) for one in choices]}  # fmt: skip


def _action_label(words: RuleChoices, verb: str, item: str) -> str:
    known = words.vocabulary.actions.get(verb)
    label = str(known.label[words.language]) if known else verb
    if not item:
        return label
    field = words.field_label(verb, item)
    return field if verb == "set" else f"{label}: {field}"


def _row(row: Row, vocabulary: Vocabulary, language: str) -> dict[str, Any]:
    said: dict[str, Any] = {"id": row.id, "cells": row.cells}
    if row.rest:
        said["rest"] = row.rest
    if row.rule is None:
        return said
    rule = rule_of(row.rule, vocabulary)
    when, then = halves(rule, vocabulary, language) if rule else ("", "")
    return {**said, "rule": row.rule, "odd": row.odd, "said": {"when": when, "then": then}}


def addresses(request: Request, name: str) -> dict[str, str]:
    """Where the table asks and sends; RULE stands for the rule whose form is opened."""
    return {
        "save": request.route_path("rules.table", name=name),
        "rows": request.route_path("rules.table.rows", name=name),
        "problems": request.route_path("rules.table.problems", name=name),
        "count": request.route_path("rules.count"),
        "login": request.route_path("login"),
        "form": request.route_path("rules.rule", name=name, id="RULE", _query={"back": "table"}),
    }
