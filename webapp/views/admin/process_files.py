"""The files of a process as they go out and come in: those in force, of a version, of a draft."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from pyramid.request import Request

from engine.commands.process_drafts import draft_or_missing
from engine.commands.process_publishing import version_or_missing
from engine.errors import Invalid, NotFound
from engine.tickets.overview import process_in_force
from engine.workflow.source import DIAGRAM
from webapp.i18n import N_

MOST_UPLOADED = 8_000_000  # bytes of a file or an archive, and of all that is in one
DRAFT = "draft"
WHEN = (1980, 1, 1, 0, 0, 0)  # the same files are the same archive


@dataclass(frozen=True)
class Chosen:
    """Files by name, what to call them, and the number of their version (None for a draft)."""

    name: str
    number: int | None
    files: Mapping[str, str]


def chosen_files(request: Request, key: str, which: str | None = None) -> Chosen:
    """What the query (or `which`) names: `draft`, a version's number, else what is in force."""
    asked = request.GET.get("version", "") if which is None else which
    if asked == DRAFT:
        draft = draft_or_missing(request.db, key)
        return Chosen(f"{key}-draft", None, draft.files)
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 9):
        raise NotFound("There is no such version.")
    version = (
        version_or_missing(request.work, key, int(asked))
        if asked
        else process_in_force(request.db, key)
    )
    return Chosen(f"{key}-v{version.number}", version.number, version.files)


def archive(files: Mapping[str, str]) -> bytes:
    """The files as one archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(files):
            made.writestr(zipfile.ZipInfo(name, WHEN), files[name].encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def uploaded_files(name: str, data: bytes) -> dict[str, str]:
    """What somebody uploaded as files of a process: a diagram, or an archive with all of them.

    Raises `Invalid` for anything else, and for an archive that unpacks to too much. Folders in it
    are left out, so that a process packed with its folder comes in, too.
    """
    if not data.strip():
        raise Invalid("Choose a file first.")
    if len(data) > MOST_UPLOADED:
        raise Invalid(N_("This file is too large."))
    if not data.startswith(b"PK"):
        return {DIAGRAM: _text(name, data)}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            infos = [i for i in packed.infolist() if not i.is_dir() and not _hidden(i.filename)]
            if sum(i.file_size for i in infos) > MOST_UPLOADED or len(infos) > 200:
                raise Invalid(N_("This archive holds too much."))
            read = {_last(i.filename): _inside(packed, i) for i in infos}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise Invalid(N_("This archive cannot be read.")) from None
    files = {inner: _text(inner, content) for inner, content in read.items()}
    diagrams = [inner for inner in files if inner.endswith(".bpmn")]
    if DIAGRAM not in files and len(diagrams) == 1:
        files[DIAGRAM] = files.pop(diagrams[0])
    return files


def _inside(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A file of an archive; what says it is small and is not, is not read on."""
    with packed.open(info) as inner:
        data = inner.read(MOST_UPLOADED + 1)
    if not data.strip():
        raise Invalid("Choose a file first.")
    if len(data) > MOST_UPLOADED:
        raise Invalid(N_("This archive holds too much."))
    return data


def _hidden(name: str) -> bool:
    return _last(name).startswith(".") or name.startswith("__MACOSX/")


def _last(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            pass
    raise Invalid('"%(name)s" is not text.', values={"name": name[:120]})
