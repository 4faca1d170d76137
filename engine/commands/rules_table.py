"""A ruleset kept as a table: what was changed in its lines goes into the draft."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from engine.catalogue.rules_drafting import RulesDraft
from engine.commands.rules_drafts import Standing, edit_rules
from engine.errors import Conflict, Invalid
from engine.rules import vocabulary_of
from engine.rules.editing import Rule, content, in_order, rules_of, with_rules
from engine.rules.table import Line, fits_a_table, rules_from
from engine.work import Work


def lines_of(text: str) -> list[Rule] | None:
    """The rules in the order asked; None where the text must be mended before it is a table."""
    listed = content(text).get("rules")
    rules = rules_of(text)
    if not content(text) or not fits_a_table(rules, len(listed) if listed else 0):
        return None
    return in_order(rules)


def mark_of_text(text: str) -> str:
    """By which a table knows the text that it was made of."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def rule_of_line(stand: Standing, name: str, line: Line) -> Rule:
    """The rule that one line of the table says, were it kept now; raises `Invalid` for none."""
    present = [
        rule for rule in lines_of(stand.documents.get(name, "")) or () if rule.get("id") == line.was
    ]
    made, _ = rules_from(present, [line], vocabulary_of(stand.vocabulary))
    return made[0]


def save_table(
    work: Work, stand: Standing, name: str, revision: int, mark: str, lines: Sequence[Line]
) -> RulesDraft:
    """Keep the lines of a table; those without cells are as they were in the text of this mark.

    Raises `Conflict` when somebody has changed that meanwhile, and `Invalid` for lines that are
    none.
    """
    vocabulary = vocabulary_of(stand.vocabulary)

    def changed(text: str) -> str:
        rules = lines_of(text)
        if mark_of_text(text) != mark:
            raise Conflict("Other rules came in force meanwhile.")
        if rules is None:
            raise Invalid("The text of this ruleset cannot be read; mend it there.")
        made, was = rules_from(rules, lines, vocabulary)
        return with_rules(text, made, was) if made != rules else text

    return edit_rules(work, name, revision, changed)
