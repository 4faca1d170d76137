"""`vorgang audit`: whether anything is lost, what, where, and how it is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.cli import codes
from engine.cli.context import config_option, opened, print_json, settings_of
from engine.errors import Invalid, VorgangError

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.invariant.found import Found, Numbers
    from engine.invariant.looking import Slice


@click.command(short_help="is anything lost? Every ticket, timer, message and file looked at")
@click.option("--repair", "repairs", is_flag=True, help="mend what can be mended")
@click.option("--json", "as_json", is_flag=True, help="one JSON line for each finding, one at last")
@click.option("--deep", is_flag=True, help="read every byte of every file, too")
@click.option("--only", default="", metavar="CHECK", help="only this check, or family of checks")
@click.option("--tickets", default="", metavar="N..M", help="only tickets with these numbers")
@click.option("--list", "listed", is_flag=True, help="say what is checked, and nothing else")
@config_option
@click.pass_context
def audit(
    context: click.Context, repairs: bool, as_json: bool, deep: bool, only: str, tickets: str,
    listed: bool,
) -> int:  # fmt: skip
    """Look whether anything is lost: exit code 0, or 1 where something was found.

    Each finding is printed with its name, its place and how it is mended. Nobody is held up by it,
    and it may run beside a desk where people work. What --repair has mended counts as found.
    """
    from engine.invariant.looks import KINDS, looks_for

    if listed:
        for code, kind in sorted(KINDS.items()):
            click.echo(f"{code:24} {kind.title}{' (repair)' if kind.repairs else ''}")
        return codes.OK
    try:
        wanted = looks_for(only)
        looks = [look for look in wanted if deep or not look.deep]
        numbers = _numbers(tickets)
        if not deep and any(
            only == kind.code for look in wanted if look.deep for kind in look.kinds
        ):
            raise Invalid("This reads every byte; say --deep as well.")
    except VorgangError as error:
        raise click.UsageError(error.message) from None
    report = _Report(as_json, only)
    with opened(settings_of(context)) as desk:
        _look(desk, looks, numbers, repairs, report)
    report.end()
    return codes.PROBLEMS if report.count else codes.OK


def _look(desk: Desk, looks: Any, numbers: Numbers | None, repairs: bool, report: _Report) -> None:
    """Walk, tell, and mend each slice as it comes; what tickets of all numbers show is kept, too.

    A question may find more than what was asked for: that is kept, or it would count as gone.
    """
    from engine.invariant.ledger import begin, end, note
    from engine.invariant.looking import walk
    from engine.invariant.repairing import repair

    run = None if numbers is not None else begin(desk, "command", looks, repairs=repairs)
    for part in walk(desk, looks, numbers=numbers):
        wanted = [one for one in part.found if report.wants(one)]
        mended = repair(desk, part.look, wanted) if repairs else None
        report.add(desk, part, wanted, mended)
        if run is not None:
            note(desk, run, part, mended)
    if run is not None:
        end(desk, run)


class _Report:
    """What is printed: each finding as it comes, and at last how many of each kind."""

    def __init__(self, as_json: bool, only: str) -> None:
        self.as_json, self.only = as_json, only
        self.counts: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.mended = 0

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def wants(self, one: Found) -> bool:
        return self.only in ("", one.code, one.code.partition(".")[0])

    def add(self, desk: Desk, part: Slice, found: Sequence[Found], mended: Any) -> None:
        from engine.invariant.ledger import numbers_of

        self.rows[part.look.name] += part.rows
        self.seconds[part.look.name] += part.seconds  # type: ignore[assignment]
        numbers = desk.read(lambda work: numbers_of(work.session, found))
        left = {(one.code, one.key): error for one, error in mended.left} if mended else {}
        self.mended += len(mended.well) if mended else 0
        for one in found:
            self.counts[one.code] += 1
            error = left.get((one.code, one.key))
            self._say(one, numbers.get(one.ticket_id or 0, ""), mended is not None, error)

    def _say(self, one: Found, number: str, tried: bool, error: Any) -> None:
        from engine.invariant.looks import KINDS

        kind = KINDS[one.code]
        state = "" if not tried else "not mended" if error is not None else "mended"
        if self.as_json:
            found: dict[str, Any] = {
                "check": one.code, "ticket": number or None, "place": one.key,
                "message": kind.text % one.values, "mend": kind.mend, "values": dict(one.values),
            }  # fmt: skip
            if tried:
                found |= {"mended": error is None, "problem": error.message if error else ""}
            print_json(found)
            return
        place = f"ticket {number}, {one.key}" if number else one.key
        click.echo(f"{one.code}: {place}")
        click.echo(f"    {kind.title}. {kind.text % one.values}")
        click.echo(f"    {state}: {error.message if error else ''}".rstrip(": ")
                   if state else f"    mend: {kind.mend}")  # fmt: skip

    def end(self) -> None:
        """How many of each kind, and how long it took."""
        seconds = round(sum(self.seconds.values()), 2)
        if self.as_json:
            print_json({
                "findings": self.count, "checks": dict(self.counts), "mended": self.mended,
                "seconds": seconds, "rows": sum(self.rows.values()),
                "looked": {name: [self.rows[name], round(self.seconds[name], 3)]
                           for name in self.rows},
            })  # fmt: skip
            return
        for code, count in sorted(self.counts.items()):
            click.echo(f"{count:>8}  {code}")
        mended = f", {self.mended} mended" if self.mended else ""
        click.echo(f"{self.count} findings{mended}; {sum(self.rows.values())} rows looked at in "
                   f"{seconds} s.")  # fmt: skip


def _numbers(text: str) -> Numbers | None:
    """Which tickets are meant by `N..M`, or by one number."""
    from engine.invariant.found import Numbers

    if not text:
        return None
    first, dots, last = text.partition("..")
    if not first or (dots and not last) or (dots and last < first):
        raise Invalid("Tickets are given as the first and the last number: N..M.")
    return Numbers(first, last or first)
