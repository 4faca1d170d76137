"""Trying form rules: how a form would look to somebody, and which rule made each question so.

Nothing is carried out or kept. It answers why a question is missing before anybody has sent the
form, by the rules in force or by the drafts.
"""

from __future__ import annotations

from engine.commands.facts import facts_of, times_of
from engine.commands.form_names import KnownForm
from engine.commands.form_rules import Asked, asked_with, bare_facts
from engine.commands.publishers import may_publish
from engine.people.models import Person
from engine.rules import Release
from engine.tickets.models import Ticket
from engine.work import Work


def tried(
    work: Work,
    form: KnownForm,
    release: Release,
    *,
    who: str,
    person: Person | None = None,
    ticket: Ticket | None = None,
) -> Asked:
    """The form as `who` (customer or agent) would be asked it: for a request of this person, or
    about this ticket."""
    may_publish(work)
    facts, times = bare_facts(work, person, form.offer)
    if ticket is not None:
        facts, times = facts_of(work, ticket), times_of(work, ticket)
    if form.kind == "step":
        facts["step.id"] = form.name.split("/", 2)[-1]
    facts |= {
        "asked.form": form.name,
        "asked.kind": form.kind,
        "asked.who": who,
        "asked.language": person.language if person else work.actor.language,
    }
    return asked_with(work, release, form.asking, facts, times)
