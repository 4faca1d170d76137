"""Playing a process: move by move, as whoever does the step, with nothing done on the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.process_drafts import save_draft
from engine.errors import Conflict, Invalid
from engine.workflow.examples import EXAMPLES, with_example
from engine.workflow.play import begun, recorded
from engine.workflow.source import DIAGRAM
from webapp.i18n import N_
from webapp.presenters.diagram_words import in_words_of, titles_said
from webapp.presenters.play import Playing, moved, opened_play, rules_of, sent_play
from webapp.presenters.play_page import page_of
from webapp.presenters.play_source import Source, source_of
from webapp.presenters.play_words import Words
from webapp.presenters.process_tabs import process_tabs
from webapp.refused import refuse

TEMPLATE = "admin/play.jinja2"


@view_config(
    route_name="processes.play", request_method="GET", renderer=TEMPLATE, permission="owner"
)
def play(request: Request) -> dict[str, Any]:
    """A play at its beginning: a new one, an example, or a scenario that was sent along."""
    return shown(request, opened_play(request, request.matchdict["key"]))


@view_config(route_name="processes.play", request_method="POST", permission="owner")
def move(request: Request) -> Response:
    """One move further; what was typed wrong comes back as it was typed. Nothing is written."""
    playing = sent_play(request, request.matchdict["key"])
    return _answer(request, moved(request, playing))


@view_config(route_name="processes.play.keep", request_method="POST", permission="owner")
def keep(request: Request) -> Response | HTTPSeeOther:
    """Keep what was played so far, with what it came to, beside the draft's other examples."""
    playing = sent_play(request, request.matchdict["key"])
    name = str(request.POST.get("play.name") or "").strip()
    try:
        _keep(request, playing, name, request.POST.getall("play.keep")[:100])
    except (Invalid, Conflict) as error:
        refuse(request, error)
        words = Words(request, playing.source.definition)
        return _answer(request, replace(playing, problem=words.explain(error)))
    text = request.translate(N_("Kept as the example “%(name)s”")) % {"name": name[:100]}
    request.session.flash({"text": text, "kind": "ok", "undo": "", "more": []})
    return HTTPSeeOther(request.route_path("processes.examples", key=playing.source.key))


@view_config(route_name="processes.play.diagram", request_method="GET", permission="owner")
def diagram(request: Request) -> Response:
    """The diagram that is played, in the reader's language."""
    source = source_of(request, request.matchdict["key"], str(request.GET.get("from") or ""))
    if source.definition is None:
        raise Invalid("This diagram cannot be played yet.")
    drawn = in_words_of(source.definition, request.reader)
    return Response(drawn, content_type="application/xml", charset="utf-8")


def shown(request: Request, playing: Playing) -> dict[str, Any]:
    """What the template takes."""
    source = playing.source
    return {
        "key": source.key,
        "title": source.title,
        "tabs": process_tabs(request, source.key, published=source.version > 0),
        "source": source,
        "called": titles_said(request.reader, source.files.get(DIAGRAM, b"")),
        "play": page_of(request, playing),
    }


def kept_text(request: Request, source: Source, text: str) -> None:
    """Keep the file of examples in the draft; without one it begins with it."""
    save_draft(request.work, source.key, source.revision, {EXAMPLES: text})


def _keep(request: Request, playing: Playing, name: str, keep: list[str]) -> None:
    source = playing.source
    if source.definition is None:
        raise Invalid("This diagram cannot be played yet.")
    scenario = begun(playing.scenario, playing.at) | {"name": name}
    example = recorded(source.definition, scenario, rules_of(request, playing), keep)
    standing = source_of(request, source.key)  # the draft, also when what is in force was played
    again = name == playing.named and request.POST.get("play.again") == "on"
    kept_text(request, standing, with_example(standing.examples, example, name if again else ""))


def _answer(request: Request, playing: Playing) -> Response:
    response = render_to_response(TEMPLATE, shown(request, playing), request=request)
    if playing.problem or playing.answers:
        response.status_int = 422
    return response
