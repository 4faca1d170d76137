"""What setup.py asks for is used, locked, and named in NOTICE; what is used is asked for."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest

# Distributions that work without being imported by name.
SILENT = {
    "psycopg": "SQLAlchemy's driver for PostgreSQL",
    "setuptools": "Pyramid 2.1 imports pkg_resources",
}
# Whose parts come with them and may be imported by their own names.
PLATFORM = {
    "celery": {"kombu", "billiard"},
    "pyramid": {"webob", "zope-interface", "pastedeploy"},
    "jinja2": {"markupsafe"},
    "pyramid-openapi3": {"openapi-core"},
}


def canonical(name):
    """The name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]).lower()


@pytest.fixture(scope="module")
def asked(root):
    """The lists in setup.py: RUNTIME and EXTRAS."""
    tree = ast.parse((root / "setup.py").read_text())
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("RUNTIME", "EXTRAS")
    }
    extras = {canonical(name) for names in values["EXTRAS"].values() for name in names}
    return {canonical(name) for name in values["RUNTIME"]}, extras


@pytest.fixture(scope="module")
def imported(modules):
    """Distributions whose modules the product imports, with one place each."""
    owners = packages_distributions()
    found = {}
    for module in modules:
        for node in ast.walk(module.tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                top = name.split(".")[0]
                if top == "zope":
                    found.setdefault(
                        "zope-" + name.split(".")[1] if "." in name else "", module.place
                    )
                elif top not in sys.stdlib_module_names:
                    for owner in owners.get(top, [top]):
                        found.setdefault(canonical(owner), module.place)
    return found


def test_each_dependency_is_imported_somewhere(asked, imported, root):
    runtime, _ = asked
    settings = " ".join(
        path.read_text() for path in [*root.glob("*.ini"), *root.glob("webapp/**/*.py")]
    )
    # Pyramid's add-ons are named in a setting or include, not imported.
    included = {name for name in runtime if name.replace("-", "_") in settings}
    assert runtime - set(imported) - included - set(SILENT) == set()


def test_nothing_is_imported_that_nobody_asked_for(asked, imported):
    runtime, extras = asked
    allowed = runtime | extras | {"vorgang", ""}
    for owner, parts in PLATFORM.items():
        allowed |= parts if owner in runtime else set()
    assert {name: place for name, place in imported.items() if name not in allowed} == {}


def test_each_dependency_is_locked(asked, root):
    locked = {
        canonical(line)
        for line in (root / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    runtime, extras = asked
    dev = {
        canonical(line)
        for name in ("requirements-dev.txt", "requirements-bench.txt")
        for line in (root / name).read_text().splitlines()
        if line and not line.startswith("#")
    }
    assert (runtime | extras | dev) - locked == set()


def test_each_dependency_has_its_line_in_the_notice(asked, root):
    notice = canonical_words((root / "NOTICE").read_text())
    runtime, extras = asked
    assert {name for name in runtime | extras if name not in notice} == set()


def canonical_words(text):
    """The words of a text, each spelt as package indexes do."""
    return {canonical(word.strip(",:()")) for word in text.split()}
