"""Ticket numbers in the four formats that OTRS knows, so that a company can keep its numbers.

A counter row per series is raised by one statement, which the database serialises: two tickets made
at the same moment get different numbers, and a transaction that fails leaves at most a gap. On
PostgreSQL that statement is a transaction of its own, because the row would otherwise stay locked
until the ticket is there, and one ticket after the other would be made, whatever the machine.
"""

from __future__ import annotations

import secrets
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Table, case, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.tickets.models import NumberCounter, Ticket
from engine.work import Work

RANDOM_DIGITS = 10


def next_number(work: Work) -> str:
    """A fresh ticket number by the desk's setting `number_generator`.

    One that a ticket bears already, taken over from another desk, is passed over.
    """
    while True:
        number = _made(work)
        if work.session.scalar(select(Ticket.id).where(Ticket.number == number)) is None:
            return number


def _made(work: Work) -> str:
    settings = work.desk.settings
    today = work.now.astimezone(ZoneInfo(settings.default_zone)).date()
    kind, system = settings.number_generator, settings.system_id
    if kind == "random":
        return system + "".join(secrets.choice("0123456789") for _ in range(RANDOM_DIGITS))
    if kind == "counter":
        count = _count(work, "counter", settings.number_start)
        return system + str(count).zfill(settings.number_min_digits)
    count = _count(work, f"{kind}:{today:%Y%m%d}")
    if kind == "date":
        return f"{today:%Y%m%d}{system}{count}"
    return date_checksum(today, system, count)


def date_checksum(day: date, system_id: str, count: int) -> str:
    """YYYYMMDD, system id, five digits and OTRS's check digit (`DateChecksum.pm`).

    Weights 1, 2, 1, 2 … from the left on plain products; 10 minus the sum modulo 10, where 10
    becomes 1. The first ticket of 2016-01-01 on system 10 is 2016010110000019.
    """
    digits = f"{day:%Y%m%d}{system_id}{count:05d}"
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(digits))
    check = 10 - total % 10
    return f"{digits}{1 if check == 10 else check}"


def _count(work: Work, name: str, start: int = 1) -> int:
    """The next number of a series; a later start lets it jump forward, never back."""
    database = work.desk.database
    counters = NumberCounter.__table__
    assert isinstance(counters, Table)
    insert = (sqlite.insert if database.sqlite else postgresql.insert)(counters)
    raised = (
        insert.values(name=name, value=start)
        .on_conflict_do_update(
            index_elements=[counters.c.name],
            set_={"value": case((counters.c.value < start, start), else_=counters.c.value + 1)},
        )
        .returning(counters.c.value)
    )
    if database.sqlite:
        return int(work.session.scalars(raised).one())
    with database.aside.connect() as connection:
        return int(connection.execute(raised).scalar_one())
