"""Trying form rules on a form: how it would look to somebody, and why."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from webapp.presenters.form_try_page import try_page


@view_config(route_name="rules.try_form", request_method="GET",
             renderer="admin/rules_try_form.jinja2", permission="owner")  # fmt: skip
def try_form(request: Request) -> dict[str, Any]:
    """The form as it is asked now, beside what each rule has to say about it."""
    return try_page(request)
