"""Four eyes for processes: a draft is proposed, and the process of its approval puts it in force.

The approval is a ticket like any other, in the process `process_approval`. Its steps name the
operators of this module, which hold whatever a diagram says: nobody approves what they proposed,
and only what was proposed is put in force.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from engine.audit.trail import record_desk
from engine.catalogue.drafting import ProcessDraft
from engine.commands.examining import examine
from engine.commands.own_offers import type_of_process
from engine.commands.process_drafts import draft_or_missing, held_draft
from engine.commands.process_publishing import LONGEST_NOTE, put_in_force, refuse_unfit
from engine.commands.processes import send_message
from engine.commands.publishers import may_publish
from engine.commands.tickets import NewTicket, create_ticket
from engine.errors import Invalid, NotAllowed
from engine.people.models import Person
from engine.people.queries import actor_of, people_with_role
from engine.tickets.models import Ticket
from engine.work import Work

PROCESS = "process_approval"
WITHDRAW = "withdraw"


def propose_draft(
    work: Work, key: str, revision: int, note: str, acknowledged: Collection[str] = ()
) -> Ticket:
    """Lay a draft before a second owner; nobody changes it until it is decided or withdrawn.

    Raises what `publish_draft` raises, so that nobody looks at what could not be put in force.
    """
    draft = held_draft(work, key, revision)
    refuse_unfit(examine(work, draft), acknowledged)
    person = work.session.get(Person, work.actor.id) if work.actor.id else None
    if person is None:
        raise NotAllowed("A draft is proposed by somebody who works here.")
    draft.proposed_by, draft.proposed_by_id, draft.proposed_at = person, person.id, work.now
    draft.note, draft.acknowledged = note[:LONGEST_NOTE], sorted(acknowledged)
    ticket = create_ticket(work, _request(work, draft, person))
    draft.ticket_number = ticket.number
    work.session.flush()
    record_desk(work, "process draft proposed", key=key, ticket=ticket.number)
    return ticket


def others_who_decide(work: Work) -> bool:
    """Whether anybody but the actor could decide on what the actor proposes."""
    return any(one.id != work.actor.id for one in people_with_role(work.session, "owner"))


def withdraw_draft(work: Work, key: str) -> None:
    """Take a proposal back; the draft can be changed again, the ticket ends by its process."""
    may_publish(work)
    draft = draft_or_missing(work.session, key)
    if draft.proposed_at is None:
        raise Invalid("This draft has not been proposed.")
    query = select(Ticket).where(Ticket.number == draft.ticket_number)
    ticket = work.session.scalar(query)
    _free(work, draft)
    record_desk(work, "process draft withdrawn", key=key)
    if ticket is not None:
        send_message(work.as_desk(), ticket, WITHDRAW)


def publish_approved(work: Work, ticket: Ticket, params: Mapping[str, Any]) -> None:
    """Operator `publish_draft`: put in force what was proposed, in the name of who proposed it.

    `work` is that of whoever finished the step. Raises `Invalid` where that person may not approve
    it, where the draft is another one by now, or where something speaks against it by now.
    """
    draft = _proposed(work, ticket, params)
    proposer = draft.proposed_by
    if work.actor.id is None or not work.actor.roles & {"owner", "admin"}:
        raise Invalid("A draft is approved by somebody who publishes processes.")
    if proposer is None or work.actor.id == proposer.id:
        raise Invalid("Somebody else has to approve this before it is in force.")
    theirs = replace(work, actor=actor_of(work.session, proposer))
    put_in_force(theirs, draft, draft.note, draft.acknowledged, approved_by=work.actor.name)


def return_draft(work: Work, ticket: Ticket, params: Mapping[str, Any]) -> None:
    """Operator `return_draft`: the draft can be changed again."""
    draft = _proposed(work, ticket, params)
    _free(work, draft)
    record_desk(work, "process draft given back", key=draft.key)


def _request(work: Work, draft: ProcessDraft, person: Person) -> NewTicket:
    version = work.desk.library.in_force(work.session, PROCESS)
    title = draft.title.get(person.language) or draft.title.get("en") or draft.key
    address = f"{work.desk.settings.base_url}/processes/{draft.key}/publish"
    words = {"de": "Freigabe: %s", "en": "Approval: %s"}
    return NewTicket(
        title=words.get(person.language, words["en"]) % title,
        body="\n\n".join(part for part in (draft.note, address) if part),
        channel="web",
        customer=person,
        type=type_of_process(work.session, version).name,
        answers={"draft_key": draft.key},
        placed=True,
    )


def _proposed(work: Work, ticket: Ticket, params: Mapping[str, Any]) -> ProcessDraft:
    """The draft that is decided on this ticket; another process cannot speak for it."""
    query = select(ProcessDraft).where(ProcessDraft.key == str(params.get("key")))
    found = query.with_for_update().execution_options(populate_existing=True)
    draft = work.session.scalar(found)
    if draft is None or draft.proposed_at is None or draft.ticket_number != ticket.number:
        raise Invalid("This draft is not the one that was proposed.")
    return draft


def _free(work: Work, draft: ProcessDraft) -> None:
    draft.proposed_by = draft.proposed_by_id = draft.proposed_at = None
    draft.ticket_number = ""
    work.session.flush()
