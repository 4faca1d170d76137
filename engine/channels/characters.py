"""Bytes of any charset, honest or not, become text that a database and a page can hold."""

from __future__ import annotations

import codecs
import re
import unicodedata

_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}\Z")
# What mail programs write and Python does not know, or knows too narrowly.
_ALIASES = {
    "us-ascii": "utf-8", "ascii": "utf-8", "ansi_x3.4-1968": "utf-8", "utf8mb4": "utf-8",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "iso-8859-8-i": "iso-8859-8",
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030", "shift_jis": "cp932", "x-sjis": "cp932", "windows-874": "cp874",
    "x-mac-roman": "mac-roman", "cp-850": "cp850", "unicode-1-1-utf-7": "utf-7",
}  # fmt: skip
# Codecs that are no charsets: quadratic, or they run escapes that a stranger wrote.
_REFUSED = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_WHITE = re.compile(r"\s+")


def codec_of(charset: str | None) -> str | None:
    """The Python codec for a charset name of a mail, or None when it is unknown or unsafe."""
    if not charset or not _CHARSET.match(charset):
        return None
    name = charset.lower()
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    return None if found.replace("_", "-") in _REFUSED else found


def to_text(data: bytes, charset: str | None = None) -> str:
    """The text of `data`: the named charset, else UTF-8, else Windows-1252; never raises."""
    for codec in (codec_of(charset), "utf-8-sig"):
        if codec is None:
            continue
        try:
            return plain(data.decode(codec))
        except (LookupError, ValueError):
            continue
    return plain(data.decode("cp1252", "replace"))


def plain(text: str) -> str:
    """`text` with line ends as \\n, in NFC, without NUL, control characters or lone surrogates."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
        text = unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def one_line(text: str, limit: int = 0) -> str:
    """`text` on one line, single spaces, cut to `limit` characters (0: not cut)."""
    line = _WHITE.sub(" ", plain(text)).strip()
    return line[:limit].rstrip() if limit else line
