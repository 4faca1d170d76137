"""`vorgang inbound`: what reached us, and what becomes of messages that were held back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import VorgangError

if TYPE_CHECKING:
    from engine.commands.receipts import Receipt
    from engine.work import Work

OUTCOMES = ("held", "created", "follow_up", "ignored", "unreadable")


@click.group()
def inbound() -> None:
    """Messages that came in; some are held back for somebody to look at."""


@inbound.command("list")
@click.option("--outcome", type=click.Choice([*OUTCOMES, "all"]), default="held", show_default=True)
@click.option("--sender", default="", help="only messages of this address or number")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="one JSON line per message")
@config_option
@click.pass_context
def listed(context: click.Context, outcome: str, sender: str, limit: int, as_json: bool) -> None:
    """List messages with their numbers, the newest first."""
    from engine.tickets.queries import inbound as asked

    with opened(settings_of(context)) as desk:
        wanted = None if outcome == "all" else outcome
        rows = desk.read(
            lambda work: asked(work.session, outcome=wanted, sender=sender, limit=limit)
        )
    for row in rows:
        if as_json:
            print_json(
                {
                    "id": row.id,
                    "outcome": row.outcome,
                    "channel": row.channel,
                    "sender": row.sender,
                    "subject": row.subject,
                    "received": row.received_at.isoformat(),
                    "reason": row.reason,
                }
            )
        else:
            when = f"{row.received_at:%Y-%m-%d %H:%M}"
            click.echo(f"{row.id:>6}  {row.outcome:10} {when}  {row.sender}  {row.subject[:60]}")
    if not rows and not as_json:
        click.echo("No message is held back." if outcome == "held" else "There is no such message.")


def _choice(function: Callable[..., int]) -> Callable[..., int]:
    function = click.option("--all", "everything", is_flag=True, help="every held message")(
        function
    )
    function = click.option("--sender", default="", help="all of this address or number")(function)
    return click.argument("numbers", nargs=-1, type=int)(function)


@inbound.command("release")
@_choice
@config_option
@click.pass_context
def release(context: click.Context, numbers: tuple[int, ...], sender: str, everything: bool) -> int:
    """Take held messages in after all; prints a JSON line for each."""
    from engine.commands.held import take_in

    return _each(context, numbers, sender, everything, take_in)


@inbound.command("ignore", short_help="Put held messages aside; nothing comes of them.")
@_choice
@config_option
@click.pass_context
def ignore(context: click.Context, numbers: tuple[int, ...], sender: str, everything: bool) -> int:
    """Put held messages aside; nothing comes of them, their originals stay."""
    from engine.commands.held import put_aside

    return _each(context, numbers, sender, everything, put_aside)


def _each(
    context: click.Context,
    numbers: tuple[int, ...],
    sender: str,
    everything: bool,
    decide: Callable[[Work, int], Receipt],
) -> int:
    """One transaction each: what cannot be done stays held and stops no other."""
    from engine.tickets.queries import inbound as asked

    if sum((bool(numbers), bool(sender), everything)) != 1:
        raise click.UsageError("Name numbers, or --sender ADDRESS, or --all.")
    code = codes.OK
    with opened(settings_of(context)) as desk:
        if not numbers:
            rows = desk.read(
                lambda work: asked(work.session, outcome="held", sender=sender, limit=100_000)
            )
            numbers = tuple(row.id for row in reversed(rows))
        for number in numbers:
            try:
                receipt = desk.run(lambda work, number=number: decide(work, number))  # type: ignore[misc]
            except VorgangError as error:
                click.echo(f"vorgang: {error.message}", err=True)
                code = codes.PROBLEMS
            else:
                print_json({"id": number, **receipt.as_dict()})
    return code
