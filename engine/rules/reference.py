"""What rules can say, each thing with an example that can stand in a ruleset as it is.

Made from the vocabulary and the table of operators, for the page and the command that list them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.rules.layout import written
from engine.rules.operators import OPERATORS, Operator
from engine.rules.vocabulary import Fact, Verb, Vocabulary

Values = Callable[[str, str], Sequence[str]]  # of a verb's field: what it can be set to
FIRST = {  # the comparison that one would try first
    "string": "is", "text": "contains_word", "number": "gte", "boolean": "is", "list": "has",
    "date": "older_than_minutes", "enum": "is", "any": "is",
}  # fmt: skip
SAMPLES: dict[str, Any] = {
    "ticket.number": "2026112700000017", "customer.email": "anna@example.com",
    "customer.domain": "example.com", "customer.name": "Anna Berg", "clock.percent": 80,
    "clock.left_minutes": 60, "clock.level": 2, "time.hour": 18, "ticket.age_minutes": 1440,
    "ticket.working_minutes": 480, "ticket.state_working_minutes": 1620,
    "step.id": "assess", "step.lane": "Second level", "step.for": "Network",
}  # fmt: skip
BY_KIND: dict[str, Any] = {
    "string": "example", "text": "VPN", "number": 3, "boolean": True, "list": "vip",
    "date": "2026-01-01", "enum": "example", "any": "example",
}  # fmt: skip
TAKEN: dict[str, Any] = {"flag": True, "minutes": 1440, "hours": 8, "offset": "-3d"}
LITERAL = {  # of comparisons whose value is not one that the fact can have
    "matches": "INC-[0-9]{4}", "domain_is": "example.com", "domain_within": "example.com",
    "written_in": "de", "within_calendar": "standard",
}  # fmt: skip


def operators_for(fact: Fact) -> list[Operator]:
    """The comparisons that fit a fact."""
    return [one for one in OPERATORS.values() if fact.kind == "any" or fact.kind in one.kinds]


def condition_for(fact: Fact, values: Sequence[str] = (), op: str = "") -> dict[str, Any]:
    """A condition that asks about the fact; of an open name space about some name in it."""
    operator = OPERATORS[op or FIRST[fact.kind]]
    name = fact.name.replace("*", "example")
    value = _value(operator, fact, values or fact.values)
    return {"fact": name, "op": operator.name, "value": value}


def condition_by(operator: Operator, vocabulary: Vocabulary) -> dict[str, Any]:
    """A condition that compares like this, about a fact that everybody knows."""
    fits = [fact for fact in vocabulary.facts.values() if fact.kind in operator.kinds]
    wanted = ["text"] if operator.name in ("contains", "matches", "written_in") else []
    ordered = sorted(fits, key=lambda fact: (fact.kind not in wanted, fact.kind == "text"))
    domain = vocabulary.facts.get("customer.email") if "domain" in operator.name else None
    return condition_for(domain or ordered[0], (), operator.name)


def action_for(verb: Verb, values: Values = lambda verb, field: ()) -> dict[str, Any]:
    """An action with the fields that it must have, or with the first one."""
    if verb.value != "mapping":
        known = values(verb.name, "")
        return {verb.name: _typed(known[0], verb.value) if known else _scalar({"type": verb.value})}
    names = verb.required or tuple(verb.fields)[:1]
    if not names:
        return {verb.name: {"example": "yes"}}
    fields = {name: _field(verb.fields[name], values(verb.name, name)) for name in names}
    return {verb.name: {name.replace("*", "example"): value for name, value in fields.items()}}


def as_text(data: Mapping[str, Any]) -> str:
    """An example as the lines that would stand in a list of a ruleset."""
    return "\n".join(written([data]))


def _value(operator: Operator, fact: Fact, values: Sequence[str]) -> Any:
    if operator.value in TAKEN:
        return TAKEN[operator.value]
    if operator.name in LITERAL:
        return LITERAL[operator.name]
    kind = next(iter(operator.kinds)) if len(operator.kinds) == 1 else fact.kind
    typed = [_typed(one, kind) for one in values] or [SAMPLES.get(fact.name, BY_KIND[kind])]
    return typed[:2] if operator.value == "many" else typed[0]


def _typed(value: str, kind: str) -> Any:
    if kind == "boolean":
        return value == "true"
    return int(value) if kind == "number" and value.lstrip("-").isdecimal() else value


def _field(field: Mapping[str, Any], values: Sequence[str]) -> Any:
    offered = list(values) or list(field.get("values") or ())
    if field["type"] == "list":
        return offered[:2] or ["example"]
    return _typed(offered[0], str(field["type"])) if offered else _scalar(field)


def _scalar(field: Mapping[str, Any]) -> Any:
    if field["type"] == "number":
        return field.get("min", 1)
    return True if field["type"] == "boolean" else "example"
