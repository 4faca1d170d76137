"""What the text of a ruleset is completed from: the format, and what this desk has to name.

Names and values come from the choices that form and table have; the format is the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from pyramid.request import Request

from engine.errors import Problem
from engine.rules import Vocabulary
from engine.rules.editing import rules_of
from engine.rules.operators import OPERATORS, ORDERED, Operator, in_words
from engine.rules.schema import examples_schema, schema_of
from engine.rules.vocabulary import Fact
from webapp.i18n import N_
from webapp.presenters.choices import Choices
from webapp.presenters.problem_words import finding_said
from webapp.presenters.rule_choices import (
    CUSTOM,
    NOT,
    OFFERED_BY,
    OWN_KINDS,
    WHOLE,
    RuleChoices,
)

MOST_SHOWN = 500  # findings of one text
OFFSETS = ("now", "-3d", "-4h", "+4h", "+3d")
CONDITION = "(all|any|none)/\\*$"
TITLE = "{de: #{}, en: #{}}"
# Where (a path), whether it takes lines of its own, what it is called, what is put there.
RULE = f"""id: #{{}}
\ttitle: {TITLE}
\twhen:
\t\tall:
\t\t\t- {{fact: #{{}}, op: #{{}}, value: #{{}}}}
\tthen:
\t\t- set: {{#{{}}}}
\tstop: true"""
EXAMPLE = """name: #{}
\tfacts: {#{}}
\texpect: {rules: [#{}]}"""
TEMPLATES: tuple[tuple[str, bool, str, str], ...] = (
    ("title$", False, "{de, en}", TITLE),
    (CONDITION, False, "{fact, op, value}", "{fact: #{}, op: #{}, value: #{}}"),
    ("^rules/\\*$", True, "rule …", RULE),
    ("^(tests/)?\\*$", True, "example …", EXAMPLE),
)
SAID = {
    "rule …": N_("a new rule, ready to be filled in"),
    "example …": N_("a new example, ready to be filled in"),
}
WORDS = {
    "kept": N_("Kept in the draft"), "keeping": N_("Keeping …"), "typed": N_("Not kept yet"),
    "same": N_("As it is in force"), "again": N_("Not kept; the desk does not answer"),
    "out": N_("You have been logged out. Log in in another tab; nothing typed is lost."),
    "login": N_("Log in"), "refused": N_("Not kept"), "back": N_("What you had not kept is back."),
    "checking": N_("Checking …"), "clean": N_("No problems found"),
    "unchecked": N_("Not checked; the desk does not answer"),
    "errors": N_("Errors: %(n)s"), "warnings": N_("Warnings: %(n)s"), "hints": N_("Hints: %(n)s"),
    "line": N_("line %(n)s"), "error": N_("error"), "warning": N_("warning"), "info": N_("hint"),
    "taken": N_("What the others kept is in the text; Ctrl+Z brings yours back."),
    "at": N_("Line %(line)s, column %(column)s"), "yes": N_("yes"), "no": N_("no"),
}  # fmt: skip
# The editor's own words by its English ones.
PHRASES = {
    "Find": N_("Find"), "Replace": N_("Replace"), "next": N_("next"), "previous": N_("previous"),
    "all": N_("all (find)"), "match case": N_("match case"), "by word": N_("by word"),
    "regexp": N_("regular expression"), "replace": N_("replace"),
    "replace all": N_("replace all"), "close": N_("close"),
    "current match": N_("current match"), "on line": N_("on line"),
    "replaced $ matches": N_("replaced $ matches"),
    "replaced match on line $": N_("replaced match on line $"),
    "Go to line": N_("Go to line"), "go": N_("go"),
    "Completions": N_("Completions"), "Diagnostics": N_("Findings"),
    "No diagnostics": N_("No findings"), "Fold line": N_("Fold line"),
    "Unfold line": N_("Unfold line"), "Folded lines": N_("Folded lines"),
    "Unfolded lines": N_("Unfolded lines"), "to": N_("to (lines)"), "folded code": N_("folded"),
    "unfold": N_("unfold"), "Selection deleted": N_("Selection deleted"),
    "Control character": N_("Control character"),
}  # fmt: skip


def words_of_text(request: Request) -> dict[str, str]:
    """What the scripts of the page say."""
    return {name: request.translate(text) for name, text in WORDS.items()}


def phrases_of_editor(request: Request) -> dict[str, str]:
    """What the editor says by itself."""
    return {name: request.translate(text).partition(" (")[0] for name, text in PHRASES.items()}


def completion_of(request: Request, kind: str, vocabulary: Vocabulary, text: str) -> dict[str, Any]:
    """All that can stand in a ruleset's text or in its examples, in the reader's words."""
    words, lists = RuleChoices(request, vocabulary, None), _Lists()
    language = request.reader.language
    own = {row.name: words.fact_label(CUSTOM + row.name) for row in words.own_fields if row.active}
    names = [name for _, some in words.facts() for name, _ in some]
    facts = {name: _fact(words, words.fact(name) or vocabulary.facts[name], name, lists)
             for name in names}  # fmt: skip
    schema = schema_of if kind == "text" else examples_schema
    return {
        "schema": schema(vocabulary, own, language),
        "facts": {name: fact for name, fact in facts.items() if not name.endswith("*")},
        "spaces": {name[:-1]: fact for name, fact in facts.items() if name.endswith("*")},
        "ops": lists.operators,
        "fields": _fields(words, lists),
        "lists": lists.values,
        "flags": [op.name for op in OPERATORS.values() if op.value == "flag"],
        "many": [op.name for op in OPERATORS.values() if op.value == "many"],
        "whole": sorted(WHOLE | {op.name for op in OPERATORS.values() if op.kinds == ORDERED}),
        "byOp": {
            op.name: _by_operator(words, op, lists)
            for op in OPERATORS.values()
            if op.name in OFFERED_BY or op.value == "offset"
        },
        "ids": _ids(request, text),
        "templates": [_template(request, *one) for one in TEMPLATES],
        "said": {"yes": request.translate(N_("yes")), "no": request.translate(N_("no"))},
    }


def problems_by_line(request: Request, problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Findings as the text shows them at their lines."""
    language = request.reader.language
    return [
        {
            "line": one.line,
            "severity": one.severity,
            "rule": one.element or "",
            "text": finding_said(one.message, language),
            "mend": finding_said(one.mend, language) if one.mend else "",
        }
        for one in islice(problems, MOST_SHOWN)
    ]


class _Lists:
    """The same choices are sent once, however many facts have them."""

    def __init__(self) -> None:
        self.values: list[Choices] = []
        self.operators: list[Choices] = []

    def add(self, kept: list[Choices], choices: Sequence[tuple[str, str]]) -> int | None:
        """Where it stands; None for nothing."""
        found = list(choices)
        if not found:
            return None
        if found not in kept:
            kept.append(found)
        return kept.index(found)


def _fact(words: RuleChoices, fact: Fact, name: str, lists: _Lists) -> dict[str, Any]:
    offered = [one for one in words.operators(name) if not one[0].endswith(NOT)]
    return {
        "label": str(fact.label[words.language]),
        "kind": fact.kind,
        "ops": lists.add(lists.operators, offered),
        "values": lists.add(lists.values, words.values(name)),
    }


def _by_operator(words: RuleChoices, operator: Operator, lists: _Lists) -> int | None:
    """The values that an operator compares with whatever the fact is."""
    if operator.value == "offset":
        said = [(one, str(in_words(operator, one, words.language))) for one in OFFSETS]
        return lists.add(lists.values, said)
    return lists.add(lists.values, words.compared("", operator.name))


def _fields(words: RuleChoices, lists: _Lists) -> dict[str, Any]:
    """The values of actions and of their fields, by `set.queue` or by the action alone."""
    kinds = {CUSTOM + row.name: OWN_KINDS.get(row.kind, "string") for row in words.own_fields}
    found: dict[str, Any] = {}
    for verb in words.vocabulary.actions.values():
        named = [*(name for name in verb.fields if not name.endswith("*")),
                 *(kinds if "custom.*" in verb.fields else ())]  # fmt: skip
        for name in named if verb.value == "mapping" else [""]:
            values = lists.add(lists.values, words.field_values(verb.name, name))
            field: Mapping[str, Any] = verb.fields.get(name, {})
            kind = kinds.get(name) or str(field.get("type", verb.value))
            if values is not None:
                found[f"{verb.name}.{name}".strip(".")] = {"kind": kind, "values": values}
    return found


def _ids(request: Request, text: str) -> Choices:
    pick = request.reader.pick
    return [(str(rule.get("id")), pick(rule.get("title")) or "") for rule in rules_of(text)]


def _template(request: Request, at: str, block: bool, label: str, text: str) -> dict[str, Any]:
    detail = request.translate(SAID[label]) if label in SAID else ""
    return {"at": at, "block": block, "label": label, "detail": detail, "text": text}
