"""From drafts to the release in force: what differs, what speaks against it, when and by whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.rules_approval import others_who_decide, propose_rules, withdraw_rules
from engine.commands.rules_drafts import merge_rules_draft, proposal
from engine.commands.rules_dry_run import latest_of_drafts
from engine.commands.rules_examining import RulesExamination, examine_rules
from engine.commands.rules_publishing import LONGEST_NOTE, periods, publish_rules_drafts
from engine.errors import Conflict, Invalid
from engine.rules import vocabulary_of
from webapp.i18n import N_
from webapp.presenters.rules_difference import examples_shown, shown
from webapp.refused import refuse
from webapp.views.admin.rules_text import revision_of
from webapp.views.agent.answers import text_of

NO_MOMENT = "This is no date with a time."


@view_config(route_name="rules.review", request_method="GET", renderer="admin/rules_review.jinja2",
             permission="owner")  # fmt: skip
def review(request: Request) -> dict[str, Any]:
    """What publishing would do, and what stands in its way."""
    return _review(request, {}, [])


@view_config(route_name="rules.review", request_method="POST",
             renderer="admin/rules_review.jinja2", permission="owner")  # fmt: skip
def publish(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Put the drafts in force as they were seen; what was typed stays where it cannot be."""
    note = text_of(request, "note", LONGEST_NOTE)
    marks = [mark[:16] for mark in request.POST.getall("seen")[:500]]
    due = text_of(request, "due_at", 40)
    try:
        said, there = _carry_out(request, note, marks, due)
    except (Invalid, Conflict) as error:
        refuse(request, error)
        typed = {"note": note, "seen": marks, "due_at": due}
        return _review(request, typed, [request.reader.explain(error)])
    request.session.flash(said)
    return HTTPSeeOther(request.route_path(there))


def _carry_out(request: Request, note: str, marks: list[str], due: str) -> tuple[str, str]:
    """Publish, propose or schedule; says what was done, and where to go on."""
    _, seen = request.translate, _revisions(request)
    if not request.desk.settings.approve_rules and not due:
        release = publish_rules_drafts(request.work, seen, note, marks)
        text = _(N_("Release %(number)s is in force."))
        return str(text % {"number": release.number}), "rules.releases"
    row = propose_rules(request.work, seen, note, marks, moment_of(request, due))
    if row.ticket_number:
        text = _(N_("Proposed as ticket %(number)s."))
        return str(text % {"number": row.ticket_number}), "rules.review"
    return str(_(N_("The changes wait for their time."))), "rules.review"


def moment_of(request: Request, said: str) -> datetime | None:
    """A moment as a form sends it, in the reader's zone; raises `Invalid`."""
    moment = moment_read(request, said)
    if said and moment is None:
        raise Invalid(NO_MOMENT, fields={"due_at": NO_MOMENT})
    return moment


def moment_read(request: Request, said: str) -> datetime | None:
    """The same; None for what is no moment."""
    try:
        moment = datetime.fromisoformat(said)
        if moment.utcoffset() is None:
            moment = moment.replace(tzinfo=request.reader.tz)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@view_config(route_name="rules.withdraw", request_method="POST", permission="owner")
def withdraw(request: Request) -> HTTPSeeOther:
    """Take a proposal back, so that the drafts can be changed again."""
    withdraw_rules(request.work)
    request.session.flash(request.translate(N_("The drafts can be changed again.")))
    return HTTPSeeOther(request.route_path("rules.review"))


@view_config(route_name="rules.merge", request_method="POST", permission="owner")
def merge(request: Request) -> HTTPSeeOther:
    """Put a draft that others overtook on top of what is in force now."""
    name = request.matchdict["name"]
    both = merge_rules_draft(request.work, name, revision_of(request))
    said = N_("The changes stand on top of what is in force now.")
    text = request.translate(said)
    if both:
        said = N_("Both changed these rules, and the draft's own form was kept: %(rules)s.")
        text = request.translate(said) % {"rules": ", ".join(one or name for one in both)}
    request.session.flash(text)
    return HTTPSeeOther(request.route_path("rules.review"))


def _review(request: Request, typed: dict[str, Any], errors: list[str]) -> dict[str, Any]:
    examined: RulesExamination = examine_rules(request.work)
    stand = examined.stand
    vocabulary = vocabulary_of(stand.vocabulary)
    return {
        "examined": examined,
        "bar": None,
        "examples": examples_shown(request, examined.example_changes),
        "tried": latest_of_drafts(request.db, stand),
        "stopped": errors,
        "rows": shown(request, examined.changes, vocabulary, vocabulary),
        "revisions": {name: draft.revision for name, draft in stand.drafts.items()},
        "note": typed.get("note", ""),
        "seen": set(typed.get("seen", _accepted(request))),
        "due_at": typed.get("due_at", ""),
        "proposed": proposal(request.db),
        "approval": request.desk.settings.approve_rules,
        "alone": request.desk.settings.approve_rules and not others_who_decide(request.work),
    }


def _accepted(request: Request) -> list[str]:
    """The warnings that the release in force was published with."""
    rows = periods(request.db, 1)
    return list(rows[0].acknowledged) if rows else []


def _revisions(request: Request) -> dict[str, int]:
    found = {}
    for said in request.POST.getall("revision")[:200]:
        name, _, number = said[:100].rpartition(":")
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise Invalid("This cannot be read.")
        found[name] = int(number)
    return found
