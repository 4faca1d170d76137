"""Packaging of Vorgang: three plain top-level packages, with diagrams and rules as data files."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent

# What the product imports. The exact versions live in requirements.lock; these are the ranges we
# have reasons for. tests/house/test_dependencies.py checks that each of them is imported.
RUNTIME = [
    "alembic>=1.16",
    "argon2-cffi>=25.1",
    "Babel>=2.17",
    "celery==5.7.*",
    "click>=8.2",
    "durable_rules==2.0.28",
    "google-re2>=1.1",
    "holidays>=0.80",
    "imapclient>=3.0",
    "Jinja2>=3.1",
    "jsonschema>=4.25",
    "lxml>=5",
    "nh3>=0.3",
    "prometheus-client>=0.22",
    "psycopg[binary]>=3.2",
    "pyramid==2.1.*",
    "pyramid_jinja2>=2.10",
    "pyramid_openapi3>=0.21",
    "pyramid_retry>=2.1",
    "pyramid_tm>=2.6",
    "PyYAML>=6.0",
    "setuptools<82",  # Pyramid 2.1 imports pkg_resources at run time
    "SpiffWorkflow==3.2.0",
    "SQLAlchemy==2.1.*",
    "transaction>=5.0",
    "waitress>=3.0",
    "Whoosh-Reloaded==2.7.5",
    "zope.sqlalchemy>=4.0",
]

EXTRAS = {
    "mail": ["aiosmtpd>=1.4.6"],  # the LMTP door
    "redis": ["redis>=5"],  # Redis instead of RabbitMQ as Celery's broker
}


def data_files(*folders: str) -> list[tuple[str, list[str]]]:
    """Every file below the folders, to be installed under share/vorgang/ with its place kept."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file():
                relative = path.relative_to(ROOT)
                found.setdefault(f"share/vorgang/{relative.parent}", []).append(str(relative))
    return sorted(found.items())


setup(
    name="vorgang",
    version="0.1.0",
    description="A service desk whose tickets live in BPMN diagrams and are routed by rules",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["engine*", "webapp*", "search*"]),
    # Without this line setuptools answers an editable install with an import hook, and the type
    # checker goes blind.
    package_dir={"": "."},
    package_data={
        "webapp": ["templates/**/*", "static/**/*", "locale/**/*", "api/*.yaml"],
        "engine": [
            "**/*.mako",
            "**/*.ini",
            "**/*.yaml",
            "**/templates/**/*",
            "locale/**/*",
        ],
    },
    data_files=data_files("processes", "rules", "samples"),
    install_requires=RUNTIME,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": ["vorgang = engine.cli:main"],
        "paste.app_factory": ["main = webapp:main"],
    },
)
