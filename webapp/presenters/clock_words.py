"""What the clocks of a ticket are called, the same on every page."""

from __future__ import annotations

from webapp.i18n import N_

LABELS = {
    "first_response": N_("First response"),
    "update": N_("Next answer"),
    "solution": N_("Solution"),
}
