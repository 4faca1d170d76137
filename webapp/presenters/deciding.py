"""What is decided on a ticket of an approval: the page that shows it, for whoever may open it."""

from __future__ import annotations

from pyramid.request import Request
from sqlalchemy import select

from engine.catalogue.drafting import ProcessDraft
from engine.commands import process_approval, rules_approval
from engine.commands.rules_drafts import proposal
from engine.tickets.flow import ProcessInstance


def decided_on(request: Request, number: str, process: ProcessInstance | None) -> str:
    """The address of the page with all that changes; empty where nothing like that is decided."""
    key = process.version.key if process else ""
    if not request.has_permission("owner"):
        return ""
    if key == rules_approval.PROCESS:
        row = proposal(request.db)
        return (
            str(request.route_path("rules.review")) if row and row.ticket_number == number else ""
        )
    if key == process_approval.PROCESS:
        query = select(ProcessDraft.key).where(ProcessDraft.ticket_number == number)
        draft = request.db.scalar(query)
        return str(request.route_path("processes.publish", key=draft)) if draft else ""
    return ""
