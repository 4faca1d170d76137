"""The worker: Celery with beat inside, woken by the outbox's bell and by sweeps every few seconds.

With the embedded broker (`memory://`) everything is one process; with RabbitMQ or Redis there may
be as many as one likes: claims in the database keep them apart.
"""

from __future__ import annotations

import fcntl
import gc
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery, signals
from celery.apps import worker as celery_worker
from celery.beat import EmbeddedService

from engine import tasks
from engine.desk import Desk
from engine.errors import Conflict
from engine.outbox import drain
from engine.outbox.wake import Bell
from engine.settings import Settings
from engine.steady import SteadyScheduler
from engine.timers import sweep

log = logging.getLogger(__name__)
THREADS = 4
PATIENCE = 10.0  # seconds to wait for a worker that is about to end


class VorgangCelery(Celery):
    """A Celery application that carries the desk its tasks work on."""

    desk: Desk


def make_app(desk: Desk) -> VorgangCelery:
    """The Celery application of a desk: JSON only, acknowledged late, results kept nowhere."""
    settings = desk.settings
    app = VorgangCelery("vorgang", broker=_broker(settings), set_as_current=True)
    app.desk = desk
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_store_eager_result=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        timezone="UTC",
        beat_schedule=schedule(settings),
        beat_schedule_filename=str(settings.home / "run" / "beat"),
    )
    if embedded(settings):
        app.conf.broker_transport_options = {"polling_interval": 0.05}
    app.finalize()
    return app


def schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """When which sweep runs; one that could not run in time is dropped, the next one comes soon."""
    every: dict[str, float] = {"drain_outbox": 2, "call_webhooks": 2, "fire_due_timers": 2,
                               "housekeeping": 3600, "count_rules": 60, "audit": 300}  # fmt: skip
    if settings.imap_url:
        every["poll_mailbox"] = 20
    return {
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in every.items()
    }


def _broker(settings: Settings) -> str:
    return "memory://localhost" if embedded(settings) else settings.broker_url


def embedded(settings: Settings) -> bool:
    """Whether the broker is in this process, which is then the desk's only worker."""
    return settings.broker_url.startswith("memory://")


def run_worker(desk: Desk, *, beat: bool = True) -> int:
    """Work until SIGTERM or Ctrl-C; returns the exit code."""
    run = desk.settings.home / "run"
    run.mkdir(parents=True, exist_ok=True)
    if not embedded(desk.settings):
        return _work(desk, beat)
    with alone(run / "worker.lock"):
        drain.release_claims(desk)
        sweep.release_claims(desk)
        return _work(desk, beat)


@contextmanager
def alone(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Be the only one who holds this lock, waiting for a dying holder; else `Conflict`."""
    end = time.monotonic() + patience
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Conflict(
                        f"A worker serves {path.parent.parent} already; one is enough there."
                    ) from None
                time.sleep(0.1)
        yield


def _work(desk: Desk, beat: bool) -> int:
    app = make_app(desk)
    stop = threading.Event()
    helpers = _helpers(app, desk, stop, beat)

    @signals.worker_ready.connect(weak=False)
    def begin(**_: Any) -> None:
        spare_the_collector()
        for helper in helpers:
            helper.start()
        log.info("the worker is ready")

    celery_worker.safe_say = lambda *_, **__: None  # its good-bye belongs to no terminal
    worker = app.Worker(
        pool="threads", concurrency=THREADS, loglevel="WARNING", quiet=True,
        without_gossip=True, without_mingle=True, without_heartbeat=True,
    )  # fmt: skip
    try:
        worker.start()
    finally:
        stop.set()
        signals.worker_ready.disconnect(begin)
        desk.close()
    return int(worker.exitcode or 0)


def spare_the_collector() -> None:
    """What is loaded by now stays: looking through it again and again for what is no longer used
    took a tenth of the worker's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _helpers(
    app: VorgangCelery, desk: Desk, stop: threading.Event, beat: bool
) -> list[threading.Thread]:
    bell = Bell(desk.settings.home)
    listener = threading.Thread(
        target=bell.listen, args=(tasks.wake_up, stop), daemon=True, name="bell"
    )
    if not beat:
        return [listener]
    kept = app.conf.beat_schedule_filename
    clock = EmbeddedService(app, thread=True, schedule_filename=kept, scheduler_cls=SteadyScheduler)
    clock.daemon = True
    return [listener, clock]
