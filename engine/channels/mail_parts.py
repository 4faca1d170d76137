"""The parts of a mail as slices of its bytes, bounded in number and depth (MIME bombs)."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from engine.channels.characters import one_line
from engine.channels.file_names import safe_name
from engine.channels.headers import Headers, decode_base64, decode_words, split_headers
from engine.channels.limits import Limits

_HITS_PER_PART = 20  # delimiter look-alikes that we look at before we stop believing


@dataclass(frozen=True)
class Part:
    """One leaf: its headers and where in the original its body lies. Decoded only on demand."""

    raw: bytes
    start: int
    end: int
    headers: Headers
    content: Message
    media_type: str
    alternative: bool  # a sibling says the same in another form
    main: Headers  # the headers of the whole mail

    @property
    def charset(self) -> str | None:
        """The charset that the part claims."""
        found = self.content.get_param("charset")
        return str(found[2] if isinstance(found, tuple) else found) if found else None

    @property
    def attached(self) -> bool:
        """Whether the sender wants the part shown as a file."""
        return self.content.get_content_disposition() == "attachment" or bool(self.file_name())

    def file_name(self, limit: int = 120) -> str:
        """The safe file name, or an empty string when the part has none."""
        try:
            name = self.content.get_filename() or ""
        except (ValueError, TypeError, LookupError):
            name = ""
        return safe_name(decode_words(name), "", limit) if name else ""

    @property
    def content_id(self) -> str | None:
        """The id by which HTML names the part (`cid:`), without angle brackets."""
        return one_line(self.headers.raw("content-id").strip("<> "), 250) or None

    def body(self) -> bytes:
        """The bytes of the body with the transfer encoding taken off as far as possible."""
        data = self.raw[self.start : self.end]
        coding = self.headers.raw("content-transfer-encoding").strip().lower()
        if coding == "base64":
            return decode_base64(data)
        if coding == "quoted-printable":
            return binascii.a2b_qp(data)
        return data


class PartReader:
    """Walks through a mail once; `problems` says what was not looked at."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.limits = limits
        self.problems: list[str] = []
        self.headers, self.body_start = split_headers(raw, 0, len(raw), limits)
        self._left = limits.parts

    def leaves(self) -> Iterator[Part]:
        """Every leaf in order. A nested message is a leaf: it is kept, not opened."""
        yield from self._walk(self.headers, self.body_start, len(self.raw), 0, False)

    def _walk(
        self, headers: Headers, start: int, end: int, depth: int, alternative: bool
    ) -> Iterator[Part]:
        content = headers.message()
        kind = content.get_content_type()
        part = Part(self.raw, start, end, headers, content, kind, alternative, self.headers)
        if content.get_content_maintype() != "multipart":
            yield part
            return
        boundary = _boundary(content)
        if not boundary or depth >= self.limits.depth:
            self._say(
                "A part is nested too deeply and was kept unopened."
                if boundary
                else "A part names no boundary and was kept unopened."
            )
            yield part
            return
        found = False
        for first, last in self._slices(boundary, start, end):
            found = True
            inner, body = split_headers(self.raw, first, last, self.limits)
            within = kind == "multipart/alternative" or (alternative and kind != "multipart/mixed")
            yield from self._walk(inner, body, last, depth + 1, within)
        if not found:
            self._say("A part does not contain its boundary and was kept unopened.")
            yield part

    def _slices(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """(begin, end) of each part between delimiter lines."""
        mark = b"\n--" + boundary
        at = start if self.raw.startswith(mark[1:], start, end) else -1
        hit = at - 1 if at >= 0 else self.raw.find(mark, max(start - 1, 0), end)
        opened: int | None = None
        for _ in range(self.limits.parts * _HITS_PER_PART):
            if hit < -1 or (hit == -1 and at != 0):
                break
            at = -1
            tail_end = self.raw.find(b"\n", hit + len(mark), end)
            line_end = end if tail_end < 0 else tail_end
            tail = self.raw[hit + len(mark) : min(line_end, hit + len(mark) + 200)].strip()
            if tail in (b"", b"--"):
                if opened is not None:
                    if self._left <= 0:
                        self._say("The mail has too many parts; the rest is only in the original.")
                        return
                    self._left -= 1
                    yield opened, max(opened, _before_line_end(self.raw, hit))
                opened = None if tail else min(line_end + 1, end)
                if tail:
                    return
            hit = self.raw.find(mark, max(hit + 1, 0), end)
        if opened is not None and self._left > 0:  # the closing delimiter is missing
            self._left -= 1
            yield opened, end

    def _say(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _before_line_end(raw: bytes, hit: int) -> int:
    """The end of a body: the line end before a delimiter belongs to the delimiter."""
    return hit - 1 if hit > 0 and raw[hit - 1 : hit] == b"\r" else max(hit, 0)


def _boundary(content: Message) -> bytes:
    try:
        found = content.get_boundary() or ""
    except (ValueError, TypeError, LookupError):
        return b""
    return found[:200].encode("utf-8", "replace")
