"""The page on which a process is drawn, and what it asks for while one draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyramid.interfaces import IRoutesMapper
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands.process_drafts import draft_of
from engine.commands.process_templates import process_templates
from engine.errors import Invalid
from engine.tickets.overview import process_in_force
from engine.workflow.source import DIAGRAM
from engine.workflow.time_words import KINDS, Time, in_words, read_words
from engine.workflow.timers import parse_cycle, parse_date, parse_duration, parse_working
from webapp.forms.fields import build_fields
from webapp.i18n import LANGUAGES
from webapp.presenters import problem_words
from webapp.presenters.choices import step_options
from webapp.presenters.drawing import desk_for_drawing, words_of_drawing
from webapp.presenters.process_tabs import process_tabs
from webapp.presenters.thumbnail import thumbnail
from webapp.views.admin.process_drafts import sent_json

LONGEST = 200  # characters of a time in words
READ = {"duration": parse_duration, "date": parse_date, "cycle": parse_cycle}


@view_config(
    route_name="processes.draw",
    request_method="GET",
    renderer="admin/draw.jinja2",
    permission="owner",
)
def draw(request: Request) -> dict[str, Any]:
    """The modeller on the draft, or on what is in force where there is none."""
    key = request.matchdict["key"]
    draft = draft_of(request.db, key)
    found = draft or process_in_force(request.db, key)
    published = draft is None or draft.base_id is not None
    return {
        "key": key,
        "title": found.title,
        "tabs": process_tabs(request, key, published=published),
        "desk": desk_for_drawing(request),
        "words": words_of_drawing(request.reader.language),
        "urls": _addresses(request, key),
    }


@view_config(
    route_name="processes.draw.time", request_method="POST", renderer="json", permission="owner"
)
def time(request: Request) -> dict[str, str]:
    """A time in words as ISO 8601, or one in ISO 8601 in words."""
    sent = sent_json(request)
    said, language = sent.get("text"), _language(request, sent)
    try:
        found = read_words(said[:LONGEST]) if isinstance(said, str) else _written(sent)
        words = in_words(found, language)
    except (ValueError, OverflowError) as wrong:
        return {"wrong": problem_words.finding_said(str(wrong), request.reader.language)}
    return {"kind": found.kind, "iso": found.iso, "basis": found.basis, "words": words}


@view_config(
    route_name="processes.draw.form", request_method="POST", renderer="json", permission="owner"
)
def form(request: Request) -> dict[str, str]:
    """A form as those who read this language will see it, drawn by the same macros."""
    sent = sent_json(request)
    schema, ui = sent.get("schema"), sent.get("ui")
    request.reader = replace(request.reader, language=_language(request, sent))
    if not isinstance(schema, dict) or not isinstance(ui, dict):
        raise Invalid("This cannot be read.")
    options, language = step_options(request), request.reader.language
    fields = build_fields(schema, ui, language, options=options, prefix="preview-")
    return {"html": render("admin/draw_form.jinja2", {"fields": fields, "ui": ui}, request)}


@view_config(
    route_name="processes.draw.pieces", request_method="GET", renderer="json", permission="owner"
)
def pieces(request: Request) -> dict[str, Any]:
    """The pieces that come with the desk, each with a small picture."""
    found = [one for one in process_templates(request.desk.settings) if one.kind == "piece"]
    return {
        "pieces": [
            {"key": one.key, "title": one.title, "about": one.about, "files": one.files,
             "picture": thumbnail(one.files[DIAGRAM])}
            for one in found
        ]
    }  # fmt: skip


def _written(sent: dict[str, Any]) -> Time:
    """What a diagram holds, if it can be a time at all; raises ValueError."""
    kind, iso = str(sent.get("kind")), str(sent.get("iso"))[:LONGEST]
    basis = "working" if sent.get("basis") == "working" else ""
    if kind not in KINDS:
        raise ValueError("This is no kind of time.")
    (parse_working if basis else READ[kind])(iso)
    return Time(kind, iso, basis)


def _language(request: Request, sent: dict[str, Any]) -> str:
    said = sent.get("language")
    return said if said in LANGUAGES else str(request.reader.language)


def _addresses(request: Request, key: str) -> dict[str, str]:
    """Where the page asks and sends; what other pages of the desk offer only where they exist."""
    mapper = request.registry.getUtility(IRoutesMapper)
    names = {"draft": "processes.draft", "here": "processes.draft.here",
             "check": "processes.draft.check", "time": "processes.draw.time",
             "form": "processes.draw.form", "pieces": "processes.draw.pieces",
             "play": "processes.play", "login": "login"}  # fmt: skip
    found = {
        name: request.route_path(route, key=key)
        for name, route in names.items()
        if mapper.get_route(route) is not None
    }
    return {"key": key, **found}
