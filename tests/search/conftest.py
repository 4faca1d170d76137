"""A small FAQ in two languages and an index on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from search import Document, Index

TEXTS = """
vpn|de|public|VPN bricht ab|Die Verbindung reißt ab. Neu starten.|Fernzugang
vpn|en|public|VPN drops|The connection is lost. Restart the client.|remote access
printer|de|external|Der Drucker ist offline|Netzwerkdrucker in der Bahnhofstraße neu starten.|
printer|en|external|Printer offline|Switch the printer off and on.|
password|de|public|Passwort zurücksetzen|Frau Müller setzt Passwörter aller Häuser.|Kennwort
password|en|public|Reset your password|Passwords are reset on the sign-in page.|login
admin|de|internal|Administratorkennwort|Das Kennwort liegt im Tresor. Nur für die Hotline.|
"""


def documents() -> list[Document]:
    rows = [line.split("|") for line in TEXTS.strip().splitlines()]
    return [Document(*row[:5], keywords=(row[5],)) for row in rows]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "faq"


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the documents, to be copied."""
    folder = tmp_path_factory.mktemp("index") / "faq"
    Index(folder).replace_all(documents())
    return folder


@pytest.fixture
def index(folder: Path, filled: Path) -> Index:
    shutil.copytree(filled, folder)
    return Index(folder, timeout=5)
