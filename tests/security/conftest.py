"""What attackers and their victims stand on: pages, API and mail of one town, and its outbox."""

from __future__ import annotations

from tests.engine.outbox.conftest import deliver, plain, posted
from tests.webapp.api.conftest import api
from tests.webapp.conftest import web

__all__ = ["api", "deliver", "plain", "posted", "web"]
