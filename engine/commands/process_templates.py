"""Pieces and whole processes that come with the desk, to begin with or to put into a diagram.

Each is a folder of its own below `processes/templates/`, a small process that runs by itself. What
it is for stands in the documentation of its process, in German under `aboutDe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.errors import NotFound
from engine.settings import Settings
from engine.workflow.source import DIAGRAM, SCHEMA, UI, main_process, title_of
from engine.workflow.xml import B, XmlFault, extension, read_xml

FOLDER = "templates"


@dataclass(frozen=True)
class Template:
    """One of them; `kind` is `piece` or `process`."""

    key: str
    kind: str
    title: dict[str, str]
    about: dict[str, str]
    files: dict[str, str]


def process_templates(settings: Settings) -> list[Template]:
    """All that can be read: whole processes first, each kind by its keys."""
    folder = settings.processes_dir / FOLDER
    paths = sorted(folder.glob(f"*/{DIAGRAM}"))
    return list(_read(folder, tuple((path, path.stat().st_mtime_ns) for path in paths)))


@lru_cache(maxsize=4)
def _read(folder: Path, _state: tuple[tuple[Path, int], ...]) -> tuple[Template, ...]:
    """Parsed once for each state of the files."""
    return tuple(sorted(_found(folder), key=lambda one: one.kind != "process"))


def template_or_missing(settings: Settings, key: str) -> Template:
    """The template of this key; raises `NotFound`."""
    for one in process_templates(settings):
        if one.key == key:
            return one
    raise NotFound("There is no such template.")


def _found(folder: Path) -> Iterator[Template]:
    for path in sorted(folder.glob(f"*/{DIAGRAM}")):
        files = {
            one.name: one.read_text("utf-8")
            for one in sorted(path.parent.iterdir())
            if one.name == DIAGRAM or one.name.endswith((SCHEMA, UI, "examples.yaml", ".md"))
        }
        try:
            process = main_process(read_xml(files[DIAGRAM].encode()))
        except XmlFault:
            continue
        if process is None:
            continue
        about = {
            "en": " ".join((process.findtext(f"{B}documentation") or "").split()),
            "de": extension(process, "aboutDe") or "",
        }
        kind = extension(process, "kind") or "piece"
        yield Template(path.parent.name, kind, title_of(files), about, files)
