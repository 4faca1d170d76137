"""Where a message is used: by rules, by steps of diagrams, by the desk itself; and who receives it.

Only what is said plainly is found: a diagram may also work out a name while it runs.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
from sqlalchemy import exists, or_, select

from engine.catalogue.published import ProcessInForce, ProcessVersion
from engine.errors import NotFound
from engine.rules.ruleset import Action, Ruleset
from engine.tickets.flow import ProcessInstance
from engine.work import Work
from engine.workflow.source import DIAGRAM
from engine.workflow.xml import S, XmlFault, extension, read_xml

OUTSIDE = frozenset({"customer", "manager"})  # who of the words for recipients is no agent
# What the desk says by itself: to whom.
OF_THE_DESK: Mapping[str, str] = {
    "assigned": "agent",
    "call_customer": "agent",
    "delivery_failed": "agent",
    "password_link": "person",
    "rejected": "customer",
    "rules_failed": "agent",
    "remind_me": "agent",
    "taken_back": "agent",
    "audit_findings": "agent",
    "bundle": "agent",
    "bundle_ticket": "agent",
    "digest_daily": "agent",
    "digest_weekly": "agent",
}


@dataclass(frozen=True)
class Use:
    """One place that sends a message: `kind` rule, process or desk; `to` as it is written there."""

    template: str
    kind: str
    name: str  # of the ruleset or the process
    part: str = ""  # id of the rule or of the step
    title: Mapping[str, str] = field(default_factory=dict)  # of the rule or the step
    place: Mapping[str, str] = field(default_factory=dict)  # title of the ruleset or the process
    to: str = ""

    @property
    def said(self) -> str:
        """The place in one line."""
        return f"{self.name}: {self.part}" if self.part else self.name

    @property
    def outside(self) -> bool:
        """Whether it may reach somebody who does not work here."""
        return self.to in OUTSIDE


def all_uses(work: Work) -> dict[str, list[Use]]:
    """Every message that is named, with the places that name it."""
    found: dict[str, list[Use]] = defaultdict(list)
    for use in [*_in_rules(work), *_in_processes(work), *_of_the_desk()]:
        if use not in found[use.template]:
            found[use.template].append(use)
    return dict(found)


def uses_of(work: Work, name: str) -> list[Use]:
    """The places that name this message."""
    return all_uses(work).get(name, [])


def _of_the_desk() -> Iterator[Use]:
    for name, to in OF_THE_DESK.items():
        yield Use(name, "desk", "Vorgang", to=to)


def _in_rules(work: Work) -> Iterator[Use]:
    try:
        release = work.desk.library.release(work.session)
    except NotFound:
        return
    for ruleset in release.rulesets.values():
        for rule in ruleset.rules:
            yield from _in_actions(ruleset, rule.id, rule.title, rule.then)
        yield from _in_actions(ruleset, "default", {}, ruleset.default)


def _in_actions(
    ruleset: Ruleset, rule: str, title: Mapping[str, str], actions: Iterable[Action]
) -> Iterator[Use]:
    for action in actions:
        if action.verb == "notify":
            template, to = str(action.value["template"]), str(action.value["to"])
            yield Use(template, "rule", ruleset.name, rule, title, ruleset.title, to)


def _in_processes(work: Work) -> Iterator[Use]:
    """Of every version in force and of those on which tickets still are."""
    in_force = select(ProcessInForce.version_id)
    running = exists().where(
        ProcessInstance.version_id == ProcessVersion.id, ProcessInstance.status == "running"
    )
    query = select(ProcessVersion).where(or_(ProcessVersion.id.in_(in_force), running))
    for version in work.session.scalars(query.order_by(ProcessVersion.key, ProcessVersion.id)):
        yield from _in_version(version)


def _in_version(version: ProcessVersion) -> Iterator[Use]:
    diagrams = [version.files.get(DIAGRAM, "")]
    diagrams += [files.get(DIAGRAM, "") for files in version.shared.values()]
    for text in diagrams:
        for step, title, to, template in _told(text):
            yield Use(template, "process", version.key, step, dict(title), version.title, to)


@lru_cache(maxsize=256)
def _told(diagram: str) -> tuple[tuple[str, tuple[tuple[str, str], ...], str, str], ...]:
    """Step, its titles, recipient and message of each step of a diagram that tells somebody."""
    try:
        document = read_xml(diagram.encode())
    except XmlFault:
        return ()
    found = []
    for operator in document.iter(f"{S}serviceTaskOperator"):
        given = {
            one.get("id", ""): _literal(one.get("value", ""))
            for one in operator.iterfind(f"{S}parameters/{S}parameter")
        }
        if operator.get("id") == "notify" and given.get("template"):
            step = _task_of(operator)
            titles = tuple(_titles(step).items())
            found.append((str(step.get("id")), titles, given.get("to", ""), given["template"]))
    return tuple(found)


def _task_of(operator: etree._Element) -> etree._Element:
    above = operator.getparent()
    up = above.getparent() if above is not None else None
    return up if up is not None else operator


def _titles(step: etree._Element) -> dict[str, str]:
    """What a step is called in each language, else as it is drawn."""
    drawn = str(step.get("name") or step.get("id") or "")
    titles = {"de": extension(step, "titleDe"), "en": extension(step, "titleEn")}
    return {language: title or drawn for language, title in titles.items()}


def _literal(text: str) -> str:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""
