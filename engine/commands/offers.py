"""The service catalogue as it comes from files: read, checked against the desk, put in force."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from sqlalchemy import select

from engine.catalogue.audience import AUDIENCES
from engine.catalogue.models import OWN, Offer, Queue, Service, Sla, TicketType
from engine.catalogue.own_fields import questions
from engine.catalogue.published import ProcessInForce
from engine.catalogue.queries import custom_fields, maybe, priority_of
from engine.commands.candidates import read_text
from engine.commands.publishers import may_publish
from engine.errors import Invalid, Problem
from engine.rules.source import Listed, Mapped, read_yaml
from engine.work import Work

FILE = "catalogue.yaml"
NAMED: Mapping[str, Any] = {"queue": Queue, "type": TicketType, "service": Service, "sla": Sla}
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}\Z")


@dataclass(frozen=True)
class OfferCandidate:
    """One entry of catalogue.yaml with its form; `lines` says where its keys stand."""

    key: str
    document: Mapped
    form: dict[str, Any]

    def wrong(self, field: str, message: str, mend: str = "") -> Problem:
        """A problem of this entry, at the line of the field."""
        line = self.document.lines.get(field, self.document.line)
        return Problem("catalogue", "error", self.key, line, f"{FILE}: {message}", mend)


def read_catalogue(folder: Path) -> list[OfferCandidate] | None:
    """The offers of a folder, None where it has none; raises `Invalid` with all problems."""
    if not (folder / FILE).is_file():
        return None
    data, problems = read_yaml(read_text(folder / FILE))
    entries = data.get("offers", Listed()) if isinstance(data, Mapped) else None
    found: list[OfferCandidate] = []
    if isinstance(entries, Listed):
        problems += _read(folder, entries, found)
    elif not problems:
        problems = [_at(1, "the catalogue is a mapping with a list of offers", "offers: [...]")]
    if problems:
        raise Invalid("The catalogue was not published.", problems)
    return found


def publish_catalogue(work: Work, candidates: list[OfferCandidate] | None) -> list[Offer]:
    """Put the offers in force; those not among them are put away. None leaves all as it is.

    Raises `Invalid` for whatever the offers name and this desk does not have.
    """
    may_publish(work)
    if candidates is None:
        return []
    problems = [problem for one in candidates for problem in named_unknown(work, one)]
    if problems:
        raise Invalid("The catalogue was not published.", problems)
    published = []
    for position, one in enumerate(candidates):
        offer = work.session.get(Offer, one.key) or Offer(key=one.key)
        offer.position, offer.active = position, True
        offer.document, offer.form = dict(one.document), one.form
        work.session.add(offer)
        published.append(offer)
    for old in work.session.scalars(select(Offer)):
        if not old.document.get(OWN):  # those come and go with their process
            old.active = old.key in {offer.key for offer in published}
    work.session.flush()
    return published


def _read(folder: Path, entries: Listed, found: list[OfferCandidate]) -> Iterator[Problem]:
    for entry, line in zip(entries, getattr(entries, "lines", ()), strict=False):
        key = entry.get("key") if isinstance(entry, Mapped) else None
        if not isinstance(key, str) or not _KEY.match(key):
            yield _at(line, "an offer needs a key", "letters, digits and underscores")
            continue
        one = OfferCandidate(key, entry, {})
        if any(key == other.key for other in found):
            yield one.wrong("key", f"there are two offers {key!r}", "give each its own key")
        found.append(one)
        yield from written_wrong(one)
        yield from _form(folder / "offers", one)


def written_wrong(one: OfferCandidate) -> Iterator[Problem]:
    """What can be seen without the desk: words, names and audience have the right shape."""
    entry = one.document
    for field in ("title", "description", "next", "by_when"):
        text = entry.get(field, None if field == "title" else {})
        if not isinstance(text, dict) or not all(isinstance(t, str) for t in text.values()):
            yield one.wrong(field, f"{field} must be a text for each language", "{de: …, en: …}")
    for field in ("process", "form", *NAMED):
        if not isinstance(entry.get(field, ""), str):
            yield one.wrong(field, f"{field} must be a name")
    audience = entry.get("audience", [])
    if not isinstance(audience, list) or not set(map(str, audience)) <= set(AUDIENCES):
        mend = f"a list of {', '.join(AUDIENCES)}"
        yield one.wrong("audience", f"nobody is called {audience!r}", mend)


def _form(folder: Path, one: OfferCandidate) -> Iterator[Problem]:
    """Read the form that the offer names, or the one that is called like it."""
    name = one.document.get("form", one.key)
    if not isinstance(name, str) or not _KEY.match(name):
        return
    schema = folder / f"{name}.schema.json"
    if not schema.is_file():
        if "form" in one.document:
            yield one.wrong("form", f"there is no form offers/{name}.schema.json")
        return
    for part, path in (("schema", schema), ("ui", folder / f"{name}.ui.json")):
        if not path.is_file():
            continue
        try:
            document = json.loads(read_text(path))
        except (ValueError, RecursionError) as error:
            yield one.wrong("form", f"offers/{path.name} is no JSON: {str(error)[:200]}")
            continue
        if not isinstance(document, dict):
            yield one.wrong("form", f"offers/{path.name} is no mapping")
            continue
        one.form[part] = document
    one.form.setdefault("ui", {})
    try:
        Draft202012Validator.check_schema(one.form.get("schema", {}))
    except SchemaError as error:
        said = str(error.message)[:200]
        yield one.wrong("form", f"offers/{schema.name} is no JSON schema: {said}")


def named_unknown(
    work: Work, one: OfferCandidate, names: Collection[str] = ("process", *NAMED)
) -> Iterator[Problem]:
    """What an offer names and the desk has not; `names` are the keys that are looked at."""
    entry = one.document
    process = entry.get("process") if "process" in names else None
    if process and work.session.get(ProcessInForce, process) is None:
        yield one.wrong("process", f"no process {process!r} is in force", "publish it first")
    for field, kind in NAMED.items():
        name = entry.get(field) if field in names else None
        if name and maybe(work.session, kind, name) is None:
            yield one.wrong(field, f"there is no {field} called {name!r}")
    own = {field.name for field in custom_fields(work.session) if field.active}
    for question, name in questions(one.form).items():
        if name not in own:
            said = f"{question!r} fills custom.{name}, and there is no such field"
            yield one.wrong("form", said, "make the field first, on the page of groups and queues")
    if entry.get("priority"):
        try:
            priority_of(work.session, entry["priority"])
        except Invalid as error:
            yield one.wrong("priority", error.message)


def _at(line: int, message: str, mend: str) -> Problem:
    return Problem("catalogue", "error", None, line, f"{FILE}: {message}", mend)
