"""The examples of a process: green or red, what they cover, and what is done with them."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.errors import Invalid, NotFound
from engine.tickets.finished import finished
from engine.workflow.coverage import Coverage, Result, play_examples_of
from engine.workflow.examples import EXAMPLES, read_examples, with_example, without_example
from engine.workflow.play import recorded
from engine.workflow.source import DIAGRAM
from webapp.i18n import N_
from webapp.presenters.diagram_words import titles_said
from webapp.presenters.play_source import Source, source_of
from webapp.presenters.play_words import Words
from webapp.presenters.process_tabs import process_tabs
from webapp.views.admin.play import kept_text


@view_config(
    route_name="processes.examples",
    request_method="GET",
    renderer="admin/examples.jinja2",
    permission="owner",
)
def examples(request: Request) -> dict[str, Any]:
    """All examples of the draft, or of what is in force, played just now."""
    given = request.GET
    source = source_of(request, request.matchdict["key"], str(given.get("from") or ""))
    found = _played(source)
    shown = next((r for r in found.results if r.name == given.get("show")), None)
    return {
        "key": source.key,
        "title": source.title,
        "tabs": process_tabs(request, source.key, published=source.version > 0),
        "source": source,
        "called": titles_said(request.reader, source.files.get(DIAGRAM, b"")),
        "found": found,
        "rows": _rows(request, source, found),
        "shown": shown,
        "tickets": finished(request.db, request.actor, source.key),
        **_covered(request, source, found, shown),
    }


@view_config(route_name="processes.examples", request_method="POST", permission="owner")
def change(request: Request) -> HTTPSeeOther:
    """Take one out, call it something else, or take what comes out now as what is expected."""
    source = source_of(request, request.matchdict["key"])
    name, verb = str(request.POST.get("name") or ""), str(request.POST.get("do") or "")
    if verb == "delete":
        text, said = without_example(source.examples, name), N_("“%(name)s” was taken out")
    elif verb == "rename":
        called = str(request.POST.get("called") or "").strip()
        text = with_example(source.examples, {**_one(source, name), "name": called}, name)
        said, name = N_("It is called “%(name)s” now"), called
    else:
        text, said = _recorded(source, name), N_("“%(name)s” expects what comes out now")
    kept_text(request, source, text)
    request.session.flash(
        {
            "text": request.translate(said) % {"name": name[:100]},
            "kind": "ok",
            "undo": "",
            "more": [],
        }
    )
    return HTTPSeeOther(request.route_path("processes.examples", key=source.key))


def _played(source: Source) -> Coverage:
    if source.definition is None:
        return Coverage(problems=source.problems)
    return play_examples_of(source.definition, source.files.get(EXAMPLES, b""))


def _one(source: Source, name: str) -> dict[str, Any]:
    for example in read_examples(source.examples.encode())[0]:
        if example.name == name:
            return dict(example.scenario)
    raise NotFound("There is no such example.")


def _recorded(source: Source, name: str) -> str:
    if source.definition is None:
        raise Invalid("This diagram cannot be played yet.")
    fresh = recorded(source.definition, _one(source, name))
    return with_example(source.examples, fresh, name)


def _rows(request: Request, source: Source, found: Coverage) -> list[dict[str, Any]]:
    words = Words(request, source.definition)
    return [
        {
            "result": one,
            "problems": [words.told(text) for text in one.problems],
            "share": len(one.flows) / len(found.all_flows) if found.all_flows else None,
        }
        for one in found.results
    ]


def _covered(
    request: Request, source: Source, found: Coverage, shown: Result | None
) -> dict[str, Any]:
    """Steps and flows that are covered, by one example or by all, and those that are not."""
    steps = set(shown.steps) if shown else found.covered_steps
    flows = set(shown.flows) if shown else found.covered_flows
    return {
        "steps": [one for one in found.all_steps if one in steps],
        "flows": [one for one in found.all_flows if one in flows],
        "missed": [one for one in found.all_steps if one not in steps],
        "missed_flows": [one for one in found.all_flows if one not in flows],
        "uncovered": _uncovered(request, source, found),
    }


def _uncovered(request: Request, source: Source, found: Coverage) -> list[str]:
    """What no green example reaches, in words; a flow by the steps that it joins."""
    from engine.workflow.flows import flows_of

    words = Words(request, source.definition)
    ends = flows_of(source.definition) if source.definition else {}
    flows = [(ends[one][0], ends[one][1]) for one in found.uncovered_flows]
    said = [words.step(one) for one in found.uncovered_steps]
    return said + [
        request.translate(N_("from “%(one)s” to “%(other)s”"))
        % {"one": words.step(one), "other": words.step(other)}
        for one, other in flows
        if one in found.covered_steps and other in found.covered_steps
    ]
