"""A transaction is whole or nothing, tried again on conflict, and told plainly when it fails."""

from __future__ import annotations

import pytest
from sqlalchemy.orm.exc import StaleDataError

from engine.errors import Conflict
from engine.outbox import write as outbox
from engine.people.models import Group
from engine.work import Actor, attempt


def names(desk):
    from sqlalchemy import select

    return desk.read(lambda w: w.session.scalars(select(Group.name).order_by(Group.id)).all())


def test_a_command_that_raises_leaves_nothing(desk):
    def command(work):
        work.session.add(Group(name="half"))
        work.session.flush()
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        desk.run(command)
    assert names(desk) == []


def test_the_worker_is_woken_after_the_commit_and_only_for_what_is_to_be_delivered(desk):
    woken = []
    desk.poke = lambda: woken.append(names(desk))

    def command(work):
        work.session.add(Group(name="two"))
        outbox.add(work, "index", item_id=1)

    desk.run(lambda work: work.session.add(Group(name="one")))
    assert woken == []
    desk.run(command)
    assert woken == [["one", "two"]]


def test_a_conflict_is_tried_again_and_then_told(desk):
    tries = []

    def command(work):
        tries.append(1)
        if len(tries) < 3:
            raise StaleDataError("somebody was quicker")
        return "done"

    assert desk.run(command) == "done"
    tries.clear()

    def hopeless():
        tries.append(1)
        raise StaleDataError("again and again")

    with pytest.raises(Conflict):
        attempt(hopeless)
    assert len(tries) == 3


def test_rw_means_every_permission():
    actor = Actor("x", groups={1: frozenset({"ro"}), 2: frozenset({"rw"})})
    assert actor.groups_with("ro") == [1, 2]
    assert actor.groups_with("move_into") == [2]
