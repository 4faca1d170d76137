"""The offer that comes with a process: how customers ask for what it does, as a file beside it.

`offer.json` says title, description, audience and where the request begins; its questions are the
form `offer`. It is drafted, published, compared and put back with its process, so that owners make
a whole new kind of ticket without anybody else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue.models import OWN, Offer, TicketType
from engine.catalogue.published import ProcessVersion
from engine.commands.offers import FILE, OfferCandidate, named_unknown, written_wrong
from engine.errors import Problem
from engine.rules.source import Mapped, read_yaml
from engine.work import Work
from engine.workflow.source import OFFER, SCHEMA, UI

Files = Mapping[str, bytes]


def starting_offer(title: Mapping[str, str]) -> dict[str, str]:
    """The files of an offer to begin with: title and description are asked, nothing else."""
    one = {"de": "Worum geht es?", "en": "What is it about?"}
    more = {"de": "Beschreibung", "en": "Description"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "title": {"title": one["en"], "type": "string", "minLength": 1, "maxLength": 150},
            "body": {"title": more["en"], "type": "string", "minLength": 1, "maxLength": 10000},
        },
        "required": ["title", "body"],
        "additionalProperties": False,
    }
    ui = {
        "title": dict(title),
        "order": ["title", "body"],
        "fields": {
            "title": {"label": one, "widget": "text", "ticket": "title"},
            "body": {"label": more, "widget": "textarea", "article": True},
        },
    }
    document = {"title": dict(title), "audience": ["internal"], "active": True}
    return {OFFER: text_of(document), f"offer{SCHEMA}": text_of(schema), f"offer{UI}": text_of(ui)}


def text_of(document: Any) -> str:
    """A document as the text of its file."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def own_offer(key: str, files: Files) -> tuple[OfferCandidate | None, list[Problem]]:
    """The offer of a process as its files say it, and what is wrong with them; None without one."""
    if OFFER not in files:
        return None, []
    document, problems = read_yaml(files[OFFER])
    if not isinstance(document, Mapped):
        return None, [*problems, _odd("the offer is a mapping")]
    form, odd = _form(files)
    for name, value in (("key", key), ("process", key), ("form", "offer")):
        document[name] = value
    if not isinstance(document.get("active", True), bool):
        odd.append(_odd("active is true or false"))
    one = OfferCandidate(key, document, form)
    return one, [*problems, *odd, *(_in_own_file(p) for p in written_wrong(one))]


def check_own_offer(work: Work, key: str, files: Files) -> list[Problem]:
    """All that is wrong with the offer of a process, here on this desk; never raises."""
    one, problems = own_offer(key, files)
    if one is None or problems:
        return problems
    found = named_unknown(work, one, ("queue", "service", "sla"))
    return [_in_own_file(problem) for problem in found]


def put_offer_in_force(work: Work, version: ProcessVersion) -> None:
    """Let customers find the offer of a version just put in force, or no more where it has none.

    Tickets that come by it are of a type of its own, which is made when it is missing.
    """
    files = {name: text.encode() for name, text in version.files.items()}
    one, problems = own_offer(version.key, files)
    offer = work.session.get(Offer, version.key)
    if one is None or problems:
        if offer is not None and offer.document.get(OWN):
            offer.active = False
            work.session.flush()
        return
    named = type_of_process(work.session, version)
    if offer is None:
        last = work.session.scalar(select(func.max(Offer.position)))
        offer = Offer(key=version.key, position=(last or 0) + 1)
    offer.document = {**one.document, "type": named.name, OWN: True}
    offer.form, offer.active = one.form, one.document.get("active", True)
    work.session.add(offer)
    work.session.flush()


def type_of_process(session: Session, version: ProcessVersion) -> TicketType:
    """The ticket type that takes this process; the first one where several do."""
    query = select(TicketType).where(TicketType.process_key == version.key)
    found = session.scalar(query.order_by(TicketType.id).limit(1))
    if found is not None:
        return found
    free = version.key.replace("_", " ")
    named = session.scalar(select(TicketType).where(TicketType.name == free))
    name = free if named is None else version.key
    made = TicketType(name=name, process_key=version.key, title=dict(version.title))
    session.add(made)
    session.flush()
    return made


def _form(files: Files) -> tuple[dict[str, Any], list[Problem]]:
    form: dict[str, Any] = {"schema": {}, "ui": {}}
    problems = []
    for part, name in (("schema", f"offer{SCHEMA}"), ("ui", f"offer{UI}")):
        if name not in files:
            continue
        try:
            form[part] = json.loads(files[name])
        except (ValueError, RecursionError):
            form[part] = None
        if not isinstance(form[part], dict):
            problems.append(_odd(f"{name} cannot be read"))
    return form, problems


def _odd(said: str) -> Problem:
    mend = "Set it right on the page of the offer"
    return Problem("offer", "error", None, None, f"{OFFER}: {said}", mend)


def _in_own_file(problem: Problem) -> Problem:
    said = problem.message.removeprefix(f"{FILE}: ")
    return Problem(
        "offer", problem.severity, None, problem.line, f"{OFFER}: {said}",
        problem.mend or "Set it right on the page of the offer",
    )  # fmt: skip
