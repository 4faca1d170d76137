"""Messages by pipe. The caller is a mail server: it keeps the message unless we exit with 0."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import Conflict, Unavailable, VorgangError
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.commands.intake import Receipt
    from engine.desk import Desk

log = logging.getLogger(__name__)


@click.group()
def mail() -> None:
    """Mail from standard input."""


@click.group()
def sms() -> None:
    """SMS from standard input."""


@click.group()
def fax() -> None:
    """Fax files."""


@mail.command("deliver", short_help="Take in one mail and say what became of it.")
@click.option("--queue", default="", help="put new tickets into this queue")
@click.option("--trusted", is_flag=True, help="believe the X-Vorgang- headers of this account")
@config_option
@click.pass_context
def deliver_mail(context: click.Context, queue: str, trusted: bool) -> int:
    """Deliver one mail (RFC 5322) and print what became of it as one JSON line.

    Exit code 0 once the message is safely stored, 75 when it could not be.
    """
    raw = _standard_input()

    def take(desk: Desk) -> Receipt:
        from engine.mail_door import take

        return take(desk, raw, trusted=trusted, queue=queue)

    arrival = {"trusted": trusted, "queue": queue}
    return _safely(context, take, raw, ".eml", {"channel": "email", "arrival": arrival})


@mail.command("retry", short_help="Try again what lies in the spool.")
@config_option
@click.pass_context
def retry_spooled(context: click.Context) -> int:
    """Try again what lies in the spool because nothing could be made of it."""
    from engine.mail_door import deliver_spooled

    with opened(settings_of(context)) as desk:
        good, bad = deliver_spooled(desk)
    click.echo(f"{good} came in, {bad} stay in the spool.")
    return codes.PROBLEMS if bad else codes.OK


@sms.command("deliver", short_help="Take in one SMS, given as JSON.")
@config_option
@click.pass_context
def deliver_sms(context: click.Context) -> int:
    """Deliver one SMS given as JSON: {"id", "from", "to", "text", "sent_at"?}."""
    raw = _standard_input()

    def take(desk: Desk) -> Receipt:
        from engine.channels.again import read_again
        from engine.commands.intake import deliver

        return deliver(desk, read_again("sms", raw, {}, country=desk.settings.sms_country))

    return _safely(context, take, raw, ".sms.json", {"channel": "sms"})


@fax.command("deliver")
@click.option("--from", "number", required=True, help="the sender's number")
@click.option("--file", "path", required=True, type=click.Path(path_type=Path), help="TIFF or PDF")
@config_option
@click.pass_context
def deliver_fax(context: click.Context, number: str, path: Path) -> int:
    """Deliver a fax that the fax server has written into a file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}.") from None

    def take(desk: Desk) -> Receipt:
        from engine.channels.again import read_again
        from engine.commands.intake import deliver

        return deliver(desk, read_again("fax", raw, arrival, country=desk.settings.sms_country))

    arrival = {"number": number, "name": path.name}
    about = {"channel": "fax", "arrival": arrival}
    ending = path.suffix.lower() if path.suffix.lower() in (".tif", ".tiff", ".pdf") else ".fax"
    return _safely(context, take, raw, ending, about)


def _standard_input() -> bytes:
    """The whole message; a mail server that gets another code than 75 sends it back."""
    try:
        return sys.stdin.buffer.read()
    except (OSError, MemoryError, KeyboardInterrupt) as error:
        raise Unavailable(f"the message could not be read ({type(error).__name__})") from error


def _safely(
    context: click.Context,
    take: Callable[[Desk], Receipt],
    raw: bytes,
    ending: str,
    about: dict[str, Any],
) -> int:
    """Deliver, print the receipt, and say 75 for whatever kept the message from being stored.

    What is not the database's or the disk's fault leaves a copy in the spool for us to look at.
    """
    settings: Settings | None = None
    try:
        settings = settings_of(context)
        with opened(settings) as desk:
            print_json(take(desk).as_dict())
        return codes.OK
    except VorgangError as error:
        if settings is not None and not isinstance(error, Unavailable | Conflict):
            _keep(settings, raw, ending, about)
        return _later(error.message)
    except KeyboardInterrupt:
        return _later("stopped before the message was stored")
    except Exception as error:
        log.exception("a message could not be delivered")
        if settings is not None:
            _keep(settings, raw, ending, about)
        return _later(f"the message could not be stored ({type(error).__name__})")


def _keep(settings: Settings, raw: bytes, ending: str, about: dict[str, Any]) -> None:
    from engine.mail_door import spool

    try:
        kept = spool(settings, raw, ending, **about)
        print(f"vorgang: a copy is kept as {kept}", file=sys.stderr)
    except OSError:
        log.exception("the spool cannot be written either")


def _later(reason: str) -> int:
    print(f"vorgang: {reason}", file=sys.stderr)
    return codes.TEMPORARY
