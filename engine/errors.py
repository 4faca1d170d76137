"""The few errors that doors translate; everything else is a defect and belongs in the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One finding about a diagram, a rule or a form: where it is, what is wrong, how to mend it.

    `witness`: a ticket that shows it, in the form of an example of rules (facts, event, changed,
    now), where there is one.
    """

    code: str
    severity: str  # "error" refuses publishing, "warning" must be acknowledged, "info" is only told
    element: str | None
    line: int | None
    message: str
    mend: str = ""
    witness: Mapping[str, Any] | None = field(default=None, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON-able data, keys in the order in which they are printed."""
        found = asdict(self)
        if found["witness"] is None:
            del found["witness"]
        return found


class VorgangError(Exception):
    """An error with a sentence for the person who caused it.

    The sentence is a key of the catalogues, in English, with a %(name)s for each of the `values`,
    so that pages can say it in their reader's language. `message` is the whole of it in English.
    """

    def __init__(self, message: str, *, values: Mapping[str, object] | None = None) -> None:
        self.template, self.values = message, dict(values or {})
        self.message = message % self.values if self.values else message
        super().__init__(self.message)


class NotFound(VorgangError):
    """The thing does not exist, or the actor must not know that it does."""


class NotAllowed(VorgangError):
    """The actor sees the thing but may not do this to it."""


class Invalid(VorgangError):
    """What was handed in cannot be used; `problems` names each place, `fields` each form field."""

    def __init__(
        self,
        message: str,
        problems: Iterable[Problem] = (),
        fields: dict[str, str] | None = None,
        *,
        values: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, values=values)
        self.problems = tuple(problems)
        self.fields = dict(fields or {})


class Conflict(VorgangError):
    """Somebody else changed the same thing meanwhile."""


class Unavailable(VorgangError):
    """Something outside (database, mail server, index) does not answer; worth another try."""


class TooMany(VorgangError):
    """Somebody asks too often; `seconds` says when it is worth another try."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds
