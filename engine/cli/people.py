"""`vorgang user`: the first admin, forgotten passwords and API tokens, without the browser."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence

import click
from sqlalchemy import select

from engine.cli.context import config_option, opened, print_json, settings_of
from engine.commands import people as commands
from engine.commands.organisations import save_organisation
from engine.errors import NotFound
from engine.people.models import ROLES, Person
from engine.people.queries import person_by_login
from engine.work import Work


@click.group()
def user() -> None:
    """People, passwords and tokens."""


@user.command("add")
@click.argument("login")
@click.option("--name", default="", help="as it is shown; the login where it is not given")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), default=("customer",))
@click.option(
    "--group", "groups", multiple=True, help="a group in which an agent may do everything"
)
@click.option("--language", type=click.Choice(["de", "en"]), default="en")
@config_option
@click.pass_context
def add(
    context: click.Context,
    login: str,
    name: str,
    roles: Sequence[str],
    groups: Sequence[str],
    language: str,
) -> None:
    """Add a person with a password that is shown once."""
    password = secrets.token_urlsafe(12)

    def make(work: Work) -> str:
        person = commands.create_person(
            work, login=login, name=name or login, roles=roles, password=password,
            groups={group: ["rw"] for group in groups}, language=language,
        )  # fmt: skip
        return person.login

    with opened(settings_of(context)) as desk:
        login = desk.run(make)
    click.echo(f"{login}  password: {password}")


@user.command("password", short_help="Give a person a new password.")
@click.argument("login")
@click.option("--stdin", "from_stdin", is_flag=True, help="read the password from standard input")
@config_option
@click.pass_context
def password(context: click.Context, login: str, from_stdin: bool) -> None:
    """Give a person a new password, made up and shown once unless --stdin; ends their sessions."""
    fresh = sys.stdin.readline().rstrip("\n") if from_stdin else ""
    chosen = fresh or secrets.token_urlsafe(12)
    with opened(settings_of(context)) as desk:
        desk.run(lambda work: commands.set_password(work, _person(work, login), chosen))
    click.echo("The password is set." if from_stdin else f"{login}  password: {chosen}")


@user.command("list")
@click.option("--role", type=click.Choice(ROLES))
@click.option("--json", "as_json", is_flag=True, help="one JSON line per person")
@config_option
@click.pass_context
def listed(context: click.Context, role: str | None, as_json: bool) -> None:
    """List people."""

    def rows(work: Work) -> list[dict[str, object]]:
        query = select(Person).order_by(Person.login)
        return [
            {"login": p.login, "name": p.name, "roles": sorted(p.roles), "active": p.active}
            for p in work.session.scalars(query)
            if role is None or role in p.roles
        ]

    with opened(settings_of(context)) as desk:
        found = desk.read(rows)
    for row in found:
        if as_json:
            print_json(row)
        else:
            roles = ", ".join(str(one) for one in row["roles"])  # type: ignore[attr-defined]
            click.echo(f"{row['login']:40} {roles:20} {row['name']}")


@user.command("organisation", short_help="Make an organisation or change it.")
@click.argument("name")
@click.option("--domain", help="mail domain by which its people are known")
@click.option("--internal/--external", default=None, help="does it belong to the house?")
@click.option("--vip/--no-vip", default=None)
@config_option
@click.pass_context
def organisation(
    context: click.Context, name: str, domain: str | None, internal: bool | None, vip: bool | None
) -> None:
    """Make an organisation or change it; people of internal ones find internal offers."""

    def save(work: Work) -> str:
        found = save_organisation(work, name, domain=domain, internal=internal, vip=vip)
        return (
            f"{found.name}  {found.domain or '-'}  {'internal' if found.internal else 'external'}"
        )

    with opened(settings_of(context)) as desk:
        click.echo(desk.run(save))


@user.command("token")
@click.argument("login")
@click.option("--label", default="command line", show_default=True)
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650))
@config_option
@click.pass_context
def token(context: click.Context, login: str, label: str, days: int) -> None:
    """Make an API token for a person; it is shown once."""

    def make(work: Work) -> str:
        return commands.make_token(work, _person(work, login), label, days=days)[1]

    with opened(settings_of(context)) as desk:
        click.echo(desk.run(make))


def _person(work: Work, login: str) -> Person:
    person = person_by_login(work.session, login)
    if person is None:
        raise NotFound(f"Nobody has the login {login}.")
    return person
