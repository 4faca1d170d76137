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

from engine.workflow.form_questions import (
    MAX_LINE,
    condition_of,
    field_ui,
    is_asked,
    kind_of,
    ordered_names,
    plain,
    properties,
    values_allowed,
    widget_of,
)
from webapp.i18n import pick

__all__ = [
    "Choice",
    "Field",
    "build_fields",
    "condition_of",
    "field_ui",
    "is_asked",
    "kind_of",
    "max_length",
    "ordered_names",
    "properties",
    "values_allowed",
    "widget_of",
]

MAX_TEXT = 20_000
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
    hint: str = ""  # by a rule, beside the form's own help
    read_only: bool = False
    tag: str = ""  # what is asked, in short; only where rules have a say
    suggested: str | None = None  # what stands there untyped

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
    def values(self) -> list[str]:
        """What is answered, each as it is sent."""
        listed = self.value if isinstance(self.value, (list, tuple)) else [self.value]
        return [plain(one) for one in listed if one not in (None, "")]

    def label_of(self, value: str) -> str:
        """What a chosen answer is called."""
        return next((one.label for one in self.choices if one.value == value), value)

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
            yield str(name), {"field": str(field), "is": [plain(value) for value in allowed]}


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
                value=value_of(part, hints, values, name),
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
                hint=pick(hints.get("hint"), language),
                read_only=hints.get("read_only") is True,
            )
        )
    return fields


def value_of(
    part: Mapping[str, Any], hints: Mapping[str, Any], values: Mapping[str, Any], name: str
) -> Any:
    """What stands in a question: what cannot be changed, what was typed, or the form's default."""
    if hints.get("read_only") is True:
        return hints.get("value")
    return values.get(name, part.get("default"))


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
    labels = dict(known or ())
    return tuple(
        Choice(item, pick(texts.get(item), language) or labels.get(item) or item)
        for item in allowed
    )
