"""Our package names are plain words: nobody else in the environment may own them."""

from importlib.metadata import packages_distributions

import pytest

OURS = ("engine", "webapp", "search")


@pytest.mark.parametrize("name", [*OURS, "tests", "bench"])
def test_no_installed_distribution_owns_the_name(name: str) -> None:
    owners = {owner.lower() for owner in packages_distributions().get(name, [])}
    assert owners <= {"vorgang"}


@pytest.mark.parametrize("name", OURS)
def test_the_name_leads_to_this_checkout(name: str, root) -> None:
    module = __import__(name)
    assert str(root) in str(module.__file__)
