"""From a form's JSON Schema and ui.json to the fields that one reader sees.

``build_fields(schema, ui, language, values, errors)`` returns :class:`Field` objects in the order
of ``ui["order"]``; ``parts/form.jinja2`` draws them. ``sources`` names where a widget finds its
options while typing (``{"agent": "/options/agents"}``), ``options`` gives them at once
(``{"queue": [("Network", "Network")]}``, by widget or by field name).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.workflow.form_schema import MOST_FIELDS
from webapp.i18n import pick

MAX_TEXT = 20_000
MAX_LINE = 500
WIDGETS = frozenset(
    ("text", "textarea", "select", "radio", "checkbox", "number", "date", "queue", "agent", "file")
)
FORMATS = {"email": "email", "uri": "url"}
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """One answer that may be chosen: what is stored and what is read."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One question of a form as one reader sees it."""

    name: str
    widget: str
    label: str
    help: str = ""
    required: bool = False
    value: Any = None
    error: str = ""
    choices: tuple[Choice, ...] = ()
    options_url: str = ""
    shown: str = ""
    multiple: bool = False
    whole: bool = False
    format: str = ""
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    show_if: Mapping[str, Any] | None = None
    prefix: str = ""

    @property
    def id(self) -> str:
        """The element's id in the page."""
        return f"{self.prefix}f-{self.name}"

    @property
    def text(self) -> str:
        """The value as it stands in an input."""
        return "" if self.value is None else str(self.value)

    @property
    def input_type(self) -> str:
        """The HTML type of a one-line input.

        Numbers are typed as text, and a date that is none stays text: a browser would throw away
        what it cannot read, and with it what the person typed.
        """
        if self.widget == "number":
            return "text"
        if self.widget == "date" or self.format == "date":
            return "date" if not self.text or ISO_DATE.fullmatch(self.text) else "text"
        return FORMATS.get(self.format, "text")

    @property
    def rows(self) -> int:
        """Lines of a text area, for short and for long answers."""
        return 3 if (self.max_length or MAX_TEXT) <= 500 else 6

    def chosen(self, value: str) -> bool:
        """Whether this choice is the answer, or one of the answers."""
        if isinstance(self.value, (list, tuple, set)):
            return value in {str(item) for item in self.value}
        if isinstance(self.value, bool):
            return value == ("true" if self.value else "false")
        return self.value is not None and value == str(self.value)


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
    return [_plain(item) for item in allowed if item is not None]


def _plain(value: Any) -> str:
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
    return "textarea" if (_number(part.get("maxLength")) or 0) > MAX_LINE else "text"


def condition_of(hints: Mapping[str, Any]) -> dict[str, Any] | None:
    """``"show_if": {"field": "impact", "is": ["high"]}``: asked only then; None is always."""
    said = hints.get("show_if")
    if not isinstance(said, Mapping) or not said.get("field"):
        return None
    wanted = said.get("is", ["true"])
    return {
        "field": str(said["field"]),
        "is": [_plain(item) for item in (wanted if isinstance(wanted, list) else [wanted])],
    }


def needed_when_asked(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> set[str]:
    """Questions that are needed whenever they are asked: always, or by a rule of the schema that
    has the same condition as their being shown."""
    required = schema.get("required")
    needed = {str(name) for name in required} if isinstance(required, list) else set()
    rules = schema.get("allOf")
    for rule in rules if isinstance(rules, list) else []:
        for name, condition in _needed_by(rule):
            if condition_of(field_ui(ui, name)) == condition:
                needed.add(name)
    return needed


def _needed_by(rule: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """(question, condition) of a rule that says: after these answers, these are needed, too."""
    asked = rule.get("if") if isinstance(rule, Mapping) else None
    then = rule.get("then") if isinstance(rule, Mapping) else None
    tests = asked.get("properties") if isinstance(asked, Mapping) else None
    names = then.get("required") if isinstance(then, Mapping) else None
    if not isinstance(tests, Mapping) or len(tests) != 1 or not isinstance(names, list):
        return
    ((field, test),) = tests.items()
    within = test.get("contains", test) if isinstance(test, Mapping) else {}
    allowed = within.get("enum") if isinstance(within, Mapping) else None
    if isinstance(allowed, list):
        for name in names:
            yield str(name), {"field": str(field), "is": [_plain(value) for value in allowed]}


def _number(value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None


def build_fields(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    language: str,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    options: Mapping[str, Iterable[tuple[str, str]]] | None = None,
    sources: Mapping[str, str] | None = None,
    shown: Mapping[str, str] | None = None,
    prefix: str = "",
) -> list[Field]:
    """Turn a form into fields, in the reader's language, with what was typed and what is wrong.

    `prefix` keeps ids apart where a page shows several forms (``"t17-"``).
    """
    values, errors, shown = values or {}, errors or {}, shown or {}
    needed = needed_when_asked(schema, ui)
    fields = []
    for name in ordered_names(schema, ui):
        part, hints = properties(schema)[name], field_ui(ui, name)
        widget = widget_of(part, hints)
        known = (options or {}).get(name) or (options or {}).get(widget)
        fields.append(
            Field(
                name=name,
                widget=widget,
                label=pick(hints.get("label"), language) or str(part.get("title") or name),
                help=pick(hints.get("help"), language) or str(part.get("description") or ""),
                required=name in needed,
                value=values.get(name, part.get("default")),
                error=errors.get(name, ""),
                choices=_choices(part, hints, language, known, widget),
                options_url=(sources or {}).get(name) or (sources or {}).get(widget, ""),
                shown=shown.get(name, ""),
                multiple=kind_of(part) == "array",
                whole=kind_of(part) == "integer",
                format=str(part.get("format") or ""),
                max_length=max_length(part, widget),
                minimum=_number(part.get("minimum")),
                maximum=_number(part.get("maximum")),
                show_if=condition_of(hints),
                prefix=prefix,
            )
        )
    return fields


def max_length(part: Mapping[str, Any], widget: str) -> int | None:
    """How long a text may be: what the schema says, never more than our own bound."""
    if widget not in ("text", "textarea", "queue", "agent", "select", "radio"):
        return None
    bound = MAX_TEXT if widget == "textarea" else MAX_LINE
    said = part.get("maxLength")
    return min(said, MAX_TEXT) if isinstance(said, int) and said > 0 else bound


def _choices(
    part: Mapping[str, Any],
    hints: Mapping[str, Any],
    language: str,
    known: Iterable[tuple[str, str]] | None,
    widget: str,
) -> tuple[Choice, ...]:
    allowed = values_allowed(part)
    if known is not None and not allowed:
        return tuple(Choice(str(value), str(label)) for value, label in known)
    texts = hints.get("choices")
    texts = texts if isinstance(texts, Mapping) else {}
    if not allowed and widget in ("select", "radio"):
        allowed = [str(value) for value in texts]
    return tuple(Choice(item, pick(texts.get(item), language) or item) for item in allowed)
