"""Groups and queues as they stand, and the forms with which they are made and changed."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.catalogue.models import FOLLOW_UP, Queue, Service, Sla
from engine.catalogue.queries import all_of, custom_fields
from engine.commands import structure as commands
from engine.errors import Invalid
from engine.people import directory
from engine.people.models import Group
from engine.people.queries import groups, leads_of_group, readers_of_group
from engine.tickets import overview
from engine.tickets.models import Ticket
from webapp.i18n import sort_key
from webapp.views.admin.form_course import FormCourse
from webapp.views.admin.overtaken import mark
from webapp.views.admin.own_fields import KIND_NAMES
from webapp.views.admin.people import PERMISSION_NAMES
from webapp.views.admin.promise_meaning import meaning
from webapp.views.admin.said import N_
from webapp.views.agent.answers import accepted, id_of

FOLLOW_UP_NAMES = {
    "possible": N_("opens the ticket again"),
    "reject": N_("is kept, and the customer is told that it has ended"),
    "new ticket": N_("makes a new ticket"),
}


@view_config(
    route_name="structure",
    request_method="GET",
    renderer="admin/structure.jinja2",
    permission="admin",
)
def structure(request: Request) -> dict[str, Any]:
    """The groups with their queues, and the tree of queues."""
    rows = sorted(all_of(request.db, Queue), key=lambda queue: queue.name.lower())
    return {
        "queues": rows,
        "groups": groups(request.db),
        "members": directory.members(request.db),
        "slas": {sla.id: sla for sla in all_of(request.db, Sla)},
        "processes": {v.key: v.title for v in overview.processes_in_force(request.db)},
        "follow_up": FOLLOW_UP_NAMES,
        "services": all_of(request.db, Service),
        "fields": custom_fields(request.db),
        "kinds": KIND_NAMES,
    }


@view_config(
    route_name="structure.queue_new",
    request_method="GET",
    renderer="admin/queue.jinja2",
    permission="admin",
)
def new_queue(request: Request) -> dict[str, Any]:
    """An empty form, below the queue that was clicked."""
    parent = request.GET.get("parent", "")[:400]
    return _form(request, None, {"parent": parent, "active": True, "follow_up": "possible"})


@view_config(
    route_name="structure.queue_new",
    request_method="POST",
    renderer="admin/queue.jinja2",
    permission="admin",
)
def create_queue(request: Request) -> Any:
    """Make a queue."""
    typed = _typed(request, None)
    try:
        queue = commands.create_queue(request.work, typed)
    except Invalid as error:
        return FORM.refused(request, None, typed, error)
    return _saved(request, queue.name)


@view_config(
    route_name="structure.queue",
    request_method="GET",
    renderer="admin/queue.jinja2",
    permission="admin",
)
def queue(request: Request) -> dict[str, Any]:
    """The form of one queue."""
    row = commands.queue_with(request.work, id_of(request))
    return _form(request, row, _stored(request, row))


@view_config(
    route_name="structure.queue",
    request_method="POST",
    renderer="admin/queue.jinja2",
    permission="admin",
)
def change_queue(request: Request) -> Any:
    """Save a queue; those below it follow its name."""
    row = commands.queue_with(request.work, id_of(request))
    return FORM.one(request, row)


@view_config(
    route_name="structure.group_new",
    request_method=("GET", "POST"),
    renderer="admin/group.jinja2",
    permission="admin",
)
def new_group(request: Request) -> Any:
    """Make a group."""
    typed = _typed_group(request, None)
    if request.method == "POST":
        try:
            return _saved(request, commands.create_group(request.work, typed["name"]).name)
        except Invalid as error:
            return GROUP.refused(request, None, typed, error)
    return _group(request, None, typed, {})


@view_config(
    route_name="structure.group",
    request_method=("GET", "POST"),
    renderer="admin/group.jinja2",
    permission="admin",
)
def group(request: Request) -> Any:
    """Call a group something else, and say who leads it."""
    return GROUP.one(request, commands.group_with(request.work, id_of(request)))


def _stored_group(request: Request, row: Group) -> dict[str, Any]:
    leads = sorted(person.login for person in leads_of_group(request.db, row.id))
    return {"name": row.name, "leads": leads}


def _typed_group(request: Request, row: Group | None) -> dict[str, Any]:
    leads = sorted({one[:320] for one in request.POST.getall("lead")[:200]})
    return {"name": request.POST.get("name", ""), "leads": leads}


def _change_group(request: Request, row: Group, typed: dict[str, Any]) -> None:
    commands.change_group(request.work, row, typed["name"])
    commands.set_leads(request.work, row, typed["leads"])


def _group(
    request: Request, row: Group | None, typed: dict[str, Any], errors: dict[str, str]
) -> dict[str, Any]:
    """The form of a group with who works there, below it which queues it has."""
    shown: dict[str, Any] = {
        "row": row,
        "typed": typed,
        "errors": errors,
        "now": [],
        "may": PERMISSION_NAMES,
    }
    if row is None:
        return shown | {"seen": "", "able": [], "people": [], "queues": []}
    queues = [queue for queue in all_of(request.db, Queue) if queue.group_id == row.id]
    return shown | {
        "seen": mark(_stored_group(request, row)),
        "able": sorted(readers_of_group(request.db, row.id), key=lambda p: sort_key(p.name)),
        "people": directory.members_of(request.db, row),
        "queues": sorted(queues, key=lambda queue: queue.name.lower()),
    }


def _stored(request: Request, row: Queue) -> dict[str, Any]:
    """The fields of a queue as they are."""
    slas = {sla.id: sla.name for sla in all_of(request.db, Sla)}
    return {
        "name": row.short_name,
        "parent": row.name.rpartition("::")[0],
        "group": row.group.name,
        "process": row.process_key,
        "sla": slas.get(row.sla_id or 0, ""),
        "email": row.email,
        "signature": row.signature,
        "follow_up": row.follow_up,
        "unlock": str(row.unlock_minutes or ""),
        "active": row.active,
    }


def _saved(request: Request, name: str) -> HTTPSeeOther:
    request.session.flash(request.translate(N_("%(name)s has been saved.")) % {"name": name})
    accepted(request)
    return HTTPSeeOther(request.route_path("structure"))


def _typed(request: Request, row: Queue | None) -> dict[str, Any]:
    typed: dict[str, Any] = {field: request.POST.get(field, "") for field in commands.FIELDS}
    return typed | {"active": request.POST.get("active") == "true"}


def _form(
    request: Request, row: Queue | None, typed: dict[str, Any], errors: dict[str, str] | None = None
) -> dict[str, Any]:
    pick = request.reader.pick
    others = [q.name for q in all_of(request.db, Queue) if row is None or not _in(q, row)]
    return {
        "row": row,
        "seen": mark(_stored(request, row)) if row is not None else "",
        "now": [],
        "found": None,
        "typed": typed,
        "errors": errors or {},
        "parents": [(name, name) for name in sorted(others, key=str.lower)],
        "groups": [(one.name, one.name) for one in groups(request.db)],
        "slas": [(s.name, pick(s.title) or s.name) for s in all_of(request.db, Sla)],
        "processes": [(v.key, pick(v.title)) for v in overview.processes_in_force(request.db)],
        "follow_up": [(name, request.translate(FOLLOW_UP_NAMES[name])) for name in FOLLOW_UP],
    }


def _in(queue: Queue, row: Queue) -> bool:
    """Whether a queue is this one or below it."""
    return queue.name == row.name or queue.name.startswith(row.name + "::")


def _change(request: Request, row: Queue, typed: dict[str, Any]) -> None:
    commands.change_queue(request.work, row, typed)


def _means(request: Request, row: Queue, typed: dict[str, Any]) -> dict[str, Any] | None:
    """What another SLA would mean for the tickets here; where it is a service's it stays."""
    if typed["sla"] == _stored(request, row)["sla"]:
        return None
    return meaning(
        request, (Ticket.queue_id == row.id) & (Ticket.sla_source != "service"),
        lambda work: commands.change_queue(work, row, typed),
    )  # fmt: skip


FORM = FormCourse(
    _stored,
    _typed,
    _form,
    _change,
    lambda request, row: _saved(request, row.name),
    means=_means,
)
GROUP = FormCourse(
    _stored_group,
    _typed_group,
    _group,
    _change_group,
    lambda request, row: _saved(request, row.name),
)
