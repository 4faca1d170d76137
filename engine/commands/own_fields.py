"""A company's own ticket fields: made and changed by admins, retired instead of deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.audit.trail import record_desk
from engine.catalogue.models import CustomField
from engine.catalogue.own_fields import KINDS
from engine.commands.administering import admins_only, record_change
from engine.errors import Invalid, NotFound
from engine.work import Work

MOST_CHOICES = 200
LONGEST_TITLE = 80
LONGEST_CHOICE = 120
# Rules say custom.NAME, diagrams ticket.NAME; history keeps both words in one short column.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
# What a diagram reads of every ticket; a field of that name would never be seen there.
TAKEN = frozenset(
    [
        "number",
        "title",
        "body",
        "queue",
        "type",
        "priority",
        "state",
        "service",
        "sla",
        "channel",
        "owner",
        "customer",
        "customer_name",
        "organisation",
        "vip",
        "language",
        "tags",
    ]
)


def create_field(work: Work, values: Mapping[str, Any]) -> CustomField:
    """Make a field of name, kind, title {de, en} and choices; raises `Invalid` by field."""
    admins_only(work)
    name, kind = str(values.get("name") or "").strip(), str(values.get("kind") or "text")
    wrong: dict[str, str] = {}
    if not _NAME.match(name):
        wrong["name"] = "key" if name else "required"
    elif name in TAKEN or work.session.get(CustomField, name) is not None:
        wrong["name"] = "taken"
    if kind not in KINDS:
        wrong["kind"] = "enum"
    field = CustomField(name=name, kind=kind, active=True)
    _fill(field, values, wrong)
    work.session.add(field)
    work.session.flush()
    record_desk(work, "field created", name=name, **_state(field))
    return field


def change_field(work: Work, field: CustomField, values: Mapping[str, Any]) -> None:
    """Change titles, choices, who sees it and whether it is offered; name and kind stay."""
    admins_only(work)
    before = _state(field)
    _fill(field, values, {})
    work.session.flush()
    record_change(work, "field changed", field.name, before, _state(field))


def field_with(work: Work, name: str) -> CustomField:
    """The field of this name; raises `NotFound`."""
    field = work.session.get(CustomField, name)
    if field is None:
        raise NotFound("There is no such custom field.")
    return field


def _fill(field: CustomField, values: Mapping[str, Any], wrong: dict[str, str]) -> None:
    """Set what was given, after all of it has been found to be right."""
    given = values.get("title")
    title = {
        language: " ".join(str((given if isinstance(given, Mapping) else {}).get(language) or "")
                           .split()) for language in ("de", "en")
    }  # fmt: skip
    for language, text in title.items():
        if not text:
            wrong[f"title_{language}"] = "required"
        elif len(text) > LONGEST_TITLE or not text.isprintable():
            wrong[f"title_{language}"] = "maxLength"
    choices = _choices(field.kind, values.get("choices"), wrong)
    if wrong:
        raise Invalid("The field cannot be saved like this.", fields=wrong)
    field.title, field.choices = title, choices
    field.customer_visible = bool(values.get("customer_visible", False))
    field.active = bool(values.get("active", True))


def _choices(kind: str, given: Any, wrong: dict[str, str]) -> list[str]:
    if kind != "choice":
        return []
    lines = given if isinstance(given, list | tuple) else []
    choices = list(dict.fromkeys(" ".join(str(line).split()) for line in lines))
    choices = [choice for choice in choices if choice]
    if not choices:
        wrong["choices"] = "required"
    elif len(choices) > MOST_CHOICES or any(
        len(choice) > LONGEST_CHOICE or not choice.isprintable() for choice in choices
    ):
        wrong["choices"] = "maxLength"
    return choices


def _state(field: CustomField) -> dict[str, Any]:
    return {
        "kind": field.kind,
        "title": dict(field.title),
        "choices": list(field.choices),
        "customer_visible": bool(field.customer_visible),
        "active": field.active,
    }
