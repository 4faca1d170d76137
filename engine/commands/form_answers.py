"""Answers to a form are checked here whichever door they came through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from engine.errors import Invalid
from engine.workflow import Form

LONGEST = 100_000  # characters of one answer


def checked(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that the form asks for, without anything else; raises `Invalid` per field."""
    known = form.schema.get("properties", {})
    values = {name: answers[name] for name in known if answers.get(name) not in (None, "")}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str) and len(value) > LONGEST:
            wrong[name] = "maxLength"
    validator = Draft202012Validator(form.schema, format_checker=FormatChecker())
    for error in validator.iter_errors(values):
        if error.validator == "required":
            for name in error.validator_value:
                if name not in values:
                    wrong.setdefault(name, "required")
        elif error.absolute_path:
            wrong.setdefault(str(error.absolute_path[0]), str(error.validator))
        else:
            wrong.setdefault("", error.message)
    if wrong:
        raise Invalid("Some answers are missing or cannot be used.", fields=wrong)
    return values
