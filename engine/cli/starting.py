"""`vorgang init`: from nothing to a desk that can be served; harmless however often it is run."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.cli.context import config_option, settings_with_home
from engine.cli.structure import lay_services, lay_structure, read_sample
from engine.commands.candidates import read_processes, read_rules
from engine.commands.offers import publish_catalogue, read_catalogue
from engine.commands.people import create_person
from engine.commands.publish import (
    keep_free_days,
    publish_processes,
    publish_rules,
    ruleset_names,
)
from engine.commands.rules_standing import rules_at_odds
from engine.commands.starter import DELIVERED, news, remember, shipped
from engine.db.migrate import upgrade
from engine.people.models import PersonRole
from engine.settings import Settings, unwritable
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

ADMIN = "admin@example.com"
Say = Callable[[str], None]


@click.command()
@click.option("--sample", is_flag=True, help="add people, FAQ items and tickets to try it with")
@config_option
@click.pass_context
def init(context: click.Context, sample: bool) -> None:
    """Make VORGANG_HOME ready: folders, database, structure, processes and rules in force."""
    settings = settings_with_home(context)
    set_up(settings, sample=sample, say=click.echo)
    click.echo(f"The desk in {settings.home} is ready. Start it: vorgang serve")


def set_up(settings: Settings, *, sample: bool, say: Say) -> None:
    """Do whatever of it has not been done; says what it does.

    Raises `Invalid` for a home that cannot be written or a database of a newer version,
    `Unavailable` where the database does not answer.
    """
    from engine.desk import open_desk

    make_folders(settings)
    if upgrade(settings.database_url, settings.sms_country, secret=settings.secret):
        say("Database brought up to date.")
    desk = open_desk(settings)
    try:
        start_structure(desk, say)
        if sample:
            from engine.cli.sample import load_sample

            load_sample(desk, say)
        first_admin(desk, say)
    finally:
        desk.close()


def make_folders(settings: Settings) -> None:
    """The folders under home, readable to their owner only; `Invalid` where that is impossible."""
    for name in ("", "files", "index", "spool", "run", "log", "sent"):
        folder = settings.home / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise unwritable(folder, error) from error
    settings.home.chmod(0o700)


def start_structure(desk: Desk, say: Say) -> None:
    """Structure, rules and processes, each only where the desk has none."""
    document = read_sample("structure")
    settings = desk.settings
    if desk.run(lambda work: lay_structure(work, document)):
        say("Queues, states, priorities and types laid out.")
    if desk.read(_rules_missing):
        rules = read_rules(settings.rules_dir)
        desk.run(lambda work: publish_rules(work, rules, DELIVERED))
        say("Rules in force.")
        desk.run(lambda work: lay_services(work, document))
    desk.run(lambda work: lay_services(work, document))
    desk.run(keep_free_days)
    for problem in desk.read(rules_at_odds):
        line = f" (line {problem.line})" if problem.line else ""
        say(f"A rule will not work: {problem.message}{line}.")
    if desk.read(_processes_missing):
        processes = read_processes(settings.processes_dir, desk.read(ruleset_names))
        catalogue = read_catalogue(settings.processes_dir)
        versions = desk.run(lambda work: publish_processes(work, processes, DELIVERED))
        desk.run(lambda work: publish_catalogue(work, catalogue))
        say(f"{len(versions)} processes in force.")
        units = shipped(settings)
        desk.run(lambda work: remember(work, units))
    elif offered := news(desk):
        say(f"{offered} part(s) of the starter set came anew: vorgang upgrade")


def first_admin(desk: Desk, say: Say) -> None:
    """An admin with a password shown once, where the desk has none."""
    password = secrets.token_urlsafe(12)

    def make(work: Work) -> bool:
        if work.session.scalar(select(PersonRole).where(PersonRole.role == "admin")) is not None:
            return False
        create_person(
            work, login=ADMIN, name="Admin", roles=["admin", "agent"], password=password,
            groups={"service desk": ["rw"]}, language=desk.settings.default_language,
        )  # fmt: skip
        return True

    if desk.run(make):
        say(f"Admin: {ADMIN}   password, shown only now: {password}")


def _rules_missing(work: Work) -> bool:
    return work.session.get(RulesInForce, 1) is None


def _processes_missing(work: Work) -> bool:
    return work.session.scalar(select(ProcessInForce.key).limit(1)) is None
