"""The columns that a list of tickets can have: what they are called, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.tickets.models import Ticket
from webapp.i18n import N_, Reader
from webapp.presenters.choices import title_of

COLUMNS = {
    "due": N_("Due"),
    "customer": N_("Customer"),
    "organisation": N_("Organisation"),
    "queue": N_("Queue"),
    "state": N_("State"),
    "priority": N_("Priority"),
    "owner": N_("Owner"),
    "responsible": N_("Responsible"),
    "type": N_("Type"),
    "service": N_("Service"),
    "tags": N_("Tags"),
    "age": N_("Age"),
    "changed": N_("Changed"),
}
USUAL = ("due", "customer", "queue", "state", "priority", "owner", "age")
NUMBERS = frozenset({"age", "changed"})
# By which order a column's heading sorts: first click, second click.
SORTED_BY = {
    "age": ("new", "old"),
    "due": ("due", "-due"),
    "priority": ("priority", "-priority"),
    "changed": ("changed", "-changed"),
}
UPWARD = frozenset({"due", "-priority", "-changed", "new"})  # the smallest number first


def chosen_columns(names: Iterable[str]) -> list[str]:
    """The known ones among these in the order of the table, the usual ones where there is none."""
    wanted = set(names)
    return [name for name in COLUMNS if name in wanted] or list(USUAL)


def headings(
    request: Request, columns: Sequence[str], sort: str, href: Callable[[str], str]
) -> list[dict[str, Any]]:
    """What stands above the columns; some sort the list."""
    found: list[dict[str, Any]] = [{"label": request.translate(N_("Ticket"))}]
    for name in columns:
        heading: dict[str, Any] = {"label": request.translate(COLUMNS[name])}
        heading["num"] = name in NUMBERS
        if name in SORTED_BY:
            first, second = SORTED_BY[name]
            heading["sort_href"] = href(second if sort == first else first)
            if sort in (first, second):
                heading["sorted"] = "ascending" if sort in UPWARD else "descending"
        found.append(heading)
    return found


def cells(request: Request, ticket: Ticket, columns: Iterable[str]) -> list[str]:
    """A ticket as plain texts, for a table outside the desk."""
    return [_TEXTS[name](request, ticket) for name in columns]


def _name(row: Any) -> str:
    return str(row.name) if row is not None else ""


def _title(request: Request, row: Any) -> str:
    return title_of(request, row) if row is not None else ""


def _moment(reader: Reader, value: datetime | None) -> str:
    return reader.local(value).strftime("%Y-%m-%d %H:%M") if value else ""


_TEXTS: dict[str, Callable[[Request, Ticket], str]] = {
    "number": lambda request, ticket: ticket.number,
    "title": lambda request, ticket: ticket.title,
    "customer": lambda request, ticket: _name(ticket.customer),
    "organisation": lambda request, ticket: _name(ticket.organisation),
    "queue": lambda request, ticket: ticket.queue.name,
    "state": lambda request, ticket: _title(request, ticket.state),
    "priority": lambda request, ticket: _title(request, ticket.priority),
    "owner": lambda request, ticket: _name(ticket.owner),
    "responsible": lambda request, ticket: _name(ticket.responsible),
    "type": lambda request, ticket: _title(request, ticket.type),
    "service": lambda request, ticket: _title(request, ticket.service),
    "tags": lambda request, ticket: ", ".join(ticket.tags),
    "age": lambda request, ticket: _moment(request.reader, ticket.created_at),
    "changed": lambda request, ticket: _moment(request.reader, ticket.changed_at),
    "due": lambda request, ticket: _moment(request.reader, ticket.due_at),
}
