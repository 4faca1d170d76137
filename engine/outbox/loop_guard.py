"""Two machines must never answer each other all night: what the desk writes itself is limited."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from engine.people.models import Attempt
from engine.tickets.models import Article
from engine.work import Work

DAY = timedelta(days=1)


def reason_to_hold(work: Work, article: Article) -> str:
    """Why an automatic article must not be sent, or an empty string.

    Never as an answer to what wants none (a machine, a list), and only so many to one address in a
    day.
    """
    if not article.automatic:
        return ""
    last = (
        select(Article.automatic | Article.no_auto_reply)
        .where(
            Article.ticket_id == article.ticket_id,
            Article.id < article.id,
            Article.direction == "in",
            Article.channel == article.channel,
        )
        .order_by(Article.id.desc())
        .limit(1)
    )
    if work.session.scalar(last):
        return "The message it answers came from a machine or a mailing list."
    most = work.desk.settings.auto_replies_per_day
    for address in article.recipients:
        sent = select(func.count(Attempt.id)).where(
            Attempt.key == _key(address), Attempt.at > work.now - DAY
        )
        if int(work.session.scalar(sent) or 0) >= most:
            return f"{address} has had {most} automatic messages within a day."
    return ""


def count(work: Work, addresses: list[str]) -> None:
    """Remember that an automatic message has gone to these addresses."""
    work.session.add_all(Attempt(key=_key(address), at=work.now) for address in addresses)


def _key(address: str) -> str:
    return f"automatic:{address.strip().lower()}"[:400]
