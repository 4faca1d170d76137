"""The files of a process as one archive; and what somebody sends: a diagram or an archive."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping

from lxml import etree

from engine.errors import Invalid
from engine.workflow.source import DIAGRAM
from engine.workflow.xml import XmlFault, read_xml

MOST_UPLOADED = 8_000_000  # bytes of a file or an archive, and of all that is in one
# What reading an archive raises where it is broken: by its table, its lock or its compression.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError,
    RuntimeError, EOFError, ValueError, OSError,
)  # fmt: skip
WHEN = (1980, 1, 1, 0, 0, 0)  # the same files are the same archive


def packed(files: Mapping[str, str]) -> bytes:
    """The files as one archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(files):
            made.writestr(zipfile.ZipInfo(name, WHEN), files[name].encode(), zipfile.ZIP_DEFLATED)
    return data.getvalue()


def unpacked(name: str, data: bytes) -> dict[str, str]:
    """What somebody uploaded as files of a process: a diagram, or an archive with all of them.

    Raises `Invalid` for anything else, and for an archive that unpacks to too much. Folders in it
    are left out, so that a process packed with its folder comes in, too.
    """
    if not data.strip():
        raise Invalid("Choose a file first.")
    if len(data) > MOST_UPLOADED:
        raise Invalid("This file is too large.")
    if not data.startswith(b"PK"):
        return {DIAGRAM: _text(name, data)}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir() and not _hidden(i.filename)]
            if sum(i.file_size for i in infos) > MOST_UPLOADED or len(infos) > 200:
                raise Invalid("This archive holds too much.")
            _once(infos)
            read = {_last(i.filename): _inside(archive, i) for i in infos}
    except UNREADABLE:
        raise Invalid("This archive cannot be read.") from None
    files = {inner: _text(inner, content) for inner, content in read.items()}
    diagrams = [inner for inner in files if inner.endswith(".bpmn")]
    if DIAGRAM not in files and len(diagrams) == 1:
        files[DIAGRAM] = files.pop(diagrams[0])
    return files


def _once(infos: Iterable[zipfile.ZipInfo]) -> None:
    """Two files of one name: whichever was taken, the other was meant as well."""
    seen: set[str] = set()
    for info in infos:
        name = _last(info.filename)
        if name in seen:
            raise Invalid(
                'This archive holds "%(name)s" more than once.', values={"name": name[:120]}
            )
        seen.add(name)


def _inside(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A file of an archive; what says it is small and is not, is not read on."""
    with archive.open(info) as inner:
        data = inner.read(MOST_UPLOADED + 1)
    if len(data) > MOST_UPLOADED:
        raise Invalid("This archive holds too much.")
    return data


def _hidden(name: str) -> bool:
    return _last(name).startswith(".") or name.startswith("__MACOSX/")


def _last(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _text(name: str, data: bytes) -> str:
    try:
        if b"\0" not in data:  # two bytes for a character may look like UTF-8
            return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        root = read_xml(data)  # in an encoding that it names itself
    except XmlFault:
        raise Invalid('"%(name)s" is not text.', values={"name": name[:120]}) from None
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()
