"""The rules as sentences, as they are in force or drafted, and how often each has decided."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.audit import queries
from engine.audit.figures import Figures
from engine.catalogue.published import RulesInForce
from engine.commands.rules_drafts import Standing, new_ruleset, standing
from engine.commands.rules_examining import RulesExamination, examine_rules
from engine.errors import Invalid, NotFound
from engine.rules import Vocabulary, explain, vocabulary_of
from engine.rules.difference import HEAD
from engine.rules.editing import content, in_order, rules_of
from engine.rules.rearranging import ids_in_order
from engine.rules.sentences import default_sentence
from engine.tickets import overview
from webapp.forms.rule_said import ID
from webapp.presenters import rule_figures
from webapp.presenters.rules_difference import KINDS, rule_of, told
from webapp.presenters.rules_frame import draft_bar, ruleset_tabs
from webapp.presenters.why import Names
from webapp.refused import refuse
from webapp.views.agent.answers import text_of

LONGEST = 200  # characters of a title


@view_config(
    route_name="rules", request_method="GET", renderer="admin/rules.jinja2", permission="owner"
)
def rules(request: Request) -> dict[str, Any]:
    """The rulesets as they stand, and the release in force."""
    stand = standing(request.db)
    asked = rule_figures.asked(request)
    sets = [_set(request, stand, name, asked) for name in sorted({*stand.documents, *stand.drafts})]
    return {
        "in_force": request.db.get(RulesInForce, 1),
        "sets": sorted(sets, key=lambda one: (one["place"], one["name"])),
        "bar": draft_bar(request),
        "events": _known_events(request, stand),
        "begun": {},
        "wrong": None,
    }


@view_config(
    route_name="rules", request_method="POST", renderer="admin/rules.jinja2", permission="owner"
)
def begin(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Begin a ruleset; what was wrong comes back as it was typed."""
    said = {key: text_of(request, key, LONGEST) for key in ("name", "title_de", "title_en")}
    events = [event[:80] for event in request.POST.getall("events")[:50]]
    title = {"de": said["title_de"] or said["title_en"], "en": said["title_en"] or said["title_de"]}
    try:
        new_ruleset(request.work, said["name"], title, events)
    except Invalid as error:
        refuse(request, error)
        return {**rules(request), "begun": {**said, "events": events},
                "wrong": request.reader.explain(error)}  # fmt: skip
    return HTTPSeeOther(request.route_path("rules.one", name=said["name"]))


@view_config(
    route_name="rules.one",
    request_method="GET",
    renderer="admin/ruleset.jinja2",
    permission="owner",
)
def ruleset(request: Request) -> dict[str, Any]:
    """One ruleset as it stands: its rules in the order asked, figures, and recent decisions."""
    name = request.matchdict["name"]
    stand = standing(request.db)
    text = stand.documents.get(name)
    if text is None:
        raise NotFound("There is no such ruleset.")
    vocabulary = vocabulary_of(stand.vocabulary)
    examined = examine_rules(request.work)
    filters = rule_figures.chosen(request)
    fired = rule_figures.figures(request, name, filters)
    rows = _rows(request, name, text, vocabulary, examined, fired)
    data = content(text)
    return {
        "name": name,
        "title": data.get("title", {}),
        "tabs": ruleset_tabs(request, name),
        "bar": draft_bar(request, examined),
        "events": _events(request, vocabulary, data.get("events")),
        "rows": rule_figures.in_order(rows, filters.sort),
        "filters": filters,
        "head": _head_change(request, name, examined),
        "problems": [p for p in examined.problems.get(name, ()) if not _of_rule(p, text)],
        "otherwise": _otherwise(request, name, examined, vocabulary),
        "whole": fired.get("", rule_figures.NONE),
        "default": fired.get("default", rule_figures.NONE),
        "recent": _recent(request, vocabulary, name),
        "draft": stand.drafts.get(name),
        "readable": bool(data),
        "at": text_of(request, "at", LONGEST),
        "did": text_of(request, "do", LONGEST),
    }


