"""YAML to plain data that remembers its lines: bounded, without tags, anchors or surprises."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from engine.errors import Problem

LARGEST = 4 * 2**20  # bytes of one file: far above ten thousand rules
DEEPEST = 24
LONGEST = 20_000  # characters of one scalar

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}\Z")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,30}\.[0-9]{1,30}\Z")
_BOOLEAN = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Mapped(dict[str, Any]):
    """A mapping that knows the line of itself and of each key."""

    line: int
    lines: dict[str, int]


class Listed(list[Any]):
    """A sequence that knows the line of itself and of each member."""

    line: int
    lines: list[int]


class _RefusedError(Exception):
    def __init__(self, code: str, line: int | None, message: str, mend: str) -> None:
        super().__init__(message)
        self.problem = Problem(code, "error", None, line, message, mend)


def read_yaml(text: str | bytes) -> tuple[Any, list[Problem]]:
    """The document as Mapped, Listed, str, int, float, bool, None; and all that is odd in it.

    Never raises. Problems with code "unreadable" mean that there is no document at all.
    """
    try:
        return _read(text)
    except _RefusedError as refused:
        return None, [refused.problem]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        return None, [_unreadable(mark.line + 1 if mark else None, f"not YAML: {said}")]
    except (yaml.reader.ReaderError, UnicodeEncodeError, UnicodeDecodeError) as error:
        return None, [_unreadable(_line_of(text, error), f"not YAML: {_first_line(error)}")]
    except yaml.YAMLError as error:
        return None, [_unreadable(None, f"not YAML: {_first_line(error)}")]
    except (RecursionError, MemoryError, ValueError, OverflowError) as error:
        return None, [_unreadable(None, f"cannot be read: {_first_line(error)}")]


def _unreadable(line: int | None, message: str) -> Problem:
    return Problem("unreadable", "error", None, line, message, "hand in a YAML file in UTF-8")


def _line_of(
    text: str | bytes, error: yaml.reader.ReaderError | UnicodeEncodeError | UnicodeDecodeError
) -> int | None:
    """Where the character stands that is none, or that YAML does not take."""
    if isinstance(error, UnicodeEncodeError):
        return error.object.count("\n", 0, error.start) + 1
    if isinstance(error, UnicodeDecodeError):
        return error.object.count(b"\n", 0, error.start) + 1
    plain = text if isinstance(text, str) else text.decode("utf-8", "replace")
    odd = error.character
    place = plain.find(chr(odd)) if isinstance(odd, int) and 0 <= odd < 0x110000 else -1
    return plain.count("\n", 0, place) + 1 if place >= 0 else None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _read(text: str | bytes) -> tuple[Any, list[Problem]]:
    raw = text if isinstance(text, bytes) else text.encode("utf-8")
    if len(raw) > LARGEST:
        raise _RefusedError(
            "too-large", None, f"the file is larger than {LARGEST} bytes", "split it"
        )
    plain = raw.decode("utf-8")
    with uncollected():
        _guard(plain)
        node = yaml.compose(plain, Loader=_LOADER)
        if node is None:
            return None, []
        problems: list[Problem] = []
        return _value(node, problems), problems


def nodes(text: str) -> yaml.Node | None:
    """The nodes of a document that `read_yaml` could read, for whoever asks where they stand."""
    with uncollected():
        found: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
        return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector, which goes through all nodes again and again while they become more.

    It took two thirds of the time for five thousand rules.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _guard(text: str) -> None:
    """Refuse what would cost too much before anything is built from it."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError(
                "alias", line, "anchors and aliases are not allowed", "write the value out"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if depth > DEEPEST:
            raise _RefusedError(
                "too-deep", line, f"nested deeper than {DEEPEST} levels", "flatten the conditions"
            )
        if documents > 1:
            raise _RefusedError(
                "several-documents", line, "the file holds several documents", "one file each"
            )


def _value(node: yaml.Node, problems: list[Problem]) -> Any:
    if not isinstance(node, yaml.ScalarNode) and node.tag not in (_TAG + "map", _TAG + "seq"):
        line, kind = node.start_mark.line + 1, node.tag.removeprefix(_TAG)[:40]
        said = f"{kind} is no plain list or mapping"
        problems.append(Problem("odd-value", "error", None, line, said, "leave the mark out"))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, problems)
    if isinstance(node, yaml.SequenceNode):
        members = Listed(_value(child, problems) for child in node.value)
        members.line = node.start_mark.line + 1
        members.lines = [child.start_mark.line + 1 for child in node.value]
        return members
    return _scalar(node, problems)


def _mapping(node: yaml.MappingNode, problems: list[Problem]) -> Mapped:
    found = Mapped()
    found.line = node.start_mark.line + 1
    found.lines = {}
    for key_node, value_node in _pairs(node, problems):
        key, line = key_node.value, key_node.start_mark.line + 1
        if key in found:
            problems.append(
                Problem("duplicate-key", "error", key, line, f"the key {key!r} stands twice",
                        "keep one of them")
            )  # fmt: skip
            continue
        found.lines[key] = line
        found[key] = _value(value_node, problems)
    return found


def _pairs(
    node: yaml.MappingNode, problems: list[Problem]
) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The pairs whose key is a word; `on`, `yes`, numbers and the like are named as problems."""
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if isinstance(key_node, yaml.ScalarNode) and key_node.tag == _TAG + "str":
            yield key_node, value_node
        elif isinstance(key_node, yaml.ScalarNode) and key_node.tag == _TAG + "bool":
            problems.append(
                Problem("boolean-key", "error", key_node.value, line,
                        f"the key {key_node.value!r} means true or false in YAML",
                        "for events the key is called events; otherwise quote it")
            )  # fmt: skip
        else:
            problems.append(
                Problem("odd-key", "error", None, line, "the key is not a word", "quote the key")
            )


def _scalar(node: yaml.Node, problems: list[Problem]) -> Any:
    text, line = str(node.value), node.start_mark.line + 1
    kind = node.tag.removeprefix(_TAG)
    if len(text) > LONGEST:
        problems.append(
            Problem("too-long", "error", None, line, f"a value of more than {LONGEST} characters",
                    "shorten it")
        )  # fmt: skip
        return text[:LONGEST]
    if kind in ("str", "timestamp"):
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return _BOOLEAN.get(text.lower(), text)
    if kind == "int" and _INTEGER.match(text):
        return int(text)
    if kind == "float" and _DECIMAL.match(text):
        return float(text)
    problems.append(
        Problem("odd-value", "error", None, line, f"{text[:60]!r} is read by YAML as {kind[:40]}",
                "quote it if it is text, write a plain number otherwise")
    )  # fmt: skip
    return text
