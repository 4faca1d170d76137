"""How the desk is: a few figures, and in sentences what somebody should look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.audit.alarms import SEEN_FOR, differences
from engine.audit.found_queries import standing
from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.catalogue.rules_drafting import RulesProposal
from engine.commands.hourly import HOUR, begun
from engine.commands.rules_standing import rules_at_odds
from engine.heartbeat import silent_since
from engine.library import damage
from engine.mail_door import MailboxState, mailbox_state, spooled
from engine.outbox.queries import load
from engine.settings import Settings
from engine.tickets.flow import Incident
from engine.tickets.models import InboundMessage, Ticket
from engine.timers import figures as timers
from engine.work import Work

if TYPE_CHECKING:
    from engine.desk import Desk

LATE = timedelta(minutes=5)
UNREAD = timedelta(minutes=10)


def report(desk: Desk) -> dict[str, Any]:
    """`{"ok": bool, "problems": [sentence…], "figures": {name: number}}`."""
    figures, problems = desk.read(_of_database)
    waiting = len(spooled(desk.settings))
    figures["spooled_messages"] = waiting
    if waiting:
        problems.append(
            f"{waiting} message(s) lie in {desk.settings.spool_dir} and could not be delivered;"
            " once the cause is mended: vorgang mail retry"
        )
    mailbox = mailbox_problem(mailbox_state(desk.settings), desk.clock())
    if mailbox:
        problems.append(mailbox)
    if since := silent_since(desk.settings, desk.clock()):
        problems.append(worker_problem(desk.settings, since))
    if not desk.index.healthy():
        problems.append("The FAQ's search index has to be rebuilt: vorgang faq reindex")
    return {"ok": not problems, "problems": problems, "figures": figures}


def worker_problem(settings: Settings, since: datetime) -> str:
    """That no worker does anything, in a sentence."""
    broker = "" if settings.broker_url.startswith("memory://") else ", and does it reach the broker"
    return (
        f"No worker has done anything since {since:%Y-%m-%d %H:%M} UTC; "
        f"does one run{broker}? See log/worker.log."
    )


def mailbox_problem(state: MailboxState | None, now: datetime) -> str:
    """What is wrong with the mailbox, in a sentence; empty where nothing is."""
    if state is None:
        return ""
    last = f"; last read {state.read_at:%Y-%m-%d %H:%M} UTC" if state.read_at else ""
    if state.error:
        since = f" since {state.failing_since:%Y-%m-%d %H:%M} UTC" if state.failing_since else ""
        return f"The mailbox has not been readable{since}{last}: {state.error}"
    if state.read_at is not None and now - state.read_at > UNREAD:
        return (
            f"The mailbox has not been read for more than ten minutes{last}; does the worker run?"
        )
    return ""


def _of_database(work: Work) -> tuple[dict[str, int], list[str]]:
    session, problems = work.session, []
    box = load(session, work.now)
    failing = timers.lag(session, work.now).failing
    late = timers.late(session, work.now - LATE)
    open_incidents = select(func.count(Incident.id)).where(Incident.resolved_at.is_(None))
    incidents = session.scalar(open_incidents) or 0
    held = select(func.count(InboundMessage.id)).where(InboundMessage.outcome == "held")
    held_messages = session.scalar(held) or 0
    lost = standing(session).count
    if held_messages:
        problems.append(f"{held_messages} message(s) are held back: vorgang inbound list")
    if box.dead:
        problems.append(f"{box.dead} message(s) could not be delivered: vorgang outbox")
    if box.oldest is not None and work.now - box.oldest > LATE:
        problems.append(
            "Messages have been waiting for more than five minutes; does the worker run?"
        )
    if failing:
        problems.append(f"{failing} timer(s) fail whenever they fire; the page Health says which.")
    elif late:
        problems.append(f"{late} timer(s) are more than five minutes late; does the worker run?")
    if incidents:
        problems.append(f"{incidents} process step(s) have failed and wait to be tried again.")
    differ = differences(session, work.now - SEEN_FOR)
    problems += _of_rules(work, differ)
    if lost:
        problems.append(
            f"{lost} thing(s) do not hold that have to, so that nothing is lost: vorgang audit"
        )
    figures = {
        "tickets": session.scalar(select(func.count(Ticket.id))) or 0,
        "outbox_waiting": box.waiting,
        "outbox_dead": box.dead,
        "timers_failing": failing,
        "timers_late": late,
        "incidents": incidents,
        "held_messages": held_messages,
        "audit_findings": lost,
        "rules_differences": differ,
    }
    return figures, problems


def _of_rules(work: Work, differ: int) -> list[str]:
    """What is wrong with the rules, and with what has to be in force."""
    problems = []
    if differ:
        problems.append(
            f"The rules core has differed from its oracle {differ} time(s) in {SEEN_FOR.days} "
            "days. The oracle's answers were taken; the log names the rules."
        )
    if since := slow_round(work):
        problems.append(
            f"The round of the rules of every hour began at {since:%Y-%m-%d %H:%M} UTC and is "
            "still under way. It goes on where it is, and the next one comes when it is through."
        )
    problems += _not_in_force(work)
    proposed = work.session.get(RulesProposal, 1)
    odd = rules_at_odds(work)
    if odd:
        problems.append(
            f"{len(odd)} thing(s) in the rules in force do not work here any more, the first: "
            f"{odd[0].message}"
        )
    if proposed is not None and proposed.failed:
        problems.append(
            "Changed rules were not put in force at their time; the page “What changes” of the "
            "rules says why. The rules until then still decide."
        )
    return problems


def slow_round(work: Work) -> datetime | None:
    """Since when the rules of every hour have been asked, where they do not get through in one."""
    since = begun(work.session)
    return since if since is not None and work.now - since > HOUR else None


def missing_process(work: Work) -> str:
    """The process that tickets take where nothing names another, if it is not in force."""
    key = work.desk.settings.default_process
    return "" if work.session.get(ProcessInForce, key) is not None else key


def _not_in_force(work: Work) -> list[str]:
    """What a desk has to have published before tickets can be routed and moved."""
    session, problems = work.session, []
    if session.get(RulesInForce, 1) is None:
        problems.append("No rules are in force: vorgang publish rules/")
    if damaged := damage(session):
        problems.append(f"{damaged} Meanwhile those before it decide: vorgang publish rules/")
    if missing := missing_process(work):
        problems.append(
            f"The process {missing!r}, which tickets take where nothing names another, is not in "
            "force: vorgang publish processes/"
        )
    return problems
