"""A child that ends with its parent, however the parent ended: no orphans after a kill -9."""

from __future__ import annotations

import os
import signal
import threading

LOOKS_EVERY = 0.5  # seconds
GRACE = 5.0  # seconds for an orderly end


def follow_parent() -> threading.Event:
    """Watch the process that started us and end with it; setting the event ends the watch."""
    parent = os.getppid()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(LOOKS_EVERY):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)
                stop.wait(GRACE)
                os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent").start()
    return stop
