"""The page on which form rules are tried: the form as it would look, and why it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from engine.commands.form_looks import Look
from engine.commands.form_names import KnownForm, known_forms
from engine.commands.form_trying import tried
from engine.commands.rules_drafts import rules_drafts
from engine.commands.rules_examining import examine_rules
from engine.errors import NotFound
from engine.people.models import Person
from engine.people.queries import person_by_login
from engine.rules import Evaluation, Release, clauses, found
from engine.rules.form_words import form_words
from engine.rules.vocabulary import quoted
from engine.tickets.access import ticket_for
from engine.tickets.models import Ticket
from webapp.forms import looks
from webapp.forms.fields import field_ui, is_asked, properties
from webapp.i18n import N_
from webapp.presenters.choices import Choices
from webapp.presenters.rules_frame import draft_bar

WHO = ("customer", "agent")
KEPT = {
    "needed": N_("A rule leaves it out, but the form cannot do without an answer."),
    "choices": N_("Rules leave none of the answers, but the form cannot do without one."),
    "value": N_("A rule only shows it, but it says nothing yet and the form needs an answer."),
    "circle": N_("Rules go round in a circle about this question; it stays as the form has it."),
}
NOBODY = N_("There is nobody with this login.")
NO_TICKET = N_("There is no such ticket.")


@dataclass
class Reason:
    """What one rule does about a question, and why."""

    rule: str
    ruleset: str
    title: str
    done: str
    why: str


@dataclass
class Question:
    """One question of the form: whether it is asked, and what rules had to say."""

    name: str
    label: str
    asked: bool
    kept: str
    by_form: bool  # the form itself asks it after another answer only
    reasons: list[Reason] = field(default_factory=list)


def try_page(request: Request) -> dict[str, Any]:
    """What the page shows for what is chosen and answered."""
    forms = {one.name: one for one in known_forms(request.work)}
    form = forms.get(_text(request, "form", 300)) or next(iter(forms.values()))
    person, ticket, wrong = _about(request)
    drafted = "drafts" in request.GET or ("form" not in request.GET and bool(_drafts(request)))
    release = _release(request, drafted, wrong)
    who = _text(request, "who", 20)
    shown: dict[str, Any] = {
        "bar": draft_bar(request),
        "forms": _titles(request, forms.values()),
        "form": form.name,
        "who": who if who in WHO else "customer" if form.kind == "request" else "agent",
        "login": _text(request, "login", 320),
        "ticket": _text(request, "ticket", 50),
        "drafted": drafted,
        "drafts": bool(_drafts(request)),
        "wrong": wrong,
        "fields": [],
        "questions": [],
    }
    if release is None:
        return shown
    asked = tried(request.work, form, release, who=shown["who"], person=person, ticket=ticket)
    language = request.reader.language
    if looks.SEEN in request.GET and _text(request, "was", 300) == form.name:
        page = looks.changed(request.work, asked, request.GET, language)
    else:
        page = looks.shown(request.work, asked, {}, language)
    fields = looks.fields_of(page, language, options=_options(form), prefix="try-")
    return shown | {"fields": fields, "questions": _questions(request, form, page.look, release)}


def _about(request: Request) -> tuple[Person | None, Ticket | None, dict[str, str]]:
    """Who reports and about which ticket; what there is not is said."""
    wrong: dict[str, str] = {}
    login, number = _text(request, "login", 320), _text(request, "ticket", 50)
    person = person_by_login(request.db, login) if login else None
    if login and person is None:
        wrong["login"] = request.translate(NOBODY)
    ticket = None
    try:
        ticket = ticket_for(request.work, number) if number else None
    except NotFound:
        wrong["ticket"] = request.translate(NO_TICKET)
    return person, ticket, wrong


def _text(request: Request, name: str, longest: int) -> str:
    return str(request.GET.get(name) or "").strip()[:longest]


def _drafts(request: Request) -> Any:
    return rules_drafts(request.db)


def _release(request: Request, drafted: bool, wrong: dict[str, str]) -> Release | None:
    if not drafted:
        return request.desk.library.release(request.db)
    preview = examine_rules(request.work).preview
    if preview is None:
        wrong["drafts"] = request.translate(N_("The drafts cannot be read."))
    return preview


def _titles(request: Request, forms: Any) -> Choices:
    return [(one.name, request.reader.pick(one.title) or one.name) for one in forms]


def _options(form: KnownForm) -> dict[str, Choices]:
    return {
        name: [(value, value) for value in values] for name, values in form.asking.options.items()
    }


def _questions(request: Request, form: KnownForm, look: Look, release: Release) -> list[Question]:
    reasons: dict[str, list[Reason]] = {}
    for evaluation in look.evaluations:
        for name, reason in _reasons(request, evaluation, release):
            reasons.setdefault(name, []).append(reason)
    shown, ui = set(look.shown()), form.asking.form.ui
    return [
        Question(
            name=name,
            label=request.reader.pick(field_ui(ui, name).get("label")) or name,
            asked=name in shown,
            kept=request.translate(KEPT[look.kept[name]]) if name in look.kept else "",
            by_form=not is_asked(field_ui(ui, name), look.answers),
            reasons=reasons.get(name, []),
        )
        for name in properties(form.asking.form.schema)
    ]


def _reasons(request: Request, evaluation: Evaluation, release: Release) -> Any:
    language, vocabulary = request.reader.language, release.vocabulary
    rules = {one["id"]: one for one in evaluation.trace["rules"] if one["matched"]}
    for decision in evaluation.decisions:
        value = decision.value
        name = str(value["field"] if isinstance(value, dict) else value)
        rule = rules.get(decision.rule, {})
        done = form_words(decision.action, value, language, lambda one: _said(one, language))
        why = [
            found(one, language, vocabulary)
            for one in rule.get("conditions", ())
            if one["truth"] is one["wanted"]
        ]
        title = request.reader.pick(rule.get("title")) or decision.rule
        yield (
            name,
            Reason(
                decision.rule,
                evaluation.trace["ruleset"],
                title,
                done or decision.action,
                clauses(list(dict.fromkeys(why)), language),
            ),
        )


def _said(value: Any, language: str) -> str:
    listed = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(quoted(str(one), language) for one in listed)
