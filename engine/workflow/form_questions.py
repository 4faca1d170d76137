"""The questions of a form: their order, their kind, and which of them the form itself asks when.

Pages, commands and rules look at a form through this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_FIELDS = 100  # questions of one form
MAX_LINE = 500  # characters of an answer of one line
WIDGETS = frozenset(
    ("text", "textarea", "select", "radio", "checkbox", "number", "date", "queue", "agent", "file")
)


def properties(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The questions of a schema by name; whatever is no mapping is left out."""
    found = schema.get("properties")
    if not isinstance(found, Mapping):
        return {}
    named = {str(name): dict(part) for name, part in found.items() if isinstance(part, Mapping)}
    return dict(list(named.items())[:MOST_FIELDS])


def field_ui(ui: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What ui.json says about one question."""
    fields = ui.get("fields")
    found = fields.get(name) if isinstance(fields, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def ordered_names(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> list[str]:
    """Names in the order of ui.json, then what it forgot."""
    names = properties(schema)
    order = ui.get("order")
    listed = order if isinstance(order, list) else []
    first = [name for name in listed if isinstance(name, str) and name in names]
    return list(dict.fromkeys([*first, *names]))


def kind_of(part: Mapping[str, Any]) -> str:
    """The JSON type of a question; of several the first that is not null."""
    kind = part.get("type", "string")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "string")
    return str(kind)


def values_allowed(part: Mapping[str, Any]) -> list[str]:
    """The enumerated values of a question, also of a list's items, without null."""
    items = part.get("items")
    source = items if isinstance(items, Mapping) and kind_of(part) == "array" else part
    allowed = source.get("enum")
    if not isinstance(allowed, list):
        return []
    return [plain(item) for item in allowed if item is not None]


def plain(value: Any) -> str:
    """A value as it is sent and compared."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def widget_of(part: Mapping[str, Any], hints: Mapping[str, Any]) -> str:
    """The widget that ui.json names, else the one that suits the type."""
    named = hints.get("widget")
    if isinstance(named, str) and named in WIDGETS:
        return named
    kind = kind_of(part)
    if kind == "array":
        return "checkbox" if values_allowed(part) else "file"
    if values_allowed(part):
        return "radio" if len(values_allowed(part)) <= 4 else "select"
    if kind in ("number", "integer"):
        return "number"
    if kind == "boolean":
        return "checkbox"
    if part.get("format") == "date":
        return "date"
    return "textarea" if _longest(part) > MAX_LINE else "text"


def condition_of(hints: Mapping[str, Any]) -> dict[str, Any] | None:
    """``"show_if": {"field": "impact", "is": ["high"]}``: asked only then; None is always."""
    said = hints.get("show_if")
    if not isinstance(said, Mapping) or not said.get("field"):
        return None
    wanted = said.get("is", ["true"])
    return {
        "field": str(said["field"]),
        "is": [plain(item) for item in (wanted if isinstance(wanted, list) else [wanted])],
    }


def is_asked(hints: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a question's condition holds for these answers."""
    condition = condition_of(hints)
    if condition is None:
        return True
    value = values.get(condition["field"])
    said = value if isinstance(value, list) else [value]
    given = {plain(one) for one in said}
    return bool(given & set(condition["is"]))


def as_answer(part: Mapping[str, Any], value: Any) -> Any:
    """A value that was written somewhere else as the answer that it means, if it means one."""
    kind = kind_of(part)
    if kind == "array":
        return value if isinstance(value, list) else [plain(value)]
    if kind == "string":
        return plain(value)
    if not isinstance(value, str):
        return value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value.lower(), value)
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if kind == "integer" and number.is_integer() else number


def _longest(part: Mapping[str, Any]) -> float:
    said = part.get("maxLength")
    return said if isinstance(said, (int, float)) and not isinstance(said, bool) else 0
