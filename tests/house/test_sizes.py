"""Small pieces: caps that fail, and medians that are shown (`pytest -rP` prints them)."""

import ast
import re
from statistics import median

FILE_CAP, FUNCTION_CAP = 400, 60
FILE_MEDIAN = 120


def functions(modules):
    """Pairs of place and length for every function, its decorators not counted."""
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module.place}:{node.name}", node.end_lineno - node.lineno + 1


def test_no_file_is_too_long(modules):
    lengths = {module.place: module.text.count("\n") for module in modules}
    print("files:", len(lengths), "median:", median(lengths.values()))
    assert {place: n for place, n in lengths.items() if n > FILE_CAP} == {}
    assert median(lengths.values()) <= FILE_MEDIAN


def test_no_function_is_too_long(modules):
    lengths = dict(functions(modules))
    print("functions:", len(lengths), "median:", median(lengths.values()))
    assert {place: n for place, n in lengths.items() if n > FUNCTION_CAP} == {}


def test_each_module_says_why_it_exists(modules):
    silent = [
        module.place
        for module in modules
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]
    assert silent == []


def test_nothing_is_left_for_later(modules):
    words = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert [m.place for m in modules if words.search(m.text)] == []
