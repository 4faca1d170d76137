"""How Celery is set: JSON only, acknowledged late, sweeps that expire, one embedded worker."""

from dataclasses import replace
from pathlib import Path

import pytest
from celery import current_app

from engine.desk import Desk
from engine.errors import Conflict
from engine.heartbeat import last_beat
from engine.worker import alone, embedded, make_app, schedule


def test_only_json_travels_and_nothing_is_acknowledged_before_it_is_done(desk: Desk) -> None:
    conf = make_app(desk).conf
    assert list(conf.accept_content) == ["json"]
    assert (conf.task_serializer, conf.task_acks_late) == ("json", True)
    assert str(conf.beat_schedule_filename).startswith(str(desk.settings.home))


def test_the_tasks_know_their_desk(desk: Desk) -> None:
    app = make_app(desk)
    assert current_app.desk is desk
    assert {"drain_outbox", "fire_due_timers", "poll_mailbox", "housekeeping"} <= set(app.tasks)
    assert last_beat(desk.settings) is None
    assert app.tasks["drain_outbox"]() == 0
    assert last_beat(desk.settings) is not None
    assert app.tasks["fire_due_timers"]() == 0
    assert app.tasks["poll_mailbox"]() == 0
    assert app.tasks["housekeeping"]()["files"] == 0


def test_each_sweep_expires_before_the_next(desk: Desk) -> None:
    assert "poll_mailbox" not in schedule(desk.settings)
    with_mailbox = schedule(replace(desk.settings, imap_url="imaps://example.com"))
    assert "poll_mailbox" in with_mailbox
    assert all(one["options"]["expires"] <= one["schedule"] for one in with_mailbox.values())


def test_a_broker_of_ones_own_means_many_workers(desk: Desk) -> None:
    assert embedded(desk.settings)
    assert not embedded(replace(desk.settings, broker_url="amqp://example.com"))


def test_two_embedded_workers_do_not_serve_one_home(tmp_path: Path) -> None:
    path = tmp_path / "worker.lock"
    with (
        alone(path),
        pytest.raises(Conflict, match="already"),
        alone(path, patience=0.2),
    ):
        pass
    with alone(path, patience=0):
        assert path.exists()
