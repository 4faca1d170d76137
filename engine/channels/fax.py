"""Fax in (TIFF or PDF from a fax server) and out (a mail to a fax gateway)."""

from __future__ import annotations

import re
import struct
from datetime import datetime

from engine.channels.characters import one_line
from engine.channels.file_names import safe_name
from engine.channels.inbound import Inbound, InboundFile, digest_id
from engine.channels.limits import DEFAULT_LIMITS, Limits
from engine.channels.mail_out import OutgoingMail, checked_address
from engine.channels.phone import normalise_number, sender_number
from engine.errors import Invalid

_TIFF = {b"II*\x00": "<", b"MM\x00*": ">"}
_PAGE = re.compile(rb"/Type\s{0,8}/Page(?![A-Za-z])")
_COUNT = re.compile(rb"/Count\s{1,8}(\d{1,6})")
_THUMBNAIL = 254  # NewSubfileType: bit 0 says that the image is a smaller copy of a page


def from_bytes(
    number: str,
    data: bytes,
    *,
    name: str = "",
    received_at: datetime | None = None,
    country: str = "+49",
    limits: Limits = DEFAULT_LIMITS,
) -> Inbound:
    """A fax as Inbound with the file and the subject "Fax from NUMBER (n pages)".

    The kind is told by the bytes, never by the name. What is neither TIFF nor PDF, or damaged,
    is kept all the same, with a problem.
    """
    kind, pages, problems = _recognise(data, limits)
    sender = sender_number(number, country)
    ending = {"image/tiff": ".tif", "application/pdf": ".pdf"}.get(kind, ".bin")
    stem = safe_name(name, "fax", limits.name_chars - 4)
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}\Z", "", stem) or "fax"
    counted = f" ({pages} page{'s' if pages != 1 else ''})" if pages else ""
    return Inbound(
        "fax",
        digest_id(data),
        sender=sender,
        subject=f"Fax from {sender or 'unknown number'}{counted}",
        files=[InboundFile(stem + ending, kind, data)],
        raw=data,
        sent_at=received_at,
        problems=problems,
        unreadable=kind == "application/octet-stream",
        # A file system knows names that no text is; what is stored has to be one.
        arrival={"number": one_line(number, 100), "name": one_line(name, 300)},
    )


def _recognise(data: bytes, limits: Limits) -> tuple[str, int, list[str]]:
    """(media type, pages or 0, problems) by magic bytes."""
    if data[:4] in _TIFF:
        pages, whole = tiff_pages(data, limits)
        return "image/tiff", pages, [] if whole else ["The TIFF is damaged."]
    if b"%PDF-" in data[:1024]:
        whole = b"%%EOF" in data[-2048:]
        return "application/pdf", pdf_pages(data, limits), [] if whole else ["The PDF is damaged."]
    return "application/octet-stream", 0, ["The fax is neither TIFF nor PDF."]


def tiff_pages(data: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[int, bool]:
    """(pages, whole): the pages of a TIFF; `whole` False when a directory leads astray."""
    order = _TIFF.get(data[:4])
    if order is None or len(data) < 8:
        return 0, False
    (at,) = struct.unpack_from(order + "I", data, 4)
    seen: set[int] = set()
    pages = 0
    while at and pages < limits.fax_pages:
        if at in seen or at < 8 or at + 2 > len(data):
            return pages, False
        seen.add(at)
        (entries,) = struct.unpack_from(order + "H", data, at)
        end = at + 2 + entries * 12
        if entries == 0 or end + 4 > len(data):
            return pages, False
        pages += not _is_thumbnail(data, order, at + 2, min(entries, 100))
        if len(seen) > limits.fax_pages:
            return pages, False
        (at,) = struct.unpack_from(order + "I", data, end)
    return pages, pages > 0 and at == 0


def _is_thumbnail(data: bytes, order: str, at: int, entries: int) -> bool:
    for number in range(entries):
        tag, _, _, value = struct.unpack_from(order + "HHII", data, at + number * 12)
        if tag == _THUMBNAIL:
            return bool(value & 1)
    return False


def pdf_pages(data: bytes, limits: Limits = DEFAULT_LIMITS) -> int:
    """The pages of a PDF as far as they can be seen without unpacking it; 0 for unknown."""
    pages = 0
    for _ in _PAGE.finditer(data):
        pages += 1
        if pages >= limits.fax_pages:
            return pages
    if pages:
        return pages
    counts = [int(one) for one in _COUNT.findall(data)[:1_000]]
    return min(max(counts, default=0), limits.fax_pages)


def mail_to_fax(
    to: str,
    gateway: str,
    *,
    sender: str,
    message_id: str,
    date: datetime,
    document: InboundFile | str,
    subject: str = "",
    country: str = "+49",
) -> OutgoingMail:
    """The mail that makes a gateway fax `document` (a PDF or TIFF file, or plain text) to `to`.

    `gateway` is the address pattern, for example `{number}@fax.example.com`; the number is put
    in as digits with country code. Raises `Invalid` for a bad number, pattern or file.
    """
    if gateway.count("{number}") != 1:
        raise Invalid("The fax gateway must be an address with {number} in it.")
    number = normalise_number(to, country)
    address = checked_address(gateway.replace("{number}", number.removeprefix("+")))
    files: list[InboundFile] = []
    text = ""
    if isinstance(document, str):
        text = document
    else:
        kind = _recognise(document.data, DEFAULT_LIMITS)[0]
        if kind == "application/octet-stream":
            raise Invalid("Only a PDF, a TIFF or plain text can be faxed.")
        files = [InboundFile(document.name, kind, document.data)]
    return OutgoingMail(
        sender=sender,
        to=(address,),
        subject=subject or f"Fax to {number}",
        text=text,
        message_id=message_id,
        date=date,
        files=files,
        automatic=False,
    )