def _set(request: Request, stand: Standing, name: str, asked: dict[str, Figures]) -> dict[str, Any]:
    draft = stand.drafts.get(name)
    data = content(stand.documents.get(name) or (draft.base if draft else ""))
    listed = [rule for rule in data.get("rules") or [] if isinstance(rule, dict)]
    figures = asked.get(name, rule_figures.NONE)
    return {
        "name": name,
        "title": request.reader.pick(data.get("title", {})) or name,
        "rules": len(listed),
        "idle": sum(rule.get("active") is False for rule in listed),
        "events": _events(request, vocabulary_of(stand.vocabulary), data.get("events")),
        "place": _place(list(vocabulary_of(stand.vocabulary).events), data.get("events")),
        "asked": figures.fired,
        "last": figures.last,
        "corrected": figures.overridden,
        "draft": draft,
    }


def _place(order: list[str], events: Any) -> float:
    """Where in a ticket's life a ruleset is asked first; a process calls its own once it begins."""
    heard = [order.index(str(event)) for event in events or () if str(event) in order]
    begins = order.index("ticket.created") if "ticket.created" in order else 0
    return min(heard) if heard else begins - 0.5


def _known_events(request: Request, stand: Standing) -> list[tuple[str, str]]:
    known = vocabulary_of(stand.vocabulary).events if stand.release else {}
    language = request.reader.language
    return [(name, str(entry["label"].get(language, name))) for name, entry in known.items()]


def _events(request: Request, vocabulary: Vocabulary, events: Any) -> list[str]:
    known, language = vocabulary.events, request.reader.language
    listed = events if isinstance(events, list) else []
    return [str(known.get(str(e), {}).get("label", {}).get(language, e)) for e in listed]


def _rows(
    request: Request,
    name: str,
    text: str,
    vocabulary: Vocabulary,
    examined: RulesExamination,
    fired: dict[str, Figures],
) -> list[dict[str, Any]]:
    """The rules in the order asked, those put out of use among them, then those removed."""
    changes = {c.rule: c for c in examined.changes if c.ruleset == name and c.rule != HEAD}
    gone = [change.before for change in changes.values() if change.kind == "removed"]
    language = request.reader.language
    ids = Counter(ids_in_order(text))
    last = next(reversed(ids), "")
    rows = []
    listed = [*in_order(rules_of(text)), *(one for one in gone if one)]
    for place, data in enumerate(listed, 1):
        rule = str(data.get("id", ""))
        change = changes.get(rule)
        parsed = rule_of(data, vocabulary)
        title = data.get("title")
        rows.append({
            "id": rule,
            "title": request.reader.pick(title if isinstance(title, dict) else {}) or rule,
            "opens": bool(ID.match(rule)) and ids[rule] == 1,
            "lowest": rule == last,
            "back": bool(ID.match(rule)) and not ids[rule],
            "idle": data.get("active") is False,
            "valid_from": parsed.valid_from if parsed else None,
            "valid_until": parsed.valid_until if parsed else None,
            "parts": told(data, vocabulary, language),
            "change": change.kind if change else "",
            "change_word": request.translate(KINDS[change.kind]) if change else "",
            "problems": [p for p in examined.problems.get(name, ()) if p.element == rule],
            "figures": fired.get(rule, rule_figures.NONE),
            "place": place if change is None or change.kind != "removed" else "",
        })  # fmt: skip
    return rows


def _of_rule(problem: Any, text: str) -> bool:
    return problem.element in {rule.get("id") for rule in rules_of(text)}


def _head_change(request: Request, name: str, examined: RulesExamination) -> str:
    """What became of the ruleset itself, in a word."""
    kinds = [c.kind for c in examined.changes if c.ruleset == name and c.rule == HEAD]
    return request.translate(KINDS[kinds[0]]) if kinds else ""


def _otherwise(
    request: Request, name: str, examined: RulesExamination, vocabulary: Vocabulary
) -> list[Any]:
    found = examined.preview.rulesets.get(name) if examined.preview else None
    return default_sentence(found.default, vocabulary, request.reader.language) if found else []


def _recent(request: Request, vocabulary: Vocabulary, name: str) -> list[dict[str, Any]]:
    traces = queries.recent(request.db, name)
    seen = overview.readable(request.db, request.actor, [trace.ticket_id for trace in traces])
    numbers = overview.numbers(request.db, [trace.ticket_id for trace in traces])
    names = Names(request, traces)
    return [
        {
            "at": trace.at,
            "number": numbers[trace.ticket_id],
            "ticket": seen.get(trace.ticket_id),
            "said": explain(names.called(trace), None, request.reader.language, vocabulary),
        }
        for trace in traces
        if trace.ticket_id in numbers
    ]
