"""Header blocks of mails, read within bounds: words decoded, ids and dates taken out."""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_tz

from engine.channels.characters import one_line, plain, to_text
from engine.channels.limits import Limits

_PARSER = BytesParser(policy=compat32)
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=")
_ID = re.compile(r"<([^<>\s]{1,250})>")
_PARAMETERS = 60
# The end of a line after which comes one that belongs into no header block (RFC 5322, 2.2).
_NO_HEADER = re.compile(
    rb"(?:\A|\r\n|\n|\r(?!\n))(?=[^\r\n])(?!From |[\x21-\x39\x3b-\x7e]*:|[\t ])"
)
_AUTHOR = re.compile(rb"(?im)^from:")
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


class Headers:
    """The headers of one part by lower-case name; every value is cut to the limit."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.lower(), []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        """All header names, lower case, each once."""
        return list(self._values)

    def raw(self, name: str) -> str:
        """The first value as sent, unfolded, or an empty string."""
        return self._values.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """All values of a header, as sent, unfolded."""
        return self._values.get(name, [])

    def text(self, name: str) -> str:
        """The first value, encoded words decoded, on one line."""
        return decode_words(self.raw(name))

    def message(self) -> Message:
        """The content headers as a stdlib message, which knows parameters (RFC 2231)."""
        found = Message(policy=compat32)
        for name in ("content-type", "content-disposition"):
            if name in self:
                # The stdlib's parameter splitter is quadratic in semicolons: give it few.
                value = ";".join(self.raw(name)[:4_000].split(";")[:_PARAMETERS])
                found[name] = one_line(value)
        return found


def split_headers(raw: bytes, start: int, end: int, limits: Limits) -> tuple[Headers, int]:
    """The headers of raw[start:end], and where the body begins."""
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return Headers([]), raw.index(b"\n", start) + 1
    blank = _BLANK_LINE.search(raw, start, end)
    body = blank.end() if blank else end
    stop = min(body, start + limits.header_bytes)
    block, ends = _block(raw[start:stop], whole=start == 0)
    body = body if ends is None else start + ends
    message = _PARSER.parsebytes(block, headersonly=True)
    pairs = [
        (str(name), _unfold(str(value)[: limits.header_chars]))
        for name, value in list(message.raw_items())[: limits.header_lines]
    ]
    return Headers(pairs), body


def _block(block: bytes, *, whole: bool) -> tuple[bytes, int | None]:
    """The header lines, and where among them the body begins for want of a blank line.

    A line that is no header is body already; but while the sender of a whole mail is still to
    come, it can only be the rest of the line before, folded badly.
    """
    author = _AUTHOR.search(block) if whole and not _NO_HEADER.match(block) else None
    sure = author.start() if author else 0
    stray = _NO_HEADER.search(block, sure)
    ends = stray.end() if stray else None
    return _NO_HEADER.sub(rb"\g<0> ", block[:sure]) + block[sure:ends], ends


def _unfold(value: str) -> str:
    """The value on one line, 8-bit bytes as the text they most likely are."""
    if not value.isascii():
        value = to_text(value.encode("ascii", "surrogateescape"))
    return one_line(value)


def decode_words(value: str) -> str:
    """RFC 2047 words decoded; what cannot be decoded stays as it was sent. Linear, never raises."""
    out: list[str] = []
    waiting: tuple[str, bytes] | None = None
    position = 0
    for word in _WORD.finditer(value):
        charset, coding, data = word.groups()
        charset = charset.split("*")[0].lower()
        gap = value[position : word.start()]
        position = word.end()
        decoded = _word_bytes(coding, data)
        if waiting and (gap.strip() or waiting[0] != charset):
            out.append(to_text(waiting[1], waiting[0]))
            waiting = None
        if gap.strip() or not (out or waiting):
            out.append(gap)
        # A character may be cut in two between neighbouring words: join the bytes first.
        waiting = (charset, (waiting[1] if waiting else b"") + decoded)
    if waiting:
        out.append(to_text(waiting[1], waiting[0]))
    out.append(value[position:])
    return one_line("".join(out))


def _word_bytes(coding: str, data: str) -> bytes:
    ascii_data = data.encode("ascii", "replace")
    if coding in "qQ":
        return binascii.a2b_qp(ascii_data, header=True)
    return decode_base64(ascii_data)


_NOT_BASE64 = bytes(set(range(256)) - set(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
))  # fmt: skip


def decode_base64(data: bytes) -> bytes:
    """As much of a base64 text as can be decoded; line noise and bad padding are forgiven."""
    data = data.translate(None, _NOT_BASE64)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def ids_in(value: str, limit: int = 50) -> list[str]:
    """The message ids in a header, with angle brackets, each once; the first and the last stay."""
    found = list(dict.fromkeys(f"<{one}>" for one in _ID.findall(plain(value))))
    return found if len(found) <= limit else found[:1] + found[1 - limit :]


def date_in(value: str) -> datetime | None:
    """The time of a Date header in UTC; None for none or for an impossible one."""
    try:
        parts = parsedate_tz(value[:200])
        if parts is None:
            return None
        zone = timezone(timedelta(seconds=parts[9] or 0))
        found = datetime(*parts[:6], tzinfo=zone).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if 1970 <= found.year < 9000 else None
