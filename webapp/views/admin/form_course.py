"""The course of a form with which admins change a row: shown, held, saved or shown again.

What reaches further than the row (open tickets, say) is told first, and saved when confirmed.
Nobody overwrites unseen what others saved meanwhile, and nothing typed is lost, whatever is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.errors import Invalid
from webapp.refused import refuse
from webapp.views.admin.overtaken import differences, held, mark, overtaken
from webapp.views.admin.said import said

Values = dict[str, Any]


def _nothing(request: Request, error: Invalid) -> dict[str, str]:
    return {}


def _harmless(request: Request, row: Any, typed: Values) -> Values | None:
    return None


@dataclass(frozen=True)
class FormCourse:
    """What is particular to a form: reading it, saving it, and the page that shows it."""

    stored: Callable[[Request, Any], Values]  # the fields as the row has them
    typed: Callable[[Request, Any], Values]
    page: Callable[[Request, Any, Values, dict[str, str]], Values]
    change: Callable[[Request, Any, Values], object]  # raises `Invalid`
    saved: Callable[[Request, Any], Any]  # what is answered then
    more: Callable[[Request, Invalid], dict[str, str]] = _nothing  # that a field's code leaves out
    # What it would mean, shown before it is saved, where it means something; raises `Invalid`.
    means: Callable[[Request, Any, Values], Values | None] = _harmless

    def one(self, request: Request, row: Any) -> Any:
        """Show the form of a row, or save it."""
        if request.method == "GET":
            return self.page(request, row, self.stored(request, row), {})
        held(request, row)
        typed, now = self.typed(request, row), self.stored(request, row)
        if overtaken(request, now):
            return self.page(request, row, typed, {}) | {"now": differences(request, now, typed)}
        try:
            sure = request.POST.get("sure", "") == mark(typed)
            told = None if sure else self.means(request, row, typed)
            if told is not None:
                return self.page(request, row, typed, {}) | told | {"sure": mark(typed)}
            self.change(request, row, typed)
        except Invalid as error:
            return self.refused(request, row, typed, error)
        return self.saved(request, row)

    def refused(self, request: Request, row: Any, typed: Values, error: Invalid) -> Values:
        """The form with what was typed and what is wrong."""
        refuse(request, error)
        errors = {name: said(request, code) for name, code in error.fields.items()}
        return self.page(request, row, typed, errors | self.more(request, error))
