"""`vorgang health`, `doctor` and `faq reindex`: what an operator asks first."""

from __future__ import annotations

import fcntl
import sys
from typing import Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import VorgangError
from engine.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="the figures as one JSON line")
@config_option
@click.pass_context
def health(context: click.Context, as_json: bool) -> int:
    """Say whether everything is all right: exit code 0, or 1 when somebody should look."""
    from engine.health import report

    with opened(settings_of(context)) as desk:
        found = report(desk)
    if as_json:
        print_json(found)
    else:
        for name, value in found["figures"].items():
            click.echo(f"{name.replace('_', ' '):28} {value}")
        for problem in found["problems"]:
            click.echo(f"! {problem}")
    return codes.OK if found["ok"] else codes.PROBLEMS


@click.command()
@config_option
@click.pass_context
def doctor(context: click.Context) -> int:
    """Check settings, folders and database, and say what to mend; changes nothing but probes."""
    from engine.cli.starting import make_folders
    from engine.desk import require_ready

    problems: list[str] = []
    click.echo(f"Python      {sys.version.split()[0]}")
    settings = settings_of(context)
    click.echo(f"home        {settings.home}")
    click.echo(f"database    {settings.database_url.partition('://')[0]}")
    click.echo(f"mail out    {'set' if settings.smtp_url else 'not set: written to home/sent'}")
    click.echo(f"mailbox     {'set' if settings.imap_url else 'not set'}")
    click.echo(f"broker      {settings.broker_url.partition('://')[0]}")
    click.echo(f"worker      {_worker(settings)}")
    try:
        require_ready(settings)
        make_folders(settings)
    except VorgangError as error:
        problems.append(error.message)
    for problem in problems:
        click.echo(f"! {problem}")
    if not problems:
        click.echo("Nothing to mend.")
    return codes.PROBLEMS if problems else codes.OK


def _worker(settings: Settings) -> str:
    """Whether a worker serves this home; with a broker it may be on another machine."""
    if not settings.broker_url.startswith("memory://"):
        return "elsewhere, reached by the broker; vorgang health tells when work is late"
    try:
        with (settings.home / "run" / "worker.lock").open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        pass
    except BlockingIOError:
        return "runs"
    return "does not run; vorgang serve starts one"


@click.group()
def faq() -> None:
    """The FAQ."""


@faq.command("reindex")
@config_option
@click.pass_context
def reindex(context: click.Context) -> None:
    """Fill the FAQ's search index anew from the database."""
    from engine.outbox.faq_index import rebuild

    with opened(settings_of(context)) as desk:
        count: Any = rebuild(desk)
    click.echo(f"{count} texts are in the index.")
