"""`vorgang sla escalations`: what is late and what is due next, for whoever watches the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from engine.cli.context import config_option, opened, print_json, settings_of

if TYPE_CHECKING:
    from engine.sla.models import TicketClock
    from engine.tickets.models import Ticket
    from engine.work import Work

MOST = 1000


@click.command("escalations", short_help="What is late, and what is due in the next hours.")
@click.option("--hours", type=click.FloatRange(0, 8760), default=8.0, show_default=True,
              help="how far ahead")  # fmt: skip
@click.option("--query", default="", help="narrowed as in the search box: queue:network sla:gold")
@click.option("--json", "as_json", is_flag=True, help="one JSON line per ticket")
@config_option
@click.pass_context
def escalations(context: click.Context, hours: float, query: str, as_json: bool) -> None:
    """List tickets by the clock that leads, the longest overdue first; at most 1000."""
    with opened(settings_of(context)) as desk:
        rows = desk.read(lambda work: late_or_due(work, query, hours))
    for row in rows:
        if as_json:
            print_json(row)
            continue
        over = "over" if row["left_seconds"] < 0 else "left"
        left = timedelta(seconds=abs(row["left_seconds"]))
        owner = row["owner"] or "nobody"
        click.echo(f"{row['number']:>18}  {row['kind']:14} level {row['level']}  {left!s:>18} "
                   f"{over}  {row['queue']}, {owner}: {row['title'][:60]}")  # fmt: skip
    if not rows and not as_json:
        click.echo("Every promise holds.")


def late_or_due(work: Work, query: str, hours: float) -> list[dict[str, Any]]:
    """The tickets as data; raises `Invalid` for a query that cannot be answered."""
    from engine.errors import Invalid
    from engine.tickets import escalations as clocks
    from engine.tickets import search
    from engine.tickets.asking import read
    from engine.tickets.models import Ticket

    asked = search.asked(work.session, work.actor, read(query), work.now)
    if asked.bad:
        raise Invalid(f"{asked.bad[0].text!r} cannot be answered.")
    asked.conditions.append(Ticket.due_at <= work.now + timedelta(hours=hours))
    found = search.tickets(work.session, work.actor, asked, sort="due", limit=MOST)
    leading = clocks.leading(work.session, found)
    return [_row(work, one, leading[one.id]) for one in found if one.id in leading]


def _row(work: Work, ticket: Ticket, clock: TicketClock) -> dict[str, Any]:
    from engine.tickets.escalations import next_mark

    mark, at = next_mark(clock)
    due = clock.due_at or work.now
    return {
        "number": ticket.number,
        "title": ticket.title,
        "queue": ticket.queue.name,
        "owner": ticket.owner.login if ticket.owner else None,
        "sla": ticket.sla.name if ticket.sla else None,
        "priority": ticket.priority.rank,
        "kind": clock.kind,
        "due": due.isoformat(),
        "left_seconds": int((due - work.now).total_seconds()),
        "level": clock.level,
        "next": mark or None,
        "next_at": at.isoformat() if at else None,
    }
