"""The draft of a process as the modeller reads and keeps it; all of it in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.csrf import get_csrf_token
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.catalogue.drafting import ProcessDraft
from engine.catalogue.published import SHARED
from engine.commands.examining import looked_at
from engine.commands.process_drafts import (
    LONGEST,
    acceptable,
    discard_draft,
    draft_of,
    look_in,
    others_at,
    save_draft,
    shared_bytes,
)
from engine.commands.shared_parts import is_shared
from engine.errors import Conflict, Invalid
from engine.tickets.overview import process_in_force
from engine.workflow import Known, known_at
from engine.workflow.source import DIAGRAM
from webapp.i18n import N_
from webapp.presenters.diagram_words import titles_said
from webapp.presenters.problem_words import finding_said, problem_said
from webapp.refused import refuse


@view_config(
    route_name="processes.draft", request_method="GET", renderer="json", permission="owner"
)
def draft(request: Request) -> dict[str, Any]:
    """The draft, or what is in force as revision 0, from which the first change begins one."""
    key = request.matchdict["key"]
    found = draft_of(request.db, key)
    if found is None:
        version = process_in_force(request.db, key)
        stand = {"files": version.files, "title": version.title, "revision": 0,
                 "base": version.number, "changed_by": version.published_by,
                 "changed_at": version.published_at.isoformat(), "waiting": False}  # fmt: skip
    else:
        stand = {"files": found.files, "title": found.title,
                 "base": found.base.number if found.base else None,
                 "waiting": found.proposed_at is not None, **_stand(found)}  # fmt: skip
    others = others_at(request.db, key, request.actor.id, request.work.now)
    mine = {"writer": request.writer, "csrf": get_csrf_token(request)}  # for after a new login
    return {"key": key, "others": others, **mine, **stand}


@view_config(
    route_name="processes.draft", request_method="POST", renderer="json", permission="owner"
)
def save(request: Request) -> dict[str, Any] | Response:
    """Keep changed files; where somebody else was quicker, say who and what stands there now."""
    key = request.matchdict["key"]
    sent = sent_json(request)
    changes = _files(sent.get("files"))
    try:
        saved = save_draft(request.work, key, _revision(sent), changes)
    except Conflict as error:
        refuse(request, error)
        now = draft_of(request.db, key)
        stand = {"files": now.files, **_stand(now)} if now else {}
        text = request.translate(error.template) % error.values
        return Response(status=409, json_body={"text": text, **stand})
    return {**_stand(saved), "others": look_in(request.work, key)}


@view_config(
    route_name="processes.draft.here", request_method="POST", renderer="json", permission="owner"
)
def here(request: Request) -> dict[str, Any]:
    """A page's sign of life: who else is at it, and which revision stands now."""
    key = request.matchdict["key"]
    found = draft_of(request.db, key)
    if found is None:
        process_in_force(request.db, key)
    stand = _stand(found) if found else {"revision": 0}
    return {**stand, "others": look_in(request.work, key)}


@view_config(
    route_name="processes.draft.check", request_method="POST", renderer="json", permission="owner"
)
def check(request: Request) -> dict[str, Any]:
    """All that is wrong with the draft and these unsaved texts on top of it."""
    key = request.matchdict["key"]
    files = {**_standing_files(request, key), **_files(sent_json(request).get("files"))}
    texts = acceptable({name: text for name, text in files.items() if text is not None})
    data = {name: text.encode() for name, text in texts.items()}
    shared = shared_bytes(request.db)
    if is_shared(key):
        shared[key.removeprefix(SHARED)] = data
    proof = looked_at(request.work, key, data, shared)
    verdict, language = proof.soundness, request.reader.language
    called = titles_said(request.reader, data.get(DIAGRAM, b""))
    return {
        "problems": [problem_said(problem, language, called) for problem in proof.problems],
        "soundness": verdict and {"verdict": verdict.verdict,
                                  "reason": finding_said(verdict.reason, language, called),
                                  "element": verdict.element, "scenario": verdict.scenario},
        "known": _once(known_at(key, data, shared)),
    }  # fmt: skip


def _once(known: Mapping[str, Iterable[Known]]) -> dict[str, Any]:
    """What is known at each element, every name and every list of names but once.

    It goes to the browser after each edit, and most elements know the same.
    """
    names: dict[tuple[str, str, str], int] = {}
    lists: dict[tuple[int, ...], int] = {}
    facts: list[dict[str, Any]] = []
    at: dict[str, int] = {}
    for element, found in known.items():
        numbers = []
        for one in found:
            mark = (one.name, one.type, repr(one.choices))
            if mark not in names:
                names[mark] = len(facts)
                facts.append({"name": one.name, "type": one.type, "choices": list(one.choices)})
            numbers.append(names[mark])
        at[element] = lists.setdefault(tuple(numbers), len(lists))
    return {"names": facts, "lists": [list(numbers) for numbers in lists], "at": at}


@view_config(route_name="processes.draft.discard", request_method="POST", permission="owner")
def discard(request: Request) -> HTTPSeeOther:
    """Throw the draft away."""
    key = request.matchdict["key"]
    discard_draft(request.work, key, _revision(request.POST))
    request.session.flash(request.translate(N_("The draft was thrown away.")))
    return HTTPSeeOther(request.route_path("processes"))


def sent_json(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; raises `Invalid` for anything else, and for too much."""
    if (request.content_length or 0) > 2 * LONGEST:
        raise Invalid("This is too much at once.")
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid("This cannot be read.") from None
    if not isinstance(sent, dict):
        raise Invalid("This cannot be read.")
    return sent


def _standing_files(request: Request, key: str) -> dict[str, str]:
    found = draft_of(request.db, key)
    return dict(found.files if found else process_in_force(request.db, key).files)


def _stand(found: ProcessDraft) -> dict[str, Any]:
    return {"revision": found.revision, "changed_by": found.changed_by,
            "changed_at": found.changed_at.isoformat()}  # fmt: skip


def _files(sent: Any) -> dict[str, str | None]:
    if not isinstance(sent, dict) or not all(isinstance(t, str | None) for t in sent.values()):
        raise Invalid("This cannot be read.")
    return sent


def _revision(sent: Any) -> int:
    said = str(sent.get("revision", ""))
    if not said.isascii() or not said.isdigit() or len(said) > 9:
        raise Invalid("This cannot be read.")
    return int(said)
