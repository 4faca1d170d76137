"""`vorgang outbox`: what has not been delivered, why, and another try for it."""

from __future__ import annotations

import click

from engine.cli.context import config_option, opened, print_json, settings_of
from engine.outbox import repair
from engine.outbox.models import OutboxRow
from engine.outbox.queries import undelivered


@click.group(invoke_without_command=True)
@config_option
@click.pass_context
def outbox(context: click.Context) -> None:
    """What could not be delivered yet."""
    if context.invoked_subcommand is None:
        context.invoke(listed)


@outbox.command("list")
@click.option("--dead", is_flag=True, help="only what is not tried any more")
@click.option("--json", "as_json", is_flag=True, help="one JSON line per row")
@config_option
@click.pass_context
def listed(context: click.Context, dead: bool = False, as_json: bool = False) -> None:
    """List what waits and what has been given up."""
    with opened(settings_of(context)) as desk:
        rows = desk.read(lambda work: undelivered(work.session, status="dead" if dead else None))
    for row in rows:
        if as_json:
            print_json(_described(row))
        else:
            error = row.last_error.splitlines()[0][:80] if row.last_error else ""
            again = (
                f"next {row.due_at:%Y-%m-%d %H:%M} UTC" if row.status == "waiting" else "given up"
            )
            tried = f"{row.tries:>3} tries, {again}"
            click.echo(f"{row.id:>6}  {row.status:8} {row.topic:7} {tried}  {error}")
    if not rows and not as_json:
        click.echo("Everything has been delivered.")


@outbox.command("retry", short_help="Try one row, or all dead ones, again.")
@click.argument("number", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="everything that was given up")
@config_option
@click.pass_context
def retry(context: click.Context, number: int | None, everything: bool) -> None:
    """Try one row (its number in the list) or all dead ones again; the worker does it at once."""
    if (number is None) == (not everything):
        raise click.UsageError("Name one number, or --all.")
    with opened(settings_of(context)) as desk:
        if number is None:
            count = desk.run(repair.retry_all)
        else:
            desk.run(lambda work: repair.retry(work, number))
            count = 1
    click.echo(f"{count} will be tried again.")


def _described(row: OutboxRow) -> dict[str, object]:
    return {
        "id": row.id,
        "topic": row.topic,
        "status": row.status,
        "tries": row.tries,
        "payload": row.payload,
        "created": row.created_at.isoformat(),
        "due": row.due_at.isoformat(),
        "error": row.last_error,
    }
