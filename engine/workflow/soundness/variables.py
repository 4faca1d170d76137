"""Which step sets which variables, and to what, as far as a diagram and its forms say."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.workflow.definition import listed
from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import evaluate, names_in, parse_script
from engine.workflow.lint.diagram import Diagram, Element
from engine.workflow.lint.words import DECIDED
from engine.workflow.source import SCHEMA
from engine.workflow.xml import B, S, extension, extension_properties, local

TICKET = {
    "number": "string", "title": "string", "body": "string", "queue": "string", "type": "string",
    "priority": "integer", "state": "string", "service": "string", "sla": "string",
    "channel": "string", "owner": "string", "customer": "string", "customer_name": "string",
    "organisation": "string", "vip": "boolean", "language": "string", "tags": "array",
}  # fmt: skip


@dataclass(frozen=True)
class Set:
    """A variable that a step sets: surely or perhaps, of what type, to which values if known.

    `sure` also counts what is asked only after certain answers, `always` does not: what is left
    out then is as it was before, or null. What stays `inside` is seen by the step itself alone.
    """

    name: str
    sure: bool = True
    type: str = ""
    values: tuple[Any, ...] | None = None
    source: str = ""  # form, script, ruleset, service, item, result
    schema: Mapping[str, Any] = field(default_factory=dict, compare=False)
    always: bool = True
    inside: bool = False


def sets_of(node: Element, diagram: Diagram) -> list[Set]:
    """What one step sets; what a process within it sets is not among it."""
    kind = local(node)
    found = list(_form(node, diagram))
    if kind == "scriptTask":
        found += _script(node)
    elif kind == "businessRuleTask":
        found += [Set(name, False, source="ruleset") for name in sorted(DECIDED)]
    for operator in node.iterfind(f"{B}extensionElements/{S}serviceTaskOperator"):
        if result := operator.get("resultVariable"):
            found.append(Set(result, source="service"))
    if collects(node):
        found = [replace(one, inside=True) for one in found]
    return found + list(_items(node))


def collects(node: Element) -> bool:
    """Whether of repeated steps only the list of their results is kept, and nothing else."""
    tags = ("loopDataOutputRef", "outputDataItem")
    return any(
        all(repeat.find(f"{B}{tag}") is not None for tag in tags)
        for repeat in node.iterchildren(f"{B}multiInstanceLoopCharacteristics")
    )


def may_be_left_out(node: Element) -> bool:
    """Whether a repeated step may be done not even once."""
    for repeat in node.iterchildren(f"{B}multiInstanceLoopCharacteristics"):
        count = (repeat.findtext(f"{B}loopCardinality") or "").strip()
        return not (count.isascii() and count.isdigit() and int(count[:9]) > 0)
    loops = node.iterchildren(f"{B}standardLoopCharacteristics")
    return any(loop.get("testBefore") == "true" for loop in loops)


def _form(node: Element, diagram: Diagram) -> Iterator[Set]:
    name = extension_properties(node).get("formJsonSchemaFilename", "")
    schema = read_schema(diagram.files.get(name, b""))
    if not name.endswith(SCHEMA):
        return
    required, sometimes = _required(schema)
    for field_name, one in schema.get("properties", {}).items():
        one = one if isinstance(one, Mapping) else {}
        ticked = one.get("type") == "boolean" and field_name not in sometimes  # or not, but seen
        sure = ticked or field_name in required or field_name in sometimes
        always = ticked or field_name in required
        kind = str(one.get("type", ""))
        yield Set(field_name, sure, kind, values_of(one), "form", one, always=always)


def _required(schema: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """The fields that have to be answered: always, and where other answers ask for it."""
    always: set[str] = set()
    sometimes: set[str] = set()
    todo: list[tuple[Any, set[str]]] = [(schema, always)]
    while todo:
        here, found = todo.pop()
        if isinstance(here, list):
            todo += [(one, found) for one in here]
        elif isinstance(here, Mapping):
            names = here.get("required")
            found |= {n for n in names if isinstance(n, str)} if isinstance(names, list) else set()
            todo.append((here.get("allOf"), found))
            todo += [(here.get(key), sometimes) for key in ("anyOf", "oneOf", "then", "else")]
    return always, sometimes - always


def read_schema(raw: bytes) -> dict[str, Any]:
    """A form's schema; empty when it cannot be used (the checks of forms say why)."""
    try:
        schema = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return {}
    usable = isinstance(schema, dict) and isinstance(schema.get("properties", {}), dict)
    return schema if usable else {}


def values_of(schema: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """All values that a field may have, where there are few."""
    said = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(said, list):
        plain = all(isinstance(value, str | int | float | bool | None) for value in said)
        return tuple(said) if plain else None
    if schema.get("type") == "boolean":
        return (True, False)
    return None


def _script(node: Element) -> Iterator[Set]:
    try:
        lines = parse_script(node.findtext(f"{B}script") or "")
    except ExpressionError:
        return
    for name, tree in lines:
        values = _always(tree)
        kind = _type_of(values[0]) if values else ""
        yield Set(name, True, kind or _shape(tree), values, "script")


def _always(tree: ast.expr) -> tuple[Any, ...] | None:
    """The value of an expression that asks for no variable, alone."""
    if names_in(tree):
        return None
    try:
        return (evaluate(ast.unparse(tree), {}),)
    except ExpressionError:
        return None


def _type_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return kinds.get(type(value), "")


def _shape(tree: ast.expr) -> str:
    if isinstance(tree, ast.Compare) or (
        isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    ):
        return "boolean"
    return {ast.List: "array", ast.Dict: "object", ast.JoinedStr: "string"}.get(type(tree), "")


def _items(node: Element) -> Iterator[Set]:
    for repeat in node.iterchildren(f"{B}multiInstanceLoopCharacteristics"):
        for tag in ("inputDataItem", "outputDataItem"):
            for item in repeat.iterchildren(f"{B}{tag}"):
                yield Set(item.get("id") or "", False, source="item")
        for found in repeat.iterchildren(f"{B}loopDataOutputRef"):
            yield Set((found.text or "").strip(), True, "array", None, "result")


def given(diagram: Diagram) -> list[str]:
    """What a shared process says that its callers give it."""
    return listed(extension(diagram.process, "given"))
