"""The file of examples beside a diagram: read without trust, changed without losing comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from engine.errors import Conflict, Invalid, NotFound, Problem
from engine.workflow.scenario import checked_scenario

EXAMPLES = "examples.yaml"
MOST = 300
DEEPEST = 100
BEGIN = "begin each with - name:"
# The one in C takes a tenth of the time; it would not survive what nests without an end.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ORDER = ("name", "ticket", "given", "rulesets", "steps", "effects")


@dataclass(frozen=True)
class Example:
    """One example, with the lines that it takes up in its file."""

    name: str
    scenario: Mapping[str, Any]
    line: int
    end: int


def read_examples(raw: bytes) -> tuple[list[Example], list[Problem]]:
    """The examples of a file; without references, which could stand for much."""
    text = ""
    try:
        text = raw.decode("utf-8")
        if refused := _refused(text):
            return [], [refused]
        node, found = _read(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else None
        said = getattr(error, "problem", None) or type(error).__name__
        return [], [example_problem(None, line, f"cannot be read: {said}")]
    if found is None:
        return [], []
    if not isinstance(found, list) or not isinstance(node, yaml.SequenceNode):
        problem = example_problem(
            None, 1, "a file of examples is a list", "begin each with - name:"
        )
        return [], [problem]
    if len(found) > MOST:
        return [], [example_problem(None, 1, f"there are more than {MOST} examples")]
    lines = [(child.start_mark.line + 1, child.end_mark.line) for child in node.value]
    odd = [
        example_problem(
            None, line, "an example is a mapping with a name", "begin each with - name:"
        )
        for example, (line, _) in zip(found, lines, strict=True)
        if not isinstance(example, Mapping) or not isinstance(example.get("name"), str)
    ]
    if odd:
        return [], odd
    return [
        Example(example["name"], example, line, end)
        for example, (line, end) in zip(found, lines, strict=True)
    ], []


def _refused(text: str) -> Problem | None:
    """What keeps a file from being read at little cost."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.AliasEvent):
            return example_problem(None, None, "references (*name) are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else None
            return example_problem(None, line, "nested too deeply")
    return None


def _read(text: str) -> tuple[yaml.Node | None, Any]:
    """The file as nodes, which know their lines, and as values."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node is not None else None
    finally:
        loader.dispose()


def example_problem(name: str | None, line: int | None, message: str, mend: str = "") -> Problem:
    """A finding about a file of examples or one of them."""
    return Problem("example-failed", "error", name, line, f"{EXAMPLES}: {message}", mend)


def with_example(text: str, scenario: Mapping[str, Any], instead: str = "") -> str:
    """The file with one more example at its end, or in the place of one; Conflict on a name twice.

    `instead` is the name of the example that it replaces; `NotFound` where there is none.
    """
    example, name = checked_scenario(scenario), str(scenario.get("name") or "").strip()
    if not name:
        raise Invalid("An example needs a name.", fields={"name": "required"})
    present = _present(text)
    if name in {one.name for one in present} - {instead}:
        raise Conflict("There is an example of this name already.")
    if len(present) >= MOST and not instead:
        raise Invalid("There are too many examples.")
    block = _written([{**example, "name": name}])
    if not instead:
        wanted = [*(dict(one.scenario) for one in present), {**example, "name": name}]
        head = text.rstrip("\n") + "\n\n" if present else _comments(text)
        return _proven(head + block, wanted)
    old = _named(present, instead)
    wanted = [
        {**example, "name": name} if one.name == instead else dict(one.scenario) for one in present
    ]
    return _proven(_spliced(text, old, block, last=old is present[-1]), wanted)


def without_example(text: str, name: str) -> str:
    """The file without the example of this name; `NotFound` where there is none."""
    present = _present(text)
    old = _named(present, name)
    wanted = [dict(one.scenario) for one in present if one.name != name]
    return _proven(_spliced(text, old, "", last=old is present[-1]), wanted)


def _present(text: str) -> list[Example]:
    present, problems = read_examples(text.encode())
    if problems:
        raise Invalid("The examples cannot be read as they are.", problems)
    return present


def _named(present: Sequence[Example], name: str) -> Example:
    for one in present:
        if one.name == name:
            return one
    raise NotFound("There is no such example.")


def _spliced(text: str, old: Example, block: str, *, last: bool) -> str:
    lines = text.splitlines(keepends=True)
    end = len(lines) if last else old.end
    kept = old.end
    while kept > old.line and kept <= len(lines) and not _says(lines[kept - 1]):
        kept -= 1  # blank lines and comments before the next one stay
    tail = lines[kept:] if kept < end or not last else lines[end:]
    return "".join([*lines[: old.line - 1], block, *tail])


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _comments(text: str) -> str:
    """What an empty file says before its first example."""
    return text.rstrip("\n") + "\n" if text.strip() and text.lstrip().startswith("#") else ""


def _proven(text: str, wanted: list[dict[str, Any]]) -> str:
    """The text if it says what is wanted, else all of it written anew."""
    found, problems = read_examples(text.encode())
    if not problems and [dict(one.scenario) for one in found] == wanted:
        return text
    return _written(wanted) if wanted else ""


def _written(examples: Sequence[Mapping[str, Any]]) -> str:
    ordered = [
        {key: one[key] for key in (*_ORDER, *(k for k in one if k not in _ORDER)) if key in one}
        for one in examples
    ]
    written = "\n".join(
        yaml.dump(
            [one], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100,
            default_flow_style=None,
        )
        for one in ordered
    )  # fmt: skip
    return str(written)


class _Dumper(yaml.SafeDumper):
    """Writes no references, which are refused when read."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True
