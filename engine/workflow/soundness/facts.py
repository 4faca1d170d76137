"""The facts that gateways ask, and which answers go together.

Conditions over the same variables form a group. For each group the answers that some values of the
variables give are worked out once, by putting in the values that matter: the constants they are
compared with and their neighbours, what a form lets be chosen. While a diagram is explored it is
remembered per group which of these are still possible; a step that sets a variable forgets it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import Any

from engine.workflow.expression_values import ExpressionError
from engine.workflow.expressions import evaluate, parse_expression

MOST_VALUES = 3_000  # combinations of values tried for one group
OTHER = "something else"
MOST_GUESSED = 5  # conditions without values of which every combination of answers is followed
LONGEST = 300  # a text or list that is put in to see how long it is
MOST_HELD = 4  # values looked for in a list of which every combination is tried
_WORDS = ("true", "false", "null", "none")

Known = Mapping[str, tuple[Any, ...] | None]  # variable → all values it may have


@dataclass
class Group:
    """Conditions that share variables; `vectors` are the answers that go together."""

    paths: list[str]
    conditions: list[str]
    vectors: list[int] = field(default_factory=list)
    exact: bool = True  # no answers but these are possible
    by_value: dict[str, int] = field(default_factory=dict)  # repr of a value → its vector

    @property
    def every(self) -> int:
        """All vectors are possible."""
        return (1 << len(self.vectors)) - 1


class Facts:
    """The groups of a net, and where each condition stands in them."""

    def __init__(
        self, conditions: Iterable[str], known: Known, whole: Collection[str] = ()
    ) -> None:
        self.groups = [g for g in _grouped(conditions) if _fill(g, known, whole)]
        self.place: dict[str, tuple[int, int]] = {
            text: (number, bit)
            for number, group in enumerate(self.groups)
            for bit, text in enumerate(group.conditions)
        }

    def asks(self, conditions: Iterable[str | None]) -> list[int]:
        """The numbers of the groups that conditions belong to."""
        return sorted({self.place[c][0] for c in conditions if c in self.place})

    def split(self, group: int, mask: int, conditions: list[str]) -> dict[tuple[bool, ...], int]:
        """Answers to conditions of a group → which vectors are left then."""
        found: dict[tuple[bool, ...], int] = {}
        bits = [self.place[c][1] for c in conditions]
        for index, vector in enumerate(self.groups[group].vectors):
            if mask >> index & 1:
                answers = tuple(bool(vector >> bit & 1) for bit in bits)
                found[answers] = found.get(answers, 0) | 1 << index
        return found

    def after(self, group: int, name: str, values: tuple[Any, ...] | None) -> int:
        """Which vectors are possible once a variable was set to one of some values."""
        one = self.groups[group]
        if values is None or one.paths != [name] or not one.by_value:
            return one.every
        mask = 0
        for value in values:
            index = one.by_value.get(repr(value))
            if index is None:
                index = _index_of(one, name, value)
            mask |= one.every if index is None else 1 << index
        return mask or one.every


def root_of(path: str) -> str:
    """The variable that a path begins with."""
    return path.split(".")[0]


def paths_in(tree: ast.AST) -> set[str]:
    """The variables that an expression asks, with their fields: `ticket.vip`, `amount`."""
    if isinstance(tree, ast.Attribute) and (name := _dotted(tree)):
        return {name}
    if isinstance(tree, ast.Name):
        return set() if tree.id in _WORDS else {tree.id}
    if isinstance(tree, ast.Call):
        owner = tree.func.value if isinstance(tree.func, ast.Attribute) else None
        inner = [owner, *tree.args] if owner is not None else tree.args
        return set().union(*(paths_in(part) for part in inner)) if inner else set()
    found: set[str] = set()
    for part in ast.iter_child_nodes(tree):
        found |= paths_in(part)
    return found


def _dotted(tree: ast.expr) -> str:
    if isinstance(tree, ast.Name):
        return "" if tree.id in _WORDS else tree.id
    if isinstance(tree, ast.Attribute) and (above := _dotted(tree.value)):
        return f"{above}.{tree.attr}"
    return ""


@lru_cache(maxsize=500)
def _tree(text: str) -> ast.expr | None:
    try:
        return parse_expression(text).body
    except ExpressionError:
        return None


def _grouped(conditions: Iterable[str]) -> list[Group]:
    groups: list[Group] = []
    for text in dict.fromkeys(conditions):
        tree = _tree(text)
        if tree is None:
            continue
        paths, conditions_in = paths_in(tree), [text]
        for group in [g for g in groups if paths & set(g.paths)]:
            groups.remove(group)
            paths |= set(group.paths)
            conditions_in = group.conditions + conditions_in
        groups.append(Group(sorted(paths), conditions_in))
    return groups


def _fill(group: Group, known: Known, whole: Collection[str]) -> bool:
    """Work out the vectors; False when there are too many values to try."""
    domains = [domain_of(path, group.conditions, known, whole) for path in group.paths]
    size = 1
    for values, exact in domains:
        size *= len(values)
        group.exact = group.exact and exact
    if size > MOST_VALUES or len(group.conditions) > 60:
        return _guessed(group)
    group.exact = group.exact and all(plain(_tree(text)) for text in group.conditions)
    seen: dict[int, int] = {}
    for one in product(*(values for values, _ in domains)):
        vector = _vector(group, one)
        if vector is None:
            continue
        index = seen.setdefault(vector, len(seen))
        if len(one) == 1:
            group.by_value[repr(one[0])] = index
    group.vectors = list(seen)
    return bool(seen) or _guessed(group)


def _guessed(group: Group) -> bool:
    """Without values every answer may go with every other; they stay until something is set."""
    group.exact, group.by_value = False, {}
    group.vectors = list(range(1 << len(group.conditions)))[: 1 << MOST_GUESSED]
    return len(group.conditions) <= MOST_GUESSED


def _vector(group: Group, values: tuple[Any, ...]) -> int | None:
    data: dict[str, Any] = {}
    for path, value in zip(group.paths, values, strict=True):
        put(data, path, value)
    vector = 0
    for bit, text in enumerate(group.conditions):
        try:
            vector |= int(bool(evaluate(text, data))) << bit
        except ExpressionError:
            return None  # the way on assumes that expressions do not fail
    return vector


def _index_of(group: Group, name: str, value: Any) -> int | None:
    vector = _vector(group, (value,))
    return group.vectors.index(vector) if vector in group.vectors else None


def put(data: dict[str, Any], path: str, value: Any) -> None:
    """Set a variable, or a field of one."""
    *above, last = path.split(".")
    for part in above:
        inner = data.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = data[part] = {}
        data = inner
    data[last] = value


def domain_of(
    path: str, conditions: Iterable[str], known: Known, whole: Collection[str] = ()
) -> tuple[list[Any], bool]:
    """The values of a variable that matter, and whether no others could answer differently.

    `whole`: the variables that are whole numbers if they are numbers.
    """
    allowed = known.get(path)
    if allowed is not None:
        return list({repr(value): value for value in allowed}.values()), True
    trees = [tree for text in conditions if (tree := _tree(text)) is not None]
    constants = [value for tree in trees for value in _constants(tree, path)]
    found = {repr(near): near for value in constants for near in _near(value)}
    if any(_compares(tree, path, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for tree in trees):
        found |= {repr(one): one for one in _between(constants, path in whole)}
    exact = True
    if any(_compares(tree, path, (ast.In, ast.NotIn), 0) for tree in trees):
        exact = len(constants) <= MOST_HELD
        found |= {repr(one): one for one in _holding(constants)}
    if any(_measured(tree, path) for tree in trees):
        sizes = {n for n in constants if isinstance(n, int) and 0 <= n < LONGEST}
        found |= {
            repr(v): v for n in sizes for k in (n - 1, n, n + 1) for v in ("x" * k, ["x"] * k)
        }
    if any(_bare(tree, path) for tree in trees):
        found |= {"True": True, "False": False}
    if not found:
        found = {"True": True, "False": False, "'x'": "x", "0": 0, "1": 1, "[]": [], "['x']": ["x"]}
    return list(found.values()), exact


def _near(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [True, False]
    if isinstance(value, int | float):
        return [value - 1, value, value + 1]
    if isinstance(value, str):
        return [value, OTHER]
    if value is None:
        return [None, OTHER]
    return [value]


def _between(constants: Collection[Any], whole: bool) -> Iterator[Any]:
    """What lies between values that something is compared with as smaller or greater."""
    numbers = {v for v in constants if isinstance(v, int | float) and not isinstance(v, bool)}
    for low, high in pairwise(() if whole else sorted(numbers)):
        yield (low + high) / 2
    texts = sorted({v for v in constants if isinstance(v, str)})
    yield from ["", *(text + "!" for text in texts)] if texts else []


def _holding(constants: Iterable[Any]) -> Iterator[list[Any]]:
    """Lists that hold some of the values that are looked for in one."""
    values = list({repr(value): value for value in constants}.values())
    sizes = range(len(values) + 1) if len(values) <= MOST_HELD else (0, 1, len(values))
    for size in sizes:
        yield from (list(some) for some in combinations(values, size))


def _compares(
    tree: ast.expr, path: str, kinds: tuple[type[ast.cmpop], ...], side: int | None = None
) -> bool:
    """Whether a variable stands in a comparison of a kind; in `side` 0 as what is looked into."""
    return any(
        isinstance(node, ast.Compare)
        and any(isinstance(op, kinds) for op in node.ops)
        and (path in paths_in(node) if side is None else _dotted(node.comparators[side]) == path)
        for node in ast.walk(tree)
    )


def _constants(tree: ast.expr, path: str) -> Iterator[Any]:
    """What a variable is compared with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and path in paths_in(node):
            parts: list[ast.AST] = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and path in paths_in(node):
            parts = list(node.args)
        else:
            continue
        for part in parts:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Constant):
                    yield inner.value
                elif isinstance(inner, ast.Name) and inner.id in ("true", "false"):
                    yield inner.id == "true"
                elif isinstance(inner, ast.Name) and inner.id in ("null", "none"):
                    yield None


