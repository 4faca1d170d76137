"""Why a rule did not fire, in a sentence, with each condition and the value that was seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.audit.models import DecisionTrace
from engine.catalogue.published import RulesRelease
from engine.commands.facts import facts_of, first_text, times_of
from engine.errors import NotFound
from engine.rules import Asked, Release, WhyNot, asked, clauses, found
from engine.rules.ruleset import Rule
from engine.tickets.models import Ticket
from engine.tickets.reasons import trace_for
from webapp.i18n import N_
from webapp.presenters.facts import own_labels
from webapp.presenters.why import ruleset_titles
from webapp.presenters.why_page import shown
from webapp.presenters.why_then import Then, asked_at, local, then_of

MOST_RULES = 200  # listed at once
SAID = {
    "fired": N_("This rule fired."),
    "absent": N_("There was no such rule then."),
    "off": N_("This rule was switched off."),
    "early": N_("This rule was not in force yet; it is from %(day)s on."),
    "late": N_("This rule was not in force any more; it was until %(day)s."),
    "event": N_("This rule is only asked when: %(events)s. What happened was: %(event)s."),
    "caused": N_("This rule had led to this change itself, so it did nothing again."),
    "caused-stop": N_(
        "This rule had led to this change itself, so it did nothing again, but it ended the asking."
    ),
    "unchanged": N_("This rule only fires when this changes: %(facts)s."),
    "conditions": N_("This rule did not fire because %(why)s."),
    "stopped": N_("The rule “%(rule)s” came first, fired, and ended the asking."),
    "stopped-idle": N_(
        "The rule “%(rule)s” came first and ended the asking, though it had led to this change"
        " itself and did nothing."
    ),
    "unclear": N_(
        "What was kept of the facts fits, but it was kept shortened; the rule did not fire."
    ),
}
WOULD = N_("This rule would have fired.")
NOTHING = N_("nothing known")
NO_MOMENT = N_("This is no time in the past.")


@dataclass(frozen=True)
class Row:
    """One rule: what it is called, the answer in a sentence, and its conditions."""

    id: str
    title: str
    kind: str
    said: str
    conditions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """The answers about one evaluation; `gone` where the rules of then are not kept any more."""

    ruleset: str
    at: datetime
    trace: int
    event: str
    release: int | None
    rows: list[Row]
    chosen: Row | None
    more: int
    q: str
    rulesets: list[tuple[str, str]]
    events: list[tuple[str, str]]
    asked_event: str
    gone: bool = False
    at_local: str = ""
    problem: str = ""
    then: Then | None = None
    query: dict[str, str] = field(default_factory=dict)  # what asks for the same again


def page_of(request: Request, ticket: Ticket) -> Page:
    """About a recorded evaluation (`trace`), a moment of the past (`moment`, `at`), or now."""
    number = str(request.GET.get("trace") or "")
    if number.isdecimal() and len(number) < 10:
        return _recorded(request, ticket, trace_for(request.db, ticket, int(number)))
    typed = str(request.GET.get("at") or "")[:40]
    if str(request.GET.get("moment") or "").isdecimal() or asked_at(request) is not None:
        return _then(request, ticket)
    return replace(_now(request, ticket), problem=request.translate(NO_MOMENT) if typed else "")


def _recorded(request: Request, ticket: Ticket, row: DecisionTrace) -> Page:
    release_row = request.db.scalar(select(RulesRelease).where(RulesRelease.digest == row.release))
    release = request.desk.library.release_of(release_row) if release_row else None
    if release is None or release_row is None or row.ruleset not in release.rulesets:
        return Page(row.ruleset, row.at, row.id, row.event, None, [], None, 0, "", [], [], "", True)
    whole = {"ticket.body": first_text(request.work, ticket)}  # it never changes
    evaluation = Asked(release.rulesets[row.ruleset], row.trace, whole)
    page = Page(row.ruleset, row.at, row.id, row.event, release_row.number, [], None, 0, "",
                _rulesets(request), [], "", query={"trace": str(row.id)})  # fmt: skip
    return _filled(request, page, release, evaluation)


def _then(request: Request, ticket: Ticket) -> Page:
    """Asked about a moment of the past, by the facts and the rules of then."""
    then = then_of(request, ticket)
    if then is None:
        return Page("", request.work.now, 0, "", None, [], None, 0, "", [], [], "", True)
    moment, release = then.moment, then.release
    seen = moment.seen_by(then.ruleset)
    answer = release.evaluate(
        then.ruleset, seen, event=then.event or None, changed=moment.changed,
        skip=moment.skip, now=moment.at, times=moment.times,
    ).trace  # fmt: skip
    facts = {**answer["facts"], **seen}
    whole = {"facts": facts, "changed": moment.changed, "caused": sorted(moment.skip)}
    evaluation = Asked(release.rulesets[then.ruleset], {**answer, **whole})
    events = [(one, _event(request, release, one)) for one in release.rulesets[then.ruleset].events]
    rulesets = _rulesets(request)
    page = Page(then.ruleset, then.at, 0, "", then.number, [], None, 0, "", rulesets, events,
                then.event, at_local=local(request, then.at), then=then,
                query={**then.query, "ruleset": then.ruleset, "event": then.event})  # fmt: skip
    return _filled(request, page, release, evaluation)


def _now(request: Request, ticket: Ticket) -> Page:
    """Asked about the ticket as it is now, by the rules in force; nothing is carried out."""
    release: Release = request.desk.library.release(request.db)
    name = str(request.GET.get("ruleset") or "")
    if name not in release.rulesets:
        name = "routing" if "routing" in release.rulesets else next(iter(release.names), "")
    if not name:
        raise NotFound("There is no such ruleset.")
    events = [(one, _event(request, release, one)) for one in release.rulesets[name].events]
    event = str(request.GET.get("event") or "")
    event = event if event in dict(events) else next((one for one, _ in events), "")
    now = request.work.now
    facts = facts_of(request.work, ticket)
    times = times_of(request.work, ticket)
    answer = release.evaluate(name, facts, event=event or None, now=now, times=times).trace
    evaluation = Asked(release.rulesets[name], {**answer, "facts": {**answer["facts"], **facts}})
    page = Page(name, now, 0, event, None, [], None, 0, "", _rulesets(request), events, event,
                query={"ruleset": name, "event": event})  # fmt: skip
    return _filled(request, page, release, evaluation)


def _filled(request: Request, page: Page, release: Release, evaluation: Asked) -> Page:
    teller = _Teller(request, release, evaluation, page.then)
    q = str(request.GET.get("q") or "")[:200].strip().casefold()
    rules = [rule for rule in evaluation.rules() if not q or q in teller.searched(rule)]
    wanted = str(request.GET.get("rule") or "")[:200]
    chosen = teller.row(wanted, whole=True) if wanted else None
    return replace(
        page,
        event=teller.event(),
        rows=[teller.row(rule.id) for rule in rules[:MOST_RULES]],
        chosen=chosen,
        more=max(0, len(rules) - MOST_RULES),
        q=q,
    )


def _rulesets(request: Request) -> list[tuple[str, str]]:
    return sorted(ruleset_titles(request).items())


def _event(request: Request, release: Release, event: str) -> str:
    known = release.vocabulary.events.get(event, {})
    return str(known.get("label", {}).get(request.reader.language, event))


class _Teller:
    def __init__(
        self, request: Request, release: Release, evaluation: Asked, then: Then | None
    ) -> None:
        self.request, self.release, self.evaluation = request, release, evaluation
        self.then = then
        self.words = replace(release.vocabulary, titles=own_labels(request))
        self.language = request.reader.language

    def event(self) -> str:
        """What happened, as the vocabulary of then calls it."""
        event = str(self.evaluation.event or "")
        called = self.request.translate(N_("asked by a step"))
        return _event(self.request, self.release, event) if event else called

    def searched(self, rule: Rule) -> str:
        """What a rule can be found by."""
        return f"{rule.id} {' '.join(rule.title.values())}".casefold()

    def row(self, rule_id: str, *, whole: bool = False) -> Row:
        """The answer about one rule."""
        why = self.evaluation.why_not(rule_id)
        title = self.request.reader.pick(why.rule.title) if why.rule else ""
        conditions = [self._condition(one) for one in why.conditions] if whole else []
        return Row(rule_id, title or rule_id, why.kind, self._said(why), conditions)

    def _said(self, why: WhyNot) -> str:
        asked_anew = self.then is not None and self.then.recorded is None
        said = WOULD if why.kind == "fired" and asked_anew else SAID[why.kind]
        return self.request.translate(said) % self._values(why)

    def _values(self, why: WhyNot) -> dict[str, Any]:
        rule, reader = why.rule, self.request.reader
        if rule is None:
            return {}
        day = rule.valid_from if why.kind == "early" else rule.valid_until
        events = [_event(self.request, self.release, event) for event in sorted(rule.events)]
        return {
            "day": reader.date_time(day) if day else "",
            "events": ", ".join(events),
            "event": self.event(),
            "facts": ", ".join(self._label(fact) for fact in sorted(rule.changed)),
            "why": clauses([self._against(one) for one in why.conditions if one["failed"]],
                           self.language),
            "rule": self._rule(why.stopped_by),
        }  # fmt: skip

    def _against(self, condition: dict[str, Any]) -> str:
        """A condition as it was found, with the value where that says more."""
        said = found(condition, self.language, self.words)
        value = condition.get("seen")
        seen = shown(value) if value not in (None, "", []) else self.request.translate(NOTHING)
        return f"{said} ({seen})"

    def _condition(self, condition: dict[str, Any]) -> dict[str, Any]:
        return {
            **condition,
            "asked": asked(condition, self.language, self.words),
            "seen": shown(condition.get("seen")),
            "of_today": self.then is not None and self.then.of_today(condition["fact"]),
            "not_kept": self.then is not None and self.then.not_kept(condition["fact"]),
        }

    def _label(self, name: str) -> str:
        fact = self.words.told(name)
        own = self.words.titles.get(name)
        return own or (str(fact.label.get(self.language, name)) if fact else name)

    def _rule(self, rule_id: str) -> str:
        rules = self.evaluation.ruleset.rules
        title = next((rule.title for rule in rules if rule.id == rule_id), {})
        return self.request.reader.pick(title) or rule_id
