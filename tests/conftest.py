"""Fixtures for all tests; the neighbours (PostgreSQL, SMTP, browser) come from tests/services.py."""

pytest_plugins = ("tests.services",)
