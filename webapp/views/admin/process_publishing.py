"""From a draft to the version in force, and between versions: what differs, and the way back."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.catalogue.drafting import ProcessDraft
from engine.catalogue.published import ProcessInForce
from engine.commands.examining import Examination, examine, mark_of
from engine.commands.process_approval import others_who_decide, propose_draft, withdraw_draft
from engine.commands.process_archive import MOST_UPLOADED, packed, unpacked
from engine.commands.process_drafts import draft_of, open_draft, save_draft
from engine.commands.process_publishing import publish_draft, roll_back
from engine.errors import Conflict, Invalid, NotFound
from engine.tickets import overview
from engine.workflow.difference import difference
from engine.workflow.source import DIAGRAM
from webapp.i18n import N_
from webapp.presenters.diagram_words import titles_said
from webapp.presenters.process_difference import shown
from webapp.presenters.process_tabs import process_tabs
from webapp.refused import refuse
from webapp.views.admin.process_files import DRAFT, chosen_files
from webapp.views.agent.answers import text_of

LONGEST_NOTE = 2000


@view_config(
    route_name="processes.publish", request_method="GET", renderer="admin/publish.jinja2",
    permission="owner",
)  # fmt: skip
def publish(request: Request) -> dict[str, Any]:
    """What publishing the draft would do, and what stands in its way."""
    return _publish_page(request, {}, [])


@view_config(
    route_name="processes.publish", request_method="POST", renderer="admin/publish.jinja2",
    permission="owner",
)  # fmt: skip
def publish_now(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Put the draft in force as it was seen; what was typed stays where it cannot be."""
    key = request.matchdict["key"]
    note = text_of(request, "note", LONGEST_NOTE)
    seen = [mark[:16] for mark in request.POST.getall("seen")[:500]]
    revision = text_of(request, "revision", 9)
    if not (revision.isascii() and revision.isdigit()):
        raise Invalid("This cannot be read.")
    try:
        text = _carry_out(request, key, int(revision), note, seen)
    except (Invalid, Conflict) as error:
        refuse(request, error)
        said = request.translate(error.template) % error.values
        return _publish_page(request, {"note": note, "seen": seen}, [said])
    request.session.flash(text)
    there = "processes.publish" if draft_of(request.db, key) else "processes.versions"
    return HTTPSeeOther(request.route_path(there, key=key))


def _carry_out(request: Request, key: str, revision: int, note: str, seen: list[str]) -> str:
    """Publish the draft, or propose it where a second owner has to agree; says what was done."""
    _ = request.translate
    if request.desk.settings.approve_processes:
        ticket = propose_draft(request.work, key, revision, note, seen)
        return str(_("Proposed as ticket %(number)s.") % {"number": ticket.number})
    version = publish_draft(request.work, key, revision, note, seen)
    return str(_("Version %(number)s is in force.") % {"number": version.number})


@view_config(route_name="processes.withdraw", request_method="POST", permission="owner")
def withdraw(request: Request) -> HTTPSeeOther:
    """Take a proposal back, so that the draft can be changed again."""
    key = request.matchdict["key"]
    withdraw_draft(request.work, key)
    request.session.flash(request.translate(N_("The draft can be changed again.")))
    return HTTPSeeOther(request.route_path("processes.publish", key=key))


@view_config(
    route_name="processes.versions", request_method="GET", renderer="admin/versions.jinja2",
    permission="owner",
)  # fmt: skip
def versions(request: Request) -> dict[str, Any]:
    """All versions, newest first, with what each brought."""
    key = request.matchdict["key"]
    current = overview.process_in_force(request.db, key)
    rows = overview.versions(request.db, key)
    return {
        **_frame(request, key),
        "version": current,
        "versions": rows,
        "draft": draft_of(request.db, key),
        "since": overview.in_force_since(request.db, current),
        "again": overview.put_back(request.db, key),
    }


