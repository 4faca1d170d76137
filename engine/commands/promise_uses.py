"""Where calendars and SLAs are used: none is taken away from those who count by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select

from engine.catalogue.models import ENDED_TYPES, CalendarRow, Offer, Queue, Service, Sla, State
from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.commands.rules_examining import read_all
from engine.rules.ruleset import Rule, Ruleset
from engine.rules.trace import asks_calendars, atoms_of
from engine.rules.vocabulary import vocabulary_of
from engine.sla.calendars import usual
from engine.tickets.models import Ticket
from engine.work import Work

_WORKING = "timerBasis>working"


@dataclass(frozen=True)
class RuleUse:
    """A rule that names something, with whether it sets it or only asks for it."""

    ruleset: str
    rule: str
    title: dict[str, str]
    sets: bool
    active: bool


@dataclass
class Uses:
    """Everything that would miss it: what stands in the way of removing it."""

    slas: list[Sla] = field(default_factory=list)
    queues: list[Queue] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    rules: list[RuleUse] = field(default_factory=list)
    processes: list[ProcessInForce] = field(default_factory=list)  # whose timers may count by it
    offers: list[Offer] = field(default_factory=list)  # that give it to what they bring
    standard: bool = False  # counts for all tickets without an SLA
    open_tickets: int = 0
    tickets: int = 0


def calendar_uses(work: Work) -> dict[str, Uses]:
    """Of every calendar: SLAs that count by it, who has these, and rules that ask for it."""
    session = work.session
    found = {name: Uses() for name in session.scalars(select(CalendarRow.name))}
    of_slas = sla_uses(work)
    first = usual(found)
    in_force = select(ProcessInForce).order_by(ProcessInForce.key)
    timed = [row for row in session.scalars(in_force) if _counts(row)]
    for name, uses in found.items():
        uses.slas = [sla for sla in of_slas if sla.calendar == name]
        for sla in uses.slas:
            inner = of_slas[sla]
            uses.queues += inner.queues
            uses.services += inner.services
            uses.open_tickets += inner.open_tickets
        uses.standard = name == first
        uses.processes = timed if uses.standard or uses.slas else []
    for ruleset, rule in _rules(work):
        for atom, _ in atoms_of(rule.when):
            values = atom.value if isinstance(atom.value, tuple) else (atom.value,)
            for value in values if asks_calendars(atom) else ():
                if str(value) in found:
                    found[str(value)].rules.append(_use(ruleset, rule, sets=False))
    return found


def sla_uses(work: Work) -> dict[Sla, Uses]:
    """Of every SLA: the queues, services and rules that give it, and the tickets that have it."""
    session = work.session
    rows = {sla.id: sla for sla in session.scalars(select(Sla).order_by(Sla.id))}
    found = {sla: Uses() for sla in rows.values()}
    named = {sla.name: uses for sla, uses in found.items()}
    queues = select(Queue).where(Queue.sla_id.is_not(None)).order_by(Queue.name)
    for queue in session.scalars(queues):
        found[rows[queue.sla_id or 0]].queues.append(queue)
    services = select(Service).where(Service.sla_id.is_not(None)).order_by(Service.name)
    for service in session.scalars(services):
        found[rows[service.sla_id or 0]].services.append(service)
    for offer in session.scalars(select(Offer).order_by(Offer.position)):
        if str(offer.document.get("sla") or "") in named:
            named[str(offer.document["sla"])].offers.append(offer)
    for sla_id, kind, count in session.execute(
        select(Ticket.sla_id, State.type, func.count())
        .join(State, Ticket.state_id == State.id)
        .where(Ticket.sla_id.is_not(None))
        .group_by(Ticket.sla_id, State.type)
    ):
        uses = found[rows[int(sla_id or 0)]]
        uses.tickets += count
        uses.open_tickets += 0 if kind in ENDED_TYPES else count
    for ruleset, rule in _rules(work):
        given = {str(a.value["sla"]) for a in rule.then if a.verb == "set" and "sla" in a.value}
        asked = {
            str(value)
            for atom, _ in atoms_of(rule.when)
            if atom.fact == "ticket.sla"
            for value in (atom.value if isinstance(atom.value, tuple) else (atom.value,))
        }
        for name in sorted((given | asked) & named.keys()):
            named[name].rules.append(_use(ruleset, rule, sets=name in given))
    return found


def _use(ruleset: Ruleset, rule: Rule, *, sets: bool) -> RuleUse:
    return RuleUse(ruleset.name, rule.id, rule.title, sets, rule.active)


def _rules(work: Work) -> Iterator[tuple[Ruleset, Rule]]:
    row = work.session.get(RulesInForce, 1)
    if row is None:
        return
    rulesets, _ = read_all(row.release.documents, vocabulary_of(row.release.vocabulary))
    for ruleset in rulesets:
        for rule in sorted(ruleset.rules, key=lambda one: one.order):
            yield ruleset, rule


def _counts(row: ProcessInForce) -> bool:
    """Whether a timer of this process counts working time."""
    files = [row.version.files, *row.version.shared.values()]
    return any(_WORKING in text for inner in files for text in inner.values())
