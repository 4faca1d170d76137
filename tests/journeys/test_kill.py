"""kill -9 of the web or the worker at any moment: nothing is lost, nothing happens twice.

Mails come in by pipe, requests by web, timers fire and the outbox is drained, all at once, while
one process after the other is killed and started again by the supervisor.
"""

import asyncio
import json
import random
import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from tests.journeys.served import Served, new_home
from tests.journeys.traffic import Mails, Requests, solved_tickets
from tests.smtp_sink import SmtpSink, free_port

if TYPE_CHECKING:
    from engine.desk import Desk


# How far each kind of ticket has got when all is quiet: reported by mail, sorted by an agent,
# closed by the timer that ends the waiting for a customer.
ENDS = {"Printer": "new", "Screen": "open", "Scanner": "closed successful"}


@dataclass
class DeadlySink(SmtpSink):
    """A mail server that takes its time and, when armed, kills the worker before it says 250.

    The message is kept then: what the desk sees is a worker that died between 250 and its mark.
    """

    served: Served | None = None
    armed: int = 0
    kills: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, slowly; see the class."""
        await asyncio.sleep(0.05)
        answer = await super().handle_DATA(server, session, envelope)
        if self.armed and self.served is not None and self.served.kill("worker"):
            self.armed -= 1
            self.kills.append(str(self.messages[-1].message["Message-ID"]))
        return answer

    def counted(self) -> Counter[str]:
        """How often each Message-ID has arrived."""
        return Counter(str(one.message["Message-ID"]) for one in self.messages)


@pytest.fixture
def sink() -> Iterator[DeadlySink]:
    """The mail server of the desk under fire."""
    sink = DeadlySink("127.0.0.1", free_port())
    controller = Controller(sink, hostname=sink.host, port=sink.port)
    controller.start()
    yield sink
    controller.stop()


@pytest.fixture
def served(tmp_path: Path, peopled: Path, sink: DeadlySink) -> Iterator[Served]:
    """A desk with people, not started yet."""
    home = Path(shutil.copytree(peopled, tmp_path / "home"))
    desk = new_home(home, smtp=f"smtp://{sink.host}:{sink.port}")
    sink.served = desk
    yield desk
    desk.stop()


@dataclass
class Fire:
    """Kills one child after the other, each when it is at work, at random moments."""

    served: Served
    done: Counter[str] = field(default_factory=Counter)

    def web(self, kills: int) -> None:
        """Kill the web server that often, each time some moments after it answers."""
        while self.done["web"] < kills:
            self.served.until(self.served.alive, "the web answers again")
            time.sleep(random.uniform(0.0, 0.8))
            self.done["web"] += self.served.kill("web")

    def worker(self, kills: int) -> None:
        """Kill the worker that often, each time some moments after it has taken up its work."""
        while self.done["worker"] < kills:
            self.served.until(self.served.worker_works, "a worker is there again")
            time.sleep(random.uniform(0.0, 0.8))
            self.done["worker"] += self.served.kill("worker")


def under_fire(
    served: Served, sink: DeadlySink, tmp_path: Path, *, kills: int, mails: int, timers: int
) -> None:
    """Run everything at once, wait until it is quiet, and look at what there is."""
    from engine.commands.people import make_token
    from engine.people.queries import actor_of, person_by_login

    with served.open() as desk:
        agent = desk.read(
            lambda w: actor_of(w.session, person_by_login(w.session, "agnes.meier@example.com"))  # type: ignore[arg-type]
        )
        solved_tickets(desk, timers, agent, after=6, over=kills * 1.5)
        token = desk.run(
            lambda w: make_token(w, person_by_login(w.session, "agnes.meier@example.com"), "t")[1],  # type: ignore[arg-type]
            agent,
        )
    sink.armed = max(2, kills // 6)
    served.start()
    stop = threading.Event()
    (tmp_path / "mails").mkdir()
    post = Mails(served, tmp_path / "mails", stop, mails, kill_share=0.15)
    client = Requests(served, token, stop, mails)
    fire = Fire(served)
    work = [threading.Thread(target=one.run) for one in (post, client)]
    guns = [
        threading.Thread(target=fire.web, args=(kills // 2,)),
        threading.Thread(target=fire.worker, args=(kills - kills // 2,)),
    ]
    for thread in (*work, *guns):
        thread.start()
    for thread in guns:
        thread.join()
    if mails < 500:
        stop.set()
    for thread in work:
        thread.join()
    with served.open() as desk:
        served.until(lambda: quiet(desk), "everything is delivered and fired")
    assert sum(fire.done.values()) >= kills
    assert len(sink.kills) >= 1, "no worker died between 250 and the mark"
    account_for(served, sink, post, client, timers)


def quiet(desk: "Desk") -> bool:
    """Whether nothing waits in the outbox and no timer of a step is left."""
    from engine.outbox.models import OutboxRow
    from engine.timers.models import Timer

    waiting = select(func.count(OutboxRow.id)).where(OutboxRow.status == "waiting")
    steps = select(func.count(Timer.id)).where(Timer.kind == "step")
    return not desk.read(
        lambda w: (w.session.scalar(waiting) or 0) + (w.session.scalar(steps) or 0)
    )


def account_for(
    served: Served, sink: DeadlySink, post: Mails, client: Requests, timers: int
) -> None:
    """Everything that was accepted is there once, and all of it went the way it had to go."""
    assert post.accepted, "no mail came in"
    assert client.accepted, "no request came in"
    with served.open() as desk:
        found = desk.read(everything)
    assert found["originals"] == dict.fromkeys(post.accepted, 1)
    assert found["requests"] == dict.fromkeys(client.keys, 1)
    assert len(client.keys) == 3 * len(client.accepted)
    titles = Counter(found["titles"])
    assert set(titles.values()) == {1}, titles.most_common(3)
    assert len(titles) == len(post.accepted) + len(client.accepted) + timers
    for message, receipt in post.accepted.items():
        assert found["number_of"][message] == receipt["ticket"]
    for title, number in client.accepted.items():
        assert found["title_of"][number] == title
    for kind, ways in found["ways"].items():
        assert len(ways) == 1, (kind, ways)
    assert {kind: next(iter(ways))[0] for kind, ways in found["ways"].items()} == ENDS
    assert replies_of(sink) == Counter(f"We look at screen {n}." for n in reported(client))
    assert found["undelivered"] == []
    arrived = sink.counted()
    assert set(found["sent"]) <= set(arrived), "an article that counts as sent never arrived"
    twice = {one for one, count in arrived.items() if count > 1}
    assert set(sink.kills) <= twice, "a mail without its mark has to be sent again"
    bodies = {(str(m.message["Message-ID"]), m.message.get_payload()) for m in sink.messages}
    assert len(bodies) == len(arrived), "the same Message-ID with another text"
    done = served.cli("health", "--json")
    figures: dict[str, Any] = json.loads(done.stdout)["figures"]
    broken = ("incidents", "timers_failing", "outbox_dead", "spooled_messages")
    assert {name: figures[name] for name in broken} == dict.fromkeys(broken, 0)
    audit = served.cli("audit", "--deep")
    assert audit.returncode == 0, audit.stdout


def reported(client: Requests) -> list[str]:
    """The numbers in the titles of the requests that were accepted."""
    return [title.split()[1] for title in client.accepted]


def replies_of(sink: DeadlySink) -> Counter[str]:
    """How often each reply of an agent has arrived, each Message-ID counted once."""
    texts = {str(m.message["Message-ID"]): body_of(m.message) for m in sink.messages}
    found = (re.search(r"We look at screen \d+\.", text) for text in texts.values())
    return Counter(match[0] for match in found if match)


def body_of(message: Any) -> str:
    """The plain text of a mail."""
    return "\n".join(
        str((one.get_payload(decode=True) or b"").decode("utf-8", "replace"))
        for one in message.walk()
        if one.get_content_type() == "text/plain"
    )


def everything(work: Any) -> dict[str, Any]:
    """What the database says, in a shape that can be compared."""
    from engine.audit.models import ApiRequest
    from engine.outbox.models import OutboxRow
    from engine.tickets.flow import StepLog
    from engine.tickets.models import Article, InboundMessage, Ticket

    session = work.session
    tickets = {one.id: one for one in session.scalars(select(Ticket))}
    messages = list(session.scalars(select(InboundMessage)))
    steps: dict[int, list[tuple[str, str]]] = {one: [] for one in tickets}
    for log in session.scalars(select(StepLog).order_by(StepLog.id)):
        steps[log.ticket_id].append((log.step_id, log.outcome))
    said: dict[int, Counter[tuple[str, str]]] = {one: Counter() for one in tickets}
    for article in session.scalars(select(Article)):
        said[article.ticket_id][article.channel, article.direction] += 1
    ways: dict[str, set[Any]] = {}
    for one in tickets.values():
        way = (one.state.name, tuple(steps[one.id]), tuple(sorted(said[one.id].items())))
        ways.setdefault(one.title.split()[0], set()).add(way)
    return {
        "originals": Counter(m.external_id for m in messages),
        "requests": Counter(session.scalars(select(ApiRequest.key))),
        "number_of": {m.external_id: tickets[m.ticket_id].number for m in messages if m.ticket_id},
        "titles": [one.title for one in tickets.values()],
        "title_of": {one.number: one.title for one in tickets.values()},
        "ways": ways,
        "undelivered": [
            (row.topic, row.last_error)
            for row in session.scalars(select(OutboxRow).where(OutboxRow.status != "done"))
        ],
        "sent": list(
            session.scalars(
                select(Article.message_id).where(
                    Article.direction == "out",
                    Article.channel == "email",
                    Article.delivery == "sent",
                )
            )
        ),
    }


def test_nothing_is_lost_or_doubled_by_half_a_dozen_kills(
    served: Served, sink: DeadlySink, tmp_path: Path
) -> None:
    under_fire(served, sink, tmp_path, kills=6, mails=200, timers=6)


@pytest.mark.long
def test_nothing_is_lost_or_doubled_by_fifty_kills_and_a_thousand_mails(
    served: Served, sink: DeadlySink, tmp_path: Path
) -> None:
    under_fire(served, sink, tmp_path, kills=54, mails=1000, timers=200)