@view_config(
    route_name="processes.versions.compare", request_method="GET",
    renderer="admin/versions_compare.jinja2", permission="owner",
)  # fmt: skip
def compare(request: Request) -> dict[str, Any]:
    """Two versions (or one and the draft) on two diagrams, with all that differs in words."""
    key = request.matchdict["key"]
    rows = [row for row, _ in overview.versions(request.db, key)]
    if not rows:
        raise NotFound("There is no such process.")
    numbers = [row.number for row in rows]
    draft = draft_of(request.db, key)
    newest = DRAFT if draft else str(numbers[0])
    older = numbers[0] if draft else next((n for n in numbers if n < numbers[0]), numbers[0])
    a = request.GET.get("a") or str(older)
    b = request.GET.get("b") or newest
    before, after = (chosen_files(request, key, which) for which in (a, b))
    found = difference(_bytes(before.files), _bytes(after.files))
    return {
        **_frame(request, key), "a": a, "b": b, "numbers": numbers, "draft": draft,
        "found": shown(request, found), "rows": {row.number: row for row in rows},
    }  # fmt: skip


@view_config(route_name="processes.versions.back", request_method="POST", permission="owner")
def back(request: Request) -> HTTPSeeOther:
    """Put an earlier version in force again."""
    key, number = request.matchdict["key"], request.matchdict["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise NotFound("There is no such version.")
    version = roll_back(request.work, key, int(number), text_of(request, "note", LONGEST_NOTE))
    text = request.translate(N_("Version %(number)s is in force again."))
    request.session.flash(text % {"number": version.number})
    return HTTPSeeOther(request.route_path("processes.versions", key=key))


@view_config(route_name="processes.files", request_method="GET", permission="owner")
def files(request: Request) -> Response:
    """All files of what is in force, of a version or of the draft, as one archive."""
    found = chosen_files(request, request.matchdict["key"])
    response = Response(packed(found.files), content_type="application/zip")
    response.content_disposition = f'attachment; filename="{found.name}.zip"'
    return response


@view_config(route_name="processes.draft.import", request_method="POST", permission="owner")
def bring_in(request: Request) -> HTTPSeeOther:
    """Put the files of an upload into the draft; those that it does not hold stay."""
    key = request.matchdict["key"]
    part = request.POST.get("file")
    if not hasattr(part, "file"):
        raise Invalid("Choose a file first.")
    found = unpacked(part.filename or "", part.file.read(MOST_UPLOADED + 1))
    draft = open_draft(request.work, key)
    save_draft(request.work, key, draft.revision, found)
    request.session.flash(request.translate(N_("The files are in the draft.")))
    return HTTPSeeOther(request.route_path("processes.publish", key=key))


def _publish_page(request: Request, typed: dict[str, Any], errors: list[str]) -> dict[str, Any]:
    key = request.matchdict["key"]
    draft = draft_of(request.db, key)
    current = request.db.get(ProcessInForce, key)
    if draft is None and current is None:
        raise NotFound("There is no such process.")
    page = {**_frame(request, key), "draft": draft, "errors": errors,
            "approval": request.desk.settings.approve_processes,
            "alone": not others_who_decide(request.work),
            "version": current.version if current else None}  # fmt: skip
    return page | (_examined(request, draft, typed) if draft else {})


def _examined(request: Request, draft: ProcessDraft, typed: dict[str, Any]) -> dict[str, Any]:
    examined: Examination = examine(request.work, draft)
    current = request.db.get(ProcessInForce, draft.key)
    accepted = set(current.version.acknowledged) if current else set()
    return {
        "examined": examined,
        "called": titles_said(request.reader, draft.files.get(DIAGRAM, "")),
        "covered": _share(examined),
        "found": shown(request, examined.difference),
        "warnings": [(mark_of(p), p) for p in examined.warnings],
        "seen": set(typed.get("seen", accepted)),
        "note": typed.get("note", ""),
        "base": draft.base.number if draft.base else None,
        "callers": [(v.key, v.title) for v in overview.processes_in_force(request.db)
                    if v.key in examined.callers],
    }  # fmt: skip


def _share(examined: Examination) -> float | None:
    """Which share of steps and flows the examples walk; None where there is nothing to walk."""
    coverage = examined.coverage
    parts = len(coverage.all_steps) + len(coverage.all_flows)
    walked = len(coverage.covered_steps) + len(coverage.covered_flows)
    return walked / parts if parts else None


def _frame(request: Request, key: str) -> dict[str, Any]:
    """What every page of a process needs."""
    current = request.db.get(ProcessInForce, key)
    draft = draft_of(request.db, key)
    title = current.version.title if current else draft.title if draft else {}
    return {"key": key, "title": title,
            "tabs": process_tabs(request, key, published=current is not None)}  # fmt: skip


def _bytes(texts: Any) -> dict[str, bytes]:
    return {name: text.encode() for name, text in texts.items()}
