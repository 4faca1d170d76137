"""Fixtures for all tests: real neighbours, desks, and towns with people in them."""

pytest_plugins = ("tests.services", "tests.desks", "tests.town")
