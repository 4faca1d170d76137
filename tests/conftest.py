"""Fixtures for all tests: real neighbours (tests/services.py) and desks (tests/desks.py)."""

pytest_plugins = ("tests.services", "tests.desks")
