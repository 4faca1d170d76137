"""What a company's own ticket fields take: the kinds, and whether a value is one of a kind.

Every value is kept as text in one spelling, so that rules, diagrams and the API read the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from engine.catalogue.models import CustomField
from engine.catalogue.queries import custom_fields
from engine.errors import Invalid

KINDS = ("text", "choice", "number", "date")
LONGEST = 2000
TAKES = {
    "choice": "“%(field)s” takes one of its choices.",
    "number": "“%(field)s” takes a number such as 12 or 12.5.",
    "date": "“%(field)s” takes a date such as 2026-03-31.",
}
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def with_own(session: Session, before: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """A ticket's own fields with what was given set, and what was given empty taken out.

    A value that stood there already may stay, whatever its field has become since. Raises `Invalid`
    for a field that there is not (or no longer) and for a value that its field does not take.
    """
    fields = {field.name: field for field in custom_fields(session)}
    if not isinstance(given, Mapping) or any(
        name not in fields or (not fields[name].active and not _same(before, name, value))
        for name, value in given.items()
    ):
        raise Invalid("There is no such custom field.", fields={"custom": "unknown"})
    after = dict(before)
    for name, value in given.items():
        text = _text(value)
        if not text:
            after.pop(name, None)
        elif not _same(before, name, value):
            after[name] = _checked(fields[name], text)
    return after


def answered(
    session: Session, form: Mapping[str, Any], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """What the questions of an offer's form that are marked `"ticket": "custom.NAME"` set.

    A field that was retired since the offer was published is passed over: nobody is kept from
    asking for something by it.
    """
    wanted = {
        name: answers[question]
        for question, name in questions(form).items()
        if isinstance(answers.get(question), str | int | float)
    }
    offered = {field.name for field in custom_fields(session) if field.active}
    return with_own(session, {}, {name: wanted[name] for name in wanted if name in offered})


def questions(form: Mapping[str, Any]) -> dict[str, str]:
    """The questions of a form that fill a field of the company, with the name of that field."""
    asked = (form.get("ui") or {}).get("fields") or {}
    marks = {
        name: str(look.get("ticket") or "")
        for name, look in asked.items()
        if isinstance(look, Mapping)
    }
    return {
        name: mark.removeprefix("custom.")
        for name, mark in marks.items()
        if mark.startswith("custom.")
    }


def _same(before: Mapping[str, Any], name: str, value: Any) -> bool:
    return _text(before.get(name)) == _text(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST].strip()


def _checked(field: CustomField, text: str) -> str:
    good = {
        "text": lambda: True,
        "choice": lambda: text in field.choices,
        "number": lambda: _NUMBER.match(text),
        "date": lambda: _DATE.match(text) and _is_date(text),
    }[field.kind]
    if not good():
        raise Invalid(
            TAKES[field.kind],
            fields={f"custom.{field.name}": field.kind},
            values={"field": field.title.get("en") or field.name},
        )
    return text


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
