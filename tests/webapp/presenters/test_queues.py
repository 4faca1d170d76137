"""The tree of queues keeps parents before children and adds up what is below."""

from __future__ import annotations

from engine.catalogue.models import Queue
from engine.tickets.queries import QueueLoad
from webapp.presenters.queues import queue_rows


def load(name: str, open_: int, unclaimed: int = 0) -> QueueLoad:
    """One queue with what waits in it."""
    return QueueLoad(Queue(name=name), open_, unclaimed, None)


def test_parents_hold_the_sum_of_their_children() -> None:
    rows = queue_rows([load("Net::VPN", 2), load("Net", 1), load("Net B", 4), load("Net::A::B", 3)])
    assert [(row.name, row.depth, row.total) for row in rows] == [
        ("Net", 0, 6),
        ("Net::A", 1, 3),
        ("Net::A::B", 2, 3),
        ("Net::VPN", 1, 2),
        ("Net B", 0, 4),
    ]


def test_a_parent_that_is_not_mine_says_so() -> None:
    parent, child = queue_rows([load("Net::VPN", 2, 1)])
    assert (parent.own, parent.open) == (False, 0)
    assert (child.own, child.open, child.unclaimed) == (True, 2, 1)
