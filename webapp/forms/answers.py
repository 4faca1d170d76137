"""From what a browser sent to typed answers that the form's JSON Schema allows.

Nothing that is sent is trusted: unknown names are ignored, texts, lists and numbers are bounded,
and what cannot be read stays as it was typed, so that the person sees it again beside the reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jsonschema.exceptions import ValidationError

from engine.errors import Invalid
from engine.workflow.form_schema import SchemaFault, problems_of
from webapp.forms.fields import (
    MAX_TEXT,
    field_ui,
    is_asked,
    kind_of,
    max_length,
    ordered_names,
    properties,
    widget_of,
)
from webapp.i18n import Reader

MAX_ITEMS = 100
MAX_NUMBER = 10**15
NUMBER = re.compile(r"[+-]?\d{1,20}([.,]\d{1,20})?")
# Control characters do not belong into an answer; tab and line feed do.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


@dataclass
class Answers:
    """The answers by name, what is wrong by name, what was typed, and files by name."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the form may be completed with these answers."""
        return not self.errors


class _Unreadable(ValueError):
    """The text is no value of the type that the question has; the message is for the person."""


def read_answers(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    posted: Any,
    language: str,
    *,
    options: Mapping[str, Iterable[str]] | None = None,
) -> Answers:
    """Read a multi-dict (WebOb's ``request.POST``) or a plain mapping by a form.

    `options` restricts queue and agent questions (by field name or widget) to the values given.
    Never raises for anything a browser sends; :class:`Invalid` for a schema that is none.
    """
    words = Reader(language)
    answers = Answers()
    for name in ordered_names(schema, ui):
        part, hints = properties(schema)[name], field_ui(ui, name)
        widget = widget_of(part, hints)
        if hints.get("read_only") is True:
            _stand(answers, name, hints.get("value"))
            continue
        sent = _sent(posted, name)
        if widget == "file":
            answers.files[name] = [item for item in sent if getattr(item, "filename", "")]
            continue
        texts = [_clean(item) for item in sent if isinstance(item, (str, int, float))]
        answers.typed[name] = texts if kind_of(part) == "array" else (texts[0] if texts else None)
        try:
            value = _typed(part, widget, texts, words)
        except _Unreadable as reason:
            answers.errors[name] = str(reason)
            continue
        if value is not None:
            answers.values[name] = value
            answers.typed[name] = value
            _check_option(answers, name, widget, value, options, words)
    _drop_hidden(answers, schema, ui)
    _validate(answers, schema, ui, words)
    return answers


def _stand(answers: Answers, name: str, value: Any) -> None:
    """What cannot be changed is what it is, whatever was sent."""
    answers.typed[name] = value
    if value is not None:
        answers.values[name] = value


def _sent(posted: Any, name: str) -> list[Any]:
    if hasattr(posted, "getall"):
        return list(posted.getall(name))[:MAX_ITEMS]
    if name not in posted:
        return []
    value = posted[name]
    return list(value)[:MAX_ITEMS] if isinstance(value, (list, tuple)) else [value]


def _clean(item: Any) -> str:
    text = "true" if item is True else "false" if item is False else str(item)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub("", text[: MAX_TEXT + 1]).strip()


def _typed(part: Mapping[str, Any], widget: str, texts: list[str], words: Reader) -> Any:
    kind = kind_of(part)
    if kind == "array":
        return list(dict.fromkeys(text for text in texts if text)) or None
    text = texts[0] if texts else ""
    if kind == "boolean":
        if widget == "checkbox":
            return text.lower() in ("true", "on", "1", "yes")
        return {"true": True, "false": False}.get(text.lower())
    if not text:
        return None
    if kind in ("integer", "number"):
        return _number(text, kind, words)
    if widget == "date" or part.get("format") == "date":
        return _date(text, words)
    if len(text) > (max_length(part, widget) or MAX_TEXT):
        raise _Unreadable(
            words.gettext("Please use at most %(count)s characters.")
            % {"count": words.number(max_length(part, widget) or MAX_TEXT)}
        )
    if part.get("format") == "email" and not EMAIL.fullmatch(text):
        raise _Unreadable(words.gettext("Please give a complete e-mail address."))
    return text


def _number(text: str, kind: str, words: Reader) -> int | float:
    if not NUMBER.fullmatch(text.replace(" ", "")):
        raise _Unreadable(words.gettext("Please give a number."))
    value = float(text.replace(" ", "").replace(",", "."))
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        raise _Unreadable(words.gettext("This number is too large."))
    if kind == "integer":
        if not value.is_integer():
            raise _Unreadable(words.gettext("Please give a whole number."))
        return int(value)
    return value