def _measured(tree: ast.expr, path: str) -> bool:
    """Whether it is asked how long a variable is."""
    return any(
        isinstance(node, ast.Call) and _dotted(node.func) == "len" and path in paths_in(node)
        for node in ast.walk(tree)
    )


def _bare(tree: ast.expr, path: str) -> bool:
    """Whether a variable by itself is taken for true or false."""
    if isinstance(tree, ast.BoolOp):
        return any(_bare(part, path) for part in tree.values)
    if isinstance(tree, ast.UnaryOp):
        return _bare(tree.operand, path)
    return _dotted(tree) == path


def plain(tree: ast.expr | None) -> bool:
    """Whether only the values tried can matter: variables beside constants, and, or, not."""
    if tree is not None and not paths_in(tree):
        return True
    if isinstance(tree, ast.BoolOp):
        return all(plain(part) for part in tree.values)
    if isinstance(tree, ast.UnaryOp):
        return isinstance(tree.op, ast.Not) and plain(tree.operand)
    if isinstance(tree, ast.Compare):
        if len(tree.ops) != 1:
            return False
        left, right = tree.left, tree.comparators[0]
        return (bool(_dotted(left)) and _constant(right)) or (
            _constant(left) and bool(_dotted(right))
        )
    return tree is not None and (bool(_dotted(tree)) or isinstance(tree, ast.Constant))


def _constant(tree: ast.expr) -> bool:
    if isinstance(tree, ast.List | ast.Tuple):
        return all(_constant(part) for part in tree.elts)
    if isinstance(tree, ast.UnaryOp):
        return _constant(tree.operand)
    return isinstance(tree, ast.Constant) or (isinstance(tree, ast.Name) and tree.id in _WORDS)
