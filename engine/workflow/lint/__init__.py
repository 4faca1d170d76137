"""All checks of a process before it may be published; every problem at once, none raised."""

from __future__ import annotations

from engine.workflow.lint.run import check_all

__all__ = ["check_all"]
