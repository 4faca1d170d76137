"""The rows of a rule's form as a page shows them: what can be chosen, and the field it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.rules.conditions import DEEPEST
from webapp.forms.rule_rows import Act, Row, Rows, lines_of
from webapp.presenters.choices import Choices
from webapp.presenters.rule_choices import NOT, WHOLE, Grouped, operator_of

LONG_LINES = 12  # rows that a field for several values grows to


def tree(rows: Rows, typed: Sequence[Row]) -> dict[str, Any]:
    """The outermost group with everything in it."""
    nodes = [_node(rows, row, index) for index, row in enumerate(typed)]
    for index, row in enumerate(typed[1:], start=1):
        above = index - 1
        while typed[above].depth >= row.depth or typed[above].kind != "group":
            above -= 1
        nodes[above]["members"].append(nodes[index])
    return nodes[0]


def actions(rows: Rows, typed: Sequence[Act]) -> list[dict[str, Any]]:
    """The actions one below another."""
    known = {name for _, group in rows.choices.actions() for name, _ in group}
    return [_act(rows, act, index, known) for index, act in enumerate(typed)]


def known_facts(rows: Rows) -> set[str]:
    """The facts that a list of facts has."""
    return {name for _, group in rows.choices.facts() for name, _ in group}


def changed_facts(rows: Rows, chosen: Sequence[str]) -> tuple[Choices, Grouped]:
    """The facts of which a change is asked, and those that could be added."""
    label = rows.choices.fact_label
    left = [
        (about, [(n, text) for n, text in group if n not in chosen and not n.endswith("*")])
        for about, group in rows.choices.facts()
    ]
    return [(name, label(name)) for name in chosen], [one for one in left if one[1]]


def _node(rows: Rows, row: Row, index: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "row": row,
        "index": index,
        "members": [],
        "deeper": row.kind == "group" and row.depth < DEEPEST - 1,
    }
    if row.kind != "atom":
        return shown
    choices, fact = rows.choices, rows.named(row.fact, row.name or "x")
    operators = choices.operators(fact) if row.fact else []
    if row.op and row.op not in dict(operators):
        operators = [*operators, (row.op, choices.operator_label(row.op))]
    shown["operators"] = operators
    shown["names"] = choices.suggested(row.fact) if row.fact.endswith("*") else []
    shown["chosen"] = row.op or (operators[0][0] if operators else "")
    return shown | _field(rows, row, fact, shown["chosen"])


def _field(rows: Rows, row: Row, fact: str, op: str) -> dict[str, Any]:
    """With what kind of field the value is said."""
    operator = operator_of(op)
    known = rows.choices.fact(fact)
    values = lines_of(row.values)
    if operator is None or operator.value == "flag":
        return {"widget": "none"}
    many = operator.value in ("many", "some")
    offered = rows.choices.compared(fact, op)
    if offered:
        unknown = [(value, value) for value in values if value not in dict(offered)]
        return {"widget": "checks" if many else "select", "options": offered + unknown,
                "values": values if many else row.values[:1]}  # fmt: skip
    free = op.removesuffix(NOT) in WHOLE
    known_here = rows.choices.suggested(fact) if free else []
    if many:
        others = [value for value in values if value not in dict(known_here)]
        lines = max(2, min(len(others) + 1, LONG_LINES))
        return {"widget": "lines", "text": "\n".join(others), "lines": lines,
                "options": known_here, "values": values}  # fmt: skip
    text = "".join(row.values[:1])
    if operator.kinds == {"date"} and operator.value == "one":
        return {"widget": "moment", "text": text}
    number = operator.value in ("minutes", "hours") or operator.kinds == {"number"}
    number = number or (known is not None and known.kind == "number")
    return {"widget": "number" if number else "text", "text": text, "offers": known_here}


def _act(rows: Rows, act: Act, index: int, known: set[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"act": act, "index": index, "fields": [], "named": False}
    shown["unknown"] = act.verb if act.verb and act.verb not in known else ""
    name, dot, one = act.verb.partition(".")
    verb = rows.vocabulary.actions.get(name)
    if act.odd or verb is None:
        return shown
    if verb.value == "mapping" and not dot:
        shown["named"] = verb.open and not verb.required
        names = list(verb.fields) if verb.required else [""]
        shown["fields"] = [_action_field(rows, act, name, key, verb.required) for key in names]
    else:
        shown["fields"] = [_action_field(rows, act, name, one, (), verb.value)]
    return shown


def _action_field(
    rows: Rows, act: Act, verb: str, name: str, required: Sequence[str], kind: str = ""
) -> dict[str, Any]:
    key = name if required else ""
    text = act.values.get(key, "")
    offered = list(rows.choices.field_values(verb, name))
    if offered and text and text not in dict(offered):
        offered.append((text, text))
    own = rows.choices.fact(name)
    known = rows.vocabulary.actions[verb].fields.get(name, {})
    number = kind == "number" or known.get("type") == "number" or (own and own.kind == "number")
    day = own is not None and own.kind == "date" and name.startswith("custom.")
    long = kind == "text" or (name in ("text", "body"))
    widget = "long" if long else "number" if number else "day" if day else "text"
    if known.get("type") == "list":
        widget = "lines"
    return {
        "key": key,
        "label": rows.choices.field_label(verb, name) if required else "",
        "widget": "select" if offered else widget,
        "options": offered,
        "offers": [] if offered else rows.choices.suggested(name or verb),
        "text": text,
        "needed": not required or name in required,
    }
