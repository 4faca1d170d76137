"""Fixtures for all tests; PostgreSQL, SMTP and browser come from tests/services.py."""

pytest_plugins = ("tests.services",)
