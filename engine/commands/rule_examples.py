"""A decision that was right is kept as an example, so that no later change of rules undoes it."""

from __future__ import annotations

from sqlalchemy import select

from engine.audit.models import DecisionTrace
from engine.catalogue.published import RulesRelease
from engine.catalogue.rules_drafting import RulesDraft
from engine.commands.facts import first_text
from engine.commands.publishers import may_publish
from engine.commands.rules_drafts import save_rules_draft, standing
from engine.errors import Invalid, NotFound
from engine.rules.example_of import Made, example_of
from engine.rules.examples import read_examples
from engine.rules.layout import written
from engine.tickets.models import Ticket
from engine.work import Work

LONGEST_NAME = 120


def example_from(work: Work, ticket: Ticket, row: DecisionTrace, name: str) -> Made:
    """What would be kept; raises `Invalid` where the decision does not make an example."""
    may_publish(work)
    query = select(RulesRelease).where(RulesRelease.digest == row.release)
    found = work.session.scalar(query)
    release = work.desk.library.release_of(found) if found is not None else None
    if release is None or row.ruleset not in release.rulesets:
        raise NotFound("The rules of that time are not kept any more.")
    called = " ".join(name.split())[:LONGEST_NAME] or f"{ticket.number}"
    whole = {"ticket.body": first_text(work, ticket)}
    return example_of(release, row.trace, called, whole)


def text_of(made: Made) -> str:
    """The example as it will stand in the draft."""
    return "\n".join(written([made.example])) + "\n"


def keep_example(work: Work, ticket: Ticket, row: DecisionTrace, name: str) -> RulesDraft:
    """Put it at the end of the draft's examples; raises `Invalid` also for a name that is taken."""
    made = example_from(work, ticket, row, name)
    stand = standing(work.session)
    text = stand.examples.get(row.ruleset, "")
    names = {one.get("name") for one in read_examples(text)[0]} if text.strip() else set()
    if made.example["name"] in names:
        said = "There is an example with this name already."
        raise Invalid(said, fields={"name": said})
    draft = stand.drafts.get(row.ruleset)
    before = text.rstrip("\n") + "\n" if text.strip() else ""
    revision = draft.revision if draft else 0
    return save_rules_draft(work, row.ruleset, revision, examples=before + text_of(made))
