"""All tasks, page by page: mine or those that nobody has taken, of all my queues or of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.tickets import task_lists
from webapp.i18n import N_
from webapp.presenters.queues import queue_rows
from webapp.presenters.tasks import TaskRow, task_rows

SCOPES = (("free", N_("Unclaimed")), ("mine", N_("Mine")))


@dataclass(frozen=True)
class TaskList:
    """Everything that the page of tasks shows."""

    rows: list[TaskRow]
    scope: str
    queue: str
    count: int
    tabs: list[dict[str, Any]]
    queues: list[tuple[str, str]]
    now: datetime
    here: str
    older: str
    first: str


def task_list_of(request: Request) -> TaskList:
    """The page that the address asks for; what it does not say means all that could be taken."""
    session, actor = request.db, request.actor
    scope = "mine" if request.GET.get("scope") == "mine" else "free"
    queue = str(request.GET.get("queue") or "")[:400]
    after = str(request.GET.get("after") or "")
    asked = task_lists.my_tasks if scope == "mine" else task_lists.unclaimed_tasks
    now, most = request.work.now, task_lists.PAGE + 1
    items = asked(session, actor, queue=queue, after=after, limit=most, now=now)
    more, items = len(items) > task_lists.PAGE, items[: task_lists.PAGE]
    counts = {
        "free": task_lists.unclaimed_count(session, actor, queue),
        "mine": task_lists.my_count(session, actor, queue, now),
    }
    return TaskList(
        rows=task_rows(request, items),
        scope=scope,
        queue=queue,
        count=counts[scope],
        tabs=[
            {"label": request.translate(label), "href": _href(request, name, queue),
             "active": name == scope, "count": counts[name]}
            for name, label in SCOPES
        ],
        queues=[(row.name, row.name) for row in queue_rows(task_lists.queue_loads(session, actor))],
        now=request.work.now,
        here=_href(request, scope, queue, after),
        older=_href(request, scope, queue, task_lists.place(items[-1])) if more else "",
        first=_href(request, scope, queue) if after else "",
    )  # fmt: skip


def _href(request: Request, scope: str, queue: str, after: str = "") -> str:
    query = {"scope": scope, "queue": queue, "after": after}
    return str(request.route_path("tasks", _query={k: v for k, v in query.items() if v}))
