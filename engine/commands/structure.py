"""Groups, queues and what services promise: changed by admins, each change written down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, select

from engine.audit.trail import record_desk
from engine.catalogue.models import FOLLOW_UP, Queue, Service, Sla
from engine.catalogue.published import ProcessInForce
from engine.commands.administering import admins_only, record_change
from engine.commands.promises import promises_changed
from engine.errors import Invalid, NotFound
from engine.people.models import Group, TeamLead
from engine.people.queries import leads_of_group, readers_of_group
from engine.work import Work

FIELDS = (
    "name",
    "parent",
    "group",
    "process",
    "sla",
    "email",
    "signature",
    "follow_up",
    "unlock",
    "active",
)
DEEPEST = 6
LONGEST_UNLOCK = 525_600  # minutes


def create_group(work: Work, name: str) -> Group:
    """Make a group; raises `Invalid` where the name is taken."""
    admins_only(work)
    group = Group(name=_group_name(work, name))
    work.session.add(group)
    work.session.flush()
    record_desk(work, "group created", name=group.name)
    return group


def change_group(work: Work, group: Group, name: str) -> None:
    """Call a group something else; queues and permissions stay with it."""
    admins_only(work)
    before = group.name
    group.name = _group_name(work, name, group)
    if group.name != before:
        record_desk(work, "group changed", before=before, name=group.name)


def set_leads(work: Work, group: Group, logins: Collection[str]) -> None:
    """Say all who lead a group; raises `Invalid` for who may not read its tickets."""
    admins_only(work)
    within = {person.login: person for person in readers_of_group(work.session, group.id)}
    if any(login not in within for login in logins):
        raise Invalid(
            "Only who may read the tickets of a group can lead it.", fields={"leads": "enum"}
        )
    before = sorted(person.login for person in leads_of_group(work.session, group.id))
    after = sorted(set(logins))
    if before == after:
        return
    work.session.execute(delete(TeamLead).where(TeamLead.group_id == group.id))
    rows = (TeamLead(person_id=within[login].id, group_id=group.id) for login in after)
    work.session.add_all(rows)
    work.session.flush()
    record_desk(work, "leads changed", name=group.name, before=before, after=after)


def create_queue(work: Work, values: Mapping[str, Any]) -> Queue:
    """Make a queue of `FIELDS`; `parent` is the name of the queue above, empty for none."""
    admins_only(work)
    queue = Queue(name="", group_id=0, active=True)
    _fill(work, queue, values)
    work.session.add(queue)
    work.session.flush()
    record_desk(work, "queue created", name=queue.name)
    return queue


def change_queue(work: Work, queue: Queue, values: Mapping[str, Any]) -> None:
    """Change a queue; queues below it follow its name."""
    admins_only(work)
    before = _state(queue)
    with work.session.no_autoflush:
        old = queue.name
        _fill(work, queue, values)
        below = select(Queue).where(Queue.name.startswith(old + "::", autoescape=True))
        for inner in work.session.scalars(below):
            inner.name = queue.name + inner.name[len(old) :]
    work.session.flush()
    changed = record_change(work, "queue changed", queue.name, before, _state(queue))
    if "sla" in changed or "unlock" in changed:
        promises_changed(work)


def queue_with(work: Work, queue_id: int) -> Queue:
    """The queue with this id; raises `NotFound`."""
    queue = work.session.get(Queue, queue_id)
    if queue is None:
        raise NotFound("There is no such queue.")
    return queue


def group_with(work: Work, group_id: int) -> Group:
    """The group with this id; raises `NotFound`."""
    group = work.session.get(Group, group_id)
    if group is None:
        raise NotFound("There is no such group.")
    return group


def service_with(work: Work, service_id: int) -> Service:
    """The service with this id; raises `NotFound`."""
    service = work.session.get(Service, service_id)
    if service is None:
        raise NotFound("There is no such service.")
    return service


def change_service(work: Work, service: Service, sla_name: str) -> None:
    """Give a service another SLA, or none; its open tickets get it, too. `Invalid` by field."""
    admins_only(work)
    wrong: dict[str, str] = {}
    sla = _sla(work, sla_name, wrong)
    if wrong:
        raise Invalid("The service cannot be saved like this.", fields=wrong)
    old = work.session.get(Sla, service.sla_id) if service.sla_id else None
    service.sla_id = sla.id if sla else None
    work.session.flush()
    names = [{"sla": one.name if one else ""} for one in (old, sla)]
    if record_change(work, "service changed", service.name, *names):
        promises_changed(work)


def _fill(work: Work, queue: Queue, values: Mapping[str, Any]) -> None:
    """Set what was given, after all of it has been found to be right."""
    wrong: dict[str, str] = {}
    parent = _parent(work, queue, str(values.get("parent") or ""), wrong)
    name = _queue_name(work, queue, str(values.get("name") or ""), parent, wrong)
    group = work.session.scalar(select(Group).where(Group.name == values.get("group")))
    if group is None:
        wrong["group"] = "required"
    process = str(values.get("process") or "")
    if process and work.session.get(ProcessInForce, process) is None:
        wrong["process"] = "enum"
    sla = _sla(work, str(values.get("sla") or ""), wrong)
    email = _email(str(values.get("email") or ""), wrong)
    follow_up = str(values.get("follow_up") or "possible")
    if follow_up not in FOLLOW_UP:
        wrong["follow_up"] = "enum"
    unlock = _minutes(values.get("unlock"), wrong)
    if wrong or group is None:
        raise Invalid("The queue cannot be saved like this.", fields=wrong)
    queue.name, queue.parent_id = name, parent.id if parent else None
    queue.group, queue.group_id = group, group.id
    queue.process_key, queue.sla_id = process, sla.id if sla else None
    queue.email, queue.follow_up, queue.unlock_minutes = email, follow_up, unlock
    queue.signature = str(values.get("signature") or "")[:5000].replace("\r\n", "\n")
    queue.active = bool(values.get("active", True))


def _sla(work: Work, name: str, wrong: dict[str, str]) -> Sla | None:
    if not name:
        return None
    sla = work.session.scalar(select(Sla).where(Sla.name == name)) if name.isprintable() else None
    if sla is None:
        wrong["sla"] = "enum"
    return sla


def _minutes(value: Any, wrong: dict[str, str]) -> int:
    """Minutes of working time, at most those of a year; nothing means never."""
    text = str(value or "").strip() or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) > LONGEST_UNLOCK:
        wrong["unlock"] = "minutes"
        return 0
    return int(text)


def _parent(work: Work, queue: Queue, name: str, wrong: dict[str, str]) -> Queue | None:
    if not name:
        return None
    parent = work.session.scalar(select(Queue).where(Queue.name == name))
    inside = bool(queue.name) and (name == queue.name or name.startswith(queue.name + "::"))
    if parent is None or inside or name.count("::") >= DEEPEST - 1:
        wrong["parent"] = "enum"
    return parent


def _queue_name(
    work: Work, queue: Queue, short: str, parent: Queue | None, wrong: dict[str, str]
) -> str:
    short = " ".join(short.split())
    name = f"{parent.name}::{short}" if parent else short
    if not short:
        wrong["name"] = "required"
    elif "::" in short or len(short) > 60 or not short.isprintable():
        wrong["name"] = "pattern"
    else:
        same = select(Queue.id).where(func.lower(Queue.name) == name.lower())
        if any(found != queue.id for found in work.session.scalars(same)):
            wrong["name"] = "taken"
    return name


def _email(email: str, wrong: dict[str, str]) -> str:
    """One address; several queues may answer from the same, the oldest of them takes new mail."""
    email = email.strip().lower()
    if not email:
        return ""
    if email.count("@") != 1 or len(email) > 320 or any(c in email for c in " \r\n\t,;<>\"'"):
        wrong["email"] = "email"
    return email


def _group_name(work: Work, name: str, group: Group | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 120 or not name.isprintable():
        raise Invalid("A group needs a name.", fields={"name": "required"})
    same = select(Group.id).where(func.lower(Group.name) == name.lower())
    if any(found != (group.id if group else None) for found in work.session.scalars(same)):
        raise Invalid(
            "There is a group called “%(name)s” already.",
            fields={"name": "taken"},
            values={"name": name},
        )
    return name


def _state(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "group": queue.group.name if queue.group else "",
        "process": queue.process_key,
        "sla": queue.sla_id,
        "email": queue.email,
        "follow_up": queue.follow_up,
        "unlock": queue.unlock_minutes,
        "active": queue.active,
    }
