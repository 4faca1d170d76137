"""Names of files from outside, made harmless for a page, a header and a file system."""

from __future__ import annotations

import re

from engine.channels.characters import one_line

# Format characters turn a name around (`exe.fdp`) or hide in it.
_FORMAT = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")

ENDINGS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv",
    "text/vcard": ".vcf", "text/x-vcard": ".vcf", "image/png": ".png", "image/jpeg": ".jpg",
    "image/gif": ".gif", "image/tiff": ".tif", "application/pdf": ".pdf",
    "application/zip": ".zip", "application/json": ".json", "application/ms-tnef": ".dat",
    "message/rfc822": ".eml", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt",
    "application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc", "application/pgp-encrypted": ".asc",
}  # fmt: skip


def safe_name(name: str, fallback: str = "file", limit: int = 120) -> str:
    """A plain file name: no folder, no control or turning characters, at most `limit` long.

    The ending survives the cut, so that nobody is shown another kind of file than it is.
    """
    name = one_line(_FORMAT.sub("", name[:20_000]))
    name = re.split(r"[/\\]", name)[-1]
    name = _FORBIDDEN.sub("_", name).strip(" .")
    if _RESERVED.match(name):
        name = "_" + name
    if not name:
        return fallback
    if len(name) > limit:
        ending = _ENDING.search(name)
        tail = ending.group() if ending else ""
        name = name[: limit - len(tail)].rstrip(" .") + tail
    return name


def name_for(media_type: str, number: int) -> str:
    """A name for the `number`-th part that brought none."""
    return f"part-{number}{ENDINGS.get(media_type, '.bin')}"
