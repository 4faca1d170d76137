"""A ruleset as a decision table, and what the table asks for and sends."""

from __future__ import annotations

import math
from typing import Any

from pyramid.csrf import get_csrf_token
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.commands.rules_drafts import Standing, proposal, standing
from engine.commands.rules_examining import examine_rules
from engine.commands.rules_table import lines_of, mark_of_text, save_table
from engine.errors import Conflict, Invalid, NotFound
from engine.rules import vocabulary_of
from engine.rules.document import MOST_RULES
from engine.rules.editing import content, rules_of
from engine.rules.table import MOST_COLUMNS, Line
from webapp.presenters.rules_frame import draft_bar, ruleset_tabs
from webapp.presenters.rules_table import (
    addresses,
    offered_columns,
    problems_said,
    table_of,
    words_of_table,
)
from webapp.refused import refuse
from webapp.views.admin.process_drafts import sent_json

SHOWN = 200  # rows where there is no script
DEEPEST = 24
LONGEST_KEY = 200
LONGEST_CELL = 100_000
UNREADABLE = "This cannot be read."


@view_config(route_name="rules.table", request_method="GET", renderer="admin/rules_table.jinja2",
             permission="owner")  # fmt: skip
def page(request: Request) -> dict[str, Any]:
    """The page, with the first rows for whoever has no script."""
    name = request.matchdict["name"]
    stand, text = _text(request)
    rules, vocabulary = lines_of(text), vocabulary_of(stand.vocabulary)
    return {
        "name": name,
        "title": content(text).get("title", {}),
        "tabs": ruleset_tabs(request, name),
        "bar": draft_bar(request),
        "readable": rules is not None,
        "waiting": proposal(request.db) is not None,
        "plain": table_of(request, (rules or [])[:SHOWN], vocabulary),
        "count": len(rules or []),
        "words": words_of_table(request),
        "urls": addresses(request, name),
        "offered": offered_columns(request, vocabulary, content(text).get("events") or ()),
    }


@view_config(
    route_name="rules.table.rows", request_method="GET", renderer="json", permission="owner"
)
def rows(request: Request) -> dict[str, Any]:
    """All rows as they stand, and of which text they are."""
    stand, text = _text(request)
    rules = lines_of(text)
    if rules is None:
        raise Invalid("The text of this ruleset cannot be read; mend it there.")
    draft = stand.drafts.get(request.matchdict["name"])
    return {
        **table_of(request, rules, vocabulary_of(stand.vocabulary)),
        "revision": draft.revision if draft else 0,
        "changed_by": draft.changed_by if draft else "",
        "mark": mark_of_text(text),
        "csrf": get_csrf_token(request),
        "writer": request.writer,
    }


@view_config(route_name="rules.table", request_method="POST", renderer="json", permission="owner")
def save(request: Request) -> dict[str, Any] | Response:
    """Keep what was changed; where somebody else was quicker, say who."""
    name, sent = request.matchdict["name"], sent_json(request)
    stand, _ = _text(request)
    try:
        lines = read_lines(sent.get("rows"))
        mark, revision = str(sent.get("mark"))[:16], _revision(sent.get("revision"))
        draft = save_table(request.work, stand, name, revision, mark, lines)
    except (Conflict, Invalid) as error:
        text = request.reader.explain(error)
        status = refuse(request, error)
        return Response(status=status, json_body={"text": text})
    return {"revision": draft.revision, "mark": mark_of_text(draft.text)}


@view_config(
    route_name="rules.table.problems", request_method="GET", renderer="json", permission="owner"
)
def problems(request: Request) -> dict[str, Any]:
    """What the check finds in the draft, by rule, and the bar as it stands now."""
    name = request.matchdict["name"]
    _, text = _text(request)
    examined = examine_rules(request.work)
    ids = [str(rule.get("id")) for rule in rules_of(text)]
    bar = {"bar": draft_bar(request, examined)}
    return {
        "mark": mark_of_text(text),
        "problems": problems_said(request, name, examined.problems.get(name, ()), ids),
        "bar": render("admin/rules_bar.jinja2", bar, request),
    }


def read_lines(sent: Any) -> list[Line]:
    """The lines of a table as they were sent; raises `Invalid` for what is none."""
    if not isinstance(sent, list) or len(sent) > MOST_RULES:
        raise Invalid(UNREADABLE)
    return [_line(one) for one in sent]


def _line(sent: Any) -> Line:
    if isinstance(sent, str) and sent:
        return Line(sent)
    if not isinstance(sent, dict) or not _plain(sent):
        raise Invalid(UNREADABLE)
    was, cells, rest, rule = (sent.get(key) for key in ("was", "cells", "rest", "rule"))
    begins = isinstance(rule, dict) and was is None
    if begins and cells is None:
        return Line(rule=rule)
    fits = isinstance(cells, dict) and len(cells) <= MOST_COLUMNS and all(
        isinstance(cell, str) and len(key) <= LONGEST_KEY and len(cell) <= LONGEST_CELL
        for key, cell in cells.items()
    )  # fmt: skip
    rest = {} if rest is None else rest
    if not fits or not isinstance(was, str | None) or not isinstance(rest, dict):
        raise Invalid(UNREADABLE)
    return Line(was or "", cells, rest, rule if begins else None)


def _plain(data: Any, depth: int = 0) -> bool:
    """Whether it is text and numbers, and no deeper than rules may be."""
    if isinstance(data, str):
        return "\x00" not in data and not any("\ud800" <= one <= "\udfff" for one in data)
    if isinstance(data, float):
        return math.isfinite(data)
    if depth > DEEPEST:
        return False
    members = [*data, *data.values()] if isinstance(data, dict) else data
    return not isinstance(data, dict | list) or all(_plain(one, depth + 1) for one in members)


def _revision(said: Any) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said < 10**9:
        raise Invalid(UNREADABLE)
    return said


def _text(request: Request) -> tuple[Standing, str]:
    stand = standing(request.db)
    text = stand.documents.get(request.matchdict["name"])
    if text is None:
        raise NotFound("There is no such ruleset.")
    return stand, text
