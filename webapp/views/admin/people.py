"""Everybody: found, made, changed, and sent a link to set a password."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from engine.commands import people as commands
from engine.commands.absences import say_away
from engine.commands.skills import set_skills
from engine.errors import Invalid
from engine.people import directory
from engine.people.models import PERMISSIONS, ROLES, Person
from engine.people.queries import groups, person_by_login
from engine.people.skills import all_skills, skills_of
from engine.work import Work
from webapp.presenters.away import days_of, days_typed
from webapp.views.admin.customer_meaning import meaning
from webapp.views.admin.form_course import FormCourse
from webapp.views.admin.overtaken import mark
from webapp.views.admin.said import N_
from webapp.views.agent.answers import accepted, id_of

ROLE_NAMES = {
    "customer": N_("Customer"),
    "agent": N_("Agent"),
    "owner": N_("Owner of processes"),
    "admin": N_("Administrator"),
}
PERMISSION_NAMES = {
    "ro": N_("read"),
    "create": N_("create"),
    "note": N_("note"),
    "move_into": N_("move into"),
    "owner": N_("own"),
    "priority": N_("priority"),
    "rw": N_("everything"),
}
TEXTS = ("name", "phone", "mobile", "fax", "language")
FLAGS = ("vip", "active", "company_view")
LONGEST_SKILLS = 10_000
LONGEST = {"name": 200, "phone": 40, "mobile": 40, "fax": 40, "language": 8}


@view_config(
    route_name="people", request_method="GET", renderer="admin/people.jinja2", permission="admin"
)
def people(request: Request) -> dict[str, Any]:
    """The list, searched and in pages."""
    text, role = request.GET.get("q", "")[:200], request.GET.get("role", "")
    role = role if role in ROLES else ""
    number = request.GET.get("page", "1")
    page = directory.people_page(
        request.db,
        text=text,
        role=role,
        number=int(number[:6]) if number.isascii() and number.isdigit() else 1,
    )
    counts = directory.counts_by_role(request.db)
    return {"page": page, "q": text, "role": role, "roles": ROLE_NAMES, "counts": counts}


@view_config(
    route_name="people.new",
    request_method="GET",
    renderer="admin/person.jinja2",
    permission="admin",
)
def new(request: Request) -> dict[str, Any]:
    """An empty form, for the organisation that was clicked."""
    typed = {"active": True, "language": request.reader.language, "roles": {"customer"}}
    typed["organisation"] = request.GET.get("organisation", "")[:200]
    return _form(request, None, typed)


@view_config(
    route_name="people.new",
    request_method="POST",
    renderer="admin/person.jinja2",
    permission="admin",
)
def create(request: Request) -> Any:
    """Make a person and send the link with which they set their password."""
    typed = _typed(request, None)
    work = request.work
    try:
        person = commands.create_person(
            work, login=_login(typed), roles=sorted(typed["roles"]), **_values(work, typed)
        )
        commands.change_person(work, person, {"active": typed["active"]})
        commands.set_groups(work, person, typed["groups"])
    except Invalid as error:
        return FORM.refused(request, None, typed, error)
    if person.email and person.active:
        commands.send_password_link(work, person)
    _flash(request, "%(name)s can log in once the link that we sent has been used.", person)
    return HTTPSeeOther(request.route_path("people.one", id=person.id))


@view_config(
    route_name="people.one",
    request_method="GET",
    renderer="admin/person.jinja2",
    permission="admin",
)
def person(request: Request) -> dict[str, Any]:
    """The form of one person."""
    row = directory.person_with(request.db, id_of(request))
    return _form(request, row, _stored(request, row))


@view_config(
    route_name="people.one",
    request_method="POST",
    renderer="admin/person.jinja2",
    permission="admin",
)
def change(request: Request) -> Any:
    """Save a person; nobody can take the last admin away."""
    row = directory.person_with(request.db, id_of(request))
    return FORM.one(request, row)


@view_config(route_name="people.link", request_method="POST", permission="admin")
def link(request: Request) -> HTTPSeeOther:
    """Send the link to set a password, by the outbox; nobody here ever sees it."""
    row = directory.person_with(request.db, id_of(request))
    if not (row.active and row.email):
        raise Invalid("This person has no address or is not active.")
    commands.send_password_link(request.work, row)
    _flash(request, "The link is on its way to %(name)s.", row)
    return HTTPSeeOther(request.route_path("people.one", id=row.id))


@view_config(
    route_name="people.away",
    request_method="POST",
    renderer="admin/person.jinja2",
    permission="admin",
)
def away(request: Request) -> Any:
    """Say when somebody else is away, and who stands in."""
    row = directory.person_with(request.db, id_of(request))
    typed = days_typed(request)
    try:
        say_away(request.work, row, **typed)
    except Invalid as error:
        page = FORM.refused(request, row, _stored(request, row), error)
        return page | {"away": page["away"] | typed}
    _flash(request, "%(name)s has been saved.", row)
    return HTTPSeeOther(request.route_path("people.one", id=row.id) + "#away")


@view_config(
    route_name="people.skills",
    request_method="POST",
    renderer="admin/person.jinja2",
    permission="admin",
)
def skills(request: Request) -> Any:
    """Say what somebody can do, one skill in a line."""
    row = directory.person_with(request.db, id_of(request))
    text = request.POST.get("skills", "")[:LONGEST_SKILLS]
    try:
        set_skills(request.work, row, text.splitlines())
    except Invalid as error:
        return FORM.refused(request, row, _stored(request, row), error) | {"skills": text}
    _flash(request, "%(name)s has been saved.", row)
    return HTTPSeeOther(request.route_path("people.one", id=row.id) + "#skills")


SENTENCES = (
    N_("%(name)s can log in once the link that we sent has been used."),
    N_("%(name)s has been saved."),
    N_("The link is on its way to %(name)s."),
)


def _stored(request: Request, row: Person) -> dict[str, Any]:
    """The fields as they are."""
    return {field: getattr(row, field) for field in (*TEXTS, *FLAGS)} | {
        "login": row.login,
        "roles": set(row.roles),
        "organisation": row.organisation.name if row.organisation else "",
        "manager": row.manager.login if row.manager else "",
        "groups": directory.permissions_of(request.db, row.id),
    }


def _flash(request: Request, sentence: str, row: Person) -> None:
    request.session.flash(request.translate(sentence) % {"name": row.name})
    accepted(request)


def _form(
    request: Request,
    row: Person | None,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    belongs = row.organisation if row is not None else None
    return {
        "row": row,
        "seen": mark(_stored(request, row)) if row is not None else "",
        "now": [],
        "found": None,
        "typed": {"groups": {}} | typed,
        "away": days_of(request, row) if row is not None and row.is_agent else {},
        "skills": "\n".join(skills_of(request.db, row)) if row is not None else "",
        "known_skills": all_skills(request.db),
        "errors": errors or {},
        "roles": ROLE_NAMES,
        "permissions": {name: PERMISSION_NAMES[name] for name in PERMISSIONS},
        "groups": groups(request.db),
        "organisations": [(o.name, o.name) for o in directory.organisations(request.db, belongs)],
    }


def _change(request: Request, row: Person, typed: dict[str, Any]) -> None:
    more = {"roles": sorted(typed["roles"]), "active": typed["active"]}
    commands.change_person(request.work, row, _values(request.work, typed, row) | more)
    commands.set_groups(request.work, row, typed["groups"])


def _means(request: Request, row: Person, typed: dict[str, Any]) -> dict[str, Any] | None:
    _values(request.work, typed, row)  # what cannot be saved means nothing

    def change(work: Work) -> None:
        commands.change_person(work, row, {"vip": typed["vip"]})

    return meaning(request, row, _stored(request, row), typed, change)


def _saved(request: Request, row: Person) -> HTTPSeeOther:
    _flash(request, "%(name)s has been saved.", row)
    return HTTPSeeOther(request.route_path("people.one", id=row.id))


def _in_general(request: Request, error: Invalid) -> dict[str, str]:
    return {} if error.fields else {"": request.reader.explain(error)}


def _typed(request: Request, row: Person | None) -> dict[str, Any]:
    """What was typed, bounded; groups come as `group:NAME` with a permission each."""
    post = request.POST
    typed: dict[str, Any] = {field: post.get(field, "").strip() for field in (*TEXTS, "login")}
    typed["login"] = row.login if row is not None else typed["login"]
    typed |= {field: post.get(field) == "true" for field in FLAGS}
    typed |= {field: post.get(field, "").strip() for field in ("organisation", "manager")}
    typed["roles"] = {role for role in post.getall("roles") if role in ROLES}
    known = {group.name for group in groups(request.db)}
    typed["groups"] = {
        name: set(post.getall(f"group:{name}")) & set(PERMISSIONS)
        for name in known
        if post.getall(f"group:{name}")
    }
    return typed


def _login(typed: dict[str, Any]) -> str:
    return str(typed["login"]).lower()


def _no_login(login: str) -> str:
    """Why nobody can log in by that; empty where they can."""
    if not login:
        return "required"
    return "email" if len(login) > 320 or any(c.isspace() or c in ",;<>\"'" for c in login) else ""


def _values(work: Work, typed: dict[str, Any], row: Person | None = None) -> dict[str, Any]:
    """What is set as it was typed, after it was looked at."""
    wrong = {f: "maxLength" for f, most in LONGEST.items() if len(typed[f]) > most}
    if not typed["name"]:
        wrong["name"] = "required"
    if row is None and (code := _no_login(_login(typed))):
        wrong["login"] = code
    if typed["language"] not in ("de", "en"):
        wrong["language"] = "enum"
    if not typed["roles"]:
        wrong["roles"] = "required"
    belongs = row.organisation if row is not None else None
    known = {one.name: one for one in directory.organisations(work.session, belongs)}
    organisation = known.get(typed["organisation"])
    if typed["organisation"] and organisation is None:
        wrong["organisation"] = "enum"
    manager = person_by_login(work.session, typed["manager"]) if typed["manager"] else None
    if typed["manager"] and (manager is None or manager.login == typed["login"]):
        wrong["manager"] = "enum"
    if wrong:
        raise Invalid("Please check what you typed.", fields=wrong)
    values = {field: typed[field] for field in (*TEXTS, "vip", "company_view")}
    return values | {"organisation": organisation, "manager": manager}


FORM = FormCourse(_stored, _typed, _form, _change, _saved, _in_general, _means)
