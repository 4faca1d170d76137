"""Before a calendar or an SLA says something else: what it would mean, and then the confirmation.

Every way of changing one leads here: the form, a day, a file, the text, a change taken back. What
is to be saved travels as text, so that nothing typed is lost, whoever else saves meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request

from engine.audit.models import DeskEntry
from engine.commands.calendars import text_of
from engine.commands.consequences import consequences
from engine.commands.promise_rows import changes_of
from engine.errors import Invalid, Problem
from engine.work import Work
from webapp.presenters.promise_words import wrong_said
from webapp.views.admin.overtaken import held, mark
from webapp.views.admin.said import N_, said
from webapp.views.agent.answers import accepted

Document = Mapping[str, Any]
Difference = tuple[str, str, str]  # what, until now, from now on
MOST_DIFFERENCES = 200  # on a page; an imported file may bring thousands of days


@dataclass(frozen=True)
class Change:
    """One proposed change: of which row, from what to what, and how it would be made."""

    row: Any
    name: str
    route: str  # calendars or slas
    stored: Document
    wanted: Document
    text: str  # of what is wanted, as it was written
    slas: Collection[int]  # whose tickets are concerned
    make: Callable[[Work, str], object]  # with why
    words: Sequence[Difference] = ()  # what differs, as the form calls it


def seen_of(document: Document) -> str:
    """The mark of what a page shows, which goes with its forms."""
    return mark({"text": text_of(document)})


def review(request: Request, change: Change) -> Any:
    """The page that says what it would mean; back to the one it came from where nothing differs."""
    seen = seen_of(change.stored)
    shown = request.POST.get("seen", "")
    overtaken = bool(shown) and shown != seen
    if change.wanted == change.stored and not overtaken:
        request.session.flash(request.translate(N_("Nothing is different from before.")))
        return HTTPSeeOther(request.route_path(f"{change.route}.one", name=change.name))
    # What is tried is taken back at once; the answer only tells of it.
    found = consequences(request.work, change.slas, lambda work: change.make(work, ""))
    page = render_to_response(
        "admin/promise_review.jinja2",
        {
            "change": change,
            "lines": _lines(change.stored, change.wanted),
            "most": MOST_DIFFERENCES,
            "found": found,
            "seen": seen,
            "overtaken": overtaken,
            "now": text_of(change.stored) if overtaken else "",
            "why": request.POST.get("why", "")[:500],
        },
        request=request,
    )
    page.status_int = 409 if overtaken else 200
    return page


def saved(request: Request, change: Change) -> Any:
    """Make it so, unless somebody else has saved something since the page was shown."""
    held(request, change.row)
    if request.POST.get("seen", "") != seen_of(change.stored):
        return review(request, change)
    change.make(request.work, request.POST.get("why", ""))
    done = N_("%(name)s has been saved. Open tickets are counted anew.")
    title = request.reader.pick(change.wanted.get("title")) or change.name
    request.session.flash(request.translate(done) % {"name": title})
    accepted(request)
    return HTTPSeeOther(request.route_path(f"{change.route}.one", name=change.name))


def wrong_at(
    request: Request, error: Invalid, name: str, field_of: Callable[[str, Problem], str]
) -> dict[str, str]:
    """What is wrong with what was typed, in a sentence at each field."""
    name, found = " ".join(name.split()), dict[str, list[str]]()
    for problem in error.problems:
        said_here = wrong_said(request.reader, problem)
        found.setdefault(field_of(name, problem), []).append(said_here)
    for field, code in error.fields.items():
        found[field] = [said(request, code)]
    return {field: " ".join(parts) for field, parts in found.items()}


def told(
    request: Request, kind: str, name: str, words: Callable[[Document, Document], list[Difference]]
) -> list[tuple[DeskEntry, str, list[Difference]]]:
    """The history of a calendar or an SLA: each change, what stood there before, what differs."""
    found = []
    for entry in changes_of(request.work, kind, name):
        before, after = entry.detail["before"], entry.detail["after"]
        differs = words(before, after) if before and after else []
        found.append((entry, text_of(before) if before else "", differs))
    return found


def _lines(before: Document, after: Document) -> list[tuple[str, str]]:
    """What differs, line by line, each with a sign."""
    old, new = (text_of(document).splitlines() for document in (before, after))
    found = unified_diff(old, new, n=2, lineterm="")
    signs = {"+": "ins", "-": "del", " ": ""}
    return [(signs[line[0]], line) for line in list(found)[2:] if line[:1] in signs]
