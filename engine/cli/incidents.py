"""`vorgang process incidents`, `retry`, `skip`, `move`: tickets that stand still helped along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import Invalid, NotFound, VorgangError
from engine.work import Work

if TYPE_CHECKING:
    from engine.tickets.flow import Incident
    from engine.tickets.models import Ticket

MOST = 10_000  # incidents that are listed or helped at once
Act = Callable[[Work, "Incident"], None]


def which(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a command finds its tickets."""
    for option in (
        click.option("--step", default="", help="only where this step has failed"),
        click.option("--process", "key", default="", help="all tickets of this process"),
        click.argument("numbers", nargs=-1),
    ):
        command = option(command)
    return command


@click.command("incidents", short_help="List tickets that stand still because a step has failed.")
@click.argument("key", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="one JSON line for each")
@config_option
@click.pass_context
def incidents(context: click.Context, key: str, as_json: bool) -> int:
    """List the tickets whose step has failed, those of the process KEY or all, newest first.

    Exit code 1 where there are any.
    """
    with opened(settings_of(context)) as desk:
        rows = desk.read(lambda work: _listed(work, key))
    for row in rows:
        if as_json:
            print_json(row)
            continue
        place = f"{row['process'] or '–'} v{row['version'] or '–'}"
        click.echo(f"{row['ticket']}  {place:20} {row['step']:20} {row['tries']:>3} ×")
        click.echo(f"{'':18}{row['message'].splitlines()[0][:160] if row['message'] else ''}")
    if not rows and not as_json:
        click.echo("No step has failed.")
    return codes.PROBLEMS if rows else codes.OK


@click.command("retry", short_help="Try failed steps again.")
@which
@click.option("--reason", default="", help="why; kept in each ticket's history")
@config_option
@click.pass_context
def retry(context: click.Context, numbers: Sequence[str], key: str, step: str, reason: str) -> int:
    """Try the failed steps of tickets again: of those with these NUMBERS, or of a whole process.

    Exit code 1 where one could not be, or stopped again.
    """
    from engine.commands import incidents as commands

    return _helped(context, numbers, key, step, partial(commands.retry, reason=reason))


@click.command("skip", short_help="Leave failed steps as if they had ended without a result.")
@which
@click.option("--reason", required=True, help="why; kept in each ticket's history")
@config_option
@click.pass_context
def skip(context: click.Context, numbers: Sequence[str], key: str, step: str, reason: str) -> int:
    """Skip the failed steps of tickets: of those with these NUMBERS, or of a whole process.

    Exit code 1 where one could not be.
    """
    from engine.commands import incidents as commands

    return _helped(context, numbers, key, step, partial(commands.skip, reason=reason))


@click.command("move", short_help="Let tickets go on at another step.")
@which
@click.option("--to", "target", required=True, help="the id of the step to go on at")
@click.option("--reason", required=True, help="why; kept in each ticket's history")
@config_option
@click.pass_context
def move(
    context: click.Context, numbers: Sequence[str], key: str, step: str, target: str, reason: str
) -> int:
    """Let tickets whose step has failed go on at another step, by NUMBER or of a whole process.

    A ticket named by its number may also stand at a step that has not failed; where it stands at
    several, --step says from which. Exit code 1 where one could not be moved.
    """
    from engine.commands import incidents as commands

    act = partial(commands.move, step_id=target, reason=reason)
    return _helped(context, numbers, key, step, act, partial(_moved, step, target, reason))


def _listed(work: Work, key: str) -> list[dict[str, Any]]:
    from engine.tickets.flow import ProcessInstance
    from engine.tickets.overview import incident_page

    rows = []
    for incident, process in incident_page(work.session, key=key, limit=MOST):
        instance = work.session.get(ProcessInstance, incident.instance_id or 0)
        rows.append(
            {
                "id": incident.id,
                "ticket": incident.ticket.number,
                "process": process,
                "version": instance.version.number if instance else None,
                "step": incident.step_id,
                "message": incident.message,
                "since": incident.at.isoformat(),
                "tries": incident.tries,
            }
        )
    return rows


def _helped(
    context: click.Context, numbers: Sequence[str], key: str, step: str, act: Act,
    otherwise: Callable[[Work, Ticket], None] | None = None,
) -> int:  # fmt: skip
    """Each ticket in a transaction of its own, so that one that cannot go on keeps no other."""
    if bool(numbers) == bool(key):
        raise Invalid("Name tickets by their numbers, or a process with --process.")
    well = failed = 0
    with opened(settings_of(context)) as desk:
        ids = desk.read(lambda work: _chosen(work, numbers, key, step))
        for number, incident_ids in ids.items():
            try:
                if not incident_ids and otherwise is None:
                    raise NotFound("No step of this ticket has failed.")
                again = desk.run(
                    lambda work, n=number, i=incident_ids: _one(work, n, i, act, otherwise)  # type: ignore[misc]
                )
            except VorgangError as error:
                again = error.message
            well, failed = well + (not again), failed + bool(again)
            if again:
                click.echo(f"{number}  {again}", err=True)
    click.echo(f"{well} of {well + failed} go on.")
    return codes.PROBLEMS if failed else codes.OK


def _chosen(work: Work, numbers: Sequence[str], key: str, step: str) -> dict[str, list[int]]:
    """By ticket the incidents that are meant."""
    found: dict[str, list[int]] = {number.lstrip("#"): [] for number in numbers}
    for row in reversed(_listed(work, key)):
        if (not numbers or row["ticket"] in found) and (not step or row["step"] == step):
            found.setdefault(row["ticket"], []).append(row["id"])
    return found


def _one(
    work: Work, number: str, ids: list[int], act: Act,
    otherwise: Callable[[Work, Ticket], None] | None,
) -> str:  # fmt: skip
    """Help one ticket; why it stopped again, or nothing."""
    from engine.commands.incidents import incident_for
    from engine.tickets.access import ticket_for

    if not ids and otherwise is not None:
        otherwise(work, ticket_for(work, number))
        return ""
    stopped = []
    for incident_id in ids:
        incident = incident_for(work, incident_id)
        act(work, incident)
        work.session.flush()
        if incident.resolved_at is None:
            stopped.append(f"stopped again: {incident.message}")
    return "; ".join(stopped)


def _moved(step: str, target: str, reason: str, work: Work, ticket: Ticket) -> None:
    """Move a ticket that has not failed from where it stands."""
    from engine.commands.incidents import move_token, ways_on

    places = {task: here.id for task, (here, _) in ways_on(work, ticket).items()}
    tasks = {here: task for task, here in places.items() if not step or here == step}
    if len(tasks) != 1:
        at = ", ".join(sorted(set(places.values()))) or "nowhere"
        raise Invalid("Say with --step from which step: the ticket stands at %(at)s.",
                      values={"at": at})  # fmt: skip
    move_token(work, ticket, next(iter(tasks.values())), target, reason)
