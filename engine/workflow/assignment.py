"""Who does a step: the words of its lane, or what an expression there gives at this moment.

`queue:`, `group:`, `role:`, `person:`, `customer`, `manager`, `owner`, `responsible`, `lead` and
`lead_manager` stand as they are. `expression: "group:" + team` is computed over the variables of
the step, so that each repetition of a repeated step may go to somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import evaluate

EXPRESSION = "expression:"
PEOPLE = frozenset({"customer", "manager", "owner", "responsible", "lead", "lead_manager"})
PREFIXES = ("queue:", "group:", "role:", "person:")
_MOST = 20  # who is tried, of a list


def expression_of(assign: str | None) -> str | None:
    """The expression of an assignment, or None where it is no expression."""
    text = (assign or "").strip()
    return text.removeprefix(EXPRESSION).strip() if text.startswith(EXPRESSION) else None


def readable(text: str) -> bool:
    """Whether a word means somebody: `customer`, `queue:NAME`, `person:LOGIN` …"""
    if text in PEOPLE:
        return True
    prefix = next((p for p in PREFIXES if text.startswith(p)), None)
    if prefix is None or not text.removeprefix(prefix).strip():
        return False
    return prefix != "person:" or "@" in text


def meant(assign: str | None, data: Mapping[str, Any], index: int | None) -> tuple[list[str], str]:
    """Whom an assignment means, the first to be tried first, and what is wrong with it.

    Of a list each repetition takes the entry of its own number; elsewhere a list is an order.
    """
    source = expression_of(assign)
    if source is None:
        return ([assign] if assign else []), ""
    try:
        value = evaluate(source, data)
    except ExpressionError as fault:
        return [], str(fault)
    entries = list(value) if isinstance(value, list) else [value]
    if isinstance(value, list) and index is not None:
        entries = entries[index : index + 1]
    words = [_word(entry) for entry in entries[:_MOST]]
    good = [word for word in words if word]
    return good, "" if good else f"it gave {_shown(value)}, which means nobody"


def _word(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if readable(text):
        return text
    return f"person:{text}" if "@" in text and ":" not in text else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
