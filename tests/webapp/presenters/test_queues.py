"""The tree of queues keeps parents before children and adds up what is below."""

from __future__ import annotations

from engine.catalogue.models import Queue
from engine.tickets.task_lists import QueueLoad
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


def test_names_are_in_the_order_of_a_dictionary() -> None:
    rows = queue_rows(
        [load("Zoll", 1), load("Änderungen", 1), load("Netz", 1), load("Abteilung", 1)]
    )
    assert [row.name for row in rows] == ["Abteilung", "Änderungen", "Netz", "Zoll"]


def test_what_waits_below_counts_for_the_parent() -> None:
    parent, _ = queue_rows([load("Net::VPN", 2, 1), load("Net", 1, 3)])
    assert parent.unclaimed == 4
