"""Drafts of rulesets: begin one, keep what is changed, throw it away; nothing decides by it.

All admins share them. Together with what is in force they are the next release.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.audit.trail import record_desk
from engine.catalogue.published import RulesInForce, RulesRelease
from engine.catalogue.rules_drafting import RulesDraft, RulesProposal
from engine.commands.publishers import may_publish
from engine.errors import Conflict, Invalid, NotFound
from engine.rules.editing import new_text
from engine.rules.merging import merged
from engine.rules.source import LARGEST
from engine.work import Work

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
MINE_TO_WAIT = (
    "The changes lie before a second pair of eyes or wait for their time; withdraw them to go on."
)


@dataclass(frozen=True)
class Standing:
    """The next release as it stands: what is in force with all drafts on top of it."""

    release: RulesRelease | None
    documents: Mapping[str, str]  # ruleset → text
    examples: Mapping[str, str]  # ruleset → text
    drafts: Mapping[str, RulesDraft] = field(default_factory=dict)

    @property
    def vocabulary(self) -> str:
        """The vocabulary that the rules are written for."""
        return self.release.vocabulary if self.release else ""

    @property
    def differs(self) -> bool:
        """Whether anything would be otherwise, if only a comment."""
        release = self.release
        before = (release.documents, release.examples) if release else ({}, {})
        return (dict(self.documents), dict(self.examples)) != before

    @property
    def overtaken(self) -> list[str]:
        """Drafts that began as something else than what is in force by now."""
        return [name for name, draft in self.drafts.items() if overtaken(draft, self.release)]


def standing(session: Session) -> Standing:
    """What would be in force if everything that is drafted were."""
    row = session.get(RulesInForce, 1)
    release = row.release if row else None
    documents = dict(release.documents) if release else {}
    examples = dict(release.examples) if release else {}
    drafts = {draft.name: draft for draft in rules_drafts(session)}
    for name, draft in drafts.items():
        documents.pop(name, None)
        examples.pop(name, None)
        if not draft.removed:
            documents[name] = draft.text
            if draft.examples.strip():
                examples[name] = draft.examples
    return Standing(release, documents, examples, drafts)


def rules_drafts(session: Session) -> list[RulesDraft]:
    """All drafts, by name."""
    return list(session.scalars(select(RulesDraft).order_by(RulesDraft.name)))


def rules_draft_of(session: Session, name: str) -> RulesDraft | None:
    """The draft of a ruleset, if somebody has begun one."""
    return session.get(RulesDraft, name)


def proposal(session: Session) -> RulesProposal | None:
    """What keeps the drafts as they are: that they wait for somebody, or for their time."""
    return session.get(RulesProposal, 1)


def overtaken(draft: RulesDraft, release: RulesRelease | None) -> bool:
    """Whether somebody put another text of the ruleset in force since the draft began."""
    return draft.base != (release.documents.get(draft.name, "") if release else "")


def new_ruleset(
    work: Work, name: str, title: Mapping[str, str], events: Sequence[str] = ()
) -> RulesDraft:
    """The draft of a ruleset that is not there yet; `Invalid` for a name that is taken or unfit."""
    may_publish(work)
    _free(work.session)
    text = "The name of a ruleset is made of small letters, digits and underscores."
    if not NAME.fullmatch(name):
        raise Invalid(text, fields={"name": text})
    if name in standing(work.session).documents or rules_draft_of(work.session, name):
        text = "There is a ruleset with this name already."
        raise Invalid(text, fields={"name": text})
    return _begin(work, name, new_text(name, title, events))


def save_rules_draft(
    work: Work, name: str, revision: int, *, text: str | None = None, examples: str | None = None
) -> RulesDraft:
    """Keep a ruleset's text or its examples; revision 0 begins a draft of what is in force.

    Any text is kept, also one that is wrong by now: publishing refuses it. Raises `Conflict` when
    somebody has saved since this revision, and `Invalid` for what is no text or while the drafts
    wait for their approval.
    """
    draft = held_rules_draft(work, name, revision)
    for said in (text, examples):
        _refuse_odd(said or "")
    if text is not None and (text != draft.text or draft.removed):
        draft.text, draft.removed = text, False
        _touch(work, draft)
    if examples is not None and examples != draft.examples:
        draft.examples = examples
        _touch(work, draft)
    work.session.flush()
    return draft


def edit_rules(work: Work, name: str, revision: int, change: Callable[[str], str]) -> RulesDraft:
    """Keep what `change` makes of the text as it stands; raises as `save_rules_draft` does."""
    draft = held_rules_draft(work, name, revision)
    return save_rules_draft(work, name, draft.revision, text=change(draft.text))


def remove_ruleset(work: Work, name: str, revision: int) -> RulesDraft:
    """Leave a ruleset out of the next release."""
    draft = held_rules_draft(work, name, revision)
    draft.removed = True
    _touch(work, draft)
    work.session.flush()
    return draft


def discard_rules_draft(work: Work, name: str, revision: int) -> None:
    """Throw away what was changed of a ruleset; what is in force stays."""
    draft = held_rules_draft(work, name, revision)
    record_desk(work, "rules draft discarded", ruleset=name, revision=draft.revision)
    work.session.delete(draft)
    work.session.flush()


def merge_rules_draft(work: Work, name: str, revision: int) -> list[str]:
    """Put a draft that others overtook on top of what is in force now.

    Returns the ids of rules that both changed differently, of which the draft's own form stays.
    """
    draft = held_rules_draft(work, name, revision)
    row = work.session.get(RulesInForce, 1)
    theirs = row.release.documents.get(name, "") if row else ""
    both: list[str] = []
    if theirs and draft.base and not draft.removed:
        draft.text, both = merged(draft.base, draft.text, theirs)
    draft.base = theirs
    _touch(work, draft)
    work.session.flush()
    return both


def held_rules_draft(work: Work, name: str, revision: int) -> RulesDraft:
    """The draft as it was seen, for this transaction alone; revision 0 begins one."""
    may_publish(work)
    _free(work.session)
    query = select(RulesDraft).where(RulesDraft.name == name).with_for_update()
    draft = work.session.scalar(query.execution_options(populate_existing=True))
    if draft is None and not revision:
        return _of_in_force(work, name)
    if draft is None:
        raise NotFound("There is no draft of this ruleset.")
    if draft.revision != revision:
        raise Conflict(
            "%(name)s has changed this draft meanwhile.", values={"name": draft.changed_by}
        )
    return draft


def _of_in_force(work: Work, name: str) -> RulesDraft:
    stand = standing(work.session)
    if name not in stand.documents:
        raise NotFound("There is no such ruleset.")
    return _begin(work, name, stand.documents[name], stand.examples.get(name, ""), in_force=True)


def _begin(
    work: Work, name: str, text: str, examples: str = "", *, in_force: bool = False
) -> RulesDraft:
    draft = RulesDraft(
        name=name,
        text=text,
        examples=examples,
        removed=False,
        base=text if in_force else "",
        base_examples=examples if in_force else "",
        created_at=work.now,
        created_by=work.actor.name,
        changed_at=work.now,
        changed_by=work.actor.name,
    )
    work.session.add(draft)
    work.session.flush()
    return draft


def _touch(work: Work, draft: RulesDraft) -> None:
    draft.changed_at, draft.changed_by = work.now, work.actor.name


def _free(session: Session) -> None:
    if proposal(session) is not None:
        raise Invalid(MINE_TO_WAIT)


def _refuse_odd(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Invalid("This is not text.") from None
    if "\x00" in text:
        raise Invalid("This is not text.")
    if size > LARGEST:
        raise Invalid(
            "A ruleset is at most %(number)s MB large.", values={"number": LARGEST // 2**20}
        )
