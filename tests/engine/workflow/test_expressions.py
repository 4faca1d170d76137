"""The language of diagrams: what it can say, and that it can do nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import evaluate, execute, names_in, parse_expression

DATA = {
    "ticket": {"priority": "3 normal", "tags": ["vpn"], "vip": True},
    "count": 2,
    "text": "VPN broken",
    "items": [1, 2],
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("ticket.priority == '3 normal'", True),
        ("ticket.unknown is None", True),
        ("ticket['priority']", "3 normal"),
        ("count + 1 if ticket.vip else 0", 3),
        ("'vpn' in ticket.tags and not false", True),
        ("contains(text, 'vpn') and contains(ticket.tags, 'vpn')", True),
        ("text.lower()", "vpn broken"),
        ("upper(text).startswith('VPN')", True),
        ("len(items) + max(items) - min(1, 2) + abs(-1)", 4),
        ("any(items) and all(items)", True),
        ("round(float('2.5') * 2) + int('3')", 8),
        ("1 < count <= 2", True),
        ("[1, 'a', {'b': null}]", [1, "a", {"b": None}]),
        ("'#' + str(7)", "#7"),
        ("count\n  == 2", True),
    ],
)
def test_what_can_be_said(source: str, value: object) -> None:
    assert evaluate(source, DATA) == value


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os').system('id')",
        "().__class__.__base__.__subclasses__()",
        "ticket.__class__",
        "text.format(1)",
        "text.__len__()",
        "'{0.__class__}'.format(text)",
        "'%s' % text",
        "f'{text}'",
        "lambda: 1",
        "[x for x in items]",
        "(x := 1)",
        "items[0:1]",
        "open('/etc/passwd')",
        "eval('1')",
        "getattr(ticket, 'x')",
        "2 ** 2",
        "9 << 9",
        "'a' * 1000000000",
        "[0] * 1000000000",
        "999999999999999999 * 999999999999999999",
        "1e308 * 10",
        "float('inf')",
        "float('nan')",
        "int('9' + '9')  and int(" + "'9'" * 60 + ")",
        "ticket.pop('vip')",
        "items.append(3)",
        "ticket.update()",
        "max(*items)",
        "round(number=1)",
        "b'bytes'",
        "1j",
        "await x",
        "",
        "1 +",
        "not_there",
        "1 / 0",
        "count < 'a'",
        "items[7]",
        "(" * 300 + "1" + ")" * 300,
        "-" * 5000 + "1",
        "1" + "+1" * 700,
        "a\x00b",
        "\ud800",
    ],
)
def test_what_cannot_be_said(source: str) -> None:
    before = repr(DATA)
    with pytest.raises(ExpressionError):
        evaluate(source, DATA)
    assert repr(DATA) == before


def test_a_fault_names_its_place() -> None:
    with pytest.raises(ExpressionError, match="Line 1, column 5"):
        evaluate("1 + missing", {})


def test_a_script_sets_variables_and_lines_see_each_other() -> None:
    data = {"count": 1}
    assert execute("count = count + 1\n  twice = count * 2", data) == {"count": 2, "twice": 4}
    assert data == {"count": 1}


@pytest.mark.parametrize(
    "script",
    ["import os", "x.y = 1", "x[0] = 1", "x = y = 1", "x, y = 1, 2", "x += 1", "del x", "_x = 1",
     "len = 1", "while True: x = 1", "print(1)", "def f(): pass", "true = 1"],
)  # fmt: skip
def test_a_script_can_do_nothing_else(script: str) -> None:
    with pytest.raises(ExpressionError):
        execute(script, {"x": {}})


def test_a_script_cannot_grow_a_value_without_bound() -> None:
    doubling = "\n".join(["a = [0, 0]"] + ["a = [a, a]"] * 30)
    with pytest.raises(ExpressionError, match="too many parts"):
        execute(doubling, {})
    longer = "\n".join(["t = '" + "x" * 1000 + "'"] + ["t = t + t"] * 20)
    with pytest.raises(ExpressionError, match="too long"):
        execute(longer, {})


@pytest.mark.parametrize("source", ["deep == other", "contains(deep, deep)", "deep in [other]"])
def test_values_of_any_depth_are_compared_or_refused(source: str) -> None:
    deep: list[Any] = []
    other: list[Any] = []
    for _ in range(20_000):
        deep, other = [deep], [other]
    with pytest.raises(ExpressionError):
        evaluate(source, {"deep": deep, "other": other})


def test_names_are_those_that_must_come_from_somewhere() -> None:
    tree = parse_expression("contains(ticket.title, word) or true")
    assert names_in(tree) == {"ticket", "word"}
