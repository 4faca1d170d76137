"""How often one person or address may ask for the same: buckets that fill again with time.

They lie in the memory of one process. Several web processes allow as many times as much, which is
enough against a script that runs wild and costs no question to the database.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from datetime import datetime

MOST = 20_000  # buckets held at once; the one that was used longest ago goes first


class Buckets:
    """One bucket for each kind and asker, as large as what it gets back in a minute."""

    def __init__(self) -> None:
        self._left: OrderedDict[tuple[str, str], tuple[float, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, kind: str, who: str, per_minute: int, now: datetime) -> int:
        """Take one; the seconds to wait where none is left, else 0. A rate of 0 is no limit."""
        if per_minute <= 0:
            return 0
        with self._lock:
            left, since = self._left.pop((kind, who), (float(per_minute), now))
            passed = max(0.0, (now - since).total_seconds())
            left = min(float(per_minute), left + passed * per_minute / 60)
            enough = left > 1 - 1e-6  # the seconds are no whole parts of it
            self._left[kind, who] = (left - 1 if enough else left, now)
            if len(self._left) > MOST:
                self._left.popitem(last=False)
        return 0 if enough else max(1, math.ceil(round((1 - left) * 60 / per_minute, 3)))
