"""What was decided rightly, or shows a fault, is kept as an example for all later changes."""

from __future__ import annotations

from sqlalchemy import select

from engine.audit.models import DecisionTrace
from engine.catalogue.published import RulesRelease
from engine.catalogue.rules_drafting import RulesDraft
from engine.commands.facts import first_text
from engine.commands.publishers import may_publish
from engine.commands.rules_drafts import save_rules_draft, standing
from engine.commands.rules_examining import RulesExamination, examine_rules, mark_of
from engine.errors import Invalid, NotFound, Problem
from engine.rules.example_of import Made, example_of, example_shown_by
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
    return _append(work, row.ruleset, example_from(work, ticket, row, name))


def finding_of(examined: RulesExamination, ruleset: str, mark: str) -> Problem:
    """What the check finds in the drafts under this mark, with a ticket that shows it."""
    for problem in examined.problems.get(ruleset, ()):
        if problem.witness is not None and mark_of(ruleset, problem) == mark:
            return problem
    raise NotFound("This is not found any more.")


def example_of_finding(
    examined: RulesExamination, ruleset: str, mark: str, name: str, *, shall_fire: bool = False
) -> Made:
    """Its ticket as an example: what the drafts decide, or that the rule it is about shall fire."""
    problem = finding_of(examined, ruleset, mark)
    if examined.preview is None:
        raise Invalid("The drafts cannot be asked before their text is mended.")
    called = " ".join(name.split())[:LONGEST_NAME] or f"{problem.element or problem.code}"
    rule = (problem.element or "") if shall_fire else ""
    return example_shown_by(examined.preview, ruleset, problem.witness or {}, called, rule)


def keep_finding(
    work: Work, ruleset: str, mark: str, name: str, *, shall_fire: bool = False
) -> RulesDraft:
    """Put it at the end of the draft's examples."""
    may_publish(work)
    made = example_of_finding(examine_rules(work), ruleset, mark, name, shall_fire=shall_fire)
    return _append(work, ruleset, made)


def _append(work: Work, ruleset: str, made: Made) -> RulesDraft:
    stand = standing(work.session)
    text = stand.examples.get(ruleset, "")
    names = {one.get("name") for one in read_examples(text)[0]} if text.strip() else set()
    if made.example["name"] in names:
        said = "There is an example with this name already."
        raise Invalid(said, fields={"name": said})
    draft = stand.drafts.get(ruleset)
    before = text.rstrip("\n") + "\n" if text.strip() else ""
    revision = draft.revision if draft else 0
    return save_rules_draft(work, ruleset, revision, examples=before + text_of(made))
