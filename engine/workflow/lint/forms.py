"""Forms of steps: there, readable, and about fields that exist."""

from __future__ import annotations

import json
import keyword as python
import re
from collections.abc import Generator, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from engine.errors import Problem
from engine.patterns import compiled
from engine.workflow.form_questions import MOST_FIELDS, WIDGETS
from engine.workflow.form_schema import (
    MOST_CHOICES,
    REFUSED,
    SchemaFault,
    is_inside,
    keywords,
    problems_of,
)
from engine.workflow.lint.diagram import Diagram, World, error, name_of, warning
from engine.workflow.lint.words import TICKET_FIELDS
from engine.workflow.source import OFFER, SCHEMA, UI, forms_of
from engine.workflow.xml import extension_properties, local

NAME = re.compile(r"[^\W\d_]\w{0,99}")
# What expressions and the pages around a form call something else.
TAKEN = {"ticket", "csrf_token", "once", "writer", "draft_key", "files", *python.kwlist}
REMEMBERED = 64 * 2**10  # bytes of a schema of which is known what is wrong with it
_UI_KEYS = {"title", "submit", "order", "fields", "help"}


def check_named_forms(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Every user task names a form, and the file is there."""
    for node in diagram.nodes():
        names = extension_properties(node)
        schema, ui = names.get("formJsonSchemaFilename"), names.get("formUiSchemaFilename")
        if not schema:
            if local(node) == "userTask":
                yield warning(
                    "no-form", node, f'"{name_of(node)}" has no form; it can only be ticked off',
                    "Choose a form, or make it a step without a form",
                )  # fmt: skip
            continue
        if not schema.endswith(SCHEMA):
            yield error(
                "form-name",
                node,
                f'"{schema}" should be called "<form>{SCHEMA}"',
                "Rename the file, or correct the reference",
            )
        elif schema not in diagram.files:
            yield error(
                "form-missing",
                node,
                f'The form "{schema}" of "{name_of(node)}" is missing',
                "Add the file, or correct the name",
            )
        wanted = schema.removesuffix(SCHEMA) + UI
        if ui is not None and ui != wanted:
            yield error(
                "form-name",
                node,
                f'"{ui}" should be called "{wanted}"',
                "Rename the file, or correct the reference",
            )
        elif ui is not None and ui not in diagram.files:
            yield error(
                "form-missing",
                node,
                f'The form "{ui}" of "{name_of(node)}" is missing',
                "Add the file, or correct the name",
            )


def check_form_files(diagram: Diagram, world: World) -> Iterator[Problem]:
    """Every form file can be read and used."""
    used = {extension_properties(n).get("formJsonSchemaFilename") for n in diagram.nodes()}
    for name, (schema, ui) in forms_of(diagram.files).items():
        if name + SCHEMA not in used and not (name == "offer" and OFFER in diagram.files):
            yield _file(
                "warning",
                "form-unused",
                name + SCHEMA,
                "No step uses this form",
                "Name it at a step, or delete the file",
            )
        fields = yield from _check_schema(name + SCHEMA, schema)
        if ui is not None and fields is not None:
            yield from _check_ui(name + UI, ui, fields)


def _file(severity: str, code: str, name: str, message: str, mend: str) -> Problem:
    return Problem(code, severity, None, None, f"{name}: {message}", mend)


def _object(name: str, data: bytes) -> tuple[dict[str, Any] | None, Problem | None]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as fault:
        return None, _file(
            "error", "form-json", name, f"this is no JSON: {fault}", "Correct the JSON there"
        )
    if not isinstance(value, dict):
        return None, _file(
            "error", "form-json", name, "this is no JSON object", "Write an object: {...}"
        )
    return value, None


@lru_cache(maxsize=256)
def _fault_of(data: bytes) -> str:
    """Why this JSON is no schema, "" when it is one. It is a quarter of looking at a process."""
    try:
        Draft202012Validator.check_schema(json.loads(data))
    except SchemaError as found:
        place = "/".join(str(p) for p in found.absolute_path)
        return f"no JSON Schema at {place!r}: {found.message}"
    return ""


def _check_schema(name: str, data: bytes) -> Generator[Problem, None, dict[str, Any] | None]:
    """The faults of a schema; returns its fields when it has any use."""
    value, fault = _object(name, data)
    if value is None:
        if fault is not None:
            yield fault
        return None
    look = _fault_of if len(data) <= REMEMBERED else _fault_of.__wrapped__
    try:
        no_schema = look(data)
    except RecursionError:
        yield _file("error", "form-schema", name, "nested too deeply", "Write it flatter")
        return None
    if no_schema:
        yield _file("error", "form-schema", name, no_schema, "Correct that place")
        return None
    if value.get("type") != "object":
        yield _file(
            "error",
            "form-schema",
            name,
            'a form is of type "object"',
            "Write type: object at its top",
        )
        return None
    inside = list(_check_inside(name, value))
    yield from inside or _check_use(name, value)
    fields: dict[str, Any] = value.get("properties", {})
    if len(fields) > MOST_FIELDS:
        yield _wrong_inside(
            name, f"a form has at most {MOST_FIELDS} fields", "Ask in several steps"
        )
    yield from _check_names(name, value, fields)
    return fields


def _check_names(
    name: str, schema: Mapping[str, Any], fields: Mapping[str, Any]
) -> Iterator[Problem]:
    for key in schema.get("required", []):
        if key not in fields:
            yield _file(
                "error",
                "form-field",
                name,
                f'"{key}" is required, but no field',
                "Add the field, or take it from required",
            )
    for key in fields:
        if not NAME.fullmatch(str(key)):
            yield _file(
                "error",
                "form-field",
                name,
                f'"{key}" cannot be the name of a field',
                "Use letters, digits and _, beginning with a letter",
            )
        elif key in TAKEN:
            yield _file(
                "error", "form-field", name, f'"{key}" means something else here',
                "Give the field another name",
            )  # fmt: skip


def _check_inside(name: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    for here, keyword in keywords(value):
        said = here[keyword]
        if keyword in REFUSED:
            yield _wrong_inside(
                name, f'"{keyword}" is not for forms', "Write what it stands for into the fields"
            )
        elif keyword == "$ref" and not is_inside(said):
            yield _wrong_inside(
                name, f'"{said}" points outside the form', "Write what it points to into the form"
            )
        elif keyword == "pattern" and isinstance(said, str):
            try:
                compiled(said, exact=True)
            except ValueError as error:
                fault = str(error).partition(": ")[2] or str(error)
                yield _wrong_inside(
                    name, f'"{said[:80]}" is no pattern: {fault}', "Correct the regular expression"
                )
        elif keyword == "enum" and isinstance(said, list) and len(said) > MOST_CHOICES:
            yield _wrong_inside(
                name,
                f"a question has more than {MOST_CHOICES} choices",
                "Let a text be typed, or ask in two steps",
            )


def _wrong_inside(name: str, message: str, mend: str) -> Problem:
    return _file("error", "form-schema", name, message, mend)


def _check_use(name: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    """What only shows when answers are held against it: a reference to nothing, or in a circle."""
    try:
        problems_of(value, dict.fromkeys(value.get("properties", {}), ""))
    except SchemaFault as fault:
        yield _wrong_inside(name, f"it cannot be used: {fault}", "Correct what it refers to")


def _check_ui(name: str, data: bytes, fields: Mapping[str, Any]) -> Iterator[Problem]:
    value, fault = _object(name, data)
    if value is None:
        if fault is not None:
            yield fault
        return
    for key in sorted(set(value) - _UI_KEYS):
        yield _file(
            "warning",
            "form-ui",
            name,
            f'"{key}" means nothing here',
            "Remove it, or correct its name",
        )
    order = value.get("order", [])
    looks = value.get("fields", {})
    if not isinstance(order, list) or not isinstance(looks, dict):
        yield _file(
            "error",
            "form-ui",
            name,
            '"order" is a list, "fields" an object',
            "Write order: [...] and fields: {...}",
        )
        return
    if not all(isinstance(key, str) for key in order):
        yield _file(
            "error",
            "form-ui",
            name,
            '"order" is a list of field names',
            "Name each field by its text",
        )
        return
    for key in [*order, *looks]:
        if key not in fields:
            yield _file(
                "error",
                "form-field",
                name,
                f'"{key}" is no field of the form',
                "Correct the name, or add the field",
            )
    if order:
        for key in (k for k in fields if k not in order):
            yield _file(
                "warning", "form-ui", name, f'"{key}" is missing in "order"', "Add it to order"
            )
    for key, look in looks.items():
        yield from _check_look(name, key, look, fields.get(key))


def _check_look(name: str, key: str, look: Any, field: Any) -> Iterator[Problem]:
    if not isinstance(look, dict):
        yield _file("error", "form-ui", name, f'"{key}" is no object', "Write an object: {...}")
        return
    widget, fills = look.get("widget", "text"), look.get("ticket")
    if not isinstance(widget, str) or widget not in WIDGETS:
        yield _file(
            "error",
            "form-ui",
            name,
            f'"{key}": there is no widget "{widget}"',
            "Use a widget that other forms use, or leave it out",
        )
    if fills is not None and (not isinstance(fills, str) or fills not in TICKET_FIELDS):
        yield _file(
            "error",
            "form-ui",
            name,
            f'"{key}": tickets have no field "{fills}"',
            "Use the name of a ticket's field",
        )
    choices = look.get("choices", {})
    allowed = field.get("enum") if isinstance(field, dict) else None
    if not isinstance(choices, dict):
        yield _file(
            "error",
            "form-ui",
            name,
            f'"{key}": "choices" is an object',
            "Write a label for each value",
        )
    elif allowed is not None:
        for choice in (c for c in choices if c not in [str(a) for a in allowed]):
            yield _file(
                "warning",
                "form-ui",
                name,
                f'"{key}": "{choice}" cannot be chosen',
                "Correct the value, or add it to the choices",
            )
