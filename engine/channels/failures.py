"""Two ways in which sending fails: worth another try, or never going to work."""

from __future__ import annotations

from engine.errors import Unavailable, VorgangError


class Temporary(Unavailable):
    """The other side cannot now; the same message may be sent again later."""


class Permanent(VorgangError):
    """The other side refuses this message; sending it again changes nothing."""
