"""The JSON Schema of a form, used without trust: it fetches nothing, its patterns take linear time,
and whatever is wrong with it is said as one sentence.

Process owners write schemas, and customers' answers are held against them in every door.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import SchemaError, ValidationError

from engine.patterns import compiled

# What would fetch, run patterns of its own, or lead anywhere but into the form itself.
REFUSED = ("$id", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "patternProperties")
MOST_CHOICES = 1_000  # of one question
_PROPERTIES = ("properties", "$defs", "definitions", "dependentSchemas")  # names, not keywords


class SchemaFault(ValueError):
    """A schema that no answer can be held against; the message says why."""


def _pattern(
    validator: Any, wanted: str, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not compiled(wanted, exact=True).search(instance):
        yield ValidationError("does not match")


_Validator: Any = validators.extend(Draft202012Validator, {"pattern": _pattern})


def problems_of(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> list[ValidationError]:
    """What is wrong with answers; raises SchemaFault for a schema that cannot be used."""
    try:
        return list(_validator(json.dumps(schema)).iter_errors(dict(answers)))
    except SchemaFault:
        raise
    except Exception as broken:  # whatever a schema makes the library raise is the schema's fault
        raise SchemaFault(str(broken)[:300] or type(broken).__name__) from None


def fits(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """Whether the answers can be used; a schema that cannot be takes none."""
    try:
        return not problems_of(schema, answers)
    except SchemaFault:
        return False


@lru_cache(maxsize=256)
def _validator(text: str) -> Any:
    """A validator of the schema in this JSON text. Looking at the schema itself costs ten times
    what looking at answers does, so it is done once for each."""
    schema = json.loads(text)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise SchemaFault(error.message[:300]) from None
    for place, keyword in keywords(schema):
        if keyword in REFUSED:
            raise SchemaFault(f'"{keyword}" is not for forms')
        if keyword == "$ref" and not is_inside(place["$ref"]):
            raise SchemaFault("it points outside the form")
        if keyword == "pattern" and isinstance(place["pattern"], str):
            compiled(place["pattern"], exact=True)
    return _Validator(schema, format_checker=FormatChecker())


def is_inside(reference: Any) -> bool:
    """Whether a reference stays in its document: nothing else is ever looked up, or fetched."""
    return isinstance(reference, str) and reference.startswith("#")


def keywords(schema: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each keyword of a schema with the part it stands in; names of fields are none."""
    todo = [(schema, False)]
    while todo:
        here, named = todo.pop()
        if isinstance(here, list):
            todo.extend((one, False) for one in here)
        if not isinstance(here, Mapping):
            continue
        for name, inner in here.items():
            if not named:
                yield here, str(name)
            if named or name not in ("enum", "const", "default", "examples"):
                todo.append((inner, not named and name in _PROPERTIES))
