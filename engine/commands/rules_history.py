"""The past of many tickets at once, as rules would have seen it: a few queries for hundreds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from engine.audit.models import DecisionTrace, HistoryEntry
from engine.catalogue.models import Priority, Queue, Service, Sla, State, TicketType
from engine.catalogue.shelf import shelf
from engine.commands.facts import FIRST_TEXT
from engine.commands.rules_calls import called_in_force, calls_of, with_calls
from engine.commands.rules_course import KEPT, moments
from engine.commands.rules_moments import Course, Decided, Entry, Moment, Said, article_of
from engine.commands.working_facts import WorkingFacts
from engine.people.models import Organisation, Person, PersonRole
from engine.rules.release import DEFAULT
from engine.tickets.flow import WorkItem
from engine.tickets.models import Article, Ticket, TicketTag

BATCH = 300
KINDS: dict[str, Any] = {"queue": Queue, "type": TicketType, "service": Service, "sla": Sla}
MOST_ENTRIES = 200_000  # of a batch; a ticket that goes round without end must not fill the memory
TICKET = (
    Ticket.id, Ticket.number, Ticket.title, Ticket.queue_id, Ticket.state_id, Ticket.priority_id,
    Ticket.type_id, Ticket.service_id, Ticket.sla_id, Ticket.owner_id, Ticket.responsible_id,
    Ticket.customer_id, Ticket.organisation_id, Ticket.channel, Ticket.language, Ticket.created_at,
    Ticket.custom,
)  # fmt: skip


@dataclass(frozen=True)
class Past:
    """A ticket, where it is today, and the moments at which rules were or would be asked."""

    id: int
    queue: str
    organisation: str
    customer_id: int | None
    moments: tuple[Moment, ...] = field(repr=False)
    called: frozenset[str] = frozenset()  # the rulesets that processes ask

    def of(self, ruleset: str, events: Iterable[str]) -> list[Moment]:
        """The moments at which a ruleset with these events is asked.

        One that hears no event and that no process asks yet is asked about the ticket as it was
        born.
        """
        heard = set(events)
        found = [m for m in self.moments if m.event in heard or m.ruleset == ruleset]
        return found or list(self.moments[: not heard and ruleset not in self.called])


def pasts(session: Session, ids: Sequence[int], *, texts: bool = False) -> list[Past]:
    """The past of these tickets, in their order; `texts` brings what later articles say."""
    rows = {row.id: row for row in session.execute(select(*TICKET).where(Ticket.id.in_(ids)))}
    around = _Around(session, list(rows), texts)
    return [around.past(rows[one]) for one in ids if one in rows]


def course_of(session: Session, ticket_id: int) -> Course | None:
    """One ticket today with all that is known of its past, what articles say too."""
    row = session.execute(select(*TICKET).where(Ticket.id == ticket_id)).one_or_none()
    return _Around(session, [ticket_id], True).course(row) if row is not None else None


class _Around:
    """What belongs to the tickets of one batch, each kind asked for once."""

    def __init__(self, session: Session, ids: list[int], texts: bool) -> None:
        self.session, self.shelf = session, shelf(session)
        self.working = WorkingFacts(session)
        self.states = {row.name: row.type for row in self.shelf.all(State)}
        self.known = {
            name: frozenset(row.name for row in self.shelf.all(kind))
            for name, kind in KINDS.items()
        }
        self.tags = self._grouped(select(TicketTag.ticket_id, TicketTag.tag), TicketTag, ids)
        self.steps, self.called = self._steps(ids), called_in_force(session)
        self.decided, causes = self._decided(ids)
        self.entries = self._entries(ids, causes)
        self.people, self.by_login = self._people(ids)
        self.articles, self.first = self._articles(texts)

    def past(self, row: Any) -> Past:
        """One ticket with its moments."""
        course = self.course(row)
        queue, organisation = (
            course.facts[name] for name in ("ticket.queue", "customer.organisation")
        )
        return Past(
            row.id, queue, organisation, row.customer_id, tuple(moments(course)), self.called
        )

    def course(self, row: Any) -> Course:
        """One ticket with what of all that was read belongs to it."""
        return Course(
            facts=self._facts(row), created=row.created_at, first=self.first.get(row.id, {}),
            entries=self.entries.get(row.id, ()), decided=self.decided.get(row.id, ()),
            articles=self.articles.get(row.id, {}), steps=self.steps.get(row.id, ()),
            customers=self.by_login, state_types=self.states, known=self.known,
            working=self.working.of, times=self.working.times,
        )  # fmt: skip

    def _facts(self, row: Any) -> dict[str, Any]:
        """As engine/commands/facts.py tells them of one ticket; a test holds the two together."""
        state = self.shelf.get(State, row.state_id)
        priority = self.shelf.get(Priority, row.priority_id)
        owner = self.people.get(row.owner_id)
        responsible = self.people.get(row.responsible_id)
        facts: dict[str, Any] = {
            "ticket.number": row.number,
            "ticket.title": row.title,
            "ticket.body": self.first_text.get(row.id, ""),
            "ticket.priority": priority.rank if priority else 0,
            "ticket.state": state.name if state else "",
            "ticket.state_type": state.type if state else "",
            "ticket.owner": owner.login if owner else "",
            "ticket.responsible": responsible.login if responsible else "",
            "ticket.channel": row.channel,
            "ticket.tags": sorted(tag for _, tag in self.tags.get(row.id, ())),
            "ticket.language": row.language,
            "ticket.created": row.created_at.isoformat(),
        }
        for name, kind in KINDS.items():
            key = getattr(row, f"{name}_id")
            found: Any = self.shelf.get(kind, key) if key is not None else None
            facts[f"ticket.{name}"] = found.name if found is not None else ""
        facts |= self._customer(row)
        return facts | {f"custom.{name}": value for name, value in (row.custom or {}).items()}

    def _customer(self, row: Any) -> dict[str, Any]:
        person = self.people.get(row.customer_id)
        company = self.companies.get(row.organisation_id)
        email = person.email if person else ""
        return {
            "customer.email": email,
            "customer.domain": email.rpartition("@")[2],
            "customer.name": person.name if person else "",
            "customer.organisation": company.name if company else "",
            "customer.vip": bool((person and person.vip) or (company and company.vip)),
            "customer.internal": bool(company and company.internal),
        }

    def _grouped(self, query: Any, table: Any, ids: list[int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self.session.execute(query.where(table.ticket_id.in_(ids))):
            found[row.ticket_id].append(row)
        return found

    def _steps(self, ids: list[int]) -> dict[int, list[Any]]:
        query = select(
            WorkItem.ticket_id, WorkItem.title, WorkItem.step_id, WorkItem.lane, WorkItem.kind,
            WorkItem.for_customer, WorkItem.created_at,
        ).order_by(WorkItem.id)  # fmt: skip
        return {
            ticket: [
                (
                    str(row.title.get("en") or row.step_id), row.created_at,
                    {"step.id": row.step_id, "step.lane": row.lane,
                     "step.for": "customer" if row.for_customer else row.kind},
                )
                for row in rows
            ]
            for ticket, rows in self._grouped(query, WorkItem, ids).items()
        }  # fmt: skip

    def _decided(self, ids: list[int]) -> tuple[dict[int, list[Decided]], dict[int, _Cause]]:
        """What was asked about them, and by the decision's id what it means to what it caused."""
        trace = DecisionTrace.trace
        query = select(
            DecisionTrace.ticket_id, DecisionTrace.id, DecisionTrace.event, DecisionTrace.ruleset,
            DecisionTrace.at, trace["facts"].label("facts"), trace["caused"].label("caused"),
        ).order_by(DecisionTrace.id).limit(MOST_ENTRIES)  # fmt: skip
        grouped = self._grouped(query, DecisionTrace, ids)
        causes = {
            row.id: (row.event, frozenset(row.caused or ()))
            for rows in grouped.values()
            for row in rows
        }
        calls = calls_of(self.session, ids)
        return {
            ticket: with_calls(
                [
                    Decided(row.ruleset, row.event, row.at, row.facts or {})
                    for row in grouped.get(ticket, ())
                ],
                calls.get(ticket, ()),
            )
            for ticket in grouped.keys() | calls.keys()
        }, causes

    def _entries(self, ids: list[int], causes: dict[int, _Cause]) -> dict[int, list[Entry]]:
        query = (
            select(
                HistoryEntry.ticket_id, HistoryEntry.what, HistoryEntry.before, HistoryEntry.after,
                HistoryEntry.at, HistoryEntry.cause, HistoryEntry.cause_ref, HistoryEntry.trace_id,
                HistoryEntry.actor_id,
            )
            .where(or_(HistoryEntry.what.in_(sorted(KEPT)), HistoryEntry.what.like("custom.%")))
            .order_by(HistoryEntry.ticket_id, HistoryEntry.id)
            .limit(MOST_ENTRIES)
        )  # fmt: skip
        return {
            ticket: [_entry(row, causes) for row in rows]
            for ticket, rows in self._grouped(query, HistoryEntry, ids).items()
        }

    def _articles(self, texts: bool) -> tuple[dict[int, Any], dict[int, Any]]:
        """By ticket the facts of the articles that came later, and those of the first one.

        Which they were the history says; a merge has taken some of them to another ticket.
        """
        told = {
            ticket: [number for entry in entries if (number := article_of(entry))]
            for ticket, entries in self.entries.items()
        }
        rows = self._article_rows([number for some in told.values() for number in some])
        later: dict[int, dict[int, Said]] = {}
        first, heads = {}, {}
        for ticket, numbers in told.items():
            known = [rows[number] for number in numbers if number in rows]
            if not known:
                continue
            head, *others = known
            heads[head.id] = ticket
            first[ticket] = {
                "mail.automatic": head.automatic, "mail.no_reply": head.no_auto_reply,
            }  # fmt: skip
            later[ticket] = {row.id: _said(row) for row in others}
        self.first_text = {heads[number]: text for number, text in self._bodies(list(heads))}
        if texts:
            wanted = {number: said for some in later.values() for number, said in some.items()}
            for number, text in self._bodies(list(wanted)):
                wanted[number].facts["article.text"] = text
        return later, first

    def _article_rows(self, numbers: list[int]) -> dict[int, Any]:
        agent = exists().where(
            PersonRole.person_id == Person.id, PersonRole.role.in_(("agent", "owner", "admin"))
        )
        query = select(
            Article.id, Article.channel, Article.direction, Article.visible, Article.automatic,
            Article.no_auto_reply, Article.verified, Person.login,
            agent.label("agent"),
        ).outerjoin(Person, Person.id == Article.person_id)  # fmt: skip
        return {
            row.id: row
            for start in range(0, len(numbers), BATCH)
            for row in self.session.execute(
                query.where(Article.id.in_(numbers[start : start + BATCH]))
            )
        }

    def _bodies(self, ids: list[int]) -> Iterable[Any]:
        query = select(Article.id, func.substr(Article.body, 1, FIRST_TEXT))
        for start in range(0, len(ids), BATCH):
            yield from self.session.execute(query.where(Article.id.in_(ids[start : start + BATCH])))

    def _people(self, ids: list[int]) -> tuple[dict[int, Any], dict[str, dict[str, Any]]]:
        """Everybody who has to do with them, and who was their customer by login."""
        logins = {
            login
            for entries in self.entries.values()
            for entry in entries
            if entry.what == "customer"
            for login in (entry.before, entry.after)
        }
        of = (Ticket.owner_id, Ticket.responsible_id, Ticket.customer_id)
        theirs = [select(column).where(Ticket.id.in_(ids)) for column in of]
        query = select(
            Person.id, Person.login, Person.email, Person.name, Person.vip, Person.organisation_id
        ).where(or_(*(Person.id.in_(part) for part in theirs), Person.login.in_(sorted(logins))))
        people = {row.id: row for row in self.session.execute(query)}
        company = (Organisation.id, Organisation.name, Organisation.vip, Organisation.internal)
        companies = select(*company).where(
            or_(
                Organisation.id.in_(select(Ticket.organisation_id).where(Ticket.id.in_(ids))),
                Organisation.id.in_({row.organisation_id for row in people.values()} - {None}),
            )
        )
        self.companies = {row.id: row for row in self.session.execute(companies)}
        self.people = people
        return people, {
            row.login: self._customer(_Of(row.id, row.organisation_id))
            for row in people.values()
            if row.login in logins
        }


@dataclass(frozen=True)
class _Of:
    customer_id: int
    organisation_id: int | None


_Cause = tuple[str, frozenset[str]]  # the event of a decision, and the rules before it in a chain


def _entry(row: Any, causes: dict[int, _Cause]) -> Entry:
    event, caused = causes.get(row.trace_id, ("", frozenset()))
    ref, own = row.cause_ref or {}, frozenset[str]()
    if row.cause == "rule":
        own = frozenset(f"{ref.get('ruleset')}/{rule}" for rule in ref.get("rules") or (DEFAULT,))
    return Entry(
        row.what, row.before, row.after, row.at, row.cause, ref, row.actor_id is not None,
        event, caused | own,
    )  # fmt: skip


def _said(row: Any) -> Said:
    """As rules are told of an article, and who wrote it, as far as the row says that."""
    facts = {
        "article.direction": row.direction,
        "article.channel": row.channel,
        "article.internal": not row.visible,
        "mail.automatic": row.automatic,
        "mail.no_reply": row.automatic or row.no_auto_reply,
    }
    return Said(facts, row.login or "", agent=bool(row.agent), known=row.verified)
