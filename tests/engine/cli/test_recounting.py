"""The clocks of tickets are worked out again on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from engine.cli.run import run
from engine.sla.models import TicketClock


@pytest.fixture
def number(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> str:
    """A ticket whose solution clock says something else than its history."""
    from engine.cli.context import opened
    from engine.commands.tickets import NewTicket, create_ticket
    from engine.settings import load_settings

    monkeypatch.setenv("VORGANG_HOME", str(home))

    def damaged(work: Any) -> str:
        new = NewTicket(title="VPN drops", body="Again.", channel="web", sla="gold")
        made = create_ticket(work, new).number
        work.session.flush()
        work.session.execute(
            update(TicketClock).where(TicketClock.kind == "solution").values(left=1)
        )
        return made

    with opened(load_settings({})) as desk:
        made = desk.run(damaged)
    capsys.readouterr()
    return str(made)


def test_what_differs_is_told_and_mended_on_demand(number: str, capsys: Any) -> None:
    assert run(["sla", "recompute", "--json"]) == 1
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["ticket"], one["clock"], one["what"]) for one in said[:-1]] == [
        (number, "solution", "left")
    ]
    assert said[-1] == {"tickets": 1, "differing": 1}
    assert run(["sla", "recompute", "--ticket", number, "--repair"]) == 0
    assert "1 differences, mended" in capsys.readouterr().out
    assert run(["sla", "recompute"]) == 0
    assert "1 tickets, 0 differences" in capsys.readouterr().out


def test_a_ticket_that_is_not_there_is_said(number: str, capsys: Any) -> None:
    assert run(["sla", "recompute", "--ticket", "4711"]) != 0
    assert "no such ticket" in capsys.readouterr().err
