"""`vorgang ticket show` and `list`: a ticket as data, for scripts and for the curious."""

from __future__ import annotations

from typing import Any

import click

from engine.cli.context import config_option, opened, print_json, settings_of
from engine.commands.processes import opened as machine_of
from engine.tickets import queries
from engine.tickets.access import ticket_for
from engine.tickets.flow import ProcessInstance, WorkItem
from engine.tickets.models import Article, Ticket
from engine.work import Work


@click.group()
def ticket() -> None:
    """Tickets."""


@ticket.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="everything, as JSON")
@config_option
@click.pass_context
def show(context: click.Context, number: str, as_json: bool) -> None:
    """Print one ticket with its articles, steps, clocks and history."""
    with opened(settings_of(context)) as desk:
        document = desk.read(lambda work: described(work, ticket_for(work, number)))
    if as_json:
        print_json(document)
        return
    for name in ("number", "title", "state", "queue", "priority", "type", "owner", "customer"):
        click.echo(f"{name:10} {document[name] or '–'}")
    for step in document["steps"]:
        click.echo(f"{'waits for':10} {step['title']} ({step['for']})")
    for waiting in (document["process"] or {}).get("awaits", []):
        click.echo(f"{'waits for':10} the message {waiting['message']}")
    for timer in (document["process"] or {}).get("timers", []):
        click.echo(f"{'goes on':10} {timer['due'][:16]} ({timer['step']})")
    for article in document["articles"]:
        first = (article["body"].splitlines() or [""])[0][:70]
        click.echo(f"{article['at'][:16]} {article['channel']:6} {article['sender']}: {first}")


@ticket.command("list")
@click.option("--queue", help="this queue with everything below it")
@click.option("--open", "open_only", is_flag=True, help="only what has not ended")
@click.option("--search", default="", help="words that must occur")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="one JSON line per ticket")
@config_option
@click.pass_context
def listed(
    context: click.Context,
    queue: str | None,
    open_only: bool,
    search: str,
    limit: int,
    as_json: bool,
) -> None:
    """List tickets, newest first."""
    from engine.tickets.fulltext import matching

    def rows(work: Work) -> list[dict[str, Any]]:
        texts = matching(work.session, search) if search else None
        wanted = queries.Filter(queue=queue, open_only=open_only, text_ids=texts)
        found = queries.tickets(work.session, work.actor, wanted, limit=limit)
        return [head(one) for one in found]

    with opened(settings_of(context)) as desk:
        found = desk.read(rows)
    for row in found:
        if as_json:
            print_json(row)
        else:
            click.echo(
                f"{row['number']}  {row['state']:20}  {row['queue']:24}  {row['title'][:60]}"
            )


def head(one: Ticket) -> dict[str, Any]:
    """The fields of a ticket as a list shows them."""
    return {
        "number": one.number,
        "title": one.title,
        "state": one.state.name,
        "state_type": one.state.type,
        "queue": one.queue.name,
        "priority": one.priority.name,
        "owner": one.owner.login if one.owner else None,
        "customer": one.customer.login if one.customer else None,
        "created": one.created_at.isoformat(),
        "changed": one.changed_at.isoformat(),
        "due": one.due_at.isoformat() if one.due_at else None,
    }


def described(work: Work, one: Ticket) -> dict[str, Any]:
    """A ticket with everything that hangs on it, JSON-able."""
    session = work.session
    instance = queries.instance_of(session, one)
    return head(one) | {
        "type": one.type.name if one.type else None,
        "service": one.service.name if one.service else None,
        "sla": one.sla.name if one.sla else None,
        "responsible": one.responsible.login if one.responsible else None,
        "organisation": one.organisation.name if one.organisation else None,
        "channel": one.channel,
        "language": one.language,
        "tags": one.tags,
        "custom": one.custom,
        "closed": one.closed_at.isoformat() if one.closed_at else None,
        "pending_until": one.pending_until.isoformat() if one.pending_until else None,
        "merged_into": one.merged_into.number if one.merged_into else None,
        "process": {
            "key": instance.version.key, "version": instance.version.number,
            "status": instance.status,
        } | _standing(work, one, instance) if instance else None,
        "steps": [_step(item) for item in queries.open_items(session, one)],
        "incidents": [
            {"step": i.step_id, "message": i.message, "at": i.at.isoformat()}
            for i in queries.incidents(session, one)
        ],
        "articles": [_article(a) for a in queries.articles(session, work.actor, one)],
        "clocks": [
            {
                "kind": c.kind, "target": c.target, "left": c.left,
                "due": c.due_at.isoformat() if c.due_at else None,
                "breached": c.breached_at.isoformat() if c.breached_at else None,
                "stopped": c.stopped_at.isoformat() if c.stopped_at else None,
            }
            for c in queries.clocks(session, one)
        ],
        "history": [
            {
                "at": h.at.isoformat(), "what": h.what, "before": h.before, "after": h.after,
                "actor": h.actor, "cause": h.cause, "reason": h.reason,
            }
            for h in reversed(queries.history(session, one))
        ],
    }  # fmt: skip


def _standing(work: Work, one: Ticket, instance: ProcessInstance) -> dict[str, Any]:
    """Where a running process stands and what it waits for, also where no person has a step."""
    if instance.status != "running":
        return {"at": [], "awaits": [], "timers": []}
    definition, machine, _ = machine_of(work, one, instance)
    live = [definition.steps[name] for name in machine.live_steps if name in definition.steps]
    return {
        "at": [
            {"step": s.id, "title": s.title.get("en") or s.name, "state": s.state} for s in live
        ],
        "awaits": [{"step": w.step_id, "message": w.message} for w in machine.waiting],
        "timers": [{"step": t.step_id, "due": t.due_at.isoformat()} for t in machine.timers],
    }


def _step(item: WorkItem) -> dict[str, Any]:
    whom = item.person.login if item.person else item.role or None
    if whom is None:
        whom = item.group.name if item.group else item.queue.name
    return {
        "id": item.id,
        "step": item.step_id,
        "title": item.title.get("en") or item.step_id,
        "for": whom,
        "since": item.created_at.isoformat(),
        "due": item.due_at.isoformat() if item.due_at else None,
    }


def _article(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "at": article.created_at.isoformat(),
        "channel": article.channel,
        "direction": article.direction,
        "visible": article.visible,
        "sender": article.sender,
        "recipients": article.recipients,
        "subject": article.subject,
        "body": article.body,
        "message_id": article.message_id,
        "delivery": article.delivery,
        "problem": article.problem,
        "attachments": [
            {"name": file.name, "media_type": file.media_type, "size": file.size}
            for file in article.attachments
        ],
    }
