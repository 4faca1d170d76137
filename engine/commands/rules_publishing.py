"""Drafts of rules become the release in force, with author and note; and the way back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue.published import RulesInForce, RulesRelease
from engine.catalogue.rules_drafting import RulesPeriod
from engine.commands.candidates import RulesCandidate
from engine.commands.known_names import unknown_names
from engine.commands.publish import put_rules_in_force
from engine.commands.publishers import may_publish, publish_rules_alone
from engine.commands.rules_drafts import MINE_TO_WAIT, Standing, proposal
from engine.commands.rules_examining import STOPPED, RulesExamination, examine_rules, read_all
from engine.errors import Conflict, Invalid, NotFound
from engine.rules import Ruleset, build_checked, vocabulary_of
from engine.rules.examples import read_examples
from engine.work import Work

LONGEST_NOTE = 2000
Lasting = tuple[RulesPeriod, datetime | None]  # with its end, None where it goes on
MOST_PERIODS = 200  # told of one day


def publish_rules_drafts(
    work: Work, seen: Mapping[str, int], note: str, acknowledged: Collection[str] = ()
) -> RulesRelease:
    """Put all drafts in force as one release, as they were seen (ruleset → revision).

    Raises `Conflict` where one has changed since or began as something that is not in force any
    more, and `Invalid` with all problems, with examples that come out otherwise, or with warnings
    that are not among the `acknowledged` (marks of `rules_examining.mark_of`).
    """
    may_publish(work)
    if proposal(work.session) is not None:
        raise Invalid(MINE_TO_WAIT)
    if work.desk.settings.approve_rules:
        raise Invalid("Somebody else has to approve this before it is in force.")
    publish_rules_alone(work)
    examined = examine_rules(work)
    refuse_changed(examined.stand, seen)
    return put_drafts_in_force(work, examined, note, acknowledged)


def refuse_changed(stand: Standing, seen: Mapping[str, int]) -> None:
    """Raise `Conflict` unless the drafts are the ones that were seen, and still fit."""
    if not stand.drafts or not stand.differs:
        raise Invalid("Nothing has been changed.")
    for name, draft in stand.drafts.items():
        if seen.get(name) != draft.revision:
            raise Conflict(
                "%(name)s has changed this draft meanwhile.", values={"name": draft.changed_by}
            )
    if set(seen) != set(stand.drafts):
        raise Conflict("A draft that you saw has been thrown away meanwhile.")
    refuse_overtaken(stand)


def refuse_overtaken(stand: Standing) -> None:
    """Raise `Conflict` where a draft would take back what others put in force since it began."""
    if stand.overtaken:
        raise Conflict(
            "Other rules came in force since this draft began: %(names)s.",
            values={"names": ", ".join(stand.overtaken)},
        )


def put_drafts_in_force(
    work: Work,
    examined: RulesExamination,
    note: str,
    acknowledged: Collection[str],
    approved_by: str = "",
) -> RulesRelease:
    """Build the next release apart, put it in force and take its drafts away.

    What was seen may be long ago: everything that speaks against it is looked for again.
    """
    refuse_overtaken(examined.stand)
    examined.refuse_unfit(acknowledged)
    candidate = built(examined.stand)
    release = put_rules_in_force(
        work, candidate, note[:LONGEST_NOTE], approved_by=approved_by, acknowledged=acknowledged
    )
    for draft in examined.stand.drafts.values():
        work.session.delete(draft)
    waiting = proposal(work.session)
    if waiting is not None:
        work.session.delete(waiting)
    work.session.flush()
    return release


def built(stand: Standing) -> RulesCandidate:
    """The next release, built in a limited process with all examples; raises `Invalid`."""
    return _built(stand.documents, stand.examples, stand.vocabulary)


def roll_back_rules(work: Work, number: int, note: str = "") -> RulesRelease:
    """Put an earlier release in force again, as it was; drafts stay as they are.

    Raises `NotFound`, and `Invalid` where it names what the desk has no more or cannot be built.
    """
    may_publish(work)
    publish_rules_alone(work)
    release = release_or_missing(work.session, number)
    current = work.session.get(RulesInForce, 1)
    if current is not None and current.release_id == release.id:
        return release
    candidate = _built(release.documents, release.examples, release.vocabulary)
    unknown = unknown_names(work, candidate.rulesets)
    if unknown:
        raise Invalid(STOPPED, unknown)
    return put_rules_in_force(work, candidate, note[:LONGEST_NOTE], kind="back")


def release_or_missing(session: Session, number: int) -> RulesRelease:
    """A release by its number; raises `NotFound`."""
    found = session.scalar(select(RulesRelease).where(RulesRelease.number == number))
    if found is None:
        raise NotFound("There is no such release.")
    return found


def periods(session: Session, limit: int = 200) -> list[RulesPeriod]:
    """Which releases decided when, the latest first."""
    query = select(RulesPeriod).order_by(RulesPeriod.id.desc()).limit(limit)
    return list(session.scalars(query))


def period_at(session: Session, moment: datetime) -> RulesPeriod | None:
    """Which release decided at a moment; None before the first."""
    query = select(RulesPeriod).where(RulesPeriod.since <= moment)
    return session.scalar(query.order_by(RulesPeriod.since.desc(), RulesPeriod.id.desc()).limit(1))


def first_period(session: Session) -> RulesPeriod | None:
    """The earliest that is known; what decided before it is not."""
    query = select(RulesPeriod).order_by(RulesPeriod.since, RulesPeriod.id)
    return session.scalar(query.limit(1))


def periods_of(session: Session, release: RulesRelease) -> list[Lasting]:
    """When a release decided, the latest first, each with its end; None for what lasts."""
    query = select(RulesPeriod).where(RulesPeriod.release_id == release.id)
    return _ended(session, session.scalars(query.order_by(RulesPeriod.id.desc())))


def periods_between(session: Session, start: datetime, end: datetime) -> list[Lasting]:
    """What decided from one moment to another, in that order; of one moment the one that did."""
    first = period_at(session, start)
    query = select(RulesPeriod).where(RulesPeriod.since > start, RulesPeriod.since < end)
    later = session.scalars(query.order_by(RulesPeriod.since, RulesPeriod.id).limit(MOST_PERIODS))
    return _ended(session, [*([first] if first else []), *later])


def _ended(session: Session, rows: Iterable[RulesPeriod]) -> list[Lasting]:
    return [
        (row, session.scalar(select(func.min(RulesPeriod.since)).where(RulesPeriod.id > row.id)))
        for row in rows
    ]


def _built(
    documents: Mapping[str, str], examples: Mapping[str, str], vocabulary_text: str
) -> RulesCandidate:
    vocabulary = vocabulary_of(vocabulary_text)
    rulesets, problems = read_all(documents, vocabulary)
    wrong = [p for found in problems.values() for p in found if p.severity == "error"]
    if wrong:
        raise Invalid(STOPPED, wrong)
    beside = {name: read_examples(text)[0] for name, text in examples.items()}
    release = build_checked(rulesets, vocabulary, beside)
    release.close()
    return _candidate(release.digest, documents, vocabulary_text, rulesets, examples)


def _candidate(
    digest: str,
    documents: Mapping[str, str],
    vocabulary: str,
    rulesets: list[Ruleset],
    examples: Mapping[str, str],
) -> RulesCandidate:
    return RulesCandidate(
        digest, dict(documents), vocabulary, {}, {}, tuple(rulesets), dict(examples)
    )
