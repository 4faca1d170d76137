"""While a rule is written: how many of the last tickets it would have matched.

The past of these tickets stays in memory, and only those are read again of which something is new.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.audit.models import HistoryEntry
from engine.catalogue.published import RulesInForce
from engine.commands.publishers import may_publish
from engine.commands.rules_drafts import standing
from engine.commands.rules_history import BATCH, Past, pasts
from engine.commands.rules_moments import Moment
from engine.errors import Invalid, NotFound
from engine.rules import Ruleset, Vocabulary, parse_ruleset, preview_release, vocabulary_of
from engine.rules.editing import content, rules_of, text_of
from engine.rules.facts import Facts
from engine.rules.trace import atoms_of
from engine.tickets.models import Ticket
from engine.work import Work

LAST = 1000  # tickets
OVERLAP = 500  # entries looked at once more: who began earlier may have committed later
FRESH_FOR = timedelta(minutes=10)  # then what no history tells (a queue renamed) is seen, too
ALWAYS = ("active", "valid_from", "valid_until", "order", "stop")  # not what is counted
HARMLESS = [{"note": "x"}]  # what a rule does changes nothing about what it matches
UNREADABLE = "This rule cannot be read."
OF_FORMS = "What a form asks cannot be tried on tickets of the past."


@dataclass(frozen=True)
class Matches:
    """Ids of the tickets that the rule matches at some moment of theirs, the newest first."""

    matched: tuple[int, ...]
    looked_at: int
    asked: int = 0  # of these, tickets about which the ruleset is asked at some moment
    untold: tuple[str, ...] = ()  # facts of the rule that are told at none of these moments


@dataclass
class _Seen:
    """One ticket, with its facts as far as rules have read them."""

    past: Past
    facts: dict[tuple[int, str], Facts] = field(default_factory=dict)

    def at(self, moment: Moment, ruleset: str) -> Facts:
        key = id(moment), ruleset if moment.stages else ""
        known = self.facts.get(key)
        if known is None:
            seen = moment.seen_by(ruleset)
            known = self.facts[key] = Facts(seen, moment.changed, moment.at, moment.times)
        return known


@dataclass
class _Memory:
    """The last tickets of one desk."""

    since: datetime
    upto: int = 0
    seen: dict[int, _Seen] = field(default_factory=dict)


_memories: WeakKeyDictionary[Any, dict[bool, _Memory]] = WeakKeyDictionary()  # by connection pool
_lock = threading.Lock()


def count_matches(work: Work, ruleset: str, rule: Mapping[str, Any]) -> Matches:
    """How many of the last tickets a rule, as plain data, would have matched in this ruleset.

    Whether an earlier rule would have stopped, and whether the rule is in use and valid, is left
    out. Raises `Invalid` for what is no rule.
    """
    may_publish(work)
    head = content(standing(work.session).documents.get(ruleset, ""))
    listed = head.get("events")
    events = [str(event) for event in listed] if isinstance(listed, list) else []
    row = work.session.get(RulesInForce, 1)
    vocabulary = vocabulary_of(row.release.vocabulary if row else "")
    if any(vocabulary.events.get(event, {}).get("alone") for event in events):
        raise Invalid(OF_FORMS)
    alone = _alone(vocabulary, ruleset, events, rule)
    release = preview_release([alone], vocabulary)
    texts = "article.text" in str(rule)
    with _lock:
        seen = _last(work, texts)
    matched = [one.past.id for one in seen if _matches(release, ruleset, events, one, work.now)]
    moments = [found for one in seen if (found := one.past.of(ruleset, events))]
    return Matches(tuple(matched), len(seen), len(moments), _untold(alone, moments))


def count_drafted(work: Work, ruleset: str, rule: str) -> Matches:
    """The same for a rule as it stands in the draft, or in force where there is none."""
    text = standing(work.session).documents.get(ruleset)
    found = [one for one in rules_of(text or "") if one.get("id") == rule]
    if not found:
        raise NotFound("There is no such rule.")
    return count_matches(work, ruleset, found[0])


def _alone(
    vocabulary: Vocabulary, name: str, events: list[str], rule: Mapping[str, Any]
) -> Ruleset:
    """The ruleset with this rule alone, as one that does nothing."""
    wanted = {key: value for key, value in rule.items() if key not in ALWAYS}
    wanted |= {"id": "new", "title": {"de": "x", "en": "x"}, "then": HARMLESS}
    head = {"ruleset": name, "title": {"de": "x", "en": "x"}, "events": events}
    ruleset, problems = parse_ruleset(None, text_of({**head, "rules": [wanted]}), vocabulary)
    wrong = [problem for problem in problems if problem.severity == "error"]
    if ruleset is None or wrong or not ruleset.rules:
        raise Invalid(UNREADABLE, wrong)
    return ruleset


def _untold(alone: Ruleset, moments: Sequence[Sequence[Moment]]) -> tuple[str, ...]:
    """What the rule asks for and no ticket ever says; an own field may just be empty everywhere."""
    read = {atom.fact for rule in alone.rules for atom, _ in atoms_of(rule.when)}
    left = {name for name in read if not name.startswith("custom.")} if moments else set()
    for some in moments:
        for moment in some if left else ():
            left.difference_update(moment.facts)
    return tuple(sorted(left))


def _matches(release: Any, name: str, events: list[str], one: _Seen, now: datetime) -> bool:
    (known,) = release.names
    for moment in one.past.of(name, events):
        event, facts = moment.event or None, one.at(moment, name)
        if release.answer(known, facts, event=event, skip=moment.skip, now=now)[1]:
            return True
    return False


def _last(work: Work, texts: bool) -> list[_Seen]:
    """The last tickets, the newest first, read again where something has happened since."""
    session = work.session
    by_desk = _memories.setdefault(session.get_bind().engine.pool, {})
    memory = by_desk.get(texts)
    if memory is None or not memory.since <= work.now < memory.since + FRESH_FOR:
        memory = by_desk[texts] = _Memory(work.now)
    newest = session.scalar(select(func.max(HistoryEntry.id))) or 0
    ids = list(session.scalars(select(Ticket.id).order_by(Ticket.id.desc()).limit(LAST)))
    stale = _touched(session, memory.upto - OVERLAP) if newest != memory.upto else set()
    memory.seen = {i: memory.seen[i] for i in ids if i in memory.seen and i not in stale}
    missing = [one for one in ids if one not in memory.seen]
    for start in range(0, len(missing), BATCH):
        for past in pasts(session, missing[start : start + BATCH], texts=texts):
            memory.seen[past.id] = _Seen(past)
    memory.upto = newest
    return [memory.seen[one] for one in ids if one in memory.seen]


def _touched(session: Session, after: int) -> set[int]:
    query = select(HistoryEntry.ticket_id).where(HistoryEntry.id > after).distinct()
    return set(session.scalars(query))
