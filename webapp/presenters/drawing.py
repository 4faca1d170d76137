"""What the page to draw on knows of the desk: its words, and what a diagram may name."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel.messages.pofile import read_po
from pyramid.request import Request

from engine.catalogue import queries as catalogue
from engine.catalogue.models import State
from engine.commands.publish import ruleset_names
from engine.commands.shared_parts import shared_files
from engine.notify.recipients import WORDS
from engine.people.queries import groups
from engine.workflow.assignment import EXPRESSION, PEOPLE, PREFIXES
from engine.workflow.lint.words import OPERATORS, OPTIONAL, STATES, TICKET_FIELDS
from engine.workflow.source import DIAGRAM, main_process
from engine.workflow.source import title_of as title_of_process
from engine.workflow.xml import B, XmlFault, read_xml
from webapp.i18n import LOCALE_DIR, N_
from webapp.presenters.choices import (
    priority_choices,
    queue_choices,
    service_choices,
    sla_choices,
    title_of,
    type_choices,
)
from webapp.presenters.notice_names import notice_names

ROLES = ("agent", "owner", "admin")
# Messages that the desk itself sends into a ticket's process, beside those that rules send.
MESSAGES = {
    "customer_replied": N_("The customer has written"),
    "agent_replied": N_("An agent has written"),
    "clock_warning": N_("A promised time is running out"),
    "clock_breached": N_("A promised time has passed"),
    "clock_escalated": N_("A promised time has been over for long"),
    "reopen": N_("The ticket is to be opened again"),
    "children_done": N_("All subtasks have ended"),
    "child_done": N_("A subtask has ended"),
    "parent_ended": N_("The parent ticket has ended"),
}


@cache
def words_of_drawing(language: str) -> dict[str, str]:
    """What the scripts of the page say, by the English they are written in; English needs none."""
    path = LOCALE_DIR / language / "draw.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        found = [(m.id, m.string) for m in read_po(file, locale=language) if m.id]
    return {one: said for one, said in found if isinstance(one, str) and isinstance(said, str)}


def desk_for_drawing(request: Request) -> dict[str, Any]:
    """What may be chosen: queues, groups, states, rulesets and what service steps can do."""
    states = catalogue.all_of(request.db, State)
    names = notice_names(request)
    return {
        "queues": [name for name, _ in queue_choices(request)],
        "groups": [group.name for group in groups(request.db)],
        "roles": list(ROLES),
        "people": sorted(PEOPLE),
        "prefixes": [*PREFIXES, EXPRESSION],
        "rulesets": sorted(ruleset_names(request.work) or ()),
        "operators": {name: list(params) for name, params in OPERATORS.items()},
        "optional": {name: list(params) for name, params in OPTIONAL.items()},
        "templates": sorted(names),
        "template_words": names,
        "calls": _calls(request),
        "messages": list(MESSAGES),
        "message_words": {name: request.translate(said) for name, said in MESSAGES.items()},
        "people_url": request.route_path("options.agents"),
        "rules_url": request.route_path("rules"),
        "recipients": sorted(WORDS),
        "fields": sorted(TICKET_FIELDS),
        "states": [
            {"value": row.name, "label": title_of(request, row), "ended": row.ended}
            for row in states
            if row.name != "merged"
        ]
        or [{"value": name, "label": name, "ended": False} for name in sorted(STATES)],
        "values": {
            "queue": queue_choices(request),
            "priority": priority_choices(request),
            "type": type_choices(request),
            "service": service_choices(request),
            "sla": sla_choices(request),
        },
    }


def _calls(request: Request) -> list[dict[str, str]]:
    """The shared processes: by what a diagram names them, and what they are for."""
    found = []
    for folder, files in sorted(shared_files(request.db).items()):
        try:
            process = main_process(read_xml(files.get(DIAGRAM, "").encode()))
        except XmlFault:
            continue
        if process is not None and process.get("id"):
            title = request.reader.pick(title_of_process(files)) or folder
            about = (process.findtext(f"{B}documentation") or "").strip()
            found.append({"id": process.get("id", ""), "title": title, "about": about})
    return found
