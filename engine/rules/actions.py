"""`then` of a rule: from plain data to actions that the vocabulary knows."""

from __future__ import annotations

from typing import Any

from engine.rules.conditions import Findings, close_to
from engine.rules.ruleset import Action
from engine.rules.source import Listed, Mapped
from engine.rules.vocabulary import Verb, Vocabulary

MOST = 20  # actions of one rule
MOST_MEMBERS = 200  # of a list
_TYPES: dict[str, Any] = {"string": str, "text": str, "number": int | float}


def read_actions(
    data: Any, vocabulary: Vocabulary, findings: Findings, rule: str | None, line: int | None
) -> tuple[Action, ...]:
    """The actions in their order, `set` of several fields as one action each."""
    if not isinstance(data, Listed) or not data or len(data) > MOST:
        findings.error("actions", rule, line, f"then needs a list of 1 to {MOST} actions",
                       "write then: [{set: {queue: NAME}}]")  # fmt: skip
        return ()
    found: list[Action] = []
    for entry, at in zip(data, data.lines, strict=True):
        if not isinstance(entry, Mapped) or len(entry) != 1:
            findings.error("action", rule, at, "an action is a mapping of one verb to its value",
                           "write {verb: value}, each verb in its own line")  # fmt: skip
            continue
        ((name, value),) = entry.items()
        verb = vocabulary.actions.get(name)
        if verb is None:
            findings.error("unknown-action", rule, at, f"unknown action {name!r}",
                           close_to(name, vocabulary.actions))  # fmt: skip
        elif message := _wrong_value(verb, value):
            findings.error("wrong-value", rule, at, f"{name}: {message[0]}", message[1])
        else:
            found.extend(_split(verb, value))
    return tuple(found)


def _split(verb: Verb, value: Any) -> list[Action]:
    """A mapping without required fields is several decisions: each has its own explanation."""
    if verb.value == "mapping" and not verb.required:
        return [Action(verb.name, {key: item}) for key, item in value.items()]
    return [Action(verb.name, dict(value) if isinstance(value, dict) else value)]


def _wrong_value(verb: Verb, value: Any) -> tuple[str, str] | None:
    """(what is wrong, how to mend it), or None."""
    if verb.value == "mapping":
        return _wrong_mapping(verb, value)
    if not _fits(verb.value, value):
        return f"{value!r} is no {verb.value}", "give a value of the action's type"
    return None


def _wrong_mapping(verb: Verb, value: Any) -> tuple[str, str] | None:
    if not isinstance(value, Mapped) or not value:
        return "needs a mapping", f"fields: {', '.join(verb.fields) or 'any name'}"
    for name, item in value.items():
        space = name.partition(".")[0]
        field = verb.fields.get(name) or verb.fields.get(f"{space}.*")
        if field is None and not verb.open:
            return f"unknown field {name!r}", close_to(name, verb.fields)
        if field is None:
            if not isinstance(item, str | int | float | bool):
                return f"{name} must be a plain value", "no lists or mappings here"
            continue
        if field["type"] == "any" and isinstance(item, str | int | float | bool):
            continue
        if not _fits(field["type"], item):
            return f"{name} {item!r} is no {field['type']}", "give a value of the field's type"
        if not field.get("min", item) <= item <= field.get("max", item):
            return (
                f"{name} {item!r} is out of range",
                f"from {field.get('min')} to {field.get('max')}",
            )
        values = field.get("values")
        if values and item not in values:
            return f"{name} is never {item!r}", close_to(item, values)
    missing = [name for name in verb.required if name not in value]
    return (f"{', '.join(missing)} missing", "add it") if missing else None


def _fits(kind: str, value: Any) -> bool:
    if kind == "list":
        listed = isinstance(value, list) and 0 < len(value) <= MOST_MEMBERS
        return listed and all(_fits("string", one) for one in value)
    if isinstance(value, bool) or not isinstance(value, _TYPES.get(kind, ())):
        return False
    return bool(str(value).strip())
