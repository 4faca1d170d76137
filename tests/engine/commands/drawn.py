"""Small processes drawn with the pen and published in a town, to be followed by tickets there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.catalogue.models import TicketType
from engine.commands.publish import publish_process
from engine.work import Work
from tests.engine.workflow.conftest import Pen

__all__ = ["Pen", "publish", "take"]


def publish(town: Any, *drawn: Pen, shared: Mapping[str, Pen] | None = None) -> None:
    """Put processes in force under their ids, each for tickets of a type with the same name."""
    others = {key: {"process.bpmn": pen.xml()} for key, pen in (shared or {}).items()}

    def command(work: Work) -> None:
        for pen in drawn:
            key = pen.process_id
            publish_process(work, key, {"process.bpmn": pen.xml()}, others)
            if work.session.scalar(select(TicketType).where(TicketType.name == key)) is None:
                work.session.add(TicketType(name=key, process_key=key))

    town.desk.run(command)


def take(town: Any, key: str, **more: Any) -> str:
    """A ticket that follows the process with this key; returns its number."""
    number: str = town.report(type=key, **more)
    return number
