"""A page of tickets with its filters as links, and what else a search finds: people and FAQ."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pyramid.request import Request

from engine.faq.queries import Found
from engine.faq.queries import find as find_faq
from engine.people.models import Person
from engine.people.queries import find_people
from engine.tickets import queries
from engine.tickets.fulltext import matching
from engine.tickets.models import Ticket
from engine.tickets.task_lists import warnings
from webapp.i18n import N_
from webapp.presenters import choices

STATES = (
    ("open", N_("Open")),
    ("new", N_("New")),
    ("pending reminder", N_("Waiting")),
    ("pending auto close", N_("Solved")),
    ("closed", N_("Closed")),
    ("all", N_("All")),
)
OWNERS = (("", N_("Everybody's")), ("me", N_("Mine")), ("none", N_("Nobody's")))
NAMES = ("q", "in", "state", "who", "rank", "type", "tag", "customer")


@dataclass
class TicketList:
    """Everything the list shows."""

    rows: list[Ticket]
    soon: dict[int, Any]
    count: int
    asked: dict[str, str]
    states: list[dict[str, Any]]
    owners: list[dict[str, Any]]
    options: dict[str, list[tuple[str, str]]]
    chips: list[dict[str, Any]]
    older: str = ""
    first: str = ""
    people: list[Person] = field(default_factory=list)
    faq: list[Found] = field(default_factory=list)


def list_of(request: Request) -> TicketList:
    """The page that the address asks for."""
    asked = {n: v for n in NAMES if (v := str(request.GET.get(n) or "").strip()[:300])}
    wanted = filter_of(request, asked)
    before = str(request.GET.get("before") or "")
    last = int(before) if before.isdecimal() and len(before) < 12 else None
    rows = queries.tickets(request.db, request.actor, wanted, before=last, limit=queries.PAGE + 1)
    more, rows = len(rows) > queries.PAGE, rows[: queries.PAGE]
    shown = TicketList(
        rows=rows,
        soon=warnings(request.db, rows),
        count=queries.count(request.db, request.actor, wanted),
        asked=asked,
        states=_links(request, asked, "state", STATES, asked.get("state", "open")),
        owners=_links(request, asked, "who", OWNERS, asked.get("who", "")),
        options=_options(request),
        chips=_chips(request, asked),
        older=_href(request, asked, before=str(rows[-1].id)) if more else "",
        first=_href(request, asked) if last is not None else "",
    )
    if "q" in asked and last is None:
        shown.people = find_people(request.db, asked["q"], limit=6)
        language = request.reader.language
        shown.faq = find_faq(
            request.db, request.desk.index, asked["q"], actor=request.actor, language=language,
            limit=4,
        )  # fmt: skip
    return shown


def filter_of(request: Request, asked: dict[str, str]) -> queries.Filter:
    """The filter that these words of an address mean; a search looks into closed ones too."""
    state = asked.get("state") or ("all" if "q" in asked else "open")
    rank, customer, who = asked.get("rank", ""), asked.get("customer", ""), asked.get("who", "")
    wanted = queries.Filter(
        queue=asked.get("in"),
        type=asked.get("type"),
        tag=asked.get("tag"),
        priority=int(rank) if rank in "12345" and rank else None,
        customer_id=int(customer[:12]) if customer.isdecimal() else None,
        owner_id=request.actor.id if who == "me" else int(who[:12]) if who.isdecimal() else None,
        unowned=who == "none",
        open_only=state == "open",
        state_type=None if state in ("open", "all", "closed") else state,
        ended_only=state == "closed",
    )
    if "q" in asked:
        wanted = replace(wanted, text_ids=matching(request.db, asked["q"]))
    return wanted


def _links(
    request: Request, asked: dict[str, str], name: str, values: Any, chosen: str
) -> list[dict[str, Any]]:
    return [
        {
            "label": request.translate(label),
            "href": _href(request, asked | {name: value}),
            "active": value == chosen,
        }
        for value, label in values
    ]


def _options(request: Request) -> dict[str, list[tuple[str, str]]]:
    ranks = [(name[:1], label) for name, label in choices.priority_choices(request)]
    return {
        "in": choices.queue_choices(request),
        "type": choices.type_choices(request),
        "rank": ranks,
        "queue": choices.target_choices(request),
        "owner": choices.agent_choices(request),
        "priority": choices.priority_choices(request),
    }


def _chips(request: Request, asked: dict[str, str]) -> list[dict[str, Any]]:
    """What narrows the list beside state and owner, each to be taken away."""
    labels = {"q": N_("Text"), "in": N_("Queue"), "rank": N_("Priority"), "type": N_("Type"),
              "tag": N_("Tag"), "customer": N_("Customer")}  # fmt: skip
    chips = []
    for name, label in labels.items():
        if name not in asked:
            continue
        rest = {k: v for k, v in asked.items() if k != name}
        value = _shown(request, name, asked[name])
        text = f"{request.translate(label)}: {value}"
        chips.append({"label": text, "href": _href(request, rest), "active": True, "remove": True})
    return chips


def _shown(request: Request, name: str, value: str) -> str:
    if name == "customer" and value.isdecimal():
        person = request.db.get(Person, int(value[:12]))
        return person.name if person else value
    return str(request.translate(value)) if name == "type" else value


def _href(request: Request, asked: dict[str, str], before: str = "") -> str:
    query = {k: v for k, v in asked.items() if v} | ({"before": before} if before else {})
    return str(request.route_path("tickets", _query=query))
