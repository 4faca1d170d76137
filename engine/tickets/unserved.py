"""Open steps that nobody is there to do: found before a customer asks what became of them.

Each open ticket has somebody who moves it next. Where a lane leads nowhere the step falls to the
queue of its ticket, so the ticket does not stop; but whom the process meant is not asked, and a
group, role, queue or person may have nobody left. Both are shown to the owner of the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue.models import Queue
from engine.catalogue.published import ProcessVersion
from engine.people.models import Group, Person
from engine.people.queries import agents_of_group, people_with_role
from engine.tickets.flow import ProcessInstance, WorkItem


@dataclass(frozen=True)
class Unserved:
    """Open steps of one kind: how many, since when, and why nobody does them.

    `why` is `lane` (with the `problem`), `group`, `queue`, `role` or `person` (with its `name`).
    """

    step_id: str
    why: str
    name: str
    problem: str
    count: int
    oldest: datetime


def unserved(session: Session, key: str) -> list[Unserved]:
    """Those of a process, the oldest first."""
    w = WorkItem
    query = (
        select(
            w.step_id, w.kind, w.group_id, w.role, w.person_id, w.queue_id, w.problem,
            func.count(w.id), func.min(w.created_at),
        )
        .join(ProcessInstance, ProcessInstance.id == w.instance_id)
        .join(ProcessVersion, ProcessVersion.id == ProcessInstance.version_id)
        .where(ProcessVersion.key == key, w.status == "open")
        .group_by(w.step_id, w.kind, w.group_id, w.role, w.person_id, w.queue_id, w.problem)
    )  # fmt: skip
    asked = _Asked(session)
    found = []
    for step, kind, group, role, person, queue, problem, count, oldest in session.execute(query):
        why, name = asked.why(kind, group, role, person, queue)
        if not why and problem:
            why, name = "lane", asked.queue_name(queue)
        if why:
            found.append(Unserved(step, why, name, problem, count, oldest))
    return sorted(found, key=lambda one: (one.oldest, one.step_id, one.name))


class _Asked:
    """Who is there to work, each group, role and person asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, object], bool] = {}

    def why(
        self, kind: str, group: int | None, role: str, person: int | None, queue: int
    ) -> tuple[str, str]:
        """What nobody is left in, and its name; two empty texts where somebody is there."""
        if person is not None:
            row = self._session.get(Person, person)
            return ("person", row.name) if row is not None and not row.active else ("", "")
        if kind == "role":
            there = self._once(("role", role), lambda: bool(people_with_role(self._session, role)))
            return ("", "") if there else ("role", role)
        if kind == "group" and group is not None:
            if self._staffed(group):
                return "", ""
            named = self._session.get(Group, group)
            return "group", named.name if named else ""
        home = self._session.get(Queue, queue)
        if home is None or self._staffed(home.group_id):
            return "", ""
        return "queue", home.name

    def queue_name(self, queue: int) -> str:
        """To whom a step fell whose lane led nowhere."""
        home = self._session.get(Queue, queue)
        return home.name if home else ""

    def _staffed(self, group: int) -> bool:
        return self._once(("group", group), lambda: bool(agents_of_group(self._session, group)))

    def _once(self, key: tuple[str, object], ask: Callable[[], bool]) -> bool:
        if key not in self._known:
            self._known[key] = ask()
        return self._known[key]