def _date(text: str, words: Reader) -> str:
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text, re.ASCII)
    try:
        if german:
            day, month, year = (int(piece) for piece in german.groups())
            return date(year, month, day).isoformat()
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _Unreadable(words.gettext("Please give a date that exists.")) from None


def _check_option(
    answers: Answers,
    name: str,
    widget: str,
    value: Any,
    options: Mapping[str, Iterable[str]] | None,
    words: Reader,
) -> None:
    allowed = (options or {}).get(name) or (options or {}).get(widget)
    if allowed is not None and str(value) not in {str(item) for item in allowed}:
        answers.errors[name] = words.gettext("Please choose one of the answers offered.")


def _drop_hidden(answers: Answers, schema: Mapping[str, Any], ui: Mapping[str, Any]) -> None:
    """Forget what was not asked: a question whose condition does not hold."""
    for name in ordered_names(schema, ui):
        if not is_asked(field_ui(ui, name), answers.values):
            answers.values.pop(name, None)
            answers.errors.pop(name, None)


def _validate(
    answers: Answers, schema: Mapping[str, Any], ui: Mapping[str, Any], words: Reader
) -> None:
    files = set(answers.files)
    asked = {n for n in properties(schema) if is_asked(field_ui(ui, n), answers.values)}
    checked = dict(schema)
    needed = schema.get("required")
    named = [str(n) for n in needed] if isinstance(needed, list) else []
    checked["required"] = [n for n in named if n in asked and n not in files]
    for name in named:
        if name in files and name in asked and not answers.files[name]:
            answers.errors.setdefault(name, words.gettext("Please add a file."))
    try:
        problems = problems_of(checked, answers.values)
    except SchemaFault as broken:
        values = {"why": str(broken)}
        raise Invalid("The form's schema cannot be used: %(why)s", values=values) from broken
    for problem in problems:
        for name in _names(problem, checked):
            if name in asked:  # nobody can answer what is not shown
                answers.errors.setdefault(name, message(problem, words))
    _agree(answers, schema, asked, words)


def _names(problem: ValidationError, schema: Mapping[str, Any]) -> list[str]:
    if problem.absolute_path:
        return [str(problem.absolute_path[0])]
    if problem.validator == "required":
        # What is needed only after certain answers stands in a rule of its own (if, then).
        needed: Any = problem.validator_value
        given = problem.instance if isinstance(problem.instance, Mapping) else {}
        known = properties(schema)
        return [n for n in needed if n not in given and n in known]
    return list(properties(schema))[:1]


def _agree(answers: Answers, schema: Mapping[str, Any], asked: set[str], words: Reader) -> None:
    """A required single tick box means yes; an unticked one is no answer."""
    needed = schema.get("required")
    for name in needed if isinstance(needed, list) else []:
        part = properties(schema).get(str(name), {})
        if name in asked and part.get("const") is True and answers.values.get(name) is False:
            answers.errors[name] = words.gettext("Please confirm this.")


def message(problem: ValidationError, words: Reader) -> str:
    """Say in the reader's words what is wrong with an answer."""
    bound = problem.validator_value
    shown = words.number(bound) if isinstance(bound, (int, float)) else ""
    texts = {
        "required": words.gettext("Please answer this."),
        "minLength": words.gettext("Please answer this.")
        if bound == 1
        else words.gettext("Please use at least %(count)s characters.") % {"count": shown},
        "maxLength": words.gettext("Please use at most %(count)s characters.") % {"count": shown},
        "minimum": words.gettext("Please give at least %(count)s.") % {"count": shown},
        "maximum": words.gettext("Please give at most %(count)s.") % {"count": shown},
        "exclusiveMinimum": words.gettext("Please give more than %(count)s.") % {"count": shown},
        "exclusiveMaximum": words.gettext("Please give less than %(count)s.") % {"count": shown},
        "enum": words.gettext("Please choose one of the answers offered."),
        "const": words.gettext("Please confirm this."),
        "minItems": words.gettext("Please choose at least %(count)s.") % {"count": shown},
        "maxItems": words.gettext("Please choose at most %(count)s.") % {"count": shown},
        "multipleOf": words.gettext("Please give a multiple of %(count)s.") % {"count": shown},
    }
    return texts.get(str(problem.validator), words.gettext("This answer does not fit."))
