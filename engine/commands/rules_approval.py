"""Drafts of rules that wait: for a second pair of eyes, for their time, or for both.

The approval is a ticket like any other, in the process `rules_approval`. Its steps name the
operators of this module, which hold whatever a diagram says: nobody approves what they proposed,
and only what was proposed is put in force.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from engine.audit.trail import record_desk
from engine.catalogue.rules_drafting import RulesProposal
from engine.commands.own_offers import type_of_process
from engine.commands.process_approval import WITHDRAW
from engine.commands.processes import send_message
from engine.commands.publishers import may_publish, publish_rules_alone
from engine.commands.rules_drafts import MINE_TO_WAIT, proposal
from engine.commands.rules_examining import examine_rules
from engine.commands.rules_publishing import LONGEST_NOTE, put_drafts_in_force, refuse_changed
from engine.commands.tickets import NewTicket, close_ticket, create_ticket
from engine.errors import Invalid, NotAllowed, VorgangError
from engine.notify.write import tell
from engine.people.models import Person
from engine.people.queries import actor_of, people_with_role
from engine.tickets.models import Ticket
from engine.timers.write import set_timer
from engine.work import Work

PROCESS = "rules_approval"
TIMER = "rules"
SUBJECT = "1"  # there is one proposal at a time
PAGE = "rules/review-changes"  # where it is shown


def propose_rules(
    work: Work,
    seen: Mapping[str, int],
    note: str,
    acknowledged: Collection[str] = (),
    due_at: datetime | None = None,
) -> RulesProposal:
    """Lay all drafts before a second admin, or let them wait until `due_at`; nobody changes them.

    Where the setting `approve_rules` is off, nobody has to agree and `due_at` must be given. Raises
    what `publish_rules_drafts` raises, so that nobody looks at what could not be put in force.
    """
    may_publish(work)
    if proposal(work.session) is not None:
        raise Invalid(MINE_TO_WAIT)
    if due_at is not None and due_at <= work.now:
        raise Invalid("This moment has passed.", fields={"due_at": "This moment has passed."})
    if due_at is None and not work.desk.settings.approve_rules:
        raise Invalid("Say when the rules shall be in force.")
    examined = examine_rules(work)
    refuse_changed(examined.stand, seen)
    examined.refuse_unfit(acknowledged)
    person = work.session.get(Person, work.actor.id) if work.actor.id else None
    if person is None:
        raise NotAllowed("A draft is proposed by somebody who works here.")
    row = RulesProposal(
        id=1,
        note=note[:LONGEST_NOTE],
        acknowledged=sorted(acknowledged),
        proposed_by=person,
        proposed_by_id=person.id,
        proposed_at=work.now,
        due_at=due_at,
    )
    work.session.add(row)
    if work.desk.settings.approve_rules:
        row.ticket_number = create_ticket(work, _request(work, row, person)).number
    else:
        set_timer(work, TIMER, SUBJECT, 0, due_at)
    work.session.flush()
    record_desk(work, "rules proposed", ticket=row.ticket_number,
                due=due_at.isoformat() if due_at else "")  # fmt: skip
    return row


def others_who_decide(work: Work) -> bool:
    """Whether anybody but the actor could decide on what the actor proposes."""
    return any(one.id != work.actor.id for one in people_with_role(work.session, "admin"))


def withdraw_rules(work: Work) -> None:
    """Take a proposal back; the drafts can be changed again, its ticket ends by its process."""
    may_publish(work)
    row = proposal(work.session)
    if row is None:
        raise Invalid("These rules have not been proposed.")
    ticket = work.session.scalar(select(Ticket).where(Ticket.number == row.ticket_number))
    _free(work, row)
    record_desk(work, "rules withdrawn")
    if ticket is None or ticket.state.ended or send_message(work.as_desk(), ticket, WITHDRAW):
        return  # else it was approved and could not be put in force: nothing comes of it any more
    close_ticket(work.as_desk(), ticket, "closed unsuccessful", "the rules were withdrawn")


def publish_approved_rules(work: Work, ticket: Ticket) -> None:
    """Operator `publish_rules`: put in force what was proposed, or let it wait for its time.

    `work` is that of whoever finished the step. Raises `Invalid` where that person may not approve
    it, where this ticket does not decide on it, or where something speaks against it by now.
    """
    row = _proposed(work, ticket)
    if work.actor.id is None or not work.actor.roles & {"owner", "admin"}:
        raise Invalid("Rules are approved by somebody who publishes rules.")
    if work.actor.id == row.proposed_by_id:
        raise Invalid("Somebody else has to approve this before it is in force.")
    if row.due_at is not None and row.due_at > work.now:
        row.approved_by = work.actor.name
        set_timer(work, TIMER, SUBJECT, 0, row.due_at)
        work.session.flush()
        return
    with work.session.begin_nested():  # what cannot be in force is not approved, and tried again
        _put_in_force(work, row, work.actor.name)


def return_rules(work: Work, ticket: Ticket) -> None:
    """Operator `return_rules`: the drafts can be changed again."""
    _free(work, _proposed(work, ticket))
    record_desk(work, "rules given back")


def publish_due_rules(work: Work) -> None:
    """Put in force what waited for its time.

    What stands in the way is kept with the proposal, and whoever proposed it is written to.
    """
    row = proposal(work.session)
    if row is None or row.due_at is None or row.due_at > work.now:
        return
    try:
        with work.session.begin_nested():
            _put_in_force(work, row, row.approved_by)
    except VorgangError as error:
        said = [error.message, *(p.message for p in getattr(error, "problems", ())[:20])]
        row.failed = "\n".join(said)
        record_desk(work, "rules failed", why=row.failed)
        tell(work, work.session.get_one(Person, row.proposed_by_id), "rules_failed", page=PAGE)
        work.session.flush()


def _put_in_force(work: Work, row: RulesProposal, approved_by: str) -> None:
    publish_rules_alone(work)
    theirs = replace(work, actor=actor_of(work.session, row.proposed_by))
    put_drafts_in_force(theirs, examine_rules(work), row.note, row.acknowledged, approved_by)


def _request(work: Work, row: RulesProposal, person: Person) -> NewTicket:
    version = work.desk.library.in_force(work.session, PROCESS)
    address = f"{work.desk.settings.base_url.rstrip('/')}/{PAGE}"
    words = {"de": "Freigabe: geänderte Regeln", "en": "Approval: changed rules"}
    return NewTicket(
        title=words.get(person.language, words["en"]),
        body="\n\n".join(part for part in (row.note, address) if part),
        channel="web",
        customer=person,
        type=type_of_process(work.session, version).name,
        placed=True,
    )


def _proposed(work: Work, ticket: Ticket) -> RulesProposal:
    """The proposal that is decided on this ticket; another process cannot speak for it."""
    query = select(RulesProposal).where(RulesProposal.id == 1).with_for_update()
    row = work.session.scalar(query.execution_options(populate_existing=True))
    if row is None or row.ticket_number != ticket.number or row.approved_by:
        raise Invalid("These rules are not the ones that were proposed.")
    return row


def _free(work: Work, row: RulesProposal) -> None:
    set_timer(work, TIMER, SUBJECT, 0, None)
    work.session.delete(row)
    work.session.flush()
