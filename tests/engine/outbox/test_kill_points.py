"""Death at each point of a delivery: no mail lost; doubled only after the server has taken it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from engine.commands.articles import reply
from engine.outbox import drain, posting
from engine.tickets import queries
from tests.desks import MovableClock
from tests.smtp_sink import SmtpSink
from tests.town import Town

POINTS = ("before claiming", "after claiming", "before sending", "after sending", "before marking")


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, and whatever is open is rolled back."""


def die_once(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Let the process die once at `point`."""
    place: dict[str, tuple[Any, str]] = {
        "claiming": (drain, "claim"),
        "sending": (posting, "send_smtp"),
        "marking": (drain, "_mark_done"),
    }
    when, _, what = point.partition(" ")
    module, name = place[what]
    real: Callable[..., Any] = getattr(module, name)
    left = [1]

    def dying(*given: Any, **more: Any) -> Any:
        if left and when == "before":
            left.clear()
            raise Killed
        result = real(*given, **more)
        if left and result is not None:
            left.clear()
            raise Killed
        return result

    monkeypatch.setattr(module, name, dying)


@pytest.mark.parametrize("point", POINTS)
def test_a_death_loses_no_mail(
    point: str,
    town: Town,
    posted: SmtpSink,
    deliver: Callable[[], int],
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = town.report(queue="Service Desk")
    town.do("agnes", number, lambda work, ticket: reply(work, ticket, "Once.") and None)
    die_once(monkeypatch, point)
    with pytest.raises(Killed):
        deliver()
    for _ in range(3):
        drain.release_claims(town.desk)
        clock.move(seconds=30)
        deliver()
    expected = town.see(
        number,
        lambda w, t: {a.message_id for a in queries.articles(w.session, w.actor, t) if a.delivery},
    )
    times = Counter(one.message["Message-ID"] for one in posted.messages)
    assert expected <= set(times)
    doubled = sum(times.values()) - len(times)
    assert doubled == (1 if point in ("after sending", "before marking") else 0)
