"""Whether the desk has what rules name: queues, SLAs, own fields, notices and so on.

The vocabulary says which facts and actions there are; what stands in them is the desk's own, and a
rule with a name that nothing here has would never match, or fail on every ticket.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import CalendarRow, CustomField, Queue, Service, Sla, State, TicketType
from engine.catalogue.published import RulesRelease
from engine.catalogue.queries import maybe, priority_of
from engine.commands.candidates import RulesCandidate
from engine.commands.form_names import FormNames
from engine.commands.form_rules import SHOWN
from engine.commands.pending import needs_date
from engine.commands.publish import publish_rules
from engine.errors import Invalid, Problem
from engine.notify.recipients import WORDS
from engine.notify.texts import templates
from engine.outbox.webhook_models import Webhook
from engine.people.models import Group
from engine.people.queries import person_by_login
from engine.people.skills import all_skills
from engine.rules import Ruleset
from engine.rules.conditions import close_to
from engine.rules.facts import fold
from engine.rules.ruleset import Action, Rule
from engine.rules.trace import asks_calendars, atoms_of
from engine.sla.check import SLAS
from engine.sla.targets import SlaTarget
from engine.work import Work

NAMED: dict[str, Any] = {
    "queue": Queue, "type": TicketType, "state": State, "service": Service, "sla": Sla,
}  # fmt: skip
WHOLE = frozenset({"is", "is_not", "in", "not_in", "changed_to", "changed_from"})
CUSTOM = "custom."


def unknown_names(
    work: Work,
    rulesets: Iterable[Ruleset],
    slas: Collection[str] = (),
    calendars: Collection[str] = (),
) -> list[Problem]:
    """Everything that active rules name and the desk has not; SLAs and calendars come with them."""
    names = _Names(work, slas, calendars)
    return [
        problem
        for ruleset in rulesets
        for problem in (
            *(found for rule in ruleset.in_order() for found in names.in_rule(ruleset, rule)),
            *names.in_actions(ruleset, "default", None, ruleset.default),
        )
    ]


def publish_known_rules(
    work: Work, candidate: RulesCandidate, note: str = "", promises: str = ""
) -> RulesRelease:
    """Put rules in force whose names are all known here; raises `Invalid` with those that are not.

    What came with them (SLAs) is there by then, and goes with the transaction that fails.
    """
    release = publish_rules(work, candidate, note, promises)
    unknown = [*unknown_names(work, candidate.rulesets), *_unknown_states(work, candidate.slas)]
    if unknown:
        raise Invalid("The rules were not published.", unknown)
    return release


def _unknown_states(work: Work, slas: Mapping[str, SlaTarget]) -> Iterator[Problem]:
    """States in which an SLA lets clocks rest, and that no ticket here can ever have."""
    kind = "state"
    for name, target in slas.items():
        for state in target.rests_in:
            if maybe(work.session, NAMED[kind], state) is None:
                said = f"there is no {kind} called {state!r}"
                place = f"slas.{name}.rests_in"
                yield Problem("unknown-name", "error", place, None, f"{SLAS}: {said}", "")


class _Names:
    def __init__(self, work: Work, slas: Collection[str], calendars: Collection[str]) -> None:
        self.calendars = {*calendars, *work.session.scalars(select(CalendarRow.name))}
        self.work, self.slas = work, slas
        self.fields = {row.name: row for row in work.session.scalars(select(CustomField))}
        self.skills = all_skills(work.session)
        self.webhooks = set(work.session.scalars(select(Webhook.name)))

    def in_rule(self, ruleset: Ruleset, rule: Rule) -> Iterator[Problem]:
        for atom, _ in atoms_of(rule.when):
            values = atom.value if isinstance(atom.value, tuple) else (atom.value,)
            compared = values if atom.op in WHOLE else ()
            calendars = values if asks_calendars(atom) else ()
            for said in [*self._in_fact(atom.fact, compared), *self._in_calendars(calendars)]:
                yield _problem(ruleset, rule.id, atom.line, said)
        for fact in sorted(rule.changed):
            for said in self._in_fact(fact, ()):
                yield _problem(ruleset, rule.id, rule.line, said)
        yield from self.in_actions(ruleset, rule.id, rule.line, rule.then)
        if SHOWN in ruleset.events:
            for line, said in self.forms.in_rule(rule):
                yield _problem(ruleset, rule.id, line, said)

    @cached_property
    def forms(self) -> FormNames:
        """The forms of this desk, looked at only where rules are about forms."""
        return FormNames(self.work)

    def in_actions(
        self, ruleset: Ruleset, rule: str, line: int | None, actions: Iterable[Action]
    ) -> Iterator[Problem]:
        for action in actions:
            said: Iterable[tuple[str, str]] = ()
            if action.verb == "set":
                said = [one for n, v in action.value.items() for one in self._in_field(n, v)]
            elif action.verb == "notify":
                said = self._in_notice(str(action.value["to"]), str(action.value["template"]))
            elif action.verb == "watch":
                said = self._in_people(str(action.value))
            elif action.verb == "create_ticket":
                said = self._in_subtask(action.value)
            elif action.verb == "start_process":
                said = [*self._in_process(str(action.value["process"])),
                        *self._in_subtask(action.value)]  # fmt: skip
            elif action.verb == "link":
                said = self._in_link(action.value)
            elif action.verb == "assign":
                said = [*self._in_group(str(action.value.get("group", ""))),
                        *self._in_skill(str(action.value.get("skill", "")))]  # fmt: skip
            elif action.verb == "webhook" and str(action.value) not in self.webhooks:
                near = close_to(str(action.value), self.webhooks)
                said = [(f"there is no webhook called {action.value!r}", near)]
            for one in said:
                yield _problem(ruleset, rule, line, one)

    def _in_group(self, name: str) -> Iterator[tuple[str, str]]:
        known = self.work.session.scalar(select(Group.id).where(Group.name == name))
        if name and known is None:
            yield f"there is no group called {name!r} to hand out to", ""

    def _in_calendars(self, names: Iterable[Any]) -> Iterator[tuple[str, str]]:
        known = {name.casefold() for name in self.calendars}
        for name in names:
            if str(name).casefold() not in known:
                yield f"there is no calendar called {name!r}", close_to(name, self.calendars)

    def _in_subtask(self, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name in ("queue", "type"):
            if name in value:
                yield from self._in_field(name, value[name])

    def _in_process(self, key: str) -> Iterator[tuple[str, str]]:
        from engine.commands.linking import startable

        known = startable(self.work.session)
        if key not in known:
            yield f"there is no process {key!r} to start", close_to(key, known)

    def _in_link(self, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        field = str(value.get("field", ""))
        if value["to"] == "field" and field not in self.fields:
            yield f"there is no own field {field!r} with a number", close_to(field, self.fields)

    def _in_skill(self, name: str) -> Iterator[tuple[str, str]]:
        if name and name.casefold() not in {one.casefold() for one in self.skills}:
            yield f"nobody has the skill {name!r}", close_to(name, self.skills)

    def _in_fact(self, fact: str, values: Iterable[Any]) -> Iterator[tuple[str, str]]:
        if fact.startswith(CUSTOM):
            name = fact.removeprefix(CUSTOM)
            field = self.fields.get(name)
            if field is None:
                yield f"there is no own field {name!r}", close_to(name, self.fields)
            elif field.kind == "choice":
                known = {fold(str(one)) for one in field.choices}
                for value in values:
                    if value and fold(str(value)) not in known:
                        near = close_to(value, field.choices)
                        yield f"{value!r} is no choice of {field.name!r}", near
        kind = fact.removeprefix("ticket.")
        for value in values if fact.startswith("ticket.") and kind in NAMED else ():
            if value and not self._has(kind, str(value)):
                yield f"there is no {kind} called {value!r}", ""

    def _in_field(self, name: str, value: Any) -> Iterator[tuple[str, str]]:
        if name.startswith(CUSTOM):
            field = self.fields.get(name.removeprefix(CUSTOM))
            if field is None or not field.active:
                own = name.removeprefix(CUSTOM)
                yield f"there is no own field {own!r} to set", close_to(own, self.fields)
            elif field.kind == "choice" and str(value) not in field.choices:
                yield f"{value!r} is no choice of {field.name!r}", close_to(value, field.choices)
        elif name in NAMED and not self._has(name, str(value)):
            yield f"there is no {name} called {value!r}", ""
        elif name == "state":
            state = maybe(self.work.session, State, str(value))
            if state is not None and (state.ended or needs_date(state)):
                yield f"a rule cannot set the state {value!r}", "send the process a message instead"
        elif name in ("owner", "responsible"):
            person = person_by_login(self.work.session, str(value))
            if person is None or not person.active or not person.is_agent:
                yield f"no agent is called {value!r}", ""
        elif name == "priority":
            try:
                priority_of(self.work.session, value)
            except Invalid:
                yield f"there is no priority {value!r}", ""

    def _in_notice(self, to: str, template: str) -> Iterator[tuple[str, str]]:
        known = templates(self.work.session)
        if template not in known:
            yield f"there is no notice called {template!r}", close_to(template, known)
        yield from self._in_people(to)

    def _in_people(self, to: str) -> Iterator[tuple[str, str]]:
        kind, colon, name = to.strip().partition(":")
        if colon and kind == "group":
            if self.work.session.scalar(select(Group.id).where(Group.name == name)) is None:
                yield f"there is no group called {name!r} to tell", ""
        elif not (colon and kind == "role") and to.strip() not in WORDS:
            login = name if kind == "person" else to.strip()
            if person_by_login(self.work.session, login) is None:
                yield f"nobody is known as {login!r}", close_to(to, WORDS)

    def _has(self, kind: str, name: str) -> bool:
        if kind == "sla" and name in self.slas:
            return True
        return maybe(self.work.session, NAMED[kind], name) is not None


def _problem(ruleset: Ruleset, rule: str, line: int | None, said: tuple[str, str]) -> Problem:
    return Problem("unknown-name", "error", rule, line, f"{ruleset.file}: {said[0]}", said[1])
