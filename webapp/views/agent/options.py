"""What combos ask for while somebody types: people, agents, queues."""

from __future__ import annotations

from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.queries import queues
from engine.people.models import Person
from engine.people.queries import agents, find_people
from webapp.views.agent.answers import text_of

MOST = 20


@view_config(route_name="options.people", request_method="GET", renderer="json", permission="agent")
def people(request: Request) -> list[dict[str, str]]:
    """People by name, address, number or company."""
    found = find_people(request.db, text_of(request, "q", 100), limit=MOST)
    return [{"value": str(p.id), "label": p.name, "hint": _hint(p)} for p in found]


@view_config(route_name="options.agents", request_method="GET", renderer="json", permission="agent")
def agent_options(request: Request) -> list[dict[str, str]]:
    """Agents whose name or login contains the text."""
    asked = text_of(request, "q", 100).lower()
    found = [p for p in agents(request.db) if asked in f"{p.name} {p.login}".lower()]
    return [{"value": p.login, "label": p.name, "hint": p.login} for p in found[:MOST]]


@view_config(route_name="options.queues", request_method="GET", renderer="json", permission="agent")
def queue_options(request: Request) -> list[dict[str, str]]:
    """Queues whose path contains the text."""
    asked = text_of(request, "q", 100).lower()
    found = [q.name for q in queues(request.db) if asked in q.name.lower()]
    return [{"value": name, "label": name, "hint": ""} for name in found[:MOST]]


def _hint(person: Person) -> str:
    company = person.organisation.name if person.organisation else ""
    number = person.phone or person.mobile
    return " · ".join(part for part in (person.email, number, company) if part)
