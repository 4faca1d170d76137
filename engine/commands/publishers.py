"""Who puts processes and rules in force, and that one does it at a time."""

from __future__ import annotations

from sqlalchemy import select

from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.errors import NotAllowed
from engine.work import Work


def may_publish(work: Work) -> None:
    """Refuse whoever is neither process owner nor admin nor the desk itself."""
    if not work.actor.is_system and not work.actor.roles & {"owner", "admin"}:
        raise NotAllowed("Only process owners and admins publish.")


def publish_alone(work: Work) -> None:
    """Let nobody else change what is in force before we are done, and see it as it is now.

    A part goes into all processes that call it: whoever publishes one of these at the same moment
    would bring the part back as it was before.
    """
    rows = select(ProcessInForce).order_by(ProcessInForce.key)
    held = rows.with_for_update(of=ProcessInForce)
    work.session.scalars(held.execution_options(populate_existing=True)).all()
    work.session.info.pop("shelf", None)


def publish_rules_alone(work: Work) -> None:
    """The same for rules: what is published next is made of what is in force by then.

    Two releases at the same moment would both come after the same one, and the later would take
    back what the other had changed.
    """
    held = select(RulesInForce).with_for_update(of=RulesInForce)
    work.session.scalars(held.execution_options(populate_existing=True)).all()
    work.session.info.pop("shelf", None)
