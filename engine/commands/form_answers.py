"""Answers to a form are checked here whichever door they came through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.workflow import Definition, Form

LONGEST = 100_000  # characters of one answer


@dataclass(frozen=True)
class Answered:
    """An answer that another process is given, with how its form asks for it."""

    name: str
    value: Any
    label: dict[str, str]


def checked(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that the form asks for, without anything else; raises `Invalid` per field."""
    # No mail that comes in needs what this loads.
    from engine.workflow.form_schema import SchemaFault, problems_of

    known = form.schema.get("properties", {})
    values = {name: answers[name] for name in known if answers.get(name) not in (None, "")}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str) and len(value) > LONGEST:
            wrong[name] = "maxLength"
    try:
        problems = problems_of(form.schema, values)
    except SchemaFault as fault:
        text = "The form's schema cannot be used: %(why)s"
        raise Invalid(text, values={"why": fault}) from None
    for error in problems:
        if error.validator == "required":
            needed: Any = error.validator_value
            for name in needed:
                if name not in values:
                    wrong.setdefault(name, "required")
        elif error.absolute_path:
            wrong.setdefault(str(error.absolute_path[0]), str(error.validator))
        else:
            wrong.setdefault("", error.message)
    if wrong:
        raise Invalid("Some answers are missing or cannot be used.", fields=wrong)
    return values


def handed_over(data: Mapping[str, Any], begins: Definition) -> list[Answered]:
    """The answers among these variables that the steps of another process ask for as well.

    Left out is what does not fit there, what is a field of the ticket anyway, what was a message,
    and what shared parts ask: an approval or a confirmation holds for what it was given for.
    """
    found: dict[str, Answered] = {}
    for form in begins.forms.values():
        questions = form.ui.get("fields", {})
        for name, schema in form.schema.get("properties", {}).items():
            ui = questions.get(name, {})
            own = "/" not in form.name and not ui.get("ticket") and not ui.get("article")
            value = data.get(name)
            if own and value not in (None, "") and _fits(schema, value):
                found.setdefault(name, Answered(name, value, dict(ui.get("label") or {})))
    return list(found.values())


def _fits(schema: Mapping[str, Any], value: Any) -> bool:
    from engine.workflow.form_schema import fits

    return fits({"properties": {"value": dict(schema)}}, {"value": value})
