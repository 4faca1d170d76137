"""The bell is heard by whoever listens, and ringing never fails."""

import threading
from pathlib import Path

from engine.outbox.wake import Bell


def test_a_ring_is_heard(tmp_path: Path) -> None:
    stop, heard = threading.Event(), threading.Event()
    bell = Bell(tmp_path)
    listener = threading.Thread(target=bell.listen, args=(heard.set, stop))
    listener.start()
    while not heard.wait(0.05):  # the listener may not have looked for the first time yet
        bell.ring()
    stop.set()
    listener.join(5)
    assert heard.is_set()
    assert not listener.is_alive()


def test_ringing_where_nothing_can_be_written_does_not_fail(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, no folder")
    Bell(tmp_path / "home").ring()
    assert (tmp_path / "home").is_file()
