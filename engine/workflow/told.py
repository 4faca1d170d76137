"""A sentence that is English as it is, and can be said in another language from its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Told(str):
    """A sentence with its template and values; lists in it are ids of steps."""

    __slots__ = ("step", "template", "values")
    template: str
    values: Mapping[str, Any]
    step: int | None

    def __new__(cls, template: str, step: int | None = None, /, **values: Any) -> Told:
        """The sentence, of a step of a scenario where one is named."""
        said = template % {name: _listed(value) for name, value in values.items()}
        made = super().__new__(cls, f"step {step}: {said}" if step is not None else said)
        made.template, made.values, made.step = template, values, step
        return made

    def at(self, step: int) -> Told:
        """The same about a step of a scenario."""
        return Told(self.template, step, **self.values)


def _listed(value: Any) -> str:
    if isinstance(value, list | tuple | frozenset | set):
        return ", ".join(sorted(map(str, value))) or "–"
    return str(value)
