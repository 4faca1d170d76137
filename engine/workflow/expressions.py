"""The small language of diagrams: a bounded subset of Python expressions, interpreted by us alone.

A diagram is written by people who must not be able to run code on the server. So nothing is ever
handed to `eval`: the text is parsed, every node is checked against an allow-list, and a bounded
interpreter walks it. Attribute access is a dictionary lookup (`ticket.priority`) and nothing else.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from engine.workflow.expression_values import (
    FUNCTIONS,
    METHODS,
    ExpressionError,
    check,
    refuse_huge,
    slim,
)

MAX_SOURCE = 4_000  # characters of one expression or script
MAX_NODES = 600  # syntax nodes of one expression or script
MAX_STEPS = 10_000  # interpreter steps of one evaluation
MAX_DEPTH = 40  # nesting

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
}
_WORDS = {"true": True, "false": False, "null": None, "none": None}
_ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.List, ast.Tuple, ast.Dict,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Compare,
    ast.IfExp, ast.Subscript, ast.Attribute, ast.Call, ast.Module, ast.Assign,
    *_BINARY, *_COMPARE,
)  # fmt: skip


def parse_expression(source: str) -> ast.Expression:
    """The checked tree of one expression; raises ExpressionError with the place of the fault."""
    tree = _parse(_clean(source), "eval")
    assert isinstance(tree, ast.Expression)
    return tree


def parse_script(source: str) -> tuple[tuple[str, ast.expr], ...]:
    """The assignments of a script, in order; anything but `name = expression` is refused."""
    tree = _parse(_dedent(source), "exec")
    assert isinstance(tree, ast.Module)
    lines = []
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        single = isinstance(statement, ast.Assign) and len(statement.targets) == 1
        if not single or not isinstance(target, ast.Name):
            raise ExpressionError(f'{_at(statement)}: only lines "name = expression" are allowed')
        if target.id.startswith("_") or target.id in FUNCTIONS or target.id in _WORDS:
            raise ExpressionError(f'{_at(statement)}: "{target.id}" cannot be given a value')
        assert isinstance(statement, ast.Assign)
        lines.append((target.id, statement.value))
    return tuple(lines)


def names_in(tree: ast.AST) -> set[str]:
    """The variables that a checked tree reads; functions and true/false/null are none."""
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in _WORDS
    }


def evaluate(source: str, variables: Mapping[str, Any]) -> Any:
    """The value of an expression over `variables`, JSON-like; raises ExpressionError."""
    return slim(_Walk(variables).value(parse_expression(source)))


def execute(source: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that a script sets; `variables` stay untouched, lines see each other."""
    scope, changed = dict(variables), {}
    walk = _Walk(scope)
    for name, tree in parse_script(source):
        changed[name] = scope[name] = slim(walk.value(tree))
    return changed


def _at(node: ast.AST) -> str:
    return f"Line {getattr(node, 'lineno', 1)}, column {getattr(node, 'col_offset', 0) + 1}"


def _clean(source: str) -> str:
    return " ".join(str(source or "").split("\n")).strip()


def _dedent(source: str) -> str:
    return "\n".join(line.strip() for line in str(source or "").splitlines()).strip()


@lru_cache(maxsize=2_000)
def _parse(source: str, mode: str) -> ast.AST:
    if not source:
        raise ExpressionError("The expression is empty")
    if len(source) > MAX_SOURCE:
        raise ExpressionError(f"The expression is longer than {MAX_SOURCE} characters")
    try:
        tree = ast.parse(source, mode=mode)
    except SyntaxError as error:
        place = f"Line {error.lineno or 1}, column {error.offset or 1}"
        raise ExpressionError(f"{place}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("The expression cannot be read") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MAX_NODES:
        raise ExpressionError(f"The expression has more than {MAX_NODES} parts")
    for node in nodes:
        _permit(node)
    return tree


def _permit(node: ast.AST) -> None:
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(f'{_at(node)}: "{type(node).__name__}" is not allowed here')
    if isinstance(node, ast.Constant) and not isinstance(
        node.value, str | int | float | bool | None
    ):
        raise ExpressionError(f"{_at(node)}: this kind of value is not allowed")
    if isinstance(node, ast.Attribute | ast.Name):
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if name.startswith("_"):
            raise ExpressionError(f'{_at(node)}: "{name}" is not allowed')
    if isinstance(node, ast.Call):
        _permit_call(node)


def _permit_call(node: ast.Call) -> None:
    if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
        raise ExpressionError(f"{_at(node)}: named and starred arguments are not allowed")
    func = node.func
    known = (isinstance(func, ast.Name) and func.id in FUNCTIONS) or (
        isinstance(func, ast.Attribute) and func.attr in METHODS
    )
    if not known:
        raise ExpressionError(f"{_at(node)}: there is no such function")


class _Walk:
    """One bounded evaluation: counts steps and depth, and checks the size of every value."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables, self.steps, self.depth = variables, 0, 0

    def value(self, node: ast.AST) -> Any:
        self.steps += 1
        self.depth += 1
        if self.steps > MAX_STEPS or self.depth > MAX_DEPTH:
            raise ExpressionError(f"{_at(node)}: the expression takes too many steps")
        try:
            return check(getattr(self, "_" + type(node).__name__.lower())(node))
        except ExpressionError:
            raise
        except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            raise ExpressionError(f"{_at(node)}: {_plain(error)}") from None
        finally:
            self.depth -= 1

    def _expression(self, node: ast.Expression) -> Any:
        return self.value(node.body)

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.variables:
            return self.variables[node.id]
        if node.id in _WORDS:
            return _WORDS[node.id]
        raise ExpressionError(f'{_at(node)}: there is no value called "{node.id}"')

    def _list(self, node: ast.List) -> Any:
        return [self.value(item) for item in node.elts]

    def _tuple(self, node: ast.Tuple) -> Any:
        return [self.value(item) for item in node.elts]

    def _dict(self, node: ast.Dict) -> Any:
        if not all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in node.keys):
            raise ExpressionError(f"{_at(node)}: the keys must be texts")
        return {
            k.value: self.value(v)
            for k, v in zip(node.keys, node.values, strict=True)
            if isinstance(k, ast.Constant)
        }

    def _boolop(self, node: ast.BoolOp) -> Any:
        result: Any = None
        for part in node.values:
            result = self.value(part)
            if bool(result) != isinstance(node.op, ast.And):
                return result
        return result

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) else +value

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        refuse_huge(node.op, left, right)
        return _BINARY[type(node.op)](left, right)

    def _compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            if not _COMPARE[type(op)](left, right):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        return self.value(node.value)[self.value(node.slice)]

    def _attribute(self, node: ast.Attribute) -> Any:
        owner = self.value(node.value)
        if isinstance(owner, Mapping):
            return owner.get(node.attr)
        raise ExpressionError(f'{_at(node)}: there is no field ".{node.attr}" here')

    def _call(self, node: ast.Call) -> Any:
        arguments = [self.value(argument) for argument in node.args]
        if isinstance(node.func, ast.Name):
            return FUNCTIONS[node.func.id](*arguments)
        assert isinstance(node.func, ast.Attribute)
        owner = self.value(node.func.value)
        if not isinstance(owner, str):
            raise ExpressionError(f"{_at(node)}: .{node.func.attr}() works on texts only")
        return METHODS[node.func.attr](owner, *arguments)


def _plain(error: Exception) -> str:
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, KeyError):
        return f"there is no entry {error}"
    return str(error) or type(error).__name__
