"""`vorgang sla recompute`: whether the clocks of tickets stand as their history says."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import NotFound

if TYPE_CHECKING:
    from engine.commands.clocks_recount import Difference, Recount
    from engine.desk import Desk
    from engine.work import Work

AT_ONCE = 2000  # tickets of one read


@click.command("recompute", short_help="Work the clocks of tickets out again from their history.")
@click.option("--ticket", "number", help="only this ticket")
@click.option("--repair", "repairs", is_flag=True, help="let rows and timers say what follows")
@click.option("--json", "as_json", is_flag=True, help="one JSON line for each difference")
@config_option
@click.pass_context
def recompute(context: click.Context, number: str | None, repairs: bool, as_json: bool) -> int:
    """Work every clock out again from all that happened to it, and say which row differs.

    None should: the rows are nothing but what follows from history. Exit code 1 where one does;
    with --repair that is mended.
    """
    seen = found = after = 0
    with opened(settings_of(context)) as desk:
        only = _id_of(desk, number) if number else None
        while True:
            part = desk.read(partial(_look, after, only))
            seen, found, after = seen + part.seen, found + len(part.differing), part.last_id
            for one in part.differing:
                _say(one, as_json)
            if repairs:
                _mend(desk, part)
            if part.seen < AT_ONCE:
                break
    if as_json:
        print_json({"tickets": seen, "differing": found})
    else:
        mended = ", mended" if repairs and found else ""
        click.echo(f"{seen} tickets, {found} differences{mended}")
    return codes.PROBLEMS if found and not repairs else codes.OK


def _look(after: int, only: int | None, work: Work) -> Recount:
    from engine.commands.clocks_recount import differing

    return differing(work.session, after, AT_ONCE, only=only)


def _id_of(desk: Desk, number: str) -> int:
    from sqlalchemy import select

    from engine.tickets.models import Ticket

    query = select(Ticket.id).where(Ticket.number == number)
    found = desk.read(lambda work: work.session.scalar(query))
    if found is None:
        raise NotFound("There is no such ticket.")
    return int(found)


def _mend(desk: Desk, part: Recount) -> None:
    from engine.commands.clocks_recount import mend_clocks

    def mend(ticket_id: int, work: Work) -> None:
        mend_clocks(work, ticket_id)

    for ticket_id in dict.fromkeys(one.ticket_id for one in part.differing):
        desk.run(partial(mend, ticket_id))


def _say(one: Difference, as_json: bool) -> None:
    stands, ought = _plain(one.stands), _plain(one.ought)
    if as_json:
        print_json({"ticket": one.number, "clock": one.kind, "what": one.what,
                    "stands": stands, "ought": ought})  # fmt: skip
    else:
        click.echo(f"{one.number} {one.kind or 'ticket'} {one.what}: {stands}, ought to be {ought}")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
