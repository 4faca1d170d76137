"""Fixtures for all tests: real neighbours, desks, and towns with people in them."""

from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.quick", "tests.services", "tests.desks", "tests.town")

# How long something takes says more about the machine than about the desk.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("desk")
